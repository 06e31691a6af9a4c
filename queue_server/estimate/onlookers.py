"""Those who are only asked about: they change nothing for anybody until they are called.

So one run without them serves for all: somebody who stands in line is called at the first call
whose chosen key is larger than his. Only what comes after that is another course for each.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from queue_server.estimate.course import Course, IntArray
from queue_server.estimate.spread import FloatArray

KEPT: Final = 32
"""So many steps of a course are kept until the next look at them."""


@dataclass(frozen=True, slots=True, eq=False)
class Branches:
    """Replications as they stood when an onlooker was about to be called; F of them."""

    who: IntArray
    """(F,): the place of the onlooker."""
    lane: IntArray
    """(F,): the replication."""
    at: IntArray
    """(F, S)"""
    free: FloatArray
    """(F, W)"""
    due: FloatArray | None
    """(F, W)"""

    @classmethod
    def joined(cls, parts: Sequence["Branches"]) -> "Branches":
        """Join some into one."""
        dues = [part.due for part in parts if part.due is not None]
        return cls(
            np.concatenate([part.who for part in parts]),
            np.concatenate([part.lane for part in parts]),
            np.concatenate([part.at for part in parts]),
            np.concatenate([part.free for part in parts]),
            np.concatenate(dues) if dues else None,
        )


class Onlookers:
    """Watch a course; tell for each onlooker and replication where it reaches his call."""

    def __init__(self, keys: FloatArray, penalty: FloatArray, course: Course) -> None:
        """`keys`: (O,). `penalty`: (O, W), what is added to his key at a window."""
        self._keys, self._penalty = keys[:, None, None], penalty
        windows = course.windows
        lanes, _ = windows.free.shape
        self._waits = np.repeat(np.isfinite(penalty).any(axis=1, keepdims=True), lanes, axis=1)
        self._window: list[IntArray] = []
        self._now: list[FloatArray] = []
        self._best: list[FloatArray] = []
        self._at = np.empty((KEPT, *course.at.shape), np.int64)
        self._free = np.empty((KEPT, *windows.free.shape))
        self._due = None if windows.due is None else np.empty((KEPT, *windows.due.shape))
        self.found: list[Branches] = []

    def watch(self, course: Course) -> None:
        """Keep a step that is chosen and not called yet; `look` before more than KEPT of them."""
        step, windows = len(self._now), course.windows
        self._window.append(course.window)
        self._now.append(course.now)
        self._best.append(course.best)
        self._at[step] = course.at
        self._free[step] = windows.free
        if self._due is not None and windows.due is not None:
            self._due[step] = windows.due

    def look(self) -> bool:
        """Look through the steps that were kept; return whether anybody still waits."""
        shape = len(self._now), -1
        now, best = (np.concatenate(each).reshape(shape) for each in (self._now, self._best))
        window = np.concatenate(self._window).reshape(shape)
        self._now, self._best, self._window = [], [], []
        waiting = np.flatnonzero(self._waits.any(axis=1))
        if not waiting.size:
            return False
        keys = self._penalty[waiting].take(window, axis=1)
        keys += self._keys[waiting]
        is_called = keys < best
        is_called &= now < np.inf
        is_called &= self._waits[waiting, None]
        place, lane = np.nonzero(is_called.any(axis=1))
        if place.size:
            step, who = is_called.argmax(axis=1)[place, lane], waiting[place]
            self._waits[who, lane] = False
            self.found.append(
                Branches(
                    who,
                    lane,
                    self._at[step, lane],
                    self._free[step, lane],
                    None if self._due is None else self._due[step, lane],
                )
            )
        return bool(self._waits.any())
