"""The same chances for the same person in every forecast: uniform numbers fixed once and for all.

Each row is stratified (a Latin hypercube): among n replications every n-th part of (0, 1) occurs
once, so that few replications are enough. As a person keeps his row, two forecasts shortly after
one another differ by what happened and not by luck.
"""

from functools import lru_cache
from random import Random
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

from queue_server.estimate.spread import FloatArray

ROWS: Final = 1021
"""A prime, so that the rows of one person for different questions never run in step."""
_SEED: Final = 20261129


@lru_cache(maxsize=8)
def uniform_rows(runs: int) -> FloatArray:
    """Return the table of chances, shape (ROWS, runs), values in (0, 1); do not write to it."""
    bits = np.frombuffer(Random(_SEED).randbytes(ROWS * runs * 8), np.uint32)
    noise = (bits.reshape(2, ROWS, runs) + 0.5) / 2.0**32
    table: FloatArray = (noise[0].argsort(axis=1) + noise[1]) / runs
    table.flags.writeable = False
    return table


@lru_cache(maxsize=8)
def exponential_rows(runs: int) -> FloatArray:
    """Return the same table as draws from the exponential distribution of mean 1."""
    table: FloatArray = -np.log(uniform_rows(runs))
    table.flags.writeable = False
    return table


@lru_cache(maxsize=8)
def normal_points(runs: int) -> FloatArray:
    """Return the middles of `runs` equally likely parts of the standard normal, ascending."""
    normal = NormalDist()
    return np.array([normal.inv_cdf((place + 0.5) / runs) for place in range(runs)])


def rows_of(people: NDArray[np.int64], question: int) -> NDArray[np.int64]:
    """Return which rows these people (any whole numbers) use for a question (0, 1, 2 …)."""
    return (people * (2 * question + 1) + 331 * question) % ROWS


def row_of(person: int, question: int) -> int:
    """Return the row of one person."""
    return (person * (2 * question + 1) + 331 * question) % ROWS
