"""Erlang's formulas for windows that share one line: what waits a steady load has; pure.

Poisson arrivals, exponential holds, `windows` alike. All rates are per second, all spans seconds.
Everything is a sum of positive terms, so nothing cancels and nothing overflows.

Sources: A. K. Erlang (1917); for people who leave, C. Palm (1957) as worked out by Garnett,
Mandelbaum and Reiman, "Designing a call center with impatient customers" (2002), and Mandelbaum and
Zeltyn, "Service engineering in action: the Palm/Erlang-A queue" (2007).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

_TINY = 1e-17
_HUGE = 1e200
_FAR = 45.0
"""Beyond this fall of its exponent an integrand is nothing."""
_STEPS = 200


def erlang_b(windows: int, offered: float) -> float:
    """Return the share that finds all windows taken where nobody may wait.

    `offered` is the load in windows: arrivals times the mean hold. Raises ValueError for a load
    or a number of windows below zero.
    """
    if windows < 0 or offered < 0:
        raise ValueError(f"no load of {offered} on {windows} windows")
    blocked = 1.0
    for each in range(1, windows + 1):
        blocked = offered * blocked / (each + offered * blocked)
    return blocked


@dataclass(frozen=True)
class ErlangC:
    """A line that nobody leaves (M/M/n).

    Where the load is not below the number of windows the line grows without end: then everybody
    waits, and waits are infinite. Raises ValueError for rates, holds or windows that cannot be.
    """

    arrivals_per_s: float
    hold_s: float
    windows: int

    def __post_init__(self) -> None:
        _check(self.arrivals_per_s, self.hold_s, self.windows)

    @property
    def utilisation(self) -> float:
        """The load for each window; from 1 on the line grows without end."""
        return self.arrivals_per_s * self.hold_s / self.windows

    @property
    def is_stable(self) -> bool:
        return self.utilisation < 1

    @cached_property
    def p_wait(self) -> float:
        """The probability that who comes has to wait."""
        if not self.is_stable:
            return 1.0
        blocked = erlang_b(self.windows, self.arrivals_per_s * self.hold_s)
        return blocked / (1 - self.utilisation * (1 - blocked))

    @property
    def mean_wait_s(self) -> float:
        """The mean wait of all, those who do not wait too."""
        return self.p_wait / self._drain if self.is_stable else math.inf

    def within(self, wait_s: float) -> float:
        """Return the share that waits no longer than this many seconds."""
        if wait_s < 0 or not self.is_stable:
            return 0.0
        return 1 - self.p_wait * math.exp(-self._drain * wait_s)

    def quantile_s(self, share: float) -> float:
        """Return the wait that this share of all does not pass, 0 ≤ share < 1."""
        _check_share(share)
        if not self.is_stable:
            return math.inf
        if share <= 1 - self.p_wait:
            return 0.0
        return math.log(self.p_wait / (1 - share)) / self._drain

    @property
    def _drain(self) -> float:
        """By how much what can be served passes what comes, per second."""
        return self.windows / self.hold_s - self.arrivals_per_s


@dataclass(frozen=True)
class ErlangA:
    """A line whose people leave after an exponential patience of this mean (M/M/n+M).

    It is stable under any load. Raises ValueError for rates, spans or windows that cannot be.
    """

    arrivals_per_s: float
    hold_s: float
    windows: int
    patience_s: float

    def __post_init__(self) -> None:
        _check(self.arrivals_per_s, self.hold_s, self.windows)
        if not 0 < self.patience_s < math.inf:
            raise ValueError(f"no patience of {self.patience_s} seconds")

    @property
    def offered_utilisation(self) -> float:
        """The load for each window, of those too who will leave; it may pass 1."""
        return self.arrivals_per_s * self.hold_s / self.windows

    @property
    def utilisation(self) -> float:
        """The share of its time that a window is taken."""
        return self.offered_utilisation * (1 - self.p_leave)

    @cached_property
    def p_wait(self) -> float:
        """The probability that who comes has to wait, or leaves."""
        waiting, _ = self._line
        blocked = erlang_b(self.windows, self.arrivals_per_s * self.hold_s)
        # With n windows taken as the unit, those that find a window free weigh 1/B − 1.
        return waiting * blocked / (1 + (waiting - 1) * blocked)

    @property
    def p_leave(self) -> float:
        """The share that leaves before it is called."""
        return self.mean_wait_s / self.patience_s

    @cached_property
    def mean_wait_s(self) -> float:
        """The mean time in line of all, those who leave and those who do not wait too."""
        if self.arrivals_per_s == 0:
            return 0.0
        _, length = self._line
        return self.p_wait * length / self.arrivals_per_s  # Little's law

    def exceeds(self, wait_s: float) -> float:
        """Return the probability that somebody who would never leave waits longer than this."""
        if wait_s < 0:
            return 1.0
        return self.p_wait * min(self._weight(wait_s) / self._whole, 1.0)

    def within(self, wait_s: float) -> float:
        """Return the share of all that is in line no longer than this: called, or gone."""
        return 1 - self.exceeds(wait_s) * math.exp(-max(wait_s, 0.0) / self.patience_s)

    def quantile_s(self, share: float) -> float:
        """Return the wait that this share does not pass of those who would never leave."""
        _check_share(share)
        if self.p_wait <= 1 - share:
            return 0.0
        upper = self.hold_s
        while self.exceeds(upper) > 1 - share:
            upper *= 2
        return _falls_to(self.exceeds, 1 - share, upper)

    @cached_property
    def _line(self) -> tuple[float, float]:
        """The weight of all states in which all windows are taken, where the one without a line
        weighs 1 and capped far from overflow, and the mean length of the line in them."""
        served, leaving = self.windows / self.hold_s, 1 / self.patience_s
        term, weight, length, people = 1.0, 1.0, 0.0, 0
        scale = 1.0
        while True:
            people += 1
            rate = served + people * leaving
            term *= self.arrivals_per_s / rate
            weight += term
            length += people * term
            if term < _TINY * weight and rate > self.arrivals_per_s:
                return min(weight * scale, _HUGE), length / weight
            if weight > _HUGE:
                term, weight, length = term / _HUGE, weight / _HUGE, length / _HUGE
                scale = _HUGE

    @cached_property
    def _whole(self) -> float:
        return self._weight(0.0)

    def _weight(self, from_s: float) -> float:
        """Integrate the density of the offered wait from here on, but for a common factor."""
        crest, end_s = self._horizon
        if from_s >= end_s:
            return 0.0
        return _simpson(lambda at_s: math.exp(self._exponent(at_s) - crest), from_s, end_s)

    @cached_property
    def _horizon(self) -> tuple[float, float]:
        """The largest exponent of that density, and where it has fallen to nothing."""
        served, leaving = self.windows / self.hold_s, 1 / self.patience_s
        crest_s = max(0.0, math.log(max(self.arrivals_per_s / served, _TINY)) / leaving)
        crest = self._exponent(crest_s)
        upper = crest_s + self.hold_s
        while self._exponent(upper) > crest - _FAR:
            upper *= 2
        return crest, _falls_to(self._exponent, crest - _FAR, upper, lower=crest_s)

    def _exponent(self, at_s: float) -> float:
        gone_s = -math.expm1(-at_s / self.patience_s) * self.patience_s
        return self.arrivals_per_s * gone_s - self.windows / self.hold_s * at_s


def _check(arrivals_per_s: float, hold_s: float, windows: int) -> None:
    if not 0 <= arrivals_per_s < math.inf or not 0 < hold_s < math.inf or windows < 1:
        raise ValueError(f"no line of {arrivals_per_s}/s, {hold_s} s and {windows} windows")


def _check_share(share: float) -> None:
    if not 0 <= share < 1:
        raise ValueError(f"no share of {share}")


def _falls_to(
    falling: Callable[[float], float], value: float, upper: float, *, lower: float = 0.0
) -> float:
    """Halve the span in which a falling function passes a value until it is a point."""
    for _ in range(50):
        middle = (lower + upper) / 2
        if falling(middle) > value:
            lower = middle
        else:
            upper = middle
    return upper


def _simpson(curve: Callable[[float], float], begin: float, end: float) -> float:
    step = (end - begin) / (2 * _STEPS)
    inner = sum(
        (4 if each % 2 else 2) * curve(begin + each * step) for each in range(1, 2 * _STEPS)
    )
    return step / 3 * (curve(begin) + inner + curve(end))
