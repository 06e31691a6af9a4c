"""The SQL of service states: the present state, its events, and the one command that changes it."""

from datetime import datetime

from core_services.database.pool import Connection, Pool, Record
from queue_server.service_states.model import Outage, Reason, StateEvent, Subject
from queue_server.tickets.errors import UnknownService
from queue_server.tickets.model import Actor, Claim
from queue_server.tickets.store_command import Answer, run_command


async def read_outages(pool: Pool, centre_id: int) -> tuple[Outage, ...]:
    """Return all that is down, the longest first."""
    rows = await pool.fetch(
        "SELECT kind, code, reason, since, expected_at, revision FROM service_state"
        " WHERE centre_id = $1 AND is_down ORDER BY since, kind, code",
        centre_id,
    )
    return tuple(_outage(row) for row in rows)


async def read_state_events(
    pool: Pool, centre_id: int, *, since: datetime | None, until: datetime
) -> tuple[StateEvent, ...]:
    """Return the events up to `until` in their order; from `since` on, or all."""
    rows = await pool.fetch(
        """
        SELECT revision, kind, code, at, event, reason, expected_at, actor_kind, actor_id
          FROM service_state_event
         WHERE centre_id = $1 AND ($2::timestamptz IS NULL OR at >= $2) AND at <= $3
         ORDER BY revision
        """,
        centre_id,
        since,
        until,
    )
    return tuple(_event(row) for row in rows)


async def change_state(
    pool: Pool,
    centre_id: int,
    *,
    subject: Subject,
    reason: Reason | None,
    expected: datetime | None,
    actor: Actor,
    at: datetime,
    claim: Claim | None,
) -> bool:
    """Say that a subject is down for a reason, or with None that it works.

    False when it was so already: then nothing is recorded. Raises UnknownService, KeyReused.
    """

    async def work(connection: Connection) -> Answer:
        if subject.kind == "service":
            await _require_service(connection, centre_id, subject.code)
        before = await connection.fetchrow(
            "SELECT is_down, reason, expected_at FROM service_state"
            " WHERE centre_id = $1 AND kind = $2 AND code = $3",
            centre_id,
            subject.kind,
            subject.code,
        )
        event = _event_between(before, reason, expected)
        if event is None:
            return {"is_new": False}
        await connection.execute(
            """
            WITH head AS (
                SELECT revision + 1 AS revision FROM centre_head WHERE centre_id = $1
            ), moment AS (
                SELECT greatest($4::timestamptz, (SELECT last_at FROM service_state
                        WHERE centre_id = $1 AND kind = $2 AND code = $3)) AS at
            ), recorded AS (
                INSERT INTO service_state_event (centre_id, revision, kind, code, at, event, reason,
                       expected_at, actor_kind, actor_id)
                SELECT $1, head.revision, $2, $3, moment.at, $5, $6, $7, $8, $9 FROM head, moment
            )
            INSERT INTO service_state AS s (centre_id, kind, code, is_down, reason, since,
                   expected_at, last_at, revision)
            SELECT $1, $2, $3, $6::text IS NOT NULL, $6,
                   CASE WHEN $6::text IS NOT NULL THEN moment.at END, $7, moment.at, head.revision
              FROM head, moment
            ON CONFLICT ON CONSTRAINT service_state_pk DO UPDATE
               SET is_down = excluded.is_down, reason = excluded.reason,
                   since = CASE WHEN $5 = 'change' THEN s.since ELSE excluded.since END,
                   expected_at = excluded.expected_at, last_at = excluded.last_at,
                   revision = excluded.revision
            """,
            centre_id,
            subject.kind,
            subject.code,
            at,
            event,
            reason,
            expected,
            actor.kind,
            actor.id,
        )
        return {"is_new": True}

    answer = await run_command(pool, centre_id, claim=claim, at=at, work=work)
    return bool(answer["is_new"])


def _event_between(
    before: Record | None, reason: Reason | None, expected: datetime | None
) -> str | None:
    was_down = before is not None and before["is_down"]
    if not was_down or before is None:
        return "down" if reason is not None else None
    if reason is None:
        return "up"
    is_same = (before["reason"], before["expected_at"]) == (reason, expected)
    return None if is_same else "change"


async def _require_service(connection: Connection, centre_id: int, code: str) -> None:
    known = await connection.fetchval(
        "SELECT true FROM service WHERE centre_id = $1 AND code = $2", centre_id, code
    )
    if not known:
        raise UnknownService(code)


def _outage(row: Record) -> Outage:
    return Outage(
        subject=Subject(row["kind"], row["code"]),
        reason=row["reason"],
        since=row["since"],
        expected=row["expected_at"],
        revision=row["revision"],
    )


def _event(row: Record) -> StateEvent:
    return StateEvent(
        revision=row["revision"],
        subject=Subject(row["kind"], row["code"]),
        at=row["at"],
        event=row["event"],
        reason=row["reason"],
        expected=row["expected_at"],
        actor_kind=row["actor_kind"],
        actor_id=row["actor_id"],
    )
