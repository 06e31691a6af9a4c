"""The windows of the hall as tiles: who is there, what is in hand, since when; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from queue_server.tickets.model import Actor, Hall, QueueState, Service, Window
from queue_server.web.labels import label_words
from queue_server.web.people_names import opener
from queue_server.web.words import Words

TileState = Literal["closed", "paused", "idle", "called", "serving"]
TileAct = Literal["close", "take-over", "pause"]

CALL_TARGET_S: Final = 180
"""Whoever was called has come or is a no-show after so long."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One window."""

    number: int
    state: TileState
    since: datetime | None
    """Since when it is so; for an idle window, since it last had somebody."""
    minutes: int
    label: Words | None
    ticket_id: UUID | None
    opened_by: Words | None
    reason: str | None
    priority_first: bool
    waiting: int
    """People in the lines that it serves."""
    needed_since: datetime | None
    """Since when it is idle while somebody waits in those lines; None: it is not so."""
    target_s: int | None
    """What the centre aims at for the service being given, or for coming to a call."""
    elapsed_s: int
    acts: tuple[TileAct, ...]
    is_own: bool
    """Opened by whoever looks at the page."""
    is_offered: bool
    """Its clerk hands it over to whoever opens it next."""
    profile: str

    @property
    def is_needed(self) -> bool:
        """It is open and idle while people wait for it."""
        return self.needed_since is not None

    @property
    def is_late(self) -> bool:
        """It takes longer than the centre aims at, or nobody has come to a call for long."""
        return self.target_s is not None and self.elapsed_s > self.target_s


def window_tiles(
    hall: Hall,
    *,
    last_ends: Mapping[int, datetime],
    staff: Mapping[UUID, Words],
    services: Mapping[str, Service],
    viewer: Actor,
) -> tuple[Tile, ...]:
    """Return the windows in the order of the hall."""
    lines = {queue.code: queue for queue in hall.queues}
    return tuple(
        _tile(window, hall.at, last_ends.get(window.number), staff, services, viewer, lines)
        for window in sorted(hall.windows, key=lambda each: each.number)
    )


def _tile(
    window: Window,
    at: datetime,
    last_end: datetime | None,
    staff: Mapping[UUID, Words],
    services: Mapping[str, Service],
    viewer: Actor,
    lines: Mapping[str, QueueState],
) -> Tile:
    ticket = window.ticket
    state = _state(window)
    since = _since(window, state, last_end)
    elapsed_s = 0 if since is None else max(0, int((at - since).total_seconds()))
    service = None if ticket is None or ticket.service is None else services.get(ticket.service)
    own_lines = [lines[queue] for queue in window.queues if queue in lines]
    is_own = window.opened_by is not None and window.opened_by == viewer
    return Tile(
        number=window.number,
        state=state,
        since=since,
        minutes=elapsed_s // 60,
        label=None if ticket is None else label_words(ticket.label),
        ticket_id=None if ticket is None else ticket.id,
        opened_by=opener(window, staff),
        reason=window.reason if state == "paused" else None,
        priority_first=window.priority_first,
        waiting=sum(each.waiting for each in own_lines),
        needed_since=_needed_since(own_lines, since, at) if state == "idle" else None,
        target_s=_target_s(state, service),
        elapsed_s=elapsed_s,
        acts=_acts(state, is_own=is_own),
        is_own=is_own,
        is_offered=window.is_offered,
        profile=window.profile,
    )


def _state(window: Window) -> TileState:
    if window.ticket is not None:
        return "called" if window.ticket.state == "called" else "serving"
    if window.state == "open":
        return "idle"
    return window.state


def _since(window: Window, state: TileState, last_end: datetime | None) -> datetime | None:
    ticket = window.ticket
    if ticket is not None:
        return ticket.called_at if state == "called" else ticket.started_at
    if state == "idle" and last_end is not None and window.state_since is not None:
        return max(last_end, window.state_since)
    return window.state_since


def _needed_since(
    lines: Iterable[QueueState], idle_since: datetime | None, at: datetime
) -> datetime | None:
    """Return since when a window that is idle could have called somebody; None: it cannot.

    Of people whose wait nobody measures it is not known since when they stand there.
    """
    longest_s = max((line.longest_wait_s for line in lines if line.waiting), default=None)
    if longest_s is None or idle_since is None or not longest_s:
        return None if longest_s is None else idle_since
    return max(idle_since, at - timedelta(seconds=longest_s))


def _target_s(state: TileState, service: Service | None) -> int | None:
    if state == "called":
        return CALL_TARGET_S
    return service.target_s if state == "serving" and service is not None else None


def _acts(state: TileState, *, is_own: bool) -> tuple[TileAct, ...]:
    """A window is closed or taken over only while it has no ticket in hand."""
    if state not in ("idle", "paused"):
        return ()
    pause: tuple[TileAct, ...] = ("pause",) if state == "idle" else ()
    return ("close", *pause) if is_own else ("close", "take-over", *pause)
