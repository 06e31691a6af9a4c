"""Figures reckoned in the plainest way from the rows of events, to hold every report against."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from core_services.database.pool import Pool, Record

US = timedelta(microseconds=1)
CAIRO = ZoneInfo("Africa/Cairo")
IN_LINE = ("unconfirmed", "waiting")


@dataclass
class Stay:
    """A call and what came of it."""

    window: int
    called: datetime
    started: datetime | None = None
    ended: datetime | None = None
    end: str | None = None


@dataclass
class Told:
    """One number, read from its rows."""

    day: date
    queue: str
    service: str | None
    priority: str
    events: list[Record]
    stays: list[Stay] = field(default_factory=list)
    last: str = ""

    @property
    def issued(self) -> datetime:
        at: datetime = self.events[0]["at"]
        return at

    @property
    def hour(self) -> int:
        return self.issued.astimezone(CAIRO).hour

    @property
    def wait_us(self) -> int | None:
        return (self.stays[0].called - self.issued) // US if self.stays else None

    def state_at(self, at: datetime) -> str | None:
        states = [event["to_state"] for event in self.events if event["at"] <= at]
        return states[-1] if states else None


async def told_numbers(pool: Pool) -> list[Told]:
    """Read every number of every day; all of them stood in line from their issue on."""
    rows = await pool.fetch(
        "SELECT t.business_day, t.queue, t.service, t.priority, e.ticket_id, e.revision, e.at,"
        " e.event, e.to_state, e.window_number, (e.detail ->> 'of')::bigint AS undoes"
        " FROM ticket_event e JOIN ticket t ON t.id = e.ticket_id ORDER BY e.revision"
    )
    found: dict[Any, Told] = {}
    for row in rows:
        one = found.setdefault(
            row["ticket_id"],
            Told(row["business_day"], row["queue"], row["service"], row["priority"], []),
        )
        one.events.append(row)
    for one in found.values():
        undone = {event["undoes"] for event in one.events}
        for event in one.events:
            name, at = event["event"], event["at"]
            if event["revision"] in undone or name == "undo":
                continue
            if name == "call":
                one.stays.append(Stay(event["window_number"], at))
            elif name == "start":
                one.stays[-1].started = at
            elif name in ("finish", "no_show", "cancel") and one.stays and not one.stays[-1].end:
                one.stays[-1].ended, one.stays[-1].end = at, name
            one.last = event["to_state"]
    return list(found.values())


def seconds(us: Fraction | int) -> int:
    """Round to the nearest second, halves up."""
    return int((Fraction(us) / 1_000_000 + Fraction(1, 2)) // 1)


def mean_s(durations_us: Sequence[int]) -> int | None:
    return seconds(Fraction(sum(durations_us), len(durations_us))) if durations_us else None


def quantile_s(durations_us: Sequence[int], percent: int) -> int | None:
    """Interpolate as `percentile_cont` does."""
    if not durations_us:
        return None
    ordered = sorted(durations_us)
    rank = Fraction(percent, 100) * (len(ordered) - 1)
    low = ordered[int(rank)]
    high = ordered[min(int(rank) + 1, len(ordered) - 1)]
    return seconds(low + (high - low) * (rank - int(rank)))


def of_people(numbers: Iterable[Told], called_in: Iterable[Told], target_s: int) -> dict[str, Any]:
    """Reckon a row of a report of people; its calls are those of `called_in`'s numbers."""
    mine = list(numbers)
    waits = [one.wait_us for one in mine if one.wait_us is not None]
    gone = sum(not one.stays and one.last in ("cancelled", "lapsed") for one in mine)
    within = sum(wait <= target_s * 1_000_000 for wait in waits)
    stays = [stay for one in mine for stay in one.stays]
    walks = [(stay.started - stay.called) // US for stay in stays if stay.started]
    services = [
        (stay.ended - stay.started) // US
        for stay in stays
        if stay.started and stay.ended and stay.end == "finish"
    ]
    visits = [
        (one.stays[-1].ended - one.issued) // US
        for one in mine
        if one.last == "finished" and one.stays[-1].ended
    ]
    return {
        "came": len(mine),
        "requests": len(mine),
        "served": sum(one.last == "finished" for one in mine),
        "no_show": sum(one.last == "no_show" for one in mine),
        "left": sum(one.last == "cancelled" and not one.stays for one in mine),
        "cancelled": sum(one.last == "cancelled" and bool(one.stays) for one in mine),
        "lapsed": sum(one.last == "lapsed" for one in mine),
        "carried_over": 0,
        "marked": 0,
        "wait_mean_s": mean_s(waits),
        **{f"wait_p{p}_s": quantile_s(waits, p) for p in (50, 80, 90, 95)},
        "target_called": within / len(waits) if waits else None,
        "target_all": within / (len(waits) + gone) if waits or gone else None,
        "calls": sum(len(one.stays) for one in called_in),
        "walk_mean_s": mean_s(walks),
        "service_mean_s": mean_s(services),
        "service_p90_s": quantile_s(services, 90),
        "total_mean_s": mean_s(visits),
        "total_p90_s": quantile_s(visits, 90),
    }


def of_window(numbers: Iterable[Told], window: int) -> dict[str, Any]:
    """Reckon what happened at a window, but for the time it stood open."""
    mine = [(one, stay) for one in numbers for stay in one.stays if stay.window == window]
    services = [
        (stay.ended - stay.started) // US
        for _, stay in mine
        if stay.started and stay.ended and stay.end == "finish"
    ]
    waits = [one.wait_us for one, stay in mine if one.stays[0] is stay and one.wait_us is not None]
    walks = [(stay.started - stay.called) // US for _, stay in mine if stay.started]
    return {
        "calls": len(mine),
        "finishes": sum(stay.end == "finish" for _, stay in mine),
        "no_show_calls": sum(stay.end == "no_show" for _, stay in mine),
        "walk_mean_s": mean_s(walks),
        "service_mean_s": mean_s(services),
        "service_p50_s": quantile_s(services, 50),
        "service_p90_s": quantile_s(services, 90),
        "wait_mean_s": mean_s(waits),
        "busy_s": seconds(sum((stay.ended - stay.called) // US for _, stay in mine if stay.ended)),
    }


async def open_and_paused_s(
    pool: Pool, window: int, start: datetime, end: datetime
) -> tuple[int, int]:
    """Reckon how long a window stood open and paused between two moments, from its own rows."""
    rows = await pool.fetch(
        "SELECT at, to_state FROM window_event WHERE window_number = $1 ORDER BY revision", window
    )
    spent: dict[str, int] = defaultdict(int)
    for row, after in zip(rows, [*(each["at"] for each in rows[1:]), end], strict=True):
        lasted = min(after, end) - max(row["at"], start)
        spent[row["to_state"]] += max(timedelta(), lasted) // US
    return seconds(spent["open"]), seconds(spent["paused"])
