"""The SQL that reads what the numbers of a day have left, all or those that were touched."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core_services.database.pool import Pool, Record
from queue_server.tickets.model import Priority
from queue_server.tickets.traces import Step, Trace, trace_of


@dataclass(frozen=True, slots=True)
class TracesRead:
    """What was read, and up to which event."""

    epoch: UUID
    revision: int
    rows: list[Record]


async def read_traces(
    pool: Pool, centre_id: int, *, day: date, after: int | None = None
) -> TracesRead:
    """Read the numbers of a business day in one statement; with `after`, those of which something
    was heard since that revision, each with all its events."""
    # Ticket by ticket (OFFSET 0): a join would read the events of all days, however long ago.
    rows = await pool.fetch(
        """
        SELECT h.epoch, h.revision AS head, n.*
          FROM centre_head h
          LEFT JOIN LATERAL (
               SELECT t.id, t.queue, t.service, t.priority, t.state = 'void' AS is_void,
                      e.revision, e.at, e.event, e.from_state, e.to_state,
                      CASE e.event WHEN 'undo' THEN (e.detail ->> 'of')::bigint END AS undoes,
                      e.detail -> 'direct' IS NOT NULL AS is_direct,
                      e.detail -> 'recorded' IS NOT NULL AS is_recorded,
                      e.event = 'lapse' AND e.reason IS NOT DISTINCT FROM 'carried_over'
                          AS is_carried_over,
                      CASE e.event WHEN 'issue' THEN e.detail ->> 'channel' END AS channel,
                      e.event = 'issue' AND e.detail -> 'arrived_at' IS NOT NULL
                          AND e.detail -> 'appointment' IS NULL AS came_before
                 FROM ticket t
                CROSS JOIN LATERAL (
                      SELECT * FROM ticket_event e
                       WHERE e.centre_id = t.centre_id AND e.ticket_id = t.id
                      OFFSET 0) e
                WHERE t.centre_id = h.centre_id AND t.business_day = $2
                  AND ($3::bigint IS NULL OR t.id = ANY (ARRAY(
                          SELECT x.ticket_id FROM ticket_event x
                           WHERE x.centre_id = $1 AND x.revision > $3)))
                  AND (e.from_state <> e.to_state OR e.event = 'undo')) n ON true
         WHERE h.centre_id = $1
         ORDER BY n.revision
        """,
        centre_id,
        day,
        after,
    )
    if not rows:
        raise LookupError(f"centre {centre_id} has no event head")
    head = rows[0]
    found = [] if head["id"] is None else rows
    return TracesRead(UUID(int=head["epoch"].int), head["head"], found)


def traced(rows: list[Record]) -> dict[UUID, Trace]:
    """Fold the rows number by number; of a whole day it is long work, for a thread."""
    steps: dict[UUID, list[Step]] = defaultdict(list)
    stands: dict[UUID, tuple[str, str | None, Priority, bool]] = {}
    for row in rows:
        _, _, ticket, queue, service, priority, is_void, *step = row
        steps[ticket].append(Step(*step))
        stands[ticket] = (queue, service, priority, is_void)
    return {UUID(int=ticket.int): trace_of(each, *stands[ticket]) for ticket, each in steps.items()}
