"""What in a scenario's times cannot happen, or would pass without a trace; pure."""

from collections.abc import Iterator
from datetime import time
from itertools import combinations

from core_services.toml_file import KeyPath
from queue_server.simulation.scenario import Fault, Plan

_KIOSK_FAULTS = ("printer", "kiosk")
_MACHINE_FAULTS = (*_KIOSK_FAULTS, "display", "server")


def contradicting_times(plan: Plan) -> list[tuple[KeyPath, str]]:
    """Return what lies outside the day, breaks what is not there, or breaks it twice at once: the
    key of each, and a sentence."""
    return [*_outside(plan), *_not_there(plan), *_at_once(plan)]


def _outside(plan: Plan) -> Iterator[tuple[KeyPath, str]]:
    opens, closes = _minutes(plan.opens), _minutes(plan.closes)
    ends = closes + plan.overtime_minutes
    hours = f"{plan.opens:%H:%M} to {plan.closes:%H:%M}"
    for index, burst in enumerate(plan.arrivals.bursts):
        if not opens <= _minutes(burst.at) < closes:
            yield ("arrivals", "bursts", index, "at"), f"nobody gets a number then, only {hours}"
    for index, booked in enumerate(plan.appointments):
        for slot, at in (("first", booked.first), ("last", booked.last)):
            if not opens <= _minutes(at) <= closes:
                yield ("appointments", index, slot), f"is no slot of the day, {hours}"
    for index, windows in enumerate(plan.windows):
        if windows.opens is not None and _minutes(windows.opens) >= ends:
            yield ("windows", index, "opens"), "by then the last window has closed"
        if windows.closes is not None and _minutes(windows.closes) <= opens:
            yield ("windows", index, "closes"), "by then the hall has not opened"
    starts: list[tuple[KeyPath, time]] = [
        *((("breaks", index, "at"), each.at) for index, each in enumerate(plan.breaks)),
        *((("faults", index, "at"), each.at) for index, each in enumerate(plan.faults)),
    ]
    for key, at in starts:
        if not opens <= _minutes(at) < ends:
            yield key, f"lies outside the day, {hours} and {plan.overtime_minutes} minutes"


def _not_there(plan: Plan) -> Iterator[tuple[KeyPath, str]]:
    kiosks = plan.taking.kiosks
    for index, fault in enumerate(plan.faults):
        if fault.kiosk is not None and fault.kiosk > kiosks:
            yield (
                ("faults", index, "kiosk"),
                f"there is no kiosk {fault.kiosk}: taking.kiosks is {kiosks}",
            )


def _at_once(plan: Plan) -> Iterator[tuple[KeyPath, str]]:
    """The second of two that overlap: mending one would mend the other with it."""
    for (one, earlier), (other, later) in combinations(enumerate(plan.faults), 2):
        if _is_same(earlier, later) and _overlap(earlier, later):
            yield ("faults", other), f"breaks what fault {one + 1} has broken already; make it one"
        elif _is_lost(earlier, later) or _is_lost(later, earlier):
            yield (
                ("faults", other),
                f"overlaps fault {one + 1}: while the server is away nothing else breaks or is "
                "mended",
            )


def _is_same(one: Fault, other: Fault) -> bool:
    if one.kind in _KIOSK_FAULTS and other.kind in _KIOSK_FAULTS:
        return None in (one.kiosk, other.kiosk) or one.kiosk == other.kiosk
    if one.kind != other.kind:
        return False
    if one.kind == "service":
        return bool(set(one.services) & set(other.services))
    return one.kind != "window" or bool(set(one.windows) & set(other.windows))


def _is_lost(server: Fault, other: Fault) -> bool:
    """Say whether the server, being away, does not hear of the other fault or of its end.

    Kiosks and screens are all at work again when it comes back.
    """
    if server.kind != "server" or not _overlap(server, other):
        return False
    since, until = _span(server)
    return other.kind in _MACHINE_FAULTS or any(since <= at < until for at in _span(other))


def _overlap(one: Fault, other: Fault) -> bool:
    (since, until), (begins, ends) = _span(one), _span(other)
    return since < ends and begins < until


def _span(fault: Fault) -> tuple[float, float]:
    return _minutes(fault.at), _minutes(fault.at) + fault.minutes


def _minutes(wall: time) -> float:
    return wall.hour * 60 + wall.minute + wall.second / 60
