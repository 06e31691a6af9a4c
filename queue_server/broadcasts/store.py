"""The SQL of messages to the hall: send and end under the centre's lock, where one stood, read."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from core_services.database.pool import Connection, Pool
from core_services.database.values import as_moment, as_uuid, if_any
from core_services.devices.model import Device
from core_services.ids import new_id
from queue_server.broadcasts.errors import UnknownBroadcast
from queue_server.broadcasts.model import Broadcast, Delivery, Wording
from queue_server.tickets.model import Actor, Claim
from queue_server.tickets.store_command import Answer, run_command


async def send(
    pool: Pool,
    centre_id: int,
    *,
    at: datetime,
    compose: Callable[[], Wording],
    actor: Actor,
    claim: Claim | None,
) -> Broadcast:
    """Keep a message and record that it was sent; it is composed where its claim is new.

    An emergency takes the place of one that stands, and what begins now that of the same words: two
    people who say one thing at once say it once. Raises what `compose` refuses, KeyReused.
    """

    async def work(connection: Connection) -> Answer:
        wording = compose()
        standing = await connection.fetch(
            "SELECT id FROM broadcast WHERE centre_id = $1 AND kind = $2 AND ended_at IS NULL"
            " AND ($2 = 'emergency' OR text_ar = $3 AND text_en = $4 AND starts_at <= $5"
            " AND (ends_at IS NULL OR ends_at > $5) AND coalesce($6::timestamptz, $5) <= $5)"
            " ORDER BY id",
            centre_id,
            wording.kind,
            wording.text_ar,
            wording.text_en,
            at,
            wording.starts_at,
        )
        for row in standing:
            await _end(connection, centre_id, row["id"], at=at, actor=actor)
        broadcast_id = new_id(at)
        await connection.execute(
            "INSERT INTO broadcast (centre_id, id, kind, phrase, text_ar, text_en, glasses,"
            " calls_go_on, sent_at, sent_by_kind, sent_by, starts_at, ends_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,"
            " greatest($9::timestamptz, $12::timestamptz), $13)",
            centre_id,
            broadcast_id,
            wording.kind,
            wording.phrase,
            wording.text_ar,
            wording.text_en,
            list(wording.glasses),
            wording.calls_go_on,
            at,
            actor.kind,
            actor.id,
            wording.starts_at,
            wording.ends_at,
        )
        await _record(connection, centre_id, broadcast_id, "sent", at=at, actor=actor)
        return await _read(connection, centre_id, broadcast_id)

    return _broadcast(await run_command(pool, centre_id, claim=claim, at=at, work=work))


async def end(
    pool: Pool,
    centre_id: int,
    *,
    at: datetime,
    broadcast_id: UUID,
    actor: Actor,
    claim: Claim | None,
) -> Broadcast:
    """End a message; one that has ended stays as it is. Raises UnknownBroadcast, KeyReused."""

    async def work(connection: Connection) -> Answer:
        await _end(connection, centre_id, broadcast_id, at=at, actor=actor)
        return await _read(connection, centre_id, broadcast_id)

    return _broadcast(await run_command(pool, centre_id, claim=claim, at=at, work=work))


async def read_open(pool: Pool, centre_id: int, *, at: datetime) -> tuple[Broadcast, ...]:
    """Return what stands or is still to come, the gravest first."""
    rows = await pool.fetch(
        "SELECT to_jsonb(b) AS facts FROM broadcast b WHERE centre_id = $1 AND ended_at IS NULL"
        " AND (ends_at IS NULL OR ends_at > $2)",
        centre_id,
        at,
    )
    return tuple(sorted((_broadcast(row["facts"]) for row in rows), key=Broadcast.order))


async def read_last(
    pool: Pool, centre_id: int, *, before: UUID | None, limit: int
) -> tuple[Broadcast, ...]:
    """Return the messages sent last, the newest first; only those sent before `before`."""
    rows = await pool.fetch(
        "SELECT to_jsonb(b) AS facts FROM broadcast b WHERE centre_id = $1"
        " AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
        centre_id,
        before,
        limit,
    )
    return tuple(_broadcast(row["facts"]) for row in rows)


async def read_one(pool: Pool, centre_id: int, broadcast_id: UUID) -> Broadcast:
    """Return a message. Raises UnknownBroadcast."""
    async with pool.acquire() as connection:
        return _broadcast(await _read(connection, centre_id, broadcast_id))


async def read_deliveries(
    pool: Pool, centre_id: int, broadcast_ids: list[UUID]
) -> tuple[Delivery, ...]:
    """Return on which glasses these messages stood, the first first."""
    rows = await pool.fetch(
        "SELECT broadcast_id, device_id, shown_at FROM broadcast_delivery"
        " WHERE centre_id = $1 AND broadcast_id = ANY ($2) ORDER BY shown_at, device_id",
        centre_id,
        broadcast_ids,
    )
    return tuple(Delivery(**dict(row)) for row in rows)


async def note_shown(pool: Pool, device: Device, *, broadcast_id: UUID, at: datetime) -> bool:
    """Note that a message stands on a device's glass; False when that is known, or nothing was sent
    under that id.
    """
    tag = await pool.execute(
        """
        INSERT INTO broadcast_delivery (centre_id, broadcast_id, device_id, shown_at)
        SELECT centre_id, id, $3, $4 FROM broadcast WHERE centre_id = $1 AND id = $2
        ON CONFLICT ON CONSTRAINT broadcast_delivery_pk DO NOTHING
        """,
        device.centre_id,
        broadcast_id,
        device.id,
        at,
    )
    return tag == "INSERT 0 1"


async def _end(
    connection: Connection, centre_id: int, broadcast_id: UUID, *, at: datetime, actor: Actor
) -> None:
    ended = await connection.fetchval(
        "UPDATE broadcast SET ended_at = greatest($3, sent_at), ended_by = $4"
        " WHERE centre_id = $1 AND id = $2 AND ended_at IS NULL RETURNING true",
        centre_id,
        broadcast_id,
        at,
        actor.id,
    )
    if ended:
        await _record(connection, centre_id, broadcast_id, "ended", at=at, actor=actor)


async def _read(connection: Connection, centre_id: int, broadcast_id: UUID) -> Answer:
    facts = await connection.fetchval(
        "SELECT to_jsonb(b) FROM broadcast b WHERE centre_id = $1 AND id = $2",
        centre_id,
        broadcast_id,
    )
    if facts is None:
        raise UnknownBroadcast(str(broadcast_id))
    return dict(facts)


async def _record(
    connection: Connection,
    centre_id: int,
    broadcast_id: UUID,
    event: str,
    *,
    at: datetime,
    actor: Actor,
) -> None:
    await connection.execute(
        """
        INSERT INTO broadcast_event (centre_id, revision, broadcast_id, at, event, kind, actor_kind,
               actor_id)
        SELECT $1, h.revision + 1, b.id, greatest($3, b.sent_at), $4, b.kind, $5, $6
          FROM broadcast b JOIN centre_head h ON h.centre_id = b.centre_id
         WHERE b.centre_id = $1 AND b.id = $2
        """,
        centre_id,
        broadcast_id,
        at,
        event,
        actor.kind,
        actor.id,
    )


def _broadcast(facts: Mapping[str, Any]) -> Broadcast:
    return Broadcast(
        id=as_uuid(facts["id"]),
        kind=facts["kind"],
        phrase=facts.get("phrase"),
        text_ar=facts["text_ar"],
        text_en=facts["text_en"],
        glasses=tuple(facts["glasses"]),
        calls_go_on=facts["calls_go_on"],
        sent_at=as_moment(facts["sent_at"]),
        sent_by=as_uuid(facts["sent_by"]),
        starts_at=as_moment(facts["starts_at"]),
        ends_at=if_any(as_moment, facts.get("ends_at")),
        ended_at=if_any(as_moment, facts.get("ended_at")),
        ended_by=if_any(as_uuid, facts.get("ended_by")),
    )
