"""The SQL of a policy's publication: at once, or on its day, and all that commands read of it."""

from datetime import date, datetime

from core_services.database.pool import Connection, Pool
from queue_server.policy.body import NO_LIMIT, PolicyBody
from queue_server.policy.errors import NoPolicyToCome
from queue_server.policy.model import Seen, Version
from queue_server.policy.store import read_coming, record, seen_draft
from queue_server.tickets.model import Actor
from queue_server.tickets.store_command import Answer, run_command


async def publish_draft(
    pool: Pool,
    centre_id: int,
    *,
    seen: Seen,
    note: str | None,
    holds_from: date | None,
    actor: Actor,
    at: datetime,
) -> int:
    """Let the draft that was seen hold now, or from the opening of that day; return its version.

    All of it in one commit. A version with a day takes the place of another that waits for its own.
    Raises NoPolicyDraft, PolicyDraftChanged.
    """

    async def work(connection: Connection) -> Answer:
        draft = await seen_draft(connection, centre_id, seen)
        moment = max(at, draft.changed_at)
        if holds_from is None:
            moment = await _end_present(connection, centre_id, at=moment)
        else:
            await _withdraw(connection, centre_id, actor=actor, at=at)
        await connection.execute(
            """
            UPDATE policy_version
               SET state = CASE WHEN $6::date IS NULL THEN 'published' ELSE 'scheduled' END,
                   published_at = $3::timestamptz, published_by = $4, note = $5, holds_from = $6,
                   holds_since = CASE WHEN $6 IS NULL THEN $3::timestamptz END
             WHERE centre_id = $1 AND version = $2 AND state = 'draft'
            """,
            centre_id,
            draft.version,
            moment,
            actor.id,
            note,
            holds_from,
        )
        if holds_from is None:
            await _write_rows(connection, centre_id, draft.version, draft.body)
        facts = {"note": note, "holds_from": holds_from and holds_from.isoformat()}
        await record(
            connection,
            centre_id,
            event="published",
            version=draft.version,
            actor=actor,
            at=at,
            detail={name: fact for name, fact in facts.items() if fact is not None} or None,
        )
        return {"version": draft.version}

    answer = await run_command(pool, centre_id, claim=None, at=at, work=work)
    return int(answer["version"])


async def bring_into_force(pool: Pool, centre_id: int, *, today: date, at: datetime) -> int | None:
    """Let the version whose day has begun hold; return it, or None where nothing is to be done.

    What the day before left in line ends by the rules of that day: until it has ended, nothing is
    done.
    """

    async def work(connection: Connection) -> Answer:
        coming = await read_coming(connection, centre_id)
        if coming is None or coming.holds_from is None or coming.holds_from > today:
            return {}
        if await _is_day_before_unsettled(connection, centre_id, today):
            return {}
        moment = await _end_present(connection, centre_id, at=max(at, _published_at(coming)))
        await connection.execute(
            "UPDATE policy_version SET state = 'published', holds_since = $3"
            " WHERE centre_id = $1 AND version = $2 AND state = 'scheduled'",
            centre_id,
            coming.version,
            moment,
        )
        await _write_rows(connection, centre_id, coming.version, coming.body)
        await record(
            connection,
            centre_id,
            event="in_force",
            version=coming.version,
            actor=Actor("system"),
            at=at,
        )
        return {"version": coming.version}

    version = (await run_command(pool, centre_id, claim=None, at=at, work=work)).get("version")
    return None if version is None else int(version)


async def withdraw(pool: Pool, centre_id: int, *, version: int, actor: Actor, at: datetime) -> None:
    """Take back a version that waits for its day. Raises NoPolicyToCome."""

    async def work(connection: Connection) -> Answer:
        coming = await read_coming(connection, centre_id)
        if coming is None or coming.version != version:
            raise NoPolicyToCome(state="none" if coming is None else "scheduled")
        await _withdraw(connection, centre_id, actor=actor, at=at)
        return {}

    await run_command(pool, centre_id, claim=None, at=at, work=work)


async def _withdraw(connection: Connection, centre_id: int, *, actor: Actor, at: datetime) -> None:
    version = await connection.fetchval(
        "UPDATE policy_version SET state = 'withdrawn'"
        " WHERE centre_id = $1 AND state = 'scheduled' RETURNING version",
        centre_id,
    )
    if version is not None:
        await record(connection, centre_id, event="withdrawn", version=version, actor=actor, at=at)


async def _end_present(connection: Connection, centre_id: int, *, at: datetime) -> datetime:
    """Retire the version that holds, and return the moment from which the next one does."""
    ended: datetime | None = await connection.fetchval(
        """
        UPDATE policy_version SET state = 'retired', retired_at = greatest($2, holds_since)
         WHERE centre_id = $1 AND state = 'published' RETURNING retired_at
        """,
        centre_id,
        at,
    )
    return at if ended is None else ended


async def _is_day_before_unsettled(connection: Connection, centre_id: int, today: date) -> bool:
    return bool(
        await connection.fetchval(
            """
            SELECT EXISTS (SELECT 1 FROM queue_line WHERE centre_id = $1 AND business_day < $2
                                                      AND in_line > 0)
                OR EXISTS (SELECT 1 FROM ticket WHERE centre_id = $1 AND business_day < $2
                                                  AND state = 'parked')
            """,
            centre_id,
            today,
        )
    )


def _published_at(version: Version) -> datetime:
    return version.published_at or version.changed_at


async def _write_rows(
    connection: Connection, centre_id: int, version: int, body: PolicyBody
) -> None:
    """Write what commands read: the typed row, the credits, and who takes priority first."""
    away = body.breaks.away_at_most
    await connection.execute(
        """
        INSERT INTO policy_now (centre_id, version, recall_limit, recall_interval_s,
               no_show_after_s, no_show_after_more_time_s, returns_allowed, return_within_s,
               return_credit_s, requests_at_most, one_live_per_phone, one_live_per_national_id,
               early_grace_s, late_grace_s, away_at_most, carries_over, undo_within_s, capacity)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
        ON CONFLICT ON CONSTRAINT policy_now_pk DO UPDATE
           SET version = $2, recall_limit = $3, recall_interval_s = $4, no_show_after_s = $5,
               no_show_after_more_time_s = $6, returns_allowed = $7, return_within_s = $8,
               return_credit_s = $9, requests_at_most = $10, one_live_per_phone = $11,
               one_live_per_national_id = $12, early_grace_s = $13, late_grace_s = $14,
               away_at_most = $15, carries_over = $16, undo_within_s = $17, capacity = $18
        """,
        centre_id,
        version,
        body.calls.recall_limit or None,
        body.calls.recall_interval_s,
        body.calls.no_show_after_s,
        body.calls.no_show_after_more_time_s,
        body.returns.allowed,
        body.returns.within_minutes * 60 or None,
        body.returns.credit_minutes * 60,
        body.numbers.requests_at_most,
        body.numbers.one_live_per_phone,
        body.numbers.one_live_per_national_id,
        body.appointments.early_grace_minutes * 60,
        body.appointments.late_grace_minutes * 60,
        None if away == NO_LIMIT else away,
        body.closing.carries_over,
        body.calls.undo_within_s,
        {each.service: each.count for each in body.numbers.capacity},
    )
    await connection.executemany(
        """
        INSERT INTO priority_credit (centre_id, priority, credit_s) VALUES ($1, $2, $3)
        ON CONFLICT ON CONSTRAINT priority_credit_pk DO UPDATE SET credit_s = $3
        """,
        [
            (centre_id, priority, credit_s)
            for priority, credit_s in body.credit_s().items()
            if priority != "none"
        ],
    )
    await connection.execute(
        "UPDATE work_profile SET priority_first = (code = ANY ($2)) WHERE centre_id = $1",
        centre_id,
        list(body.first.profiles),
    )
    await connection.execute(
        "UPDATE centre SET config_version = config_version + 1 WHERE id = $1", centre_id
    )
