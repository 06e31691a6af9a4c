"""Durations in buckets of 4 %: small, merged by adding, with quantiles within 2 %; pure."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

STEP: Final = 1.04
"""Each bucket ends 4 % above the one before."""
_LOG_STEP: Final = math.log(STEP)
_SECOND_US: Final = 1_000_000
LAST: Final = 400
"""The bucket of everything beyond 75 days."""


def bucket_of(us: int) -> int:
    """Return the bucket of a duration in microseconds; 0 holds all below one second."""
    if us < _SECOND_US:
        return 0
    return min(LAST, 1 + int(math.log(us / _SECOND_US) / _LOG_STEP))


def middle_us(bucket: int) -> int:
    """Return the duration that stands for a bucket: its geometric middle."""
    if bucket == 0:
        return _SECOND_US // 2
    return int(_SECOND_US * math.pow(STEP, bucket - 0.5) + 0.5)


def histogram(durations_us: Iterable[int]) -> dict[int, int]:
    """Count durations by their bucket."""
    return dict(sorted(Counter(map(bucket_of, durations_us)).items()))


def merged(histograms: Iterable[Mapping[int, int]]) -> dict[int, int]:
    """Add histograms."""
    total: Counter[int] = Counter()
    for each in histograms:
        total.update(each)
    return dict(sorted(total.items()))


def quantile_us(counts: Mapping[int, int], p: float) -> int | None:
    """Return the p-quantile of what was counted, as `percentile_cont` would; None without any.

    It lies within 2 % of the exact one and, where durations below a second are among those that it
    lies between, half a second.
    """
    people = sum(counts.values())
    if not people:
        return None
    rank = p * (people - 1)
    below, above = math.floor(rank), math.ceil(rank)
    low, high = _value_at(counts, below), _value_at(counts, above)
    return round(low + (high - low) * (rank - below))


def exact_quantile_us(ordered_us: Sequence[int], p: float) -> int | None:
    """Return the p-quantile of sorted durations, interpolated as `percentile_cont` does."""
    if not ordered_us:
        return None
    rank = p * (len(ordered_us) - 1)
    below, above = math.floor(rank), math.ceil(rank)
    low, high = ordered_us[below], ordered_us[above]
    return round(low + (high - low) * (rank - below))


def _value_at(counts: Mapping[int, int], nth: int) -> int:
    """Return what stands for the nth duration in their order, counted from 0."""
    reached = 0
    for bucket in sorted(counts):
        reached += counts[bucket]
        if nth < reached:
            return middle_us(bucket)
    return middle_us(max(counts))
