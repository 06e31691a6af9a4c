"""How many windows are usually away at each time of the day, as past days tell; pure.

A break that the rota knows stands in the situation already. Many halls have breaks that no rota
knows and that come every day at about the same time: prayer, tea, the bank. Over the next hours
they matter more than chance does.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from core_services.calendar import business_day
from queue_server.estimate.model import Situation, Staffed, WindowNow

BIN_S: Final = 900
_BINS: Final = 96
_SHORTEST_S: Final = 120.0
"""What is shorter is no break."""
_LONGEST_S: Final = 5400.0
_DAYS: Final = 20
_DOUBT_DAYS: Final = 1.5
"""As if on so many days nobody had been away."""


@dataclass(frozen=True, slots=True)
class Presence:
    """The share of the windows of a day that are away, by quarters of an hour of the wall."""

    zone: ZoneInfo
    away: tuple[float, ...]
    break_s: float
    """How long one is away on average."""

    def share_at(self, at: float) -> float:
        """Return the share that is usually away at a moment (epoch seconds)."""
        wall = datetime.fromtimestamp(at, UTC).astimezone(self.zone)
        return self.away[(wall.hour * 3600 + wall.minute * 60) // BIN_S % _BINS]


def presence_of(staffed: Iterable[Staffed], zone: ZoneInfo, cut_over: time = time(3)) -> Presence:
    """Learn from when windows stood open; only gaps between two openings of a day are breaks."""
    days: dict[date, dict[int, list[tuple[float, float]]]] = {}
    for each in staffed:
        day = business_day(datetime.fromtimestamp(each.opened_at, UTC), zone, cut_over)
        days.setdefault(day, {}).setdefault(each.window, []).append(
            (each.opened_at, each.closed_at)
        )
    sums = [0.0] * _BINS
    counts = [_DOUBT_DAYS] * _BINS
    lengths: list[float] = []
    for day in sorted(days)[-_DAYS:]:
        gone, there = _day(days[day], zone, lengths)
        for place in range(_BINS):
            if there[place] > 0:
                sums[place] += min(gone[place] / there[place], 1.0)
                counts[place] += 1
    return Presence(
        zone,
        tuple(gone / days_seen for gone, days_seen in zip(sums, counts, strict=True)),
        sum(lengths) / len(lengths) if lengths else float(BIN_S),
    )


def with_usual_breaks(situation: Situation, presence: Presence, until: float) -> Situation:
    """Send windows that work away for as long as is usual until a moment (epoch seconds).

    They go one after another, whose number is greater first, each for the usual length; a window
    whose next absence is known already is left as it is, and those that are away now count.
    """
    working = [
        each
        for each in sorted(situation.windows, key=lambda each: (each.priority_first, -each.number))
        if each.works_from is None and each.works_until is None and each.away_since is None
    ]
    away_now = sum(each.away_since is not None for each in situation.windows)
    hall = len(working) + away_now
    due_s = -0.5 * away_now * presence.break_s
    breaks: dict[int, tuple[float, float]] = {}
    begin = situation.at
    while begin < until and len(breaks) < len(working):
        end = min((begin // BIN_S + 1) * BIN_S, until)
        due_s += presence.share_at(begin) * hall * (end - begin)
        while due_s >= 0.5 * presence.break_s and len(breaks) < len(working):
            number = working[len(breaks)].number
            breaks[number] = (begin, begin + presence.break_s)
            due_s -= presence.break_s
        begin = end
    windows: list[WindowNow] = []
    for each in situation.windows:
        if each.number in breaks and each.works_from is None:
            goes, back = breaks[each.number]
            windows.append(replace(each, works_until=max(goes, situation.at + 1)))
            windows.append(replace(each, in_hand=None, works_from=back))
        else:
            windows.append(each)
    return replace(situation, windows=tuple(windows))


def _day(
    windows: dict[int, list[tuple[float, float]]], zone: ZoneInfo, lengths: list[float]
) -> tuple[list[float], list[float]]:
    """Return for each quarter of an hour how long windows were away in it, and how long they
    belonged to the day."""
    gone, there = [0.0] * _BINS, [0.0] * _BINS
    for spans in windows.values():
        spans.sort()
        _add(there, [(spans[0][0], spans[-1][1])], zone)
        gaps = [
            (closed, opened)
            for (_, closed), (opened, _) in pairwise(spans)
            if _SHORTEST_S <= opened - closed <= _LONGEST_S
        ]
        lengths += [back - left for left, back in gaps]
        _add(gone, gaps, zone)
    return gone, there


def _add(bins: list[float], spans: Sequence[tuple[float, float]], zone: ZoneInfo) -> None:
    for start, end in spans:
        at = start
        while at < end:
            wall = datetime.fromtimestamp(at, UTC).astimezone(zone)
            second = wall.hour * 3600 + wall.minute * 60 + wall.second + wall.microsecond / 1e6
            stop = min(end, at + BIN_S - second % BIN_S)
            if stop <= at:
                stop = min(end, at + BIN_S)
            bins[int(second // BIN_S) % _BINS] += stop - at
            at = stop
