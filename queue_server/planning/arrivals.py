"""How many people will come on a day, half hour by half hour, by the days before it; pure.

A day's number is a level times a factor of its weekday times one of its kind. The level is smoothed
exponentially over the days before, and a single wild day moves it little. Where within the day
people come is the share of each half hour since the opening, of that weekday and of all days; hours
of another length (Ramadan) stretch or press it. What few days say shrinks towards what all days
say. A range holds in four of five days: people come by chance (Poisson), whole days are fuller or
emptier than any forecast knew, and so are single half hours.
"""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal, TypeVar

Key = TypeVar("Key", bound=Hashable)

Kind = Literal["usual", "ramadan", "after_closing"]
"""`after_closing`: the first day after more closed days than the week has."""

SLOT_S: Final = 1800
SLOTS_AT_MOST: Final = 54
"""Half hours from midnight until the cut-over of the next morning."""
LEVEL_HALF_LIFE_DAYS: Final = 10.0
FACTOR_HALF_LIFE_DAYS: Final = 120.0
_SHAPE_HALF_LIFE_DAYS: Final = 42.0
_FACTOR_SHRINK_DAYS: Final = 1.0
_SHAPE_SHRINK_DAYS: Final = 2.0
_OTHER_LENGTH: Final = 0.05
"""What a day of other hours counts beside one of the same: it had to be stretched."""
_FLAT_PEOPLE: Final = 4.0
"""As if so many people had come evenly over the day: no half hour is impossible."""
_WILD_DAY: Final = 2.5
"""Standard deviations from what was expected beyond which a day counts no further."""
_USUAL_SPREAD: Final = 0.03
"""The square of a relative deviation that is believed of days (17 %) until they tell theirs."""
_UNKNOWN_KIND: Final = 0.05
"""What is added to it for a first Ramadan, whose people nobody has counted."""
_SPREAD_DAYS: Final = 8.0
_SPREAD_HALF_LIFE_DAYS: Final = 60.0
_ROUNDS: Final = 4


@dataclass(frozen=True, slots=True)
class DayCount:
    """Who came on one day: `counts` by half hours from its opening; who stood there before it
    counts in the first, who came after it closed in the last."""

    day: date
    opens_slot: int
    counts: tuple[float, ...]
    kind: Kind = "usual"

    @property
    def total(self) -> float:
        return math.fsum(self.counts)


@dataclass(frozen=True, slots=True)
class Expected:
    """A number of people, and the range in which it lies on four of five days."""

    mean: float
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class DayForecast:
    """A day to come: `slots` by half hours from its opening."""

    day: date
    kind: Kind
    opens_slot: int
    slots: tuple[float, ...]
    day_spread: float
    """The variance of the whole day's level around its mean, relative to the mean's square."""
    slot_spread: float
    """That of a single half hour beside it."""
    days: int
    """How many days it rests on."""
    same_weekdays: int

    @property
    def mean(self) -> float:
        return math.fsum(self.slots)

    @property
    def total(self) -> Expected:
        """All who will come on this day."""
        mean = self.mean
        square = math.fsum(each * each for each in self.slots)
        return _range(mean, mean + self.day_spread * mean * mean + self.slot_spread * square)

    def hours(self) -> tuple[tuple[int, Expected], ...]:
        """Return who will come in each hour of the clock, by the hour's number; the first and the
        last may be half ones. Hours after midnight go on from 24."""
        hours: dict[int, list[float]] = {}
        for each, mean in enumerate(self.slots, self.opens_slot):
            hours.setdefault(each // 2, []).append(mean)
        return tuple(
            (
                hour,
                _range(
                    sum(means),
                    sum(means)
                    + self.day_spread * sum(means) ** 2
                    + self.slot_spread * sum(each * each for each in means),
                ),
            )
            for hour, means in hours.items()
        )


@dataclass(frozen=True, slots=True)
class ForecastTruth:
    """How true forecasts of past days were, each made from the days before it."""

    days: int
    mae_per_hour: float
    """People by which an hour's forecast was wrong, without sign."""
    mean_per_hour: float
    coverage_80: float
    """The share of hours that lay in their range."""
    day_error: float
    """The mean relative error of a whole day's number, without sign."""


def kind_of(day: date, *, is_ramadan: bool, open_before: date | None, longest_gap: int) -> Kind:
    """Return a day's kind; `open_before` is the last day before it on which the centre opened,
    `longest_gap` how many days in a row are closed in a usual week."""
    if open_before is not None and (day - open_before).days - 1 > longest_gap:
        return "after_closing"
    return "ramadan" if is_ramadan else "usual"


def forecast_day(
    history: Sequence[DayCount], day: date, *, opens_slot: int, slots: int, kind: Kind = "usual"
) -> DayForecast | None:
    """Return who will come on `day`, open for so many half hours; None without any day before it.

    Days of the history that are not before `day` are passed over. Raises ValueError where the day
    is open for no half hour.
    """
    if slots < 1:
        raise ValueError(f"a day of {slots} half hours")
    past = sorted(
        (each for each in history if each.day < day and each.total > 0), key=lambda each: each.day
    )
    if not past:
        return None
    levels = _levels(past, day)
    mean = levels.mean_of(day, kind)
    shape = _shape(past, day, slots)
    spread = _day_spread(past, levels)
    if kind not in {"usual", *(each.kind for each in past)}:
        spread += _UNKNOWN_KIND
    return DayForecast(
        day=day,
        kind=kind,
        opens_slot=opens_slot,
        slots=tuple(mean * share for share in shape),
        day_spread=spread + spread / max(levels.weight, 1.0),
        slot_spread=_slot_spread(past, day),
        days=len(past),
        same_weekdays=sum(each.day.weekday() == day.weekday() for each in past),
    )


def walk_back(history: Sequence[DayCount], *, days: int = 28, least: int = 5) -> ForecastTruth:
    """Forecast each of the last days from those before it and tell how true that was.

    A day with fewer than `least` days before it is left out. Raises ValueError where none is left.
    """
    known = sorted((each for each in history if each.total > 0), key=lambda each: each.day)
    errors: list[float] = []
    means: list[float] = []
    held: list[bool] = []
    day_errors: list[float] = []
    for index in range(max(least, len(known) - days), len(known)):
        lived = known[index]
        said = forecast_day(
            known[:index],
            lived.day,
            opens_slot=lived.opens_slot,
            slots=len(lived.counts),
            kind=lived.kind,
        )
        if said is None:
            continue
        came: dict[int, float] = {}
        for each, count in enumerate(lived.counts, lived.opens_slot):
            came[each // 2] = came.get(each // 2, 0.0) + count
        for hour, expected in said.hours():
            errors.append(abs(expected.mean - came[hour]))
            means.append(came[hour])
            held.append(expected.low <= came[hour] <= expected.high)
        day_errors.append(abs(said.mean - lived.total) / lived.total)
    if not day_errors:
        raise ValueError(f"{len(known)} days are too few to walk back")
    return ForecastTruth(
        days=len(day_errors),
        mae_per_hour=math.fsum(errors) / len(errors),
        mean_per_hour=math.fsum(means) / len(means),
        coverage_80=sum(held) / len(held),
        day_error=math.fsum(day_errors) / len(day_errors),
    )


@dataclass(frozen=True, slots=True)
class _Levels:
    level: float
    weekdays: Mapping[int, float]
    kinds: Mapping[Kind, float]
    weight: float
    """How many days the level is worth."""

    def factor_of(self, day: date, kind: Kind) -> float:
        return self.weekdays.get(day.weekday(), 1.0) * self.kinds.get(kind, 1.0)

    def mean_of(self, day: date, kind: Kind) -> float:
        return self.level * self.factor_of(day, kind)


def _fades(days: float, half_life: float) -> float:
    weight: float = 0.5 ** (days / half_life)
    return weight


def _levels(past: Sequence[DayCount], day: date) -> _Levels:
    """Fit level and factors in turns; each factor is drawn to 1 by a few days of mean size."""
    ages = [float((day - each.day).days) for each in past]
    totals = [each.total for each in past]
    now = [_fades(age, LEVEL_HALF_LIFE_DAYS) for age in ages]
    long = [_fades(age, FACTOR_HALF_LIFE_DAYS) for age in ages]
    weekdays: dict[int, float] = {}
    kinds: dict[Kind, float] = {}
    fitted = _Levels(math.fsum(totals) / len(totals), weekdays, kinds, 1.0)
    for _ in range(_ROUNDS):
        tamed = _tamed(past, totals, fitted)
        factors = [fitted.factor_of(each.day, each.kind) for each in past]
        level = math.fsum(w * t for w, t in zip(now, tamed, strict=True)) / math.fsum(
            w * f for w, f in zip(now, factors, strict=True)
        )
        # Factors are told apart from a slow rise by what was usual around each day, not by today.
        around = _around(past, tamed, factors)
        weekdays = _factors(
            [each.day.weekday() for each in past],
            tamed,
            [a * fitted.kinds.get(each.kind, 1.0) for a, each in zip(around, past, strict=True)],
            long,
        )
        kinds = _factors(
            [each.kind for each in past],
            tamed,
            [a * weekdays[each.day.weekday()] for a, each in zip(around, past, strict=True)],
            long,
        )
        kinds["usual"] = 1.0
        fitted = _Levels(level, weekdays, kinds, math.fsum(now))
    return fitted


def _tamed(past: Sequence[DayCount], totals: Sequence[float], fitted: _Levels) -> list[float]:
    """Draw days that were wildly fuller or emptier than expected back to the edge of belief."""
    means = [fitted.mean_of(each.day, each.kind) for each in past]
    if len(past) < 5:
        return list(totals)
    ratios = sorted(abs(total / mean - 1) for total, mean in zip(totals, means, strict=True))
    usual = max(1.48 * ratios[len(ratios) // 2], math.sqrt(_USUAL_SPREAD) / 2)
    return [
        min(max(total, mean * (1 - _WILD_DAY * usual)), mean * (1 + _WILD_DAY * usual))
        for total, mean in zip(totals, means, strict=True)
    ]


def _around(
    past: Sequence[DayCount], totals: Sequence[float], factors: Sequence[float]
) -> list[float]:
    """Return the level around each day: of the days before and after it, the nearest most."""
    before = _faded_sums(past, totals, factors)
    after = _faded_sums(past[::-1], totals[::-1], factors[::-1])[::-1]
    return [
        (came + later - total) / (due + owed - factor)
        for (came, due), (later, owed), total, factor in zip(
            before, after, totals, factors, strict=True
        )
    ]


def _faded_sums(
    days: Sequence[DayCount], totals: Sequence[float], factors: Sequence[float]
) -> list[tuple[float, float]]:
    """Return both sums up to each day, in which days count less the longer they lie back."""
    sums: list[tuple[float, float]] = []
    came = due = 0.0
    for index, (total, factor) in enumerate(zip(totals, factors, strict=True)):
        gap = abs((days[index].day - days[index - 1].day).days) if index else 0
        fades = _fades(gap, LEVEL_HALF_LIFE_DAYS)
        came, due = came * fades + total, due * fades + factor
        sums.append((came, due))
    return sums


def _factors(
    keys: Sequence[Key], totals: Sequence[float], means: Sequence[float], weights: Sequence[float]
) -> dict[Key, float]:
    """Return by how much the days of each key passed their means, drawn to 1."""
    usual = math.fsum(means) / len(means)
    factors: dict[Key, float] = {}
    for key in set(keys):
        mine = [each == key for each in keys]
        came = math.fsum(w * t for w, t, m in zip(weights, totals, mine, strict=True) if m)
        due = math.fsum(w * t for w, t, m in zip(weights, means, mine, strict=True) if m)
        drawn = _FACTOR_SHRINK_DAYS * usual
        factors[key] = (came + drawn) / (due + drawn)
    return factors


def _shape(past: Sequence[DayCount], day: date, slots: int) -> list[float]:
    """Return the share of each half hour: this weekday's, drawn to that of all days."""
    everybody, same = [0.0] * slots, [0.0] * slots
    weight = same_weight = 0.0
    for each in past:
        fades = _fades((day - each.day).days, _SHAPE_HALF_LIFE_DAYS)
        if len(each.counts) != slots:
            fades *= _OTHER_LENGTH
        shares = _stretched(each.counts, slots)
        everybody = [a + fades * b for a, b in zip(everybody, shares, strict=True)]
        weight += fades
        if each.day.weekday() == day.weekday():
            same = [a + fades * b for a, b in zip(same, shares, strict=True)]
            same_weight += fades
    people = math.fsum(each.total for each in past) / len(past)
    flat = _FLAT_PEOPLE / max(people * weight, 1e-9)
    mean = [(a / weight + flat / slots) / (1 + flat) for a in everybody]
    drawn = _SHAPE_SHRINK_DAYS
    return [(a + drawn * m) / (same_weight + drawn) for a, m in zip(same, mean, strict=True)]


def _stretched(counts: Sequence[float], slots: int) -> list[float]:
    """Return the shares of a day as one of so many half hours would have had them.

    The same part of the day has the same part of its people, spread evenly within a half hour.
    """
    whole = math.fsum(counts)
    if len(counts) == slots:
        return [each / whole for each in counts]
    shares = [0.0] * slots
    for index, count in enumerate(counts):
        begin, end = index * slots / len(counts), (index + 1) * slots / len(counts)
        for slot in range(int(begin), min(math.ceil(end), slots)):
            overlap = min(end, slot + 1) - max(begin, slot)
            shares[slot] += count / whole * max(overlap, 0.0) / (end - begin)
    return shares


def _day_spread(past: Sequence[DayCount], levels: _Levels) -> float:
    """Return how far whole days lay from what the days before them let expect, beyond chance,
    relative and squared. What follows a change too late is in it."""
    totals = [each.total for each in past]
    factors = [levels.factor_of(each.day, each.kind) for each in past]
    before = _faded_sums(past, _tamed(past, totals, levels), factors)
    excess = square = days = 0.0
    for index in range(1, len(past)):
        came, due = before[index - 1]
        # A level that rests on few days is uncertain itself: that is added where it is used.
        trust = due / (due + factors[index])
        mean = came / due * factors[index]
        fades = _fades((past[-1].day - past[index].day).days, _SPREAD_HALF_LIFE_DAYS)
        excess += fades * ((totals[index] - mean) ** 2 - mean) * trust
        square += fades * mean * mean
        days += fades
    found = max(excess / square, 0.0) if square else 0.0
    return (found * days + _USUAL_SPREAD * _SPREAD_DAYS) / (days + _SPREAD_DAYS)


def _slot_spread(past: Sequence[DayCount], day: date) -> float:
    """Return the same of half hours, each against its share of its own day's people."""
    excess = square = 0.0
    recent = [each for each in past if (day - each.day).days <= 120][-40:]
    shapes: dict[tuple[int, int], list[float]] = {}
    for each in recent:
        key = (len(each.counts), each.day.weekday())
        if key not in shapes:
            shapes[key] = _shape(past, day + timedelta((key[1] - day.weekday()) % 7), key[0])
        for count, share in zip(each.counts, shapes[key], strict=True):
            mean = each.total * share
            excess += (count - mean) ** 2 - mean
            square += mean * mean
    found = max(excess / square, 0.0) if square else 0.0
    return (found * len(recent) + _USUAL_SPREAD * _SPREAD_DAYS) / (len(recent) + _SPREAD_DAYS)


def _range(mean: float, variance: float) -> Expected:
    """Return the range of four in five of a number of people with this mean and variance.

    It is a Poisson number whose own mean varies as a gamma does: a negative binomial.
    """
    if mean <= 0:
        return Expected(0.0, 0, 0)
    if mean > 3000:
        half = 1.2816 * math.sqrt(variance)
        return Expected(mean, max(math.floor(mean - half), 0), math.ceil(mean + half))
    shape = mean * mean / max(variance - mean, 1e-9 * mean)
    odds = mean / (mean + shape)
    log = shape * math.log1p(-odds)
    below, count, low = 0.0, 0, None
    while True:
        below += math.exp(log)
        if low is None and below > 0.1:
            low = count
        if below >= 0.9 or count > 20_000:
            return Expected(mean, low or 0, count)
        log += math.log(odds * (shape + count) / (count + 1))
        count += 1
