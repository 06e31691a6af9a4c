"""The SQL of alarms: raise, worsen, acknowledge and clear under the centre's lock, and reading."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from core_services.database.pool import Connection, Pool
from core_services.database.values import as_moment, as_uuid, if_any
from core_services.ids import new_id
from queue_server.alarms.errors import UnknownEpisode
from queue_server.alarms.judging import Changes
from queue_server.alarms.model import Episode, Finding
from queue_server.tickets.model import Actor, Claim
from queue_server.tickets.store_command import Answer, run_command

EventKind = Literal["raised", "worse", "acknowledged", "cleared"]
_SYSTEM = Actor("system", None)


async def record(pool: Pool, centre_id: int, changes: Changes, *, at: datetime) -> None:
    """Record what has changed; what another process has recorded meanwhile is passed over."""

    async def work(connection: Connection) -> Answer:
        for finding in changes.raised:
            await _raise(connection, centre_id, finding, at=at)
        for episode, finding in changes.worse:
            await _worsen(connection, centre_id, episode.id, finding, at=at)
        for episode, finding in changes.taken_up:
            actor = Actor("staff", finding.seen_by)
            await _acknowledge(connection, centre_id, episode.id, at=at, actor=actor)
        for episode in changes.cleared:
            cleared = await connection.fetchval(
                "UPDATE alarm_episode SET cleared_at = greatest($3, last_at),"
                " last_at = greatest($3, last_at)"
                " WHERE centre_id = $1 AND id = $2 AND cleared_at IS NULL RETURNING true",
                centre_id,
                episode.id,
                at,
            )
            if cleared:
                await _event(connection, centre_id, episode.id, "cleared", actor=_SYSTEM)
        return {}

    await run_command(pool, centre_id, claim=None, at=at, work=work)


async def acknowledge(
    pool: Pool,
    centre_id: int,
    episode_id: UUID,
    *,
    at: datetime,
    actor: Actor,
    claim: Claim | None,
) -> Episode:
    """Note who has seen it; one that was seen already, or is over, stays as it is.

    Raises UnknownEpisode, KeyReused.
    """

    async def work(connection: Connection) -> Answer:
        await _acknowledge(connection, centre_id, episode_id, at=at, actor=actor)
        facts = await connection.fetchval(
            "SELECT to_jsonb(e) FROM alarm_episode e WHERE centre_id = $1 AND id = $2",
            centre_id,
            episode_id,
        )
        if facts is None:
            raise UnknownEpisode(str(episode_id))
        return dict(facts)

    return _episode(await run_command(pool, centre_id, claim=claim, at=at, work=work))


async def read_open(pool: Pool, centre_id: int) -> tuple[Episode, ...]:
    """Return what is wrong now, as it was recorded, the oldest first."""
    rows = await pool.fetch(
        "SELECT to_jsonb(e) AS facts FROM alarm_episode e"
        " WHERE centre_id = $1 AND cleared_at IS NULL ORDER BY raised_at, id",
        centre_id,
    )
    return tuple(_episode(row["facts"]) for row in rows)


async def read_between(
    pool: Pool,
    centre_id: int,
    *,
    start: datetime,
    end: datetime,
    before: UUID | None = None,
    limit: int,
) -> tuple[Episode, ...]:
    """Return what rose between two moments, the newest first; only older ones than `before`."""
    rows = await pool.fetch(
        "SELECT to_jsonb(e) AS facts FROM alarm_episode e"
        " WHERE centre_id = $1 AND raised_at >= $2 AND raised_at < $3"
        " AND ($4::uuid IS NULL OR id < $4) ORDER BY id DESC LIMIT $5",
        centre_id,
        start,
        end,
        before,
        limit,
    )
    return tuple(_episode(row["facts"]) for row in rows)


async def count_waiting_longer(
    pool: Pool, centre_id: int, *, day: date, since: datetime
) -> dict[str, int]:
    """Return by queue how many of a day's line came into it before that moment."""
    rows = await pool.fetch(
        "SELECT queue, count(*) AS n FROM ticket WHERE centre_id = $1 AND business_day = $2"
        " AND state IN ('unconfirmed', 'waiting') AND waiting_since <= $3 GROUP BY queue",
        centre_id,
        day,
        since,
    )
    return {row["queue"]: row["n"] for row in rows}


async def _raise(connection: Connection, centre_id: int, finding: Finding, *, at: datetime) -> None:
    episode_id = await connection.fetchval(
        """
        INSERT INTO alarm_episode (centre_id, id, kind, subject, facts, is_grave, level, raised_at,
               last_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
        ON CONFLICT (centre_id, kind, subject) WHERE cleared_at IS NULL DO NOTHING
        RETURNING id
        """,
        centre_id,
        new_id(at),
        finding.kind,
        finding.subject,
        dict(finding.facts),
        finding.is_grave,
        finding.level,
        at,
    )
    if episode_id is not None:
        await _event(connection, centre_id, episode_id, "raised", actor=_SYSTEM)
        if finding.seen_by is not None:
            actor = Actor("staff", finding.seen_by)
            await _acknowledge(connection, centre_id, episode_id, at=at, actor=actor)


async def _worsen(
    connection: Connection, centre_id: int, episode_id: UUID, finding: Finding, *, at: datetime
) -> None:
    """Write down that it is worse; it asks for a person again."""
    worse = await connection.fetchval(
        "UPDATE alarm_episode SET level = $3, facts = $4, worse_at = greatest($5, last_at),"
        " last_at = greatest($5, last_at), acknowledged_at = NULL, acknowledged_by = NULL"
        " WHERE centre_id = $1 AND id = $2 AND cleared_at IS NULL AND level < $3 RETURNING true",
        centre_id,
        episode_id,
        finding.level,
        dict(finding.facts),
        at,
    )
    if worse:
        await _event(connection, centre_id, episode_id, "worse", actor=_SYSTEM)


async def _acknowledge(
    connection: Connection, centre_id: int, episode_id: UUID, *, at: datetime, actor: Actor
) -> None:
    is_new = await connection.fetchval(
        "UPDATE alarm_episode SET acknowledged_at = greatest($3, last_at), acknowledged_by = $4,"
        " last_at = greatest($3, last_at)"
        " WHERE centre_id = $1 AND id = $2 AND cleared_at IS NULL AND acknowledged_by IS NULL"
        " RETURNING true",
        centre_id,
        episode_id,
        at,
        actor.id,
    )
    if is_new:
        await _event(connection, centre_id, episode_id, "acknowledged", actor=actor)


async def _event(
    connection: Connection, centre_id: int, episode_id: UUID, event: EventKind, *, actor: Actor
) -> None:
    await connection.execute(
        """
        INSERT INTO alarm_event (centre_id, revision, alarm_id, at, event, kind, subject, level,
               actor_kind, actor_id)
        SELECT $1, h.revision + 1, e.id, e.last_at, $3, e.kind, e.subject, e.level, $4, $5
          FROM alarm_episode e JOIN centre_head h ON h.centre_id = e.centre_id
         WHERE e.centre_id = $1 AND e.id = $2
        """,
        centre_id,
        episode_id,
        event,
        actor.kind,
        actor.id,
    )


def _episode(facts: Mapping[str, Any]) -> Episode:
    return Episode(
        id=as_uuid(facts["id"]),
        kind=facts["kind"],
        subject=facts["subject"],
        facts=facts["facts"],
        is_grave=facts["is_grave"],
        level=facts["level"],
        raised_at=as_moment(facts["raised_at"]),
        worse_at=if_any(as_moment, facts.get("worse_at")),
        acknowledged_at=if_any(as_moment, facts.get("acknowledged_at")),
        acknowledged_by=if_any(as_uuid, facts.get("acknowledged_by")),
        cleared_at=if_any(as_moment, facts.get("cleared_at")),
    )
