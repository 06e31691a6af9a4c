"""Which move in the hall would help most now, and what it may promise; pure.

Each move that is possible is lived ahead beside the hall as it is, with the same people and the
same chances, so that the difference is the move's and not luck's. What is promised is the wait that
four in five do not pass, of all who stand in line now or come before the move ends; its range is
that of nine in ten days like this one.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np

from queue_server.estimate.arrivals import Arrivals
from queue_server.estimate.learned import Learned
from queue_server.estimate.model import Range, Situation, WindowNow
from queue_server.estimate.spread import FloatArray
from queue_server.planning.ahead import (
    RUNS,
    Ahead,
    DaySpread,
    quantile_of,
    quantile_per_run,
    run_ahead,
)
from queue_server.planning.model import Floor, Move, Place, Suggestion, Worth

SHARE: Final = 0.8
"""Of all these people, how many have waited no longer."""
HALF_HOUR_S: Final = 1800.0
_SHORT_S, _LONG_S = 2700.0, 6300.0
"""A window is opened until the first half hour of the clock after one of these."""
_ROUGH_RUNS: Final = 32
_LOOKED_AT_CLOSELY: Final = 4
_BARE_S: Final = 300.0
"""A pause that ends within so long is not worth a word."""
_SURE: Final = 0.9
_ORDER_ALONE: Final = 0.3
"""So much of the gain must be found in the mean wait too."""
_STOP_STEP_S: Final = 900.0
_LEFT_AT_MOST: Final = 2.0
_RANGE: Final = (0.05, 0.95)


def suggested_moves(
    situation: Situation,
    floor: Floor,
    learned: Learned,
    arrivals: Arrivals,
    *,
    spread: DaySpread,
    worth: Worth | None = None,
    at_most: int = 3,
    runs: int = RUNS,
) -> tuple[Suggestion, ...]:
    """Return the best moves, the one first that brings most for what it costs."""
    worth = worth or Worth()
    halls = list(_halls(situation, floor))
    if not situation.standing and not halls:
        return ()
    until = max((_by(move, situation.at, floor) for move, _ in halls), default=situation.at)

    def ahead(hall: Situation, by: float, some: int) -> Ahead:
        return run_ahead(hall, learned, until=by, arrivals=arrivals, spread=spread, runs=some)

    rough_before = ahead(situation, until, _ROUGH_RUNS)
    rough: list[tuple[float, Move, Situation]] = []
    for move, hall in halls:
        by = _by(move, situation.at, floor)
        before = quantile_per_run(rough_before.waits(by), SHARE)
        after = quantile_per_run(ahead(hall, by, _ROUGH_RUNS).waits(), SHARE)
        gain = _middle(_difference(before, after))
        if gain >= 0.6 * worth.gain_s and _middle(before) >= 0.8 * worth.wait_s:
            rough.append((gain / _cost(move, situation), move, hall))
    rough.sort(key=lambda each: -each[0])

    found: list[tuple[float, Suggestion]] = []
    if rough:
        all_before = ahead(situation, until, runs)
        for _, move, hall in rough[:_LOOKED_AT_CLOSELY]:
            by = _by(move, situation.at, floor)
            all_after = ahead(hall, by, runs)
            told = _promise(move, all_before, all_after, by, worth)
            if told is not None and not _harms(move, all_before, all_after, by, worth):
                found.append((told.gain / _cost(move, situation), told))
    found.sort(key=lambda each: -each[0])
    chosen = _apart(told for _, told in found)
    if floor.may_stop and floor.ends is not None and floor.ends > situation.at + _STOP_STEP_S:
        stop = _stop(ahead(situation, floor.ends, runs), floor.ends, worth)
        if stop is not None:
            chosen = [*chosen[: at_most - 1], stop]
    return tuple(chosen[:at_most])


def _halls(situation: Situation, floor: Floor) -> Iterable[tuple[Move, Situation]]:
    """Return every move with the hall as it would be right after it; of windows that serve alike
    only the first."""
    works = {each.number: each for each in situation.windows if each.works_from is None}
    seen: set[tuple[object, ...]] = set()
    for place in floor.places:
        profile = floor.profile_of(place)
        if profile is None:
            continue
        common = frozenset(lane for lane in place.lanes if ":" not in lane)
        if place.state == "closed":
            back = _back(situation, place.number)
            if back is not None and back <= situation.at + _BARE_S:
                continue
            kind = ("open", profile.queues, common, profile.priority_first)
            if kind not in seen:
                seen.add(kind)
                for until in _ends(situation.at, floor):
                    yield (
                        Move("open", place.number, until=until),
                        _opened(situation, floor, place, until),
                    )
        elif place.state == "paused" and not place.must_rest:
            back = _back(situation, place.number)
            if back is None or back > situation.at + _BARE_S:
                yield Move("resume", place.number), _resumed(situation, floor, place)
        elif place.number in works:
            now = works[place.number]
            if now.works_until is not None and not _returns(situation, place.number):
                for until in _ends(now.works_until, floor):
                    yield (
                        Move("keep", place.number, until=until),
                        _with(situation, replace(now, works_until=until)),
                    )
            for other in floor.profiles:
                if other.code == place.profile or not other.queues:
                    continue
                change = ("profile", profile.code, common, other.code)
                if change in seen:
                    continue
                seen.add(change)
                yield (
                    Move("profile", place.number, profile=other.code),
                    _with(
                        situation,
                        replace(now, queues=other.queues, priority_first=other.priority_first),
                    ),
                )


def _opened(situation: Situation, floor: Floor, place: Place, until: float | None) -> Situation:
    """A window that opens may begin at once; its clerk leaves when it is free after the end, unless
    it was expected to open by itself later on."""
    end = until if _back(situation, place.number) is None else None
    others = tuple(each for each in situation.windows if each.number != place.number)
    return replace(situation, windows=(*others, _fresh(floor, place, end)))


def _resumed(situation: Situation, floor: Floor, place: Place) -> Situation:
    others = tuple(each for each in situation.windows if each.number != place.number)
    return replace(situation, windows=(*others, _fresh(floor, place, None)))


def _fresh(floor: Floor, place: Place, until: float | None) -> WindowNow:
    profile = floor.profile_of(place)
    if profile is None:
        raise LookupError(f"window {place.number} has no profile")
    return WindowNow(
        number=place.number,
        queues=profile.queues,
        lanes=place.lanes,
        priority_first=profile.priority_first,
        works_until=until,
    )


def _with(situation: Situation, window: WindowNow) -> Situation:
    return replace(
        situation,
        windows=tuple(
            window if each.number == window.number and each.works_from is None else each
            for each in situation.windows
        ),
    )


def _back(situation: Situation, number: int) -> float | None:
    return next((e.works_from for e in situation.windows if e.number == number), None)


def _returns(situation: Situation, number: int) -> bool:
    return any(e.number == number and e.works_from is not None for e in situation.windows)


def _ends(at: float, floor: Floor) -> list[float]:
    """Return until when a window might be open: two half hours of the clock, or the end."""
    ends = []
    for span in (_SHORT_S, _LONG_S):
        end = math.ceil((at + span) / HALF_HOUR_S) * HALF_HOUR_S
        if floor.ends is not None and end > floor.ends - HALF_HOUR_S / 2:
            end = floor.ends
        if end > at and end not in ends:
            ends.append(end)
    return ends


def _by(move: Move, at: float, floor: Floor) -> float:
    """Return the moment before which somebody must come to be meant by the promise."""
    if move.until is not None:
        return move.until
    return next(iter(_ends(at, floor)), at)


def _cost(move: Move, situation: Situation) -> float:
    """Return what a move costs in hours of a clerk; none is for nothing."""
    if move.kind in ("open", "keep") and move.until is not None:
        return 0.4 + (move.until - situation.at) / 3600
    return {"resume": 0.5, "profile": 0.3}.get(move.kind, 1.0)


def _promise(move: Move, before: Ahead, after: Ahead, by: float, worth: Worth) -> Suggestion | None:
    waits = before.waits(by)
    was, then = quantile_per_run(waits, SHARE), quantile_per_run(after.waits(by), SHARE)
    gains = _difference(was, then)
    gain = _middle(gains)
    is_sure = float((gains > 0).mean()) >= _SURE
    if not is_sure or gain < worth.gain_s or _middle(was) < worth.wait_s:
        return None
    if not np.isfinite(_middle(then)):
        return None
    people = round(float((~np.isnan(waits)).sum(axis=0).mean()))
    return Suggestion(move, _range(was), _range(then), by, people, gain)


def _harms(move: Move, before: Ahead, after: Ahead, by: float, worth: Worth) -> bool:
    """Say whether a window that is set up otherwise lets others wait clearly longer, or only
    changes who waits: what one person gains another loses then."""
    if move.kind != "profile":
        return False
    if _mean(before.waits(by)) - _mean(after.waits(by)) < _ORDER_ALONE * worth.gain_s:
        return True
    groups: list[Mapping[str, Any]] = [{"has_priority": True}, {"has_priority": False}]
    groups += [{"queue": queue} for queue in set(before.queues)]
    for group in groups:
        was = quantile_of(before.waits(by, **group), SHARE)
        then = quantile_of(after.waits(by, **group), SHARE)
        if then > was + worth.gain_s:
            return True
    return False


def _stop(ahead: Ahead, ends: float, worth: Worth) -> Suggestion | None:
    """Find the last moment at which numbers may end so that hardly anybody is left at the end."""
    due = ends - ahead.at
    left = (ahead.came <= due) & (ahead.called > due)
    before = left.sum(axis=0).astype(float)
    if _middle(before) < worth.left:
        return None
    at = ends
    while at > ahead.at + _STOP_STEP_S:
        at = math.ceil(at / _STOP_STEP_S - 1) * _STOP_STEP_S
        after: FloatArray = (left & (ahead.came < at - ahead.at)).sum(axis=0).astype(float)
        if _middle(after) <= _LEFT_AT_MOST:
            people = round(float((ahead.came < at - ahead.at).sum(axis=0).mean()))
            gain = _middle(before - after)
            return Suggestion(Move("stop", at=at), _range(before), _range(after), at, people, gain)
    return None


def _apart(suggestions: Iterable[Suggestion]) -> list[Suggestion]:
    """Leave out a second suggestion for the same window."""
    found: list[Suggestion] = []
    for each in suggestions:
        if all((each.move.window, each.move.kind) != (e.move.window, e.move.kind) for e in found):
            found.append(each)
    return found


def _difference(before: FloatArray, after: FloatArray) -> FloatArray:
    """Return what is gained; where nobody is called either way, nothing."""
    with np.errstate(invalid="ignore"):
        gained = before - after
    return np.where(np.isnan(gained), 0.0, gained)


def _mean(waits: FloatArray) -> float:
    known = waits[~np.isnan(waits)]
    return float(known.mean()) if known.size else 0.0


def _middle(values: FloatArray) -> float:
    return _quantile(values, 0.5)


def _quantile(values: FloatArray, share: float) -> float:
    known = np.sort(values[~np.isnan(values)])
    if not known.size:
        return 0.0
    return float(known[min(int(share * known.size), known.size - 1)])


def _range(values: FloatArray) -> Range:
    low, high = _RANGE
    return Range(_quantile(values, low), _middle(values), _quantile(values, high))
