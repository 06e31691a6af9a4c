"""Replications of a hall under way: in each the dispatch rule makes one call at a time, on arrays.

Shapes: L replications, W windows, S lines. Times and keys are seconds from now. Everybody's
figures lie flat, so that a person in a replication is one index, and the next of his line lies
`runs` further on.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from queue_server.estimate.spread import FloatArray

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

IDLE_ORDER: Final = 1e-6
"""Seconds of delay for each second of being free later."""
LONGEST_S: Final = 1e6


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Everybody's figures, one after another in each line, and after each line nobody."""

    runs: int
    keys: FloatArray
    """Infinite: nobody."""
    holds: FloatArray
    comes: FloatArray | None
    """When each comes; None: all are here."""
    leaves: FloatArray | None
    """When each goes away uncalled; None: nobody does."""
    called: FloatArray
    """What the course writes: when each was called; infinite: was not."""


@dataclass(slots=True, eq=False)
class Windows:
    """The windows of each replication, (L, W) each; the course changes `free` and `due`."""

    free: FloatArray
    """When each can call next; infinite: never."""
    speeds: FloatArray
    due: FloatArray | None
    """When a window's next pause is due; None: there are none."""
    lasting: FloatArray | None
    until: FloatArray | None
    """(W,): from when a window calls nobody."""


class Course:
    """Replications that go on side by side; `choose` and `call` in turns make one call in each.

    Speed is all here: every step costs some thirty operations of numpy on a handful of figures,
    so that each is the cheapest of its kind (indexing beats `take`, counting beats `any`).
    """

    def __init__(
        self,
        rows: Rows,
        at: IntArray,
        penalty: FloatArray,
        windows: Windows,
        rule: IntArray | None = None,
        *,
        late_from: int,
    ) -> None:
        """`at`: (L, S), who stands first in each line. `penalty`: (W, S), what is added to keys at
        a window, infinite where it does not serve the line; with `rule` several such tables below
        one another, and (L,) where the table of each replication begins. `late_from`: lines
        before this one have nobody who is still to come."""
        self.penalty, self.windows = penalty, windows
        self._rows, self._rule, self.late_from = rows, rule, late_from
        self._further = np.array(rows.runs)
        self.at = at
        self.heads = rows.keys[at]
        """(L, S): the key of whoever stands first in each line."""
        self._heads_come = None if rows.comes is None else rows.comes[at]
        self._lay_out()

    def choose(self) -> None:
        """Find for each replication the window that is free first, and the smallest key for it."""
        window = self.windows.free.argmin(1)
        place = window + self._first_window
        now = self._free[place]
        candidates = self._candidates
        rule = window if self._rule is None else window + self._rule
        self.penalty.take(rule, 0, candidates, "clip")
        candidates += self.heads
        if self._late_come is not None:
            np.greater(self._late_come, now[:, None], self._is_late)
            np.copyto(self._late, np.inf, where=self._is_late)
        chosen = candidates.argmin(1)
        chosen += self._first_line
        self.window, self._place, self.now, self._chosen = window, place, now, chosen
        self.best = self._flat_candidates[chosen]

    def call(self) -> bool:
        """Call whom `choose` found; return whether any window will ever call again."""
        rows, windows = self._rows, self.windows
        window, place, now, chosen = self.window, self._place, self.now, self._chosen
        can = np.isfinite(self.best + now)
        if np.count_nonzero(can) < len(can):
            idle = np.flatnonzero(~can & (now < np.inf))
            if idle.size:
                self._free[place[idle]] = self._next_chance(idle)
            if not np.count_nonzero(can):
                return bool(np.isfinite(windows.free).any())
            window, place, now, chosen = window[can], place[can], now[can], chosen[can]
        row = self._flat_at[chosen]
        busy = rows.holds[row]
        busy *= self._speeds[place]
        if rows.leaves is None:
            rows.called[row] = now
        else:
            gone = rows.leaves[row] <= now
            busy[gone] = 0.0
            rows.called[row] = np.where(gone, np.inf, now)
        busy += now
        if self._due is not None and self._lasting is not None:
            is_due = self._due[place] <= busy
            if np.count_nonzero(is_due):
                pausing = place[is_due]
                busy[is_due] += self._lasting[pausing]
                self._due[pausing] = np.inf
        if windows.until is not None:
            busy[busy >= windows.until[window]] = np.inf
        self._free[place] = busy
        row += self._further
        self._flat_at[chosen] = row
        self._flat_heads[chosen] = rows.keys[row]
        if self._flat_heads_come is not None and rows.comes is not None:
            self._flat_heads_come[chosen] = rows.comes[row]
        return True

    def keep(self, lanes: IntArray) -> None:
        """Go on with some of the replications only; the others stand still for ever."""
        windows = self.windows
        self.at, self.heads = self.at[lanes], self.heads[lanes]
        self._heads_come = None if self._heads_come is None else self._heads_come[lanes]
        self._rule = None if self._rule is None else self._rule[lanes]
        self.windows = Windows(
            windows.free[lanes],
            windows.speeds[lanes],
            None if windows.due is None else windows.due[lanes],
            None if windows.lasting is None else windows.lasting[lanes],
            windows.until,
        )
        self._lay_out()

    def _lay_out(self) -> None:
        """Make what each step uses again: flat views, the first index of each replication."""
        windows = self.windows
        self._free, self._speeds = windows.free.reshape(-1), windows.speeds.reshape(-1)
        self._due = None if windows.due is None else windows.due.reshape(-1)
        self._lasting = None if windows.lasting is None else windows.lasting.reshape(-1)
        self._flat_at, self._flat_heads = self.at.reshape(-1), self.heads.reshape(-1)
        lanes, lines = self.at.shape
        self._first_window = np.arange(lanes) * windows.free.shape[1]
        self._first_line = np.arange(lanes) * lines
        self._candidates = np.empty((lanes, lines))
        self._flat_candidates = self._candidates.reshape(-1)
        come, late = self._heads_come, slice(self.late_from, lines)
        self._flat_heads_come = None if come is None else come.reshape(-1)
        self._late_come = None if come is None else come[:, late]
        self._late = self._candidates[:, late]
        self._is_late = np.empty(self._late.shape, np.bool_)

    def _next_chance(self, idle: IntArray) -> FloatArray:
        """Return when windows that find nobody in line may call again: when the next one comes.

        Of several that wait for the same person the one that was free first calls: it looks a
        moment earlier.
        """
        if self._heads_come is None:
            return np.full(len(idle), np.inf)
        window, now = self.window[idle], self.now[idle]
        rule = window if self._rule is None else window + self._rule[idle]
        may_come = np.isfinite(self.penalty[rule]) & np.isfinite(self.heads[idle])
        coming = np.where(may_come, self._heads_come[idle], np.inf).min(axis=1)
        late = IDLE_ORDER * now.clip(0.0, LONGEST_S)
        return np.where(coming > now, coming + late, np.inf)
