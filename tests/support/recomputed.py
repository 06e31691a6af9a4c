"""Every statistic of the queue worked out again, in Python, from the events alone."""

from bisect import bisect_left
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from core_services.calendar import business_day
from core_services.database.pool import Pool
from queue_server.tickets.lifecycle import IN_LINE
from queue_server.tickets.store_metrics import BUCKETS_S, NO_END
from queue_server.tickets.store_reading import read_centre

_INTO_LINE: Final = ("issue", "resume", "return", "transfer", "reinstate")
_MEASURES: Final = {"call": ("wait", "into line"), "start": ("walk", "call")} | {
    "finish": ("service", "start")
}
_MICROSECOND: Final = timedelta(microseconds=1)
_LONGEST_SERVICE_US: Final = 7200 * 1_000_000


@dataclass(frozen=True, slots=True)
class Line:
    """Which histogram a duration belongs to."""

    measure: str
    queue: str
    priority: str


@dataclass(slots=True)
class Statistics:
    """What the events say."""

    durations_us: dict[Line, list[int]] = field(default_factory=lambda: defaultdict(list))
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    in_line: Counter[str] = field(default_factory=Counter)
    paper: Counter[str] = field(default_factory=Counter)
    services_s: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    """By queue, the last 50 in the order of their ends; halves of a second are rounded up.

    Those alone that somebody began and ended in time: within two hours and on their own day.
    """

    def buckets(self, line: Line) -> dict[int, int]:
        """Return how many durations fall into each bucket, by its upper end in seconds."""
        ends = [*BUCKETS_S, NO_END]
        found = Counter(
            ends[bisect_left(BUCKETS_S, us / 1_000_000)] for us in self.durations_us[line]
        )
        return dict(sorted(found.items()))


async def recomputed(pool: Pool, centre_id: int = 1) -> Statistics:
    """Read all events of the centre, in order, and nothing else."""
    rows = await pool.fetch(
        "SELECT ticket_id, at, event, from_state, to_state, queue, reason, detail"
        " FROM ticket_event WHERE centre_id = $1 ORDER BY revision",
        centre_id,
    )
    centre = await read_centre(pool, centre_id)
    assert centre is not None
    found = Statistics()
    last: dict[tuple[UUID, str], datetime] = {}
    priority: dict[UUID, str] = {}
    likely_s: dict[UUID, int | None] = {}
    carried: set[UUID] = set()
    for row in rows:
        ticket, event, queue = row["ticket_id"], row["event"], row["queue"]
        detail = row["detail"] or {}
        last[ticket, event] = row["at"]
        if event in _INTO_LINE:
            last[ticket, "into line"] = row["at"]
        if event == "issue":
            carried.update([ticket] if "carried_from" in detail else [])
            priority[ticket] = row["detail"]["priority"]
            likely_s[ticket] = row["detail"].get("likely_s")
        if event == "set_priority":
            priority[ticket] = detail["priority"]
        found.counts[queue, event] += 1
        found.in_line[queue] += (row["to_state"] in IN_LINE) - (row["from_state"] in IN_LINE)
        if event == "undo" and detail["event"] == "finish":
            service_s = (detail["service_us"] + 500_000) // 1_000_000
            known_s = found.services_s[queue]
            if service_s in known_s:
                del known_s[len(known_s) - 1 - known_s[::-1].index(service_s)]
        if event in _MEASURES and "direct" not in detail:
            measure, since = _MEASURES[event]
            if measure == "walk" and "recorded" in detail:
                continue
            is_first = last[ticket, "into line"] == last[ticket, "issue"]
            if measure == "wait" and ticket in carried and is_first:
                continue
            us = (row["at"] - last[ticket, since]) // _MICROSECOND
            found.durations_us[Line(measure, queue, priority[ticket])].append(us)
            days = {
                business_day(moment, centre.zone, centre.cut_over)
                for moment in (row["at"], last[ticket, "issue"])
            }
            is_seen = measure == "service" and "recorded" not in detail
            if is_seen and 0 < us <= _LONGEST_SERVICE_US and len(days) == 1:
                found.services_s[queue].append((us + 500_000) // 1_000_000)
                del found.services_s[queue][:-50]
            told_s = likely_s[ticket]
            if measure == "wait" and told_s is not None and is_first:
                error = Line("estimate_error", queue, priority[ticket])
                found.durations_us[error].append(abs(us - told_s * 1_000_000))
        if event in ("confirm", "paper"):
            found.paper[row["reason"]] += 1
    return found
