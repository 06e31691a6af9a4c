"""The SQL of downtime: what is recorded of machines, windows, faults and maintenance orders."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from core_services.database.pool import Pool
from core_services.database.values import as_uuid
from core_services.devices.model import UP_FOR, DeviceKind
from queue_server.maintenance.downtime import Reason, Span, Stop

_EPISODES: Final[Mapping[str, Reason]] = {
    "device-down": "away",
    "screen-dark": "screen",
    "paper-out": "printer",
    "cover-open": "printer",
    "roll-blank": "printer",
    "printer-down": "printer",
}
"""The kinds of alarms that say that a kiosk or a screen cannot do its work."""


@dataclass(slots=True)
class Told:
    """What is recorded of one machine or window within a range."""

    stops: list[Stop] = field(default_factory=list)
    open_spans: list[Span] = field(default_factory=list)
    """Of a window: when it was open."""
    orders_done: int = 0
    work_minutes: int = 0


@dataclass(frozen=True, slots=True)
class Watched:
    """A machine, and from when until when it was there to work."""

    id: UUID
    name: str
    kind: DeviceKind
    since: datetime
    until: datetime


async def read_begun(pool: Pool, centre_id: int) -> datetime | None:
    """Return since when there is the centre: it was made, or a window was opened, as in a past that
    was written down afterwards. None: nothing tells."""
    begun: datetime | None = await pool.fetchval(
        """
        SELECT least(e.at, (SELECT w.at FROM window_event w WHERE w.centre_id = $1
                             ORDER BY w.revision LIMIT 1))
          FROM centre_event e WHERE e.centre_id = $1 ORDER BY e.revision LIMIT 1
        """,
        centre_id,
    )
    return begun


async def read_machines(
    pool: Pool, centre_id: int, *, start: datetime, end: datetime
) -> tuple[Watched, ...]:
    """Return the machines that were ever heard before `end` and not revoked before `start`.

    A machine counts from its first word: until then it was not set up.
    """
    rows = await pool.fetch(
        """
        SELECT d.id, d.name, d.kind, least(coalesce(d.revoked_at, $3), $3) AS until,
               coalesce((SELECT c.back_at FROM device_cut c WHERE c.centre_id = d.centre_id
                            AND c.device_id = d.id AND c.lost_at = d.created_at), d.created_at)
               AS since
          FROM device d
         WHERE d.centre_id = $1 AND d.created_at < $3
           AND (d.revoked_at IS NULL OR d.revoked_at > $2)
           AND EXISTS (SELECT 1 FROM device_presence p
                        WHERE p.centre_id = d.centre_id AND p.device_id = d.id)
         ORDER BY d.kind, d.name, d.created_at
        """,
        centre_id,
        start,
        end,
    )
    return tuple(
        Watched(as_uuid(row["id"]), row["name"], row["kind"], row["since"], row["until"])
        for row in rows
        if row["since"] < row["until"]
    )


async def read_of_machines(
    pool: Pool, centre_id: int, machines: tuple[Watched, ...], *, start: datetime, end: datetime
) -> dict[UUID, Told]:
    """Return what is recorded of each machine."""
    told: defaultdict[UUID, Told] = defaultdict(Told)
    by_name: defaultdict[str, list[Watched]] = defaultdict(list)
    for each in machines:  # of several of one name, each has its own time
        by_name[each.name].append(each)
    for row in await pool.fetch(
        """
        SELECT device_id, lost_at AS began, back_at AS ended FROM device_cut
         WHERE centre_id = $1 AND back_at > $2 AND lost_at < $3
        UNION ALL
        SELECT p.device_id, p.seen_at, $3 FROM device_presence p
         WHERE p.centre_id = $1 AND p.seen_at < $3::timestamptz - $4::interval
        """,
        centre_id,
        start,
        end,
        UP_FOR,
    ):
        told[as_uuid(row["device_id"])].stops.append(Stop("away", row["began"], row["ended"]))
    for row in await pool.fetch(
        """
        SELECT kind, subject, raised_at, least(coalesce(cleared_at, $3), $3) AS ended
          FROM alarm_episode
         WHERE centre_id = $1 AND kind = ANY ($4) AND raised_at < $3
           AND (cleared_at IS NULL OR cleared_at > $2)
        """,
        centre_id,
        start,
        end,
        list(_EPISODES),
    ):
        stop = Stop(_EPISODES[row["kind"]], row["raised_at"], row["ended"])
        for machine in by_name.get(row["subject"].partition("/")[0], ()):
            told[machine.id].stops.append(stop)
    since: dict[UUID, datetime] = {}
    for row in await pool.fetch(
        "SELECT device_id, event, at FROM device_event WHERE centre_id = $1 AND at < $2"
        " AND event IN ('put_out_of_service', 'put_into_service') ORDER BY revision",
        centre_id,
        end,
    ):
        device_id = as_uuid(row["device_id"])
        if row["event"] == "put_out_of_service":
            since.setdefault(device_id, row["at"])
        elif device_id in since:
            stop = Stop("out_of_service", since.pop(device_id), row["at"])
            told[device_id].stops.append(stop)
    for device_id, began in since.items():
        told[device_id].stops.append(Stop("out_of_service", began, end))
    return told


async def read_window_spans(
    pool: Pool, centre_id: int, *, start: datetime, end: datetime
) -> dict[int, Told]:
    """Return when each window of the centre was open."""
    rows = await pool.fetch(
        """
        SELECT w.number, e.at, e.to_state FROM service_window w
          LEFT JOIN LATERAL (
               (SELECT l.at, l.to_state, l.revision FROM window_event l
                 WHERE l.centre_id = w.centre_id AND l.window_number = w.number AND l.at < $2
                 ORDER BY l.revision DESC LIMIT 1)
               UNION ALL
               SELECT i.at, i.to_state, i.revision FROM window_event i
                WHERE i.centre_id = w.centre_id AND i.window_number = w.number
                  AND i.at >= $2 AND i.at < $3) e ON true
         WHERE w.centre_id = $1 ORDER BY w.number, e.revision
        """,
        centre_id,
        start,
        end,
    )
    told: dict[int, Told] = {}
    since: dict[int, datetime] = {}
    for row in rows:
        number = row["number"]
        spans = told.setdefault(number, Told()).open_spans
        if row["to_state"] == "open":
            since.setdefault(number, row["at"])
        elif number in since:
            spans.append((since.pop(number), row["at"]))
    for number, began in since.items():
        told[number].open_spans.append((began, end))
    return told


async def read_stops(
    pool: Pool, centre_id: int, *, start: datetime, end: datetime
) -> tuple[tuple[UUID | None, int | None, Stop], ...]:
    """Return what stopped a machine or a window: faults that staff reported, and maintenance.

    A fault that turned out to be none stopped nothing; of several windows of its machine each that
    stood still has its own time. Maintenance stops until the piece is away.
    """
    rows = await pool.fetch(
        """
        SELECT f.device_id, s.window_number, 'fault' AS reason, s.began_at AS began,
               least(coalesce(s.ended_at, $3), $3) AS ended
          FROM fault_stop s JOIN fault f ON f.centre_id = s.centre_id AND f.id = s.fault_id
         WHERE s.centre_id = $1 AND f.state <> 'not_fault' AND s.began_at < $3
           AND (s.ended_at IS NULL OR s.ended_at > $2)
        UNION ALL
        SELECT o.device_id, o.window_number, 'maintenance', o.started_at,
               least(o.ended_at, o.left_at, $3)
          FROM maintenance_order o
         WHERE o.centre_id = $1 AND o.stops_work AND o.started_at < $3
           AND (o.ended_at IS NULL OR o.ended_at > $2)
           AND (o.left_at IS NULL OR o.left_at > o.started_at)
        """,
        centre_id,
        start,
        end,
    )
    return tuple(
        (
            None if row["device_id"] is None else as_uuid(row["device_id"]),
            row["window_number"],
            Stop(row["reason"], row["began"], row["ended"]),
        )
        for row in rows
    )


async def read_work(
    pool: Pool, centre_id: int, *, start: datetime, end: datetime
) -> tuple[tuple[UUID | None, int | None, int, int], ...]:
    """Return by machine and window the orders that were done, and the minutes that they took."""
    rows = await pool.fetch(
        """
        SELECT device_id, window_number, count(*) AS orders, coalesce(sum(minutes), 0) AS minutes
          FROM maintenance_order
         WHERE centre_id = $1 AND state = 'done' AND ended_at >= $2 AND ended_at < $3
         GROUP BY 1, 2
        """,
        centre_id,
        start,
        end,
    )
    return tuple(
        (
            None if row["device_id"] is None else as_uuid(row["device_id"]),
            row["window_number"],
            row["orders"],
            int(row["minutes"]),
        )
        for row in rows
    )
