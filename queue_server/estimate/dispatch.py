"""The dispatch rule over many replications at once: windows, lines, and the next call of each.

It is `tickets.selection` on arrays. In every step each replication lets the window that is free
first call the smallest key among the heads of the lines that it serves, lines that come first at
it before others. Shapes: L replications, W windows, S lines, N people. Times and keys are
seconds from now.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from queue_server.estimate.spread import FloatArray

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

FIRST: Final = -1e9
"""Added to the keys of lines that come first at a window: smaller than any difference of ranks."""
IDLE_ORDER: Final = 1e-6
"""Seconds of delay for each second of being free later."""
LONGEST_S: Final = 1e6


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """People whom the same windows serve in the same way, by rank."""

    served_by: BoolArray
    """(W,)"""
    first_at: BoolArray
    """(W,): windows at which this line comes before others."""
    keys: FloatArray
    """(n, L) or (n, 1), ascending along the first axis; infinite: not in that replication."""
    holds: FloatArray
    """(n, L): how long each holds a window of ordinary speed."""
    comes: FloatArray | None = None
    """(n, L), ascending: when each comes; None: all are here."""
    leaves: FloatArray | None = None
    """(n, L): when each goes away if he was not called before; None: nobody does."""
    is_awaited: bool = True
    """Whether the run goes on until all of them were called."""


@dataclass(frozen=True, slots=True, eq=False)
class Calls:
    """What happened: for each line its calls (n, L), infinite where there was none."""

    at: tuple[FloatArray, ...]
    windows: tuple[IntArray, ...]
    """Which window called, by its index; meaningless without a call. Empty unless asked."""


def dispatch(
    lines: Sequence[Line],
    free: FloatArray,
    speeds: FloatArray,
    until: FloatArray | None = None,
    pauses: tuple[FloatArray, FloatArray] | None = None,
    *,
    tell_windows: bool = False,
) -> Calls:
    """Run all replications until everybody who is awaited was called or nobody can be.

    `free`: (W, L), when each window can call first, infinite: never. `speeds`: (W, L), the factor
    of holds. `until`: (W,), from when a window calls nobody; None: all go on. `pauses`: (W, L)
    each, when a window's next pause is due and how long it lasts: it begins when the window is
    free for the first time after that.
    """
    windows, runs = free.shape
    lane = np.arange(runs)
    if not lines:
        return Calls((), ())
    counts = [len(line.keys) for line in lines]
    starts = np.concatenate(([0], np.cumsum([count + 1 for count in counts])))
    total = int(starts[-1])
    keys = np.full((total, runs), np.inf)
    holds = np.zeros((total, runs))
    comes = np.full((total, runs), -np.inf) if any(e.comes is not None for e in lines) else None
    leaves = np.full((total, runs), np.inf) if any(e.leaves is not None for e in lines) else None
    for line, start, count in zip(lines, starts, counts, strict=False):
        keys[start : start + count] = line.keys
        holds[start : start + count] = line.holds
        if comes is not None and line.comes is not None:
            comes[start : start + count] = line.comes
            comes[start + count] = np.inf
        if leaves is not None and line.leaves is not None:
            leaves[start : start + count] = line.leaves
    called = np.full((total, runs), np.inf)
    by = np.zeros((total, runs), np.int64) if tell_windows else None

    awaits = [line.is_awaited and bool(line.served_by.any()) for line in lines]
    order = sorted(
        range(len(lines)), key=lambda place: (not awaits[place], lines[place].comes is not None)
    )
    awaited = sum(awaits)
    places = starts[order]
    at_row = places[:, None] * runs + lane  # (S, L): flat index of each line's head
    served = np.array([lines[place].served_by for place in order]).reshape(len(order), windows)
    first = np.array([lines[place].first_at for place in order]).reshape(len(order), windows)
    is_plain = bool(served.all()) and not first.any()
    penalty = np.where(served, np.where(first, FIRST, 0.0), np.inf)  # (S, W)
    most = max((counts[place] for place in order[:awaited]), default=0)

    flat_keys, flat_holds, flat_called = keys.ravel(), holds.ravel(), called.ravel()
    flat_comes = None if comes is None else comes.ravel()
    flat_leaves = None if leaves is None else leaves.ravel()
    # One row for each replication: the search along rows is the dearest step.
    by_lane = np.array(free.T, order="C")
    flat_free, flat_speeds = by_lane.reshape(-1), np.ascontiguousarray(speeds.T).reshape(-1)
    row_of = lane * windows
    heads = flat_keys.take(at_row)
    flat_heads, flat_at = heads.reshape(-1), at_row.reshape(-1)
    heads_come = None if flat_comes is None else flat_comes.take(at_row)
    is_out = np.empty(heads.shape, np.bool_)
    none_out = next((n for n, place in enumerate(order) if lines[place].comes is not None), 0)
    flat_heads_come = None if heads_come is None else heads_come.reshape(-1)

    flat_due, flat_lasting = (
        (None, None)
        if pauses is None
        else (np.array(each.T, order="C").reshape(-1) for each in pauses)
    )

    if flat_due is not None and flat_lasting is not None:
        at_once = (flat_due <= flat_free) & np.isfinite(flat_free)
        flat_free[at_once] += flat_lasting[at_once]
        flat_due[at_once] = np.inf

    step = 0
    while windows:
        step += 1
        if step > most and not (heads[:awaited] < np.inf).any():
            break
        window = by_lane.argmin(axis=1)
        place = window + row_of
        now = flat_free.take(place)
        candidates = heads if is_plain else heads + penalty.take(window, axis=1)
        if heads_come is not None:
            if is_plain:
                candidates = heads.copy()
            late = np.greater(heads_come[none_out:], now, out=is_out[none_out:])
            np.copyto(candidates[none_out:], np.inf, where=late)
        if len(order) == 1:
            chosen = lane
        else:
            chosen = candidates.argmin(axis=0)
            chosen *= runs
            chosen += lane
        best = candidates.reshape(-1).take(chosen)
        best += now
        if best.max() == np.inf:
            can = best < np.inf
            idle = np.flatnonzero(~can)
            flat_free[place[idle]] = _next_chance(heads, heads_come, penalty, window, now, idle)
            if not can.any():
                if not np.isfinite(by_lane).any():
                    break
                continue
            window, place, chosen, now = window[can], place[can], chosen[can], now[can]
        row = flat_at.take(chosen)
        busy = flat_holds.take(row)
        busy *= flat_speeds.take(place)
        if flat_leaves is not None:
            gone = flat_leaves.take(row) <= now
            busy[gone] = 0.0
            flat_called[row] = np.where(gone, np.inf, now)
        else:
            flat_called[row] = now
        if by is not None:
            by.reshape(-1)[row] = window
        busy += now
        if flat_due is not None and flat_lasting is not None:
            is_due = flat_due.take(place) <= busy
            if is_due.any():
                pausing = place[is_due]
                busy[is_due] += flat_lasting.take(pausing)
                flat_due[pausing] = np.inf
        if until is not None:
            busy[busy >= until.take(window)] = np.inf
        flat_free[place] = busy
        row += runs
        flat_at[chosen] = row
        flat_heads[chosen] = flat_keys.take(row)
        if flat_heads_come is not None and flat_comes is not None:
            flat_heads_come[chosen] = flat_comes.take(row)
    return Calls(
        tuple(called[start : start + n] for start, n in zip(starts, counts, strict=False)),
        tuple(by[start : start + n] for start, n in zip(starts, counts, strict=False))
        if by is not None
        else (),
    )


def _next_chance(
    heads: FloatArray,
    heads_come: FloatArray | None,
    penalty: FloatArray,
    window: IntArray,
    now: FloatArray,
    idle: IntArray,
) -> FloatArray:
    """Return when windows that find nobody in line may call again: when the next one comes.

    Of several that wait for the same person the one that was free first calls: it looks a moment
    earlier.
    """
    if heads_come is None:
        return np.full(len(idle), np.inf)
    coming = np.where(
        np.isfinite(penalty.take(window[idle], axis=1)) & np.isfinite(heads[:, idle]),
        heads_come[:, idle],
        np.inf,
    ).min(axis=0)
    late = IDLE_ORDER * now[idle].clip(0.0, LONGEST_S)
    return np.where(coming > now[idle], coming + late, np.inf)
