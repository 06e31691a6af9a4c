"""What a centre or a program can use stands in the documents, and nothing else does."""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import typer.main
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from core_services.devices.model import UP_FOR, Beat
from core_services.devices.register import add_device
from core_services.devices.store_presence import note_beat, note_shown
from queue_server.backup.model import Run
from queue_server.backup.store import record_run
from queue_server.backup.watch import KEPT
from queue_server.cli import app
from queue_server.routes import OPERATIONS
from queue_server.tickets.acts import SILENCE_S
from queue_server.tickets.issuing import LARGEST_BATCH
from queue_server.tickets.model import Actor
from queue_server.tickets.store_metrics import BUCKETS_S, SCREEN_BUCKETS_MS
from tests.docs.generate import DOCS, ROOT
from tests.support.centre_server import CentreServer, Shared
from tests.support.clock import ManualClock
from tests.support.site import By

_families: Callable[[str], Iterable[Metric]] = text_string_to_metric_families
"""The library's function, which carries no types of its own."""

ROW: Final = re.compile(r"^\| `(shubbak_\w+)` \| (\w+) \| ([^|]*?) ?\| (.+) \|$", re.MULTILINE)


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def plain(name: str) -> str:
    """Return a page on one line, so that a sentence is found however it was broken."""
    return " ".join(page(name).split())


async def live(shared: Shared) -> None:
    """Let something happen that every metric tells of."""
    server = shared.server
    clock = server.clock
    assert isinstance(clock, ManualClock)
    program = await server.program()
    await program.post("/windows/5/open")
    ticket = (await program.post("/tickets")).body
    await clock.advance(5)
    called = (await program.post("/windows/5/call-next")).body
    for act in ("start", "finish"):
        await program.post(f"/tickets/{ticket['id']}/{act}")
    made = await add_device(
        server.pool, centre_id=1, kind="display", name="D1", actor=By(), at=clock.now()
    )
    beat = Beat(version="1", jobs={"done": 3})
    await note_beat(server.pool, made.device, beat, process_id=made.device.id, at=clock.now())
    await note_shown(
        server.pool, made.device, call_revision=called["revision"], shown_at=clock.now()
    )
    await server.queue.mark_paper(UUID(called["id"]), "printed", actor=Actor("system"))
    backup = Run(clock.now(), clock.now(), "a.shubbak", bytes=1)
    await record_run(shared.database.owner_dsn, backup)
    await clock.jump(KEPT.total_seconds())


async def test_every_metric_is_documented_with_its_type_and_labels_and_no_other(
    centre_server: CentreServer, shared_server: Shared
) -> None:
    await live(shared_server)
    async with centre_server.session.get(f"{centre_server.url}/metrics") as answer:
        told = {
            (f"{family.name}_total" if family.type == "counter" else family.name): family
            for family in _families(await answer.text())
        }
    documented = {name: (kind, labels) for name, kind, labels, _ in ROW.findall(page("metrics.md"))}
    assert sorted(documented) == sorted(told)
    for name, family in told.items():
        assert family.samples, f"{name}: nothing happened that it tells of"
        labels = {label for sample in family.samples for label in sample.labels} - {"le"}
        assert documented[name] == (
            family.type,
            ", ".join(f"`{label}`" for label in _in_order(labels)),
        ), name


def _in_order(labels: set[str]) -> list[str]:
    order = ("queue", "device", "event", "priority", "kind", "state", "range")
    return sorted(labels, key=order.index)


def test_the_bounds_of_the_histograms_are_those_of_the_code() -> None:
    text = plain("metrics.md")
    minutes = [str(end) for end in BUCKETS_S]
    assert f"the bounds {', '.join(minutes[:-1])} and {minutes[-1]} s" in text
    screens = [f"{end / 1000:g}" for end in SCREEN_BUCKETS_MS]
    assert f"of the screens {', '.join(screens[:-1])} and {screens[-1]} s" in text
    assert f"heard in the last {UP_FOR // timedelta(seconds=1)} s" in text


def test_the_alarms_speak_of_metrics_that_exist() -> None:
    known = {name for name, *_ in ROW.findall(page("metrics.md"))}
    used = set(re.findall(r"\b(shubbak_\w+)\b", page("metrics.md")))
    assert {re.sub(r"_(bucket|sum|count)$", "", name) for name in used} == known


def commands(place: Any, words: tuple[str, ...] = ()) -> Iterator[str]:
    for name, command in getattr(place, "commands", {}).items():
        yield from commands(command, (*words, name))
    if not hasattr(place, "commands"):
        yield " ".join(words)


def test_every_command_is_told_of_in_the_documents() -> None:
    pages = [*DOCS.rglob("*.md"), ROOT / "README.md"]
    everything = " ".join(each.read_text(encoding="utf-8") for each in pages)
    named = set(re.findall(r"`(?:shubbak )?([a-z-]+(?: [a-z]+)?)\b", everything))
    named |= set(re.findall(r"\bshubbak ([a-z-]+(?: [a-z]+)?)\b", everything))
    named |= {command.partition(" ")[0] for command in named}
    assert [each for each in commands(typer.main.get_command(app)) if each not in named] == []


def test_every_operation_says_what_it_does() -> None:
    for operation in OPERATIONS:
        assert operation.summary[0].isupper(), operation.name
        assert not operation.summary.endswith("."), operation.name
        assert operation.description, operation.name
        assert operation.description.endswith("."), operation.name


def test_decisions_are_numbered_without_gap_and_listed_under_their_own_titles() -> None:
    decisions = sorted((DOCS / "adr").glob("0*.md"))
    assert [each.name[:4] for each in decisions] == [
        f"{number:04}" for number in range(1, len(decisions) + 1)
    ]
    listed = dict(re.findall(r"^\| \[\d{4}\]\(([^)]+)\) \| (.+) \|$", page("adr/README.md"), re.M))
    for decision in decisions:
        title = decision.read_text(encoding="utf-8").partition("\n")[0]
        assert title.startswith(f"# {decision.name[:4]}. "), decision.name
        assert decision.name in listed, decision.name


def test_the_page_on_locking_names_only_what_the_schema_has() -> None:
    schema = page("schema.sql")
    text = page("locking.md")
    for name in re.findall(r"`((?:ticket|events|record|roll_up)_\w+)`", text):
        assert name in schema, name
    assert re.search(r"pg_advisory_xact_lock\(21320, p_centre\)", schema)
    assert "pg_advisory_xact_lock(21320, centre)" in text
    assert f"up to {LARGEST_BATCH}:" in plain("locking.md")


def test_the_page_on_lives_gives_the_times_that_the_code_keeps() -> None:
    text = plain("lifecycles.md")
    assert f"silent for {SILENCE_S} s" in text
    assert f"{SILENCE_S} s of its silence" in text
