"""The SQL of the policy's versions: drafts, history, and the stop of numbers."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from core_services.database.pool import Connection, Pool, Record
from queue_server.policy.body import PolicyBody
from queue_server.policy.errors import NoPolicyDraft, PolicyDraftChanged
from queue_server.policy.model import Seen, Stop, Touch, Version
from queue_server.tickets.model import Actor, Priority
from queue_server.tickets.store_command import Answer, run_command


async def read_published(connection: Connection | Pool, centre_id: int) -> Version | None:
    """Return the version that holds now; None before the first was published."""
    row = await connection.fetchrow(
        "SELECT * FROM policy_version WHERE centre_id = $1 AND state = 'published'", centre_id
    )
    return None if row is None else _version(row)


async def read_held(pool: Pool, centre_id: int, *, at: datetime) -> Version | None:
    """Return the version that held until a moment, or the first; None: nothing ever held."""
    row = await pool.fetchrow(
        "SELECT * FROM policy_version WHERE centre_id = $1 AND holds_since IS NOT NULL"
        " ORDER BY holds_since < $2 DESC,"
        " CASE WHEN holds_since < $2 THEN holds_since END DESC, holds_since LIMIT 1",
        centre_id,
        at,
    )
    return None if row is None else _version(row)


async def read_draft(connection: Connection | Pool, centre_id: int) -> Version | None:
    """Return the one draft, if there is any."""
    row = await connection.fetchrow(
        "SELECT * FROM policy_version WHERE centre_id = $1 AND state = 'draft'", centre_id
    )
    return None if row is None else _version(row)


async def read_coming(connection: Connection | Pool, centre_id: int) -> Version | None:
    """Return the version that is published and waits for its day, if there is any."""
    row = await connection.fetchrow(
        "SELECT * FROM policy_version WHERE centre_id = $1 AND state = 'scheduled'", centre_id
    )
    return None if row is None else _version(row)


async def read_version(pool: Pool, centre_id: int, version: int) -> Version | None:
    """Return that version, whatever became of it."""
    row = await pool.fetchrow(
        "SELECT * FROM policy_version WHERE centre_id = $1 AND version = $2", centre_id, version
    )
    return None if row is None else _version(row)


async def read_versions(pool: Pool, centre_id: int) -> tuple[Version, ...]:
    """Return all that were ever published: the one to come, then as they came into force, the
    latest first; those that never did stand where they were published."""
    rows = await pool.fetch(
        """
        SELECT * FROM policy_version WHERE centre_id = $1 AND published_at IS NOT NULL
         ORDER BY state = 'scheduled' DESC, coalesce(holds_since, published_at) DESC, version DESC
        """,
        centre_id,
    )
    return tuple(_version(row) for row in rows)


async def read_touches(pool: Pool, centre_id: int) -> dict[str, Touch]:
    """Return who changed each group last, in versions that hold or may come to."""
    rows = await pool.fetch(
        """
        SELECT DISTINCT ON (g.name) g.name, e.actor_id, e.at
          FROM policy_event e
          JOIN policy_version v ON v.centre_id = e.centre_id AND v.version = e.version
         CROSS JOIN LATERAL jsonb_array_elements_text(e.detail -> 'groups') AS g (name)
         WHERE e.centre_id = $1 AND e.event IN ('drafted', 'changed')
           AND v.state NOT IN ('withdrawn', 'discarded')
         ORDER BY g.name, e.revision DESC
        """,
        centre_id,
    )
    return {row["name"]: Touch(_uuid(row["actor_id"]), row["at"]) for row in rows}


async def read_stop(connection: Connection | Pool, centre_id: int) -> Stop:
    """Return the stop of numbers as it was last set."""
    row = await connection.fetchrow(
        "SELECT business_day, changed_by, changed_at FROM issuing_stop WHERE centre_id = $1",
        centre_id,
    )
    if row is None:
        return Stop(None)
    return Stop(row["business_day"], _uuid(row["changed_by"]), row["changed_at"])


async def read_credits(connection: Connection | Pool, centre_id: int) -> dict[Priority, int]:
    """Return the credits that hold now, in seconds."""
    rows = await connection.fetch(
        "SELECT priority, credit_s FROM priority_credit WHERE centre_id = $1", centre_id
    )
    return {row["priority"]: row["credit_s"] for row in rows}


async def read_profiles(
    connection: Connection | Pool, centre_id: int
) -> tuple[tuple[str, str, str, bool], ...]:
    """Return code, names (Arabic, English) and whether it is priority first, of each profile."""
    rows = await connection.fetch(
        "SELECT code, name_ar, name_en, priority_first FROM work_profile WHERE centre_id = $1"
        " ORDER BY code",
        centre_id,
    )
    return tuple(
        (row["code"], row["name_ar"], row["name_en"], row["priority_first"]) for row in rows
    )


async def save_draft(
    pool: Pool,
    centre_id: int,
    *,
    body: PolicyBody,
    groups: Sequence[str],
    seen: Seen,
    actor: Actor,
    at: datetime,
) -> Version:
    """Make the draft, or save over the one that was seen; `groups` are those that changed.

    Raises PolicyDraftChanged when somebody else has saved, discarded or published meanwhile.
    """
    stored = body.model_dump(mode="json")

    async def work(connection: Connection) -> Answer:
        draft = await read_draft(connection, centre_id)
        if (draft.seen if draft is not None else Seen()) != seen:
            raise _changed(draft)
        row = await connection.fetchrow(
            """
            INSERT INTO policy_version AS v (centre_id, version, state, body, created_by,
                   created_at, changed_by, changed_at)
            VALUES ($1, coalesce($2, 1 + coalesce((SELECT max(version) FROM policy_version
                                                    WHERE centre_id = $1), 0)),
                    'draft', $3, $4, $5, $4, $5)
            ON CONFLICT ON CONSTRAINT policy_version_pk DO UPDATE
               SET body = excluded.body, saves = v.saves + 1, changed_by = excluded.changed_by,
                   changed_at = greatest(excluded.changed_at, v.changed_at)
            RETURNING v.version
            """,
            centre_id,
            None if draft is None else draft.version,
            stored,
            actor.id,
            at,
        )
        version = int(row["version"]) if row is not None else 0
        await record(
            connection,
            centre_id,
            event="drafted" if draft is None else "changed",
            version=version,
            actor=actor,
            at=at,
            detail={"groups": list(groups)},
        )
        return {"version": version}

    answer = await run_command(pool, centre_id, claim=None, at=at, work=work)
    saved = await read_version(pool, centre_id, answer["version"])
    if saved is None:
        raise LookupError("a draft that was saved is not there")
    return saved


async def discard_draft(
    pool: Pool, centre_id: int, *, seen: Seen, actor: Actor, at: datetime
) -> None:
    """Give the draft up; it stays in the table, and out of the history.

    Raises NoPolicyDraft, PolicyDraftChanged.
    """

    async def work(connection: Connection) -> Answer:
        draft = await seen_draft(connection, centre_id, seen)
        await connection.execute(
            "UPDATE policy_version SET state = 'discarded'"
            " WHERE centre_id = $1 AND version = $2 AND state = 'draft'",
            centre_id,
            draft.version,
        )
        await record(
            connection, centre_id, event="discarded", version=draft.version, actor=actor, at=at
        )
        return {}

    await run_command(pool, centre_id, claim=None, at=at, work=work)


async def set_stop(
    pool: Pool, centre_id: int, *, day: date | None, actor: Actor, at: datetime
) -> bool:
    """Stop numbers for that business day, or let them be given again; False: it was so already."""

    async def work(connection: Connection) -> Answer:
        before = await read_stop(connection, centre_id)
        if before.day == day:
            return {"changed": False}
        await connection.execute(
            """
            INSERT INTO issuing_stop (centre_id, business_day, changed_at, changed_by)
            VALUES ($1, $2, $3, $4)
            ON CONFLICT ON CONSTRAINT issuing_stop_pk
                DO UPDATE SET business_day = $2, changed_at = $3, changed_by = $4
            """,
            centre_id,
            day,
            at,
            actor.id,
        )
        event = "started" if day is None else "stopped"
        detail = None if day is None else {"day": day.isoformat()}
        await record(
            connection, centre_id, event=event, version=None, actor=actor, at=at, detail=detail
        )
        return {"changed": True}

    return bool((await run_command(pool, centre_id, claim=None, at=at, work=work))["changed"])


async def seen_draft(connection: Connection, centre_id: int, seen: Seen) -> Version:
    """Return the draft if it is the one that was seen. Raises NoPolicyDraft, PolicyDraftChanged."""
    draft = await read_draft(connection, centre_id)
    if draft is None:
        raise NoPolicyDraft(state="none")
    if draft.seen != seen:
        raise _changed(draft)
    return draft


def _changed(draft: Version | None) -> PolicyDraftChanged:
    return PolicyDraftChanged(state="none" if draft is None else "draft")


async def record(
    connection: Connection,
    centre_id: int,
    *,
    event: str,
    version: int | None,
    actor: Actor,
    at: datetime,
    detail: dict[str, Any] | None = None,
) -> None:
    """Record what was done with the policy, inside a command."""
    await connection.execute(
        """
        INSERT INTO policy_event (centre_id, revision, at, event, version, actor_kind, actor_id,
               detail)
        SELECT $1, h.revision + 1,
               greatest($2::timestamptz, (SELECT max(e.at) FROM policy_event e
                                           WHERE e.centre_id = $1)),
               $3, $4, $5, $6, $7
          FROM centre_head h WHERE h.centre_id = $1
        """,
        centre_id,
        at,
        event,
        version,
        actor.kind,
        actor.id,
        detail,
    )


def _version(row: Record) -> Version:
    return Version(
        version=row["version"],
        state=row["state"],
        saves=row["saves"],
        body=PolicyBody.model_validate(row["body"]),
        note=row["note"],
        created_by=_uuid(row["created_by"]),
        created_at=row["created_at"],
        changed_by=_uuid(row["changed_by"]),
        changed_at=row["changed_at"],
        published_by=_uuid(row["published_by"]),
        published_at=row["published_at"],
        holds_from=row["holds_from"],
        holds_since=row["holds_since"],
    )


def _uuid(value: UUID | None) -> UUID | None:
    """Make a plain UUID of asyncpg's own, which compares but is not the same type."""
    return None if value is None else UUID(int=value.int)
