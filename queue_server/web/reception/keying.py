"""Understands a line of the emergency book's list as it is keyed in, or says what is wrong."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Final, get_args

from core_services.l10n import western
from queue_server.tickets.emergency import Noted, Outcome
from queue_server.tickets.model import Centre, Priority
from queue_server.tickets.numbering import EMERGENCY_SERIES, parts_of
from queue_server.web.labels import label_from
from queue_server.web.reception.book_view import BookDraft, BookMistake
from queue_server.web.reception.services import ServiceChoices
from queue_server.web.reception.times import clock_from, moment_of

OLDEST: Final = timedelta(days=31)
"""Lists that are older are kept on paper."""
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,3}")
_FIELDS: Final = (
    *("day", "label", "arrived", "service", "priority", "outcome"),
    *("window", "started", "finished", "paper"),
)


def draft_of(fields: Mapping[str, str]) -> BookDraft:
    """Return the form as it was typed."""
    return BookDraft(**{name: fields.get(name, "").strip()[:120] for name in _FIELDS})


def number_from(text: str) -> int | None:
    """Read `ط-١٠٣`, `T103` or a bare `103`; None for anything else."""
    label = label_from(text)
    bare = None if label is None else label.removeprefix(EMERGENCY_SERIES)
    return int(bare) if bare is not None and _NUMBER.fullmatch(bare) else None


def slip_from(draft: BookDraft) -> tuple[str, int] | None:
    """Read series and number of a slip; a bare number is the book's unless a machine printed it."""
    label = label_from(draft.label)
    series, number = (None if label is None else parts_of(label)) or (EMERGENCY_SERIES, 0)
    if series not in ("", EMERGENCY_SERIES) or (series == "" and draft.paper == "machine"):
        return series, number
    of_the_book = number_from(draft.label)
    return None if of_the_book is None else (EMERGENCY_SERIES, of_the_book)


def day_from(text: str) -> date | None:
    """Read a day as a browser sends it, in any digits; None for anything else."""
    try:
        return date.fromisoformat(western(text))
    except ValueError:
        return None


def noted(
    draft: BookDraft,
    *,
    centre: Centre,
    choices: ServiceChoices,
    windows: tuple[int, ...],
    today: date,
    at: datetime,
) -> Noted | tuple[BookMistake, ...]:
    """Return what the line says, or every mistake in it.

    An arrival is put within its day and before now, since watches differ; a service that ends
    before it begins, or after now, is a mistake of pen or fingers and is asked for again.
    """
    mistakes: list[BookMistake] = []
    day = day_from(draft.day)
    if day is None or day < today - OLDEST:
        mistakes.append("day")
    elif day > today:
        mistakes.append("day-not-come")
    slip = slip_from(draft)
    if slip is None:
        mistakes.append("label")
    arrived = clock_from(draft.arrived)
    if arrived is None:
        mistakes.append("arrived")
    service = choices.one(draft.service) if draft.service else None
    if draft.service and service is None:
        mistakes.append("service")
    outcomes: dict[str, Outcome] = {each: each for each in get_args(Outcome)}
    outcome = outcomes.get(draft.outcome)
    if outcome is None:
        mistakes.append("outcome")
    if outcome == "waiting" and day is not None and day < today:
        mistakes.append("waiting-not-today")
    visit = _Visit()
    if outcome == "served":
        visit, wrong = _visit(draft, windows)
        mistakes += wrong
    if mistakes or day is None or slip is None or arrived is None or outcome is None:
        return tuple(mistakes)

    def moment(clock: time) -> datetime:
        return moment_of(day, clock, centre.zone, centre.cut_over)

    arrived_at = min(moment(arrived), at)
    started_at = None if visit.started is None else moment(visit.started)
    finished_at = None if visit.finished is None else moment(visit.finished)
    if started_at is not None and finished_at is not None:
        if finished_at > at:
            return ("not-yet",)
        if not arrived_at <= started_at <= finished_at:
            return ("order",)
    priorities: dict[str, Priority] = {each: each for each in get_args(Priority)}
    return Noted(
        day=day,
        series=slip[0],
        number=slip[1],
        arrived_at=arrived_at,
        outcome=outcome,
        service=service,
        priority=priorities.get(draft.priority, "none"),
        window=visit.window,
        started_at=started_at,
        finished_at=finished_at,
    )


class _Visit:
    """Where and between which times of the wall a number was served."""

    def __init__(
        self, window: int | None = None, started: time | None = None, finished: time | None = None
    ) -> None:
        self.window = window
        self.started = started
        self.finished = finished


def _visit(draft: BookDraft, windows: tuple[int, ...]) -> tuple[_Visit, list[BookMistake]]:
    mistakes: list[BookMistake] = []
    text = western(draft.window)
    window = int(text) if text.isascii() and text.isdecimal() and len(text) <= 2 else None
    if window not in windows:
        mistakes.append("window")
    started, finished = clock_from(draft.started), clock_from(draft.finished)
    if started is None:
        mistakes.append("started")
    if finished is None:
        mistakes.append("finished")
    return _Visit(window, started, finished), mistakes
