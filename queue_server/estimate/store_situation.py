"""The SQL that reads what the forward run starts from: lines, windows and bookings of one revision.

It is read after every change of the hall: one statement, one snapshot, and nothing in it but what
is in line, in hand and booked today.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from core_services.database.pool import Pool, Record
from queue_server.estimate.model import Booked, InHand, Standing
from queue_server.tickets.model import Priority, WindowState

LARGEST_LINE: Final = 1500
"""More people in line are not read: a hall of a thousand chairs is no hall of one centre, and the
closed formula is as good as any run over a line of hours."""


@dataclass(frozen=True, slots=True)
class WindowFacts:
    """A window, as the database knows it."""

    number: int
    state: WindowState
    since: float
    """When it came into that state; 0 for one that never opened."""
    reason: str | None
    priority_first: bool
    is_accessible: bool
    opened_by_staff: UUID | None
    is_womans: bool
    """A woman opened it."""
    queues: frozenset[str]
    in_hand: InHand | None
    freed_at: float | None
    """When it last let go of a citizen today; None: it holds one, or had none."""


@dataclass(frozen=True, slots=True)
class HallFacts:
    """The hall at one revision; moments in seconds since the epoch."""

    epoch: UUID
    revision: int
    at: datetime
    day: date
    standing: tuple[Standing, ...] | None
    """In the order of their rank; None: more than `LARGEST_LINE`."""
    windows: tuple[WindowFacts, ...]
    booked: tuple[Booked, ...]
    credit_s: Mapping[Priority, float]
    queues: tuple[str, ...]
    away_at_most: int | None
    """The rota's limit of windows that are away at once; None: there is none."""


async def read_hall_facts(pool: Pool, centre_id: int, *, day: date, at: datetime) -> HallFacts:
    """Read it all in one snapshot. Raises LookupError for a centre without an event head."""
    row = await pool.fetchrow(
        """
        SELECT h.epoch, h.revision, l.*,
               (SELECT array_agg(q.code ORDER BY q.code) FROM queue q
                 WHERE q.centre_id = $1) AS queues,
               (SELECT n.away_at_most FROM policy_now n WHERE n.centre_id = $1) AS away_at_most,
               (SELECT jsonb_object_agg(c.priority, c.credit_s) FROM priority_credit c
                 WHERE c.centre_id = $1) AS credits,
               coalesce((SELECT jsonb_agg(w ORDER BY w.number) FROM (
                   SELECT w.number, w.state, w.reason, w.is_accessible,
                          extract(epoch FROM w.state_since)::float8 AS since, p.priority_first,
                          CASE w.opened_by_kind WHEN 'staff' THEN w.opened_by END AS staff,
                          coalesce(s.is_woman, false) AS is_womans,
                          (SELECT jsonb_agg(wq.queue) FROM work_profile_queue wq
                            WHERE wq.centre_id = $1 AND wq.profile = w.profile) AS queues,
                          t.queue AS hand_queue, t.service AS hand_service,
                          t.requests AS hand_requests,
                          extract(epoch FROM t.called_at)::float8 AS hand_called,
                          extract(epoch FROM t.started_at)::float8 AS hand_started,
                          CASE WHEN w.state = 'open' AND t.id IS NULL THEN (
                              SELECT extract(epoch FROM r.last_at)::float8 FROM (
                                  SELECT c.last_at, c.window_number FROM ticket c
                                   WHERE c.business_day = $2 AND c.centre_id = $1
                                     AND c.call_revision IS NOT NULL
                                   ORDER BY c.call_revision DESC LIMIT 100) r
                               WHERE r.window_number = w.number
                               ORDER BY r.last_at DESC LIMIT 1) END AS freed
                     FROM service_window w
                     JOIN work_profile p ON p.centre_id = $1 AND p.code = w.profile
                     LEFT JOIN staff s ON s.centre_id = $1 AND w.opened_by_kind = 'staff'
                      AND s.id = w.opened_by
                     LEFT JOIN ticket t ON t.centre_id = $1 AND t.window_number = w.number
                      AND t.state IN ('called', 'serving')
                    WHERE w.centre_id = $1) w), '[]') AS windows,
               coalesce((SELECT jsonb_agg(b ORDER BY b.slot) FROM (
                   SELECT extract(epoch FROM a.starts_at)::float8 AS slot, a.service,
                          coalesce(s.queue, (SELECT min(q.code) FROM queue q
                                              WHERE q.centre_id = $1)) AS queue
                     FROM appointment a
                     LEFT JOIN service s ON s.centre_id = $1 AND s.code = a.service
                    WHERE a.centre_id = $1 AND a.day = $2 AND a.state = 'booked'
                      AND a.starts_at > $3::timestamptz - make_interval(secs => coalesce(
                          (SELECT n.late_grace_s FROM policy_now n
                            WHERE n.centre_id = $1), 900))) b), '[]') AS booked
          FROM centre_head h
         CROSS JOIN LATERAL (
               SELECT array_agg(t.id) AS id, array_agg(t.queue) AS queue, array_agg(t.lane) AS lane,
                      array_agg(extract(epoch FROM t.rank_at)::float8) AS rank_at,
                      array_agg(t.service) AS service, array_agg(t.priority) AS priority,
                      array_agg(t.requests) AS requests,
                      array_agg(extract(epoch FROM t.waiting_since)::float8) AS since,
                      array_agg('female_clerk' = ANY (t.needs)) AS woman
                 FROM (SELECT * FROM ticket t
                        WHERE t.centre_id = $1 AND t.business_day = $2
                          AND t.state IN ('unconfirmed', 'waiting')
                        LIMIT $4) t) l
         WHERE h.centre_id = $1
        """,
        centre_id,
        day,
        at,
        LARGEST_LINE + 1,
    )
    if row is None:
        raise LookupError(f"centre {centre_id} has no event head")
    return HallFacts(
        epoch=UUID(int=row["epoch"].int),
        revision=row["revision"],
        at=at,
        day=day,
        standing=_standing(row),
        windows=tuple(_window(facts) for facts in row["windows"]),
        booked=tuple(
            Booked(facts["queue"], "plain", facts["slot"], facts["service"])
            for facts in row["booked"]
        ),
        credit_s={name: float(credit) for name, credit in (row["credits"] or {}).items()},
        queues=tuple(row["queues"] or ()),
        away_at_most=row["away_at_most"],
    )


def _standing(row: Record) -> tuple[Standing, ...] | None:
    ids = row["id"] or ()
    if len(ids) > LARGEST_LINE:
        return None
    columns = ("queue", "lane", "rank_at", "service", "priority", "requests", "since", "woman")
    people = zip(ids, *(row[column] or () for column in columns), strict=True)
    return tuple(
        sorted(
            (Standing(UUID(int=each[0].int), *each[1:]) for each in people),
            key=lambda one: (one.rank_at, one.id.int),
        )
    )


def _window(facts: Mapping[str, Any]) -> WindowFacts:
    hand = None
    if facts["hand_queue"] is not None:
        hand = InHand(
            queue=facts["hand_queue"],
            service=facts["hand_service"],
            called_at=facts["hand_called"],
            started_at=facts["hand_started"],
            requests=facts["hand_requests"],
        )
    staff = facts["staff"]
    return WindowFacts(
        number=facts["number"],
        state=facts["state"],
        since=facts["since"] or 0.0,
        reason=facts["reason"],
        priority_first=facts["priority_first"],
        is_accessible=facts["is_accessible"],
        opened_by_staff=None if staff is None else UUID(staff),
        is_womans=facts["is_womans"],
        queues=frozenset(facts["queues"] or ()),
        in_hand=hand,
        freed_at=facts["freed"],
    )
