"""The SQL that reads a day's events of windows and tickets for the counts of the windows."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from core_services.database.pool import Pool
from queue_server.tickets.window_counts import TicketFact, WindowFact, WindowSetting


@dataclass(frozen=True, slots=True)
class DayFacts:
    """What a day's counts are made of, up to a revision."""

    epoch: UUID
    revision: int
    settings: tuple[WindowSetting, ...]
    windows: tuple[WindowFact, ...]
    tickets: tuple[TicketFact, ...]
    queues: dict[str, frozenset[str]]


async def read_day(
    pool: Pool,
    centre_id: int,
    *,
    day: date,
    start: datetime,
    end: datetime,
    after: int | None = None,
) -> DayFacts:
    """Read a business day from `start` to before `end` in one snapshot.

    With `after`, only the events that came after that revision. What was keyed in from paper is
    left out: it was in no window's hand when it was keyed in, and nobody knows who sat there.
    """
    async with pool.snapshot() as connection:
        head = await connection.fetchrow(
            "SELECT epoch, revision FROM centre_head WHERE centre_id = $1", centre_id
        )
        settings = await connection.fetch(
            """
            SELECT w.number, w.is_accessible,
                   coalesce(state.to_state, 'closed') AS state, state.reason,
                   coalesce(after.detail ->> 'from', w.profile) AS profile, opener.person,
                   ARRAY(SELECT a.category FROM window_alarm a
                          WHERE a.centre_id = $1 AND a.window_number = w.number AND a.kind = 'fault'
                            AND a.raised_at < $2 AND (a.closed_at IS NULL OR a.closed_at >= $2))
                       AS faults
              FROM service_window w
              LEFT JOIN LATERAL (
                   SELECT e.to_state, e.reason FROM window_event e
                    WHERE e.centre_id = $1 AND e.window_number = w.number AND e.at < $2
                    ORDER BY e.revision DESC LIMIT 1) state ON true
              LEFT JOIN LATERAL (
                   SELECT coalesce((e.detail ->> 'to')::uuid, e.actor_id) AS person
                     FROM window_event e
                    WHERE e.centre_id = $1 AND e.window_number = w.number AND e.at < $2
                      AND e.event IN ('open', 'take_over', 'assign')
                    ORDER BY e.revision DESC LIMIT 1) opener ON true
              LEFT JOIN LATERAL (
                   SELECT e.detail FROM window_event e
                    WHERE e.centre_id = $1 AND e.window_number = w.number AND e.at >= $2
                      AND e.event = 'profile'
                    ORDER BY e.revision LIMIT 1) after ON true
             WHERE w.centre_id = $1 ORDER BY w.number
            """,
            centre_id,
            start,
        )
        windows = await connection.fetch(
            """
            SELECT e.revision, e.at, e.window_number AS window, e.event, e.to_state,
                   e.actor_id AS actor, e.reason,
                   CASE e.event WHEN 'assign' THEN (e.detail ->> 'to')::uuid END AS person,
                   CASE e.event WHEN 'profile' THEN e.detail ->> 'to' END AS profile
              FROM window_event e
             WHERE e.centre_id = $1 AND e.at >= $2 AND e.at < $3
               AND ($4::bigint IS NULL OR e.revision > $4)
            UNION ALL
            SELECT e.revision, e.at, e.window_number,
                   CASE e.event WHEN 'raised' THEN 'fault' ELSE 'fault_closed' END, '',
                   e.actor_id, a.category, NULL, NULL
              FROM window_alarm_event e
              JOIN window_alarm a ON a.centre_id = e.centre_id AND a.id = e.alarm_id
             WHERE e.centre_id = $1 AND e.kind = 'fault' AND e.event <> 'accepted'
               AND e.at >= $2 AND e.at < $3 AND ($4::bigint IS NULL OR e.revision > $4)
            """,
            centre_id,
            start,
            end,
            after,
        )
        # Ticket by ticket (OFFSET 0): a join would read the events of all days, however long ago.
        tickets = await connection.fetch(
            """
            SELECT e.revision, e.at, t.id AS ticket, e.event, e.to_state, e.queue,
                   CASE WHEN 'accessible_window' = ANY (t.needs) THEN 'accessible'
                        WHEN t.priority = 'none' THEN 'plain' ELSE 'priority' END AS lane,
                   CASE WHEN e.detail -> 'recorded' IS NULL THEN e.window_number END AS window,
                   e.reason,
                   CASE WHEN e.event IN ('transfer', 'undo') THEN e.detail ->> 'lane' END
                       AS to_lane,
                   e.detail ->> 'out_of_order' IS NOT NULL AS is_out_of_order,
                   CASE e.event WHEN 'undo' THEN (e.detail ->> 'of')::bigint END AS undoes
              FROM ticket t
             CROSS JOIN LATERAL (
                   SELECT * FROM ticket_event e
                    WHERE e.centre_id = t.centre_id AND e.ticket_id = t.id
                      AND ($3::bigint IS NULL OR e.revision > $3)
                   OFFSET 0) e
             WHERE t.centre_id = $1 AND t.business_day = $2
               AND ($3::bigint IS NULL OR t.id = ANY (ARRAY(
                       SELECT n.ticket_id FROM ticket_event n
                        WHERE n.centre_id = $1 AND n.revision > $3)))
               AND e.event NOT IN ('paper', 'given', 'reprint', 'set_service', 'recall')
               AND (e.detail -> 'recorded' IS NULL OR e.detail -> 'was_in_line' IS NOT NULL)
             ORDER BY e.revision
            """,
            centre_id,
            day,
            after,
        )
        profiles = await connection.fetch(
            "SELECT profile, array_agg(queue) AS queues FROM work_profile_queue"
            " WHERE centre_id = $1 GROUP BY profile",
            centre_id,
        )
    if head is None:
        raise LookupError(f"there is no centre {centre_id}")
    return DayFacts(
        epoch=UUID(int=head["epoch"].int),
        revision=head["revision"],
        settings=tuple(
            WindowSetting(
                number=row["number"],
                is_open=row["state"] == "open",
                is_paused=row["state"] == "paused",
                reason=row["reason"],
                person=_uuid(row["person"]),
                profile=row["profile"],
                is_accessible=row["is_accessible"],
                faults=tuple(row["faults"]),
            )
            for row in settings
        ),
        windows=tuple(
            WindowFact(
                **{**dict(row), "actor": _uuid(row["actor"]), "person": _uuid(row["person"])}
            )
            for row in windows
        ),
        tickets=tuple(TicketFact(**dict(row)) for row in tickets),
        queues={row["profile"]: frozenset(row["queues"]) for row in profiles},
    )


def _uuid(value: UUID | None) -> UUID | None:
    """Return a plain UUID, of which asyncpg's own is a slower kind."""
    return None if value is None else UUID(int=value.int)
