"""The dispatch rule over many replications at once: windows, lines, and the next call of each.

It is `tickets.selection` on arrays. In every step each replication lets the window that is free
first call the smallest key among the heads of the lines that it serves, lines that come first at
it before others. Shapes: L replications, W windows, S lines, N people. Times and keys are
seconds from now.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np

from queue_server.estimate.course import BoolArray, Course, IntArray, Rows, Windows
from queue_server.estimate.onlookers import KEPT, Branches, Onlookers
from queue_server.estimate.spread import FloatArray

FIRST: Final = -1e9
"""Added to the keys of lines that come first at a window: smaller than any difference of ranks."""
FEW: Final = 8
"""After so many calls each it is asked whether everybody has been called, near the end."""


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
    asked: tuple[FloatArray, ...] = ()
    """The same of the lines that were only asked about."""


def dispatch(
    lines: Sequence[Line],
    free: FloatArray,
    speeds: FloatArray,
    until: FloatArray | None = None,
    pauses: tuple[FloatArray, FloatArray] | None = None,
    *,
    asked: Sequence[Line] = (),
) -> Calls:
    """Run all replications until everybody who is awaited was called or nobody can be.

    `free`: (W, L), when each window can call first, infinite: never. `speeds`: (W, L), the factor
    of holds. `until`: (W,), from when a window calls nobody; None: all go on. `pauses`: (W, L)
    each, when a window's next pause is due and how long it lasts: it begins when the window is
    free for the first time after that. `asked`: lines that are asked about one by one, each as if
    it stood beside `lines` and the others of `asked` were not there; all of it is here.
    """
    order = sorted(
        range(len(lines)),
        key=lambda place: (lines[place].comes is not None, not _is_awaited(lines[place])),
    )
    ordered = [lines[place] for place in order] or [_nobody(len(free))]
    starts, rows = _rows_of([*ordered, *asked], free.shape[1])
    told = rows
    if len(free):
        course = _course(ordered, starts, rows, _windows_of(free, speeds, until, pauses))
        onlookers = _onlookers(asked, course) if asked else None
        awaited = [place for place, line in enumerate(ordered) if _is_awaited(line)]
        least = sum(len(ordered[place].holds) for place in awaited if ordered[place].comes is None)
        _run(course, awaited, least, onlookers)
        if onlookers is not None and onlookers.found:
            told = _follow(course, Branches.joined(onlookers.found), asked, starts, rows)
    parts = dict(zip(order, _parts(rows, starts), strict=False))
    return Calls(
        tuple(parts[place] for place in range(len(lines))),
        tuple(_parts(told, starts)[len(ordered) :]),
    )


def _run(course: Course, awaited: Sequence[int], least: int, onlookers: Onlookers | None) -> None:
    """Run until the awaited lines are empty and no onlooker waits, or nobody calls any more.

    `least`: so many calls it takes at least.
    """
    steps, is_going = 0, True
    while is_going:
        several = min(max(least - steps, FEW), KEPT)
        for _ in range(several):
            course.choose()
            if onlookers is not None:
                onlookers.watch(course)
            is_going = course.call()
            if not is_going:
                break
        steps += several
        is_asked = onlookers is not None and onlookers.look()
        if not is_asked and not (course.heads[:, awaited] < np.inf).any():
            break


def _follow(
    course: Course, branches: Branches, asked: Sequence[Line], starts: IntArray, rows: Rows
) -> Rows:
    """Run each branch on with its own line of those who are asked about, until it is empty."""
    lines = branches.at.shape[1]
    told = replace(rows, called=np.full_like(rows.called, np.inf))
    own = starts[lines + branches.who] * rows.runs + branches.lane
    tables = [np.column_stack((course.penalty, _penalty(line))) for line in asked]
    windows = course.windows
    follow = Course(
        told,
        np.column_stack((branches.at, own)),
        np.concatenate(tables),
        Windows(
            branches.free,
            windows.speeds[branches.lane],
            branches.due,
            None if windows.lasting is None else windows.lasting[branches.lane],
            windows.until,
        ),
        branches.who * windows.free.shape[1],
        late_from=course.late_from,
    )
    several = max(len(line.keys) for line in asked)
    while True:
        for _ in range(several):
            follow.choose()
            if not follow.call():
                return told
        is_left = follow.heads[:, -1] < np.inf
        left = np.count_nonzero(is_left)
        if not left:
            return told
        if left * 2 < len(is_left):
            follow.keep(np.flatnonzero(is_left))
        several = FEW


def _course(ordered: Sequence[Line], starts: IntArray, rows: Rows, windows: Windows) -> Course:
    penalty = np.column_stack([_penalty(line) for line in ordered])
    at = np.arange(rows.runs)[:, None] + starts[: len(ordered)] * rows.runs
    late_from = sum(line.comes is None for line in ordered)
    return Course(rows, at, penalty, windows, late_from=late_from)


def _onlookers(asked: Sequence[Line], course: Course) -> Onlookers:
    keys = np.array([line.keys[0, 0] for line in asked])
    return Onlookers(keys, np.stack([_penalty(line) for line in asked]), course)


def _is_awaited(line: Line) -> bool:
    return line.is_awaited and bool(line.served_by.any())


def _penalty(line: Line) -> FloatArray:
    """Return what is added to the keys of a line at each window, (W,)."""
    return np.where(line.served_by, np.where(line.first_at, FIRST, 0.0), np.inf)


def _nobody(windows: int) -> Line:
    return Line(
        np.zeros(windows, np.bool_),
        np.zeros(windows, np.bool_),
        np.empty((0, 1)),
        np.empty((0, 1)),
        is_awaited=False,
    )


def _rows_of(lines: Sequence[Line], runs: int) -> tuple[IntArray, Rows]:
    """Lay the people of all lines out; return where each line starts, and where the last ends."""
    starts = np.concatenate(([0], np.cumsum([len(line.keys) + 1 for line in lines])))
    total = int(starts[-1])
    keys, called = np.full((2, total, runs), np.inf)
    holds = np.zeros((total, runs))
    comes = np.full((total, runs), -np.inf) if any(e.comes is not None for e in lines) else None
    leaves = np.full((total, runs), np.inf) if any(e.leaves is not None for e in lines) else None
    for line, start, end in zip(lines, starts, starts[1:] - 1, strict=False):
        keys[start:end] = line.keys
        holds[start:end] = line.holds
        if comes is not None and line.comes is not None:
            comes[start:end] = line.comes
            comes[end] = np.inf
        if leaves is not None and line.leaves is not None:
            leaves[start:end] = line.leaves
    return starts, Rows(
        runs,
        keys.reshape(-1),
        holds.reshape(-1),
        None if comes is None else comes.reshape(-1),
        None if leaves is None else leaves.reshape(-1),
        called.reshape(-1),
    )


def _parts(rows: Rows, starts: IntArray) -> list[FloatArray]:
    """Return the calls of each line."""
    called = rows.called.reshape(-1, rows.runs)
    return [called[start : end - 1] for start, end in pairwise(starts.tolist())]


def _windows_of(
    free: FloatArray,
    speeds: FloatArray,
    until: FloatArray | None,
    pauses: tuple[FloatArray, FloatArray] | None,
) -> Windows:
    """Lay the windows out, a row for each replication: the search along rows is the dearest step.

    A pause that is due before its window is free begins at once.
    """
    by_lane = np.array(free.T, order="C")
    speeds = np.array(speeds.T, order="C")
    if pauses is None:
        return Windows(by_lane, speeds, None, None, until)
    due, lasting = (np.array(each.T, order="C") for each in pauses)
    at_once = (due <= by_lane) & np.isfinite(by_lane)
    by_lane[at_once] += lasting[at_once]
    due[at_once] = np.inf
    return Windows(by_lane, speeds, due, lasting, until)
