"""The SQL of a visit that was over before it was keyed in: its ticket and its events, at once."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from core_services.database.pool import Connection, Pool
from queue_server.tickets.errors import UnknownWindow
from queue_server.tickets.model import Actor, Channel, Claim, Priority, Ticket
from queue_server.tickets.numbering import EMERGENCY_SERIES, label_of
from queue_server.tickets.rows import ticket_of
from queue_server.tickets.store_adopt import require_unheard
from queue_server.tickets.store_command import Answer, run_command
from queue_server.tickets.store_emergency import require_unused
from queue_server.tickets.store_late import find_by_label, queue_of
from queue_server.tickets.store_recorded import record_on_known


@dataclass(frozen=True, slots=True)
class Visit:
    """What the paper tells of a number that nobody waits with any more.

    With a window it was served there between two moments; without one its citizen left.
    """

    ticket_id: UUID
    token: str
    day: date
    series: str
    """The emergency book's, or that of a slip which a machine printed."""
    number: int
    service: str | None
    priority: Priority
    arrived_at: datetime
    window: int | None
    started_at: datetime | None
    finished_at: datetime | None
    furthest: int = 0
    """How far above the last number of a queue's series a slip may lie."""

    @property
    def label(self) -> str:
        return label_of(self.series, self.number)

    @property
    def channel(self) -> Channel:
        return "emergency" if self.series == EMERGENCY_SERIES else "adopted"


async def record_visit(
    pool: Pool, centre_id: int, *, at: datetime, visit: Visit, actor: Actor, claim: Claim | None
) -> Ticket:
    """Record a visit that was over before it was keyed in, with its events, in one commit.

    Its events stand at the times that the paper tells, in their order; each says that it was
    `recorded` and when it was `reported_at`. It was called by voice, so no call of it ever stands
    on a screen. That a citizen left is known at the time of keying only. A number that a machine
    printed may be known: then its own ticket is ended so. Raises NumberNotPrinted, LabelTaken,
    LabelNotGiven, UnknownService, UnknownWindow, KeyReused.
    """

    async def work(connection: Connection) -> Answer:
        queue = await queue_of(connection, centre_id, visit.service)
        if visit.window is not None and not await connection.fetchval(
            "SELECT true FROM service_window WHERE centre_id = $1 AND number = $2",
            centre_id,
            visit.window,
        ):
            raise UnknownWindow(visit.window)
        if visit.series == EMERGENCY_SERIES:
            await require_unused(
                connection, centre_id, day=visit.day, number=visit.number, claim=None
            )
        else:
            known = await find_by_label(connection, centre_id, day=visit.day, label=visit.label)
            if known is not None:
                return await record_on_known(
                    connection, centre_id, known, visit, at=at, actor=actor
                )
            await require_unheard(
                connection,
                centre_id,
                day=visit.day,
                series=visit.series,
                number=visit.number,
                furthest=visit.furthest,
            )
        await _insert_ticket(connection, centre_id, visit, queue=queue, at=at)
        await _insert_events(connection, centre_id, visit, queue=queue, at=at, actor=actor)
        row = await connection.fetchrow(
            "SELECT to_jsonb(t) AS ticket FROM ticket t WHERE centre_id = $1 AND id = $2",
            centre_id,
            visit.ticket_id,
        )
        return {} if row is None else dict(row["ticket"])

    return ticket_of(await run_command(pool, centre_id, claim=claim, at=at, work=work))


async def _insert_ticket(
    connection: Connection, centre_id: int, visit: Visit, *, queue: str, at: datetime
) -> None:
    await connection.execute(
        """
        INSERT INTO ticket (centre_id, id, business_day, series, number, label, queue, service,
               priority, lane, state, paper, channel, language, token, rank_at, issued_at,
               arrived_at, waiting_since, called_at, started_at, finished_at, window_number,
               position_at_issue, outcome, revision, last_at)
        SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9,
               CASE $9 WHEN 'none' THEN 'plain' ELSE 'priority' END,
               CASE WHEN $13::smallint IS NULL THEN 'cancelled' ELSE 'finished' END,
               'printed', $16, 'ar', $10,
               $11::timestamptz - make_interval(secs => coalesce(pc.credit_s, 0)), $11, $11, $11,
               $14, $14, $15, $13, 0, CASE WHEN $13::smallint IS NULL THEN NULL ELSE 'served' END,
               h.revision + CASE WHEN $13::smallint IS NULL THEN 2 ELSE 4 END,
               CASE WHEN $13::smallint IS NULL THEN greatest($12::timestamptz, $11) ELSE $15 END
          FROM centre_head h
          LEFT JOIN priority_credit pc ON pc.centre_id = h.centre_id AND pc.priority = $9
         WHERE h.centre_id = $1
        """,
        centre_id,
        visit.ticket_id,
        visit.day,
        visit.series,
        visit.number,
        visit.label,
        queue,
        visit.service,
        visit.priority,
        visit.token,
        visit.arrived_at,
        at,
        visit.window,
        visit.started_at,
        visit.finished_at,
        visit.channel,
    )


async def _insert_events(
    connection: Connection,
    centre_id: int,
    visit: Visit,
    *,
    queue: str,
    at: datetime,
    actor: Actor,
) -> None:
    await connection.execute(
        """
        INSERT INTO ticket_event (centre_id, revision, ticket_id, at, event, from_state, to_state,
               queue, window_number, actor_kind, actor_id, reason, detail)
        SELECT $1, h.revision + row_number() OVER (ORDER BY e.step), $2, e.at, e.event,
               e.from_state, e.to_state, $3, CASE WHEN e.step > 1 THEN $4::smallint END, $5, $6,
               e.reason,
               jsonb_strip_nulls(jsonb_build_object('recorded', true, 'reported_at',
                   $7::timestamptz)
                   || CASE WHEN e.step = 1 THEN jsonb_build_object('label', $8::text, 'priority',
                           $9::text, 'service', $10::text, 'channel', $14::text) ELSE '{}' END)
          FROM centre_head h
         CROSS JOIN (
               VALUES (1, 'issue', 'none', 'waiting', $11::timestamptz, NULL, true, true),
                      (2, 'call', 'waiting', 'called', $12, NULL, true, false),
                      (3, 'start', 'called', 'serving', $12, NULL, true, false),
                      (4, 'finish', 'serving', 'finished', $13, 'served', true, false),
                      (2, 'cancel', 'waiting', 'cancelled', greatest($7, $11), 'left', false, true)
              ) e (step, event, from_state, to_state, at, reason, if_served, if_left)
         WHERE h.centre_id = $1
           AND CASE WHEN $4::smallint IS NULL THEN e.if_left ELSE e.if_served END
         ORDER BY e.step
        """,
        centre_id,
        visit.ticket_id,
        queue,
        visit.window,
        actor.kind,
        actor.id,
        at,
        visit.label,
        visit.priority,
        visit.service,
        visit.arrived_at,
        visit.started_at,
        visit.finished_at,
        visit.channel,
    )
