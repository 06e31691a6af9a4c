"""The SQL that reads the event head, the chain and the rows that its links cover."""

from dataclasses import dataclass
from uuid import UUID

from core_services.database.pool import Pool


@dataclass(frozen=True, slots=True)
class Head:
    """Where a centre's events end; all of it read at one moment.

    `epoch` is new at init and after a restore. `revision`, `links_end` and `events_end` (the last
    revision of any link and of any event) are the same number while nobody has touched the tables.
    """

    epoch: UUID
    revision: int
    digest: bytes
    links_end: int
    events_end: int


@dataclass(frozen=True, slots=True)
class Link:
    """One link of the chain: the events `first_revision` to `last_revision` of one table."""

    first_revision: int
    last_revision: int
    source: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event in the canonical form that its link was made from."""

    revision: int
    source: str
    body: str


async def read_head(pool: Pool, centre_id: int) -> Head:
    """Return the head of a centre. Raises LookupError when it has none."""
    row = await pool.fetchrow(
        """
        SELECT epoch, revision, digest,
               coalesce((SELECT max(last_revision) FROM chain_entry WHERE centre_id = $1), 0)
                   AS links_end,
               coalesce(greatest(
                   (SELECT max(revision) FROM ticket_event WHERE centre_id = $1),
                   (SELECT max(revision) FROM window_event WHERE centre_id = $1),
                   (SELECT max(revision) FROM people_event WHERE centre_id = $1),
                   (SELECT max(revision) FROM centre_event WHERE centre_id = $1),
                   (SELECT max(revision) FROM device_event WHERE centre_id = $1),
                   (SELECT max(revision) FROM service_state_event WHERE centre_id = $1),
                   (SELECT max(revision) FROM feedback_event WHERE centre_id = $1),
                   (SELECT max(revision) FROM emergency_event WHERE centre_id = $1),
                   (SELECT max(revision) FROM appointment_event WHERE centre_id = $1),
                   (SELECT max(revision) FROM appointment_plan_event WHERE centre_id = $1),
                   (SELECT max(revision) FROM ticket_person_event WHERE centre_id = $1),
                   (SELECT max(revision) FROM pattern_event WHERE centre_id = $1),
                   (SELECT max(revision) FROM window_alarm_event WHERE centre_id = $1),
                   (SELECT max(revision) FROM window_message_event WHERE centre_id = $1),
                   (SELECT max(revision) FROM writing_event WHERE centre_id = $1),
                   (SELECT max(revision) FROM estimate_event WHERE centre_id = $1),
                   (SELECT max(revision) FROM alarm_event WHERE centre_id = $1),
                   (SELECT max(revision) FROM broadcast_event WHERE centre_id = $1),
                   (SELECT max(revision) FROM policy_event WHERE centre_id = $1),
                   (SELECT max(revision) FROM move_event WHERE centre_id = $1),
                   (SELECT max(revision) FROM pairing_event WHERE centre_id = $1),
                   (SELECT max(revision) FROM fault_event WHERE centre_id = $1),
                   (SELECT max(revision) FROM maintenance_event WHERE centre_id = $1)),
                   0) AS events_end
          FROM centre_head WHERE centre_id = $1
        """,
        centre_id,
    )
    if row is None:
        raise LookupError(f"centre {centre_id} has no event head")
    return Head(**dict(row))


async def read_links(
    pool: Pool, centre_id: int, *, after: int, up_to: int, limit: int
) -> list[Link]:
    """Return up to `limit` links whose last revision is in (`after`, `up_to`], in order."""
    rows = await pool.fetch(
        "SELECT first_revision, last_revision, source, digest FROM chain_entry"
        " WHERE centre_id = $1 AND last_revision > $2 AND last_revision <= $3"
        " ORDER BY last_revision LIMIT $4",
        centre_id,
        after,
        up_to,
        limit,
    )
    return [Link(**dict(row)) for row in rows]


async def read_events(pool: Pool, centre_id: int, *, after: int, up_to: int) -> list[EventRow]:
    """Return the events of every table with a revision in (`after`, `up_to`], in order.

    A new event table joins the two statements of this module; a test holds them complete.
    """
    rows = await pool.fetch(
        """
        SELECT revision, 'ticket_event' AS source, jsonb_strip_nulls(to_jsonb(e))::text AS body
          FROM ticket_event e WHERE centre_id = $1 AND revision > $2 AND revision <= $3
        UNION ALL
        SELECT revision, 'window_event', jsonb_strip_nulls(to_jsonb(e))::text
          FROM window_event e WHERE centre_id = $1 AND revision > $2 AND revision <= $3
        UNION ALL
        SELECT revision, 'people_event', jsonb_strip_nulls(to_jsonb(e))::text
          FROM people_event e WHERE centre_id = $1 AND revision > $2 AND revision <= $3
        UNION ALL
        SELECT revision, 'centre_event', jsonb_strip_nulls(to_jsonb(e))::text
          FROM centre_event e WHERE centre_id = $1 AND revision > $2 AND revision <= $3
        UNION ALL
        SELECT revision, 'device_event', jsonb_strip_nulls(to_jsonb(e))::text
          FROM device_event e WHERE centre_id = $1 AND revision > $2 AND revision <= $3
        UNION ALL
        SELECT revision, 'service_state_event', jsonb_strip_nulls(to_jsonb(e))::text
          FROM service_state_event e WHERE centre_id = $1 AND revision > $2 AND revision <= $3
        UNION ALL
        SELECT revision, 'feedback_event', jsonb_strip_nulls(to_jsonb(e))::text
          FROM feedback_event e WHERE centre_id = $1 AND revision > $2 AND revision <= $3
        UNION ALL
        SELECT revision, 'emergency_event', jsonb_strip_nulls(to_jsonb(e))::text
          FROM emergency_event e WHERE centre_id = $1 AND revision > $2 AND revision <= $3
        UNION ALL
        SELECT revision, 'ticket_person_event', jsonb_strip_nulls(to_jsonb(e))::text
          FROM ticket_person_event e WHERE centre_id = $1 AND revision > $2 AND revision <= $3
        UNION ALL
        SELECT revision, 'pattern_event', jsonb_strip_nulls(to_jsonb(e))::text
          FROM pattern_event e WHERE centre_id = $1 AND revision > $2 AND revision <= $3
        UNION ALL
        SELECT revision, 'window_alarm_event', jsonb_strip_nulls(to_jsonb(e))::text
          FROM window_alarm_event e WHERE centre_id = $1 AND revision > $2 AND revision <= $3
        UNION ALL
        SELECT revision, 'window_message_event', jsonb_strip_nulls(to_jsonb(e))::text
          FROM window_message_event e WHERE centre_id = $1 AND revision > $2 AND revision <= $3
        UNION ALL
        SELECT revision, 'writing_event', jsonb_strip_nulls(to_jsonb(e))::text
          FROM writing_event e WHERE centre_id = $1 AND revision > $2 AND revision <= $3
        UNION ALL
        SELECT revision, 'appointment_event', jsonb_strip_nulls(to_jsonb(e))::text
          FROM appointment_event e WHERE centre_id = $1 AND revision > $2 AND revision <= $3
        UNION ALL
        SELECT revision, 'appointment_plan_event', jsonb_strip_nulls(to_jsonb(e))::text
          FROM appointment_plan_event e WHERE centre_id = $1 AND revision > $2 AND revision <= $3
        UNION ALL
        SELECT revision, 'alarm_event', jsonb_strip_nulls(to_jsonb(e))::text
          FROM alarm_event e WHERE centre_id = $1 AND revision > $2 AND revision <= $3
        UNION ALL
        SELECT revision, 'broadcast_event', jsonb_strip_nulls(to_jsonb(e))::text
          FROM broadcast_event e WHERE centre_id = $1 AND revision > $2 AND revision <= $3
        UNION ALL
        SELECT revision, 'policy_event', jsonb_strip_nulls(to_jsonb(e))::text
          FROM policy_event e WHERE centre_id = $1 AND revision > $2 AND revision <= $3
        UNION ALL
        SELECT revision, 'estimate_event', jsonb_strip_nulls(to_jsonb(e))::text
          FROM estimate_event e WHERE centre_id = $1 AND revision > $2 AND revision <= $3
        UNION ALL
        SELECT revision, 'move_event', jsonb_strip_nulls(to_jsonb(e))::text
          FROM move_event e WHERE centre_id = $1 AND revision > $2 AND revision <= $3
        UNION ALL
        SELECT revision, 'pairing_event', jsonb_strip_nulls(to_jsonb(e))::text
          FROM pairing_event e WHERE centre_id = $1 AND revision > $2 AND revision <= $3
        UNION ALL
        SELECT revision, 'fault_event', jsonb_strip_nulls(to_jsonb(e))::text
          FROM fault_event e WHERE centre_id = $1 AND revision > $2 AND revision <= $3
        UNION ALL
        SELECT revision, 'maintenance_event', jsonb_strip_nulls(to_jsonb(e))::text
          FROM maintenance_event e WHERE centre_id = $1 AND revision > $2 AND revision <= $3
         ORDER BY revision
        """,
        centre_id,
        after,
        up_to,
    )
    return [EventRow(**dict(row)) for row in rows]
