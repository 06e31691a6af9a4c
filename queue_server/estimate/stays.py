"""From the acts on a number to its stays: each from coming into line to its end; pure.

A number that missed its call and returned, or was sent on to another line, stood in line twice: it
is two visits to whoever learns how long windows are held and how many are absent.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from queue_server.estimate.model import Outcome, Visit
from queue_server.tickets.model import Priority

LONGEST_HOLD: Final = timedelta(hours=2)
"""Whoever held a window for longer was forgotten there."""
_ENDS: Final = {"finish": "finished", "transfer": "finished", "park": "finished"} | {
    "no_show": "no_show"
}
_LEAVES: Final = frozenset({"cancel", "lapse"})
_COMES: Final = frozenset({"return", "resume", "reinstate"})
"""What brings a number into line again."""


@dataclass(frozen=True, slots=True)
class Act:
    """One act on a number; undone ones are left out beforehand."""

    event: str
    at: datetime
    queue: str
    window: int | None
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Number:
    """What its stays have in common."""

    id: str
    service: str | None
    priority: Priority
    requests: int
    lane: str | None
    """Where it stood at issue, when that is not where its priority puts it."""
    rank_at: float
    service_known_at: float | None = None
    """When its service was told; None: when the number was taken, or never."""


def stays_of(number: Number, acts: Sequence[Act]) -> list[Visit]:
    """Return the stays that are over, in their order.

    Numbers that are void have none, and none have those whose acts were keyed in afterwards: their
    times are not when it happened. A number that was reinstated stands in line from then on, since
    nobody could call it before.
    """
    if _is_void(acts) or any("recorded" in act.detail for act in acts):
        return []
    found: list[Visit] = []
    came = called = started = None
    rank_at, lane = number.rank_at, number.lane
    number = replace(number, service_known_at=_service_known_at(acts))
    for act in acts:
        moment = act.at.timestamp()
        if act.event == "issue":
            came = _came(act)
        elif act.event == "void":
            came = called = started = None
        elif act.event == "call":
            called, started = moment, None
            came = moment if came is None or "direct" in act.detail else came
        elif act.event == "start":
            started = moment
        elif act.event in _ENDS and called is not None and came is not None:
            outcome: Outcome = "no_show" if act.event == "no_show" else "finished"
            if moment - called <= LONGEST_HOLD.total_seconds():
                found.append(
                    _visit(number, len(found), act, outcome, came, called, started, lane, rank_at)
                )
            came, called, started = None, None, None
            if act.event == "transfer":
                came, lane = moment, act.detail.get("lane", lane)
        elif act.event in _LEAVES:
            if came is not None and called is None:
                found.append(
                    _visit(number, len(found), act, "left", came, None, None, lane, rank_at)
                )
            came, called, started = None, None, None
        elif act.event in _COMES:
            came, called, started = moment, None, None
            lane = f"window:{act.window}" if act.event == "resume" else lane
            rank_at = _moment(act.detail.get("rank_at"), rank_at)
        elif act.event == "release":
            lane = None
    return found


def undone(acts: Iterable[tuple[int, Act]]) -> list[Act]:
    """Leave out, of acts by revision, those that were undone and those that undid them."""
    told = list(acts)
    taken_back = {act.detail.get("of") for _, act in told if act.event == "undo"}
    return [act for revision, act in told if act.event != "undo" and revision not in taken_back]


def _visit(
    number: Number,
    nth: int,
    act: Act,
    outcome: Outcome,
    came: float,
    called: float | None,
    started: float | None,
    lane: str | None,
    rank_at: float,
) -> Visit:
    told_at = number.service_known_at
    return Visit(
        ticket=number.id if nth == 0 else f"{number.id}/{nth + 1}",
        queue=act.detail.get("from_queue", act.queue),
        service=number.service,
        priority=number.priority,
        issued_at=came,
        called_at=called,
        started_at=started,
        finished_at=act.at.timestamp(),
        window=act.window if called is not None else None,
        outcome=outcome,
        requests=number.requests,
        lane=lane,
        rank_at=rank_at,
        service_known_at=None if told_at is None or told_at <= came else told_at,
    )


def _is_void(acts: Iterable[Act]) -> bool:
    """Say whether a number was voided and not reinstated since."""
    of_paper = [act.event for act in acts if act.event in ("void", "reinstate")]
    return of_paper[-1:] == ["void"]


def _came(issue: Act) -> float:
    """Return when the citizen came: before the server heard of a number of the emergency book or
    of a machine that was cut off. The place of an appointment is its slot's, whoever came when."""
    moment = issue.at.timestamp()
    if issue.detail.get("channel") == "appointment":
        return moment
    return min(moment, _moment(issue.detail.get("arrived_at"), moment))


def _service_known_at(acts: Iterable[Act]) -> float | None:
    """Return when a number's service was told first; None: when it was taken, or never."""
    first = next((act for act in acts if act.detail.get("service") is not None), None)
    return None if first is None or first.event == "issue" else first.at.timestamp()


def _moment(text: object, otherwise: float) -> float:
    return otherwise if text is None else datetime.fromisoformat(str(text)).timestamp()
