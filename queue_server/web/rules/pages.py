"""The page of the rules, `/rules`: for everybody, on a phone and printed for the wall."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from aiohttp import web

from queue_server.configuration import Configuration
from queue_server.policy.published import kept_order
from queue_server.tickets.acts import Queue
from queue_server.tickets.closing import closing_sentence
from queue_server.web.keys import PAGES
from queue_server.web.rules.wall import Wall, coming_words, kept_lines, wall
from queue_server.web.words import Words

ROOT = "/rules"


@dataclass(frozen=True, slots=True)
class RulesPage:
    """The sheet in both languages, the reader's first."""

    template: ClassVar[str] = "rules.html"

    title: Words
    wall: Wall
    closed: Words | None
    """What is said above it while no numbers are given; it is not printed."""
    coming: Words | None
    """From which day other rules hold, and their sentence."""
    kept_title: Words
    kept: tuple[Words, ...]
    """How often the order was not kept, until now; it is not printed."""
    truth: Words
    """Where it is told how true the waiting times were; it is not printed."""


def wall_of(configuration: Configuration, queue: Queue) -> Wall:
    """Return the sheet of the policy that holds now."""
    present, centre = configuration.policy, configuration.centre
    version = present.version
    return wall(
        present.body,
        configuration.sentence,
        version=None if version is None else version.version,
        holds_since=None if version is None else version.holds_since,
        today=queue.clock.now().astimezone(centre.zone).date(),
        zone=centre.zone,
        has_appointments=configuration.facts.appointments,
    )


def install_rules(
    app: web.Application, queue: Queue, *, configuration: Callable[[], Configuration]
) -> None:
    """Serve `/rules`; the web frame is installed already."""

    async def rules(request: web.Request) -> web.StreamResponse:
        now, at = configuration(), queue.clock.now()
        closed = closing_sentence(queue.gate(at, None), at, now.centre.zone)
        page = RulesPage(
            title=Words("قواعد الدور", "The rules of the queue"),
            wall=wall_of(now, queue),
            closed=None if closed is None else Words(closed.ar, closed.en),
            coming=None if now.coming is None else coming_words(now.coming),
            kept_title=Words("هل حُفظ الدور؟", "Was the order kept?"),
            kept=kept_lines(await kept_order(queue)),
            truth=Words("هل صدقت أوقات الانتظار التي قلناها؟", "Did our waiting times come true?"),
        )
        return await app[PAGES].answer(request, page, ask_who=False)

    app.router.add_get(ROOT, rules)
