"""The SQL of work orders: given, delivered as commands, heard of, settled, forgotten."""

from datetime import datetime
from uuid import UUID

from core_services.database.pool import Connection, Pool, Record
from core_services.devices.model import Device
from core_services.devices.store_presence import insert_command
from core_services.devices.work import (
    LAST_WORDS,
    NEEDS_SEALED,
    Document,
    MediaType,
    NewWork,
    WorkOrder,
    WorkState,
    origins,
)
from core_services.ids import new_id


async def insert_order(pool: Pool, *, centre_id: int, work: NewWork, at: datetime) -> bool:
    """Give an order and the command that delivers it, in one commit; False: it is given already."""
    async with pool.transaction() as connection:
        return await _insert(connection, centre_id, work, at=at)


async def repeat_order(
    pool: Pool, *, centre_id: int, order_id: UUID, work: NewWork, at: datetime
) -> bool:
    """Order the marked copy of a paper, or a message again, and close the order that it repeats.

    `work` names the device; what it carries comes from the order repeated. False when that order
    is not there, still at work, already closed, or has nothing left to repeat.
    """
    async with pool.transaction() as connection:
        row = await connection.fetchrow(
            """
            SELECT * FROM work_order WHERE centre_id = $1 AND id = $2
               AND state IN ('unknown', 'failed', 'done')
               AND coalesce(copy_document, document, sealed) IS NOT NULL
               FOR UPDATE
            """,
            centre_id,
            order_id,
        )
        if row is None:
            return False
        # A paper of which not one byte left has no first print that a mark could speak of.
        document = row["document"] if row["state"] == "failed" else row["copy_document"]
        await connection.execute(
            """
            INSERT INTO work_order (centre_id, id, device_id, kind, title_ar, title_en, attached,
                                    document, copy_document, sealed, copy_of, ordered_at,
                                    ordered_by, changed_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $12)
            """,
            centre_id,
            work.id,
            work.device_id,
            row["kind"],
            row["title_ar"],
            row["title_en"],
            work.attached,
            document if document is not None else row["document"],
            row["copy_document"],
            work.sealed,
            order_id,
            at,
            work.ordered_by,
        )
        await _command(connection, centre_id, work, at=at)
        if row["state"] != "done":
            await connection.execute(
                """
                UPDATE work_order SET state = 'closed', changed_at = greatest($3, changed_at),
                       settled_by = $4, sealed = NULL
                 WHERE centre_id = $1 AND id = $2
                """,
                centre_id,
                order_id,
                at,
                work.ordered_by,
            )
        return True


async def note_outcome(
    pool: Pool,
    device: Device,
    *,
    order_id: UUID,
    state: WorkState,
    confirmed_by: str | None,
    reason: str | None,
    at: datetime,
) -> WorkState | None:
    """Note a workstation's word on its own order; return how it stands, None: no such order.

    A word that the order's state does not lead to changes nothing. A last word closes the command.
    """
    async with pool.transaction() as connection:
        known = await connection.fetchrow(
            "SELECT kind, state FROM work_order WHERE centre_id = $1 AND id = $2 AND device_id = $3"
            " FOR UPDATE",
            device.centre_id,
            order_id,
            device.id,
        )
        if known is None:
            return None
        stands: WorkState = known["state"]
        if stands in origins(known["kind"], state):
            await _move(connection, device.centre_id, order_id, state, confirmed_by, reason, at)
            stands = state
        if stands in LAST_WORDS:
            await connection.execute(
                """
                UPDATE device_command SET done_at = greatest($3, created_at), outcome = $4
                 WHERE centre_id = $1 AND id = $2 AND done_at IS NULL
                """,
                device.centre_id,
                order_id,
                at,
                stands,
            )
        return stands


async def settle_order(
    pool: Pool, *, centre_id: int, order_id: UUID, to: WorkState, by: UUID | None, at: datetime
) -> bool:
    """Note what a person says became of an order; False when its state does not lead there."""
    async with pool.transaction() as connection:
        known = await connection.fetchrow(
            "SELECT kind, state FROM work_order WHERE centre_id = $1 AND id = $2 FOR UPDATE",
            centre_id,
            order_id,
        )
        if known is None or known["state"] not in origins(known["kind"], to):
            return False
        if to == "closed":
            await _take_back(connection, centre_id, order_id, at)
        confirmed_by = "staff" if to == "done" else None
        await _move(connection, centre_id, order_id, to, confirmed_by, None, at)
        await connection.execute(
            "UPDATE work_order SET settled_by = $3 WHERE centre_id = $1 AND id = $2",
            centre_id,
            order_id,
            by,
        )
        await connection.execute(
            """
            UPDATE device_command SET done_at = greatest($3, created_at), outcome = $4
             WHERE centre_id = $1 AND id = $2 AND done_at IS NULL
            """,
            centre_id,
            order_id,
            at,
            to,
        )
        return True


async def fetch_order(pool: Pool, *, centre_id: int, order_id: UUID) -> WorkOrder | None:
    """Return an order with what it carries, without its document's content."""
    row = await pool.fetchrow(
        """
        SELECT w.*, d.media_type, length(d.content) AS document_bytes
          FROM work_order w
          LEFT JOIN work_document d ON d.centre_id = w.centre_id AND d.sha256 = w.document
         WHERE w.centre_id = $1 AND w.id = $2
        """,
        centre_id,
        order_id,
    )
    if row is None:
        return None
    return _order_of(row, document_bytes=row["document_bytes"], media_type=row["media_type"])


async def fetch_document(pool: Pool, device: Device, *, order_id: UUID) -> Document | None:
    """Return what a device is to print for an open order of its own; None for any other."""
    row = await pool.fetchrow(
        """
        SELECT d.media_type, d.content
          FROM work_order w
          JOIN work_document d ON d.centre_id = w.centre_id AND d.sha256 = w.document
         WHERE w.centre_id = $1 AND w.id = $2 AND w.device_id = $3
           AND w.state IN ('ordered', 'held')
        """,
        device.centre_id,
        order_id,
        device.id,
    )
    return None if row is None else Document(row["media_type"], row["content"])


async def list_orders(
    pool: Pool, *, centre_id: int, since: datetime, limit: int
) -> tuple[WorkOrder, ...]:
    """Return the orders given since then, the latest first."""
    rows = await pool.fetch(
        "SELECT * FROM work_order WHERE centre_id = $1 AND ordered_at >= $2"
        " ORDER BY ordered_at DESC, id DESC LIMIT $3",
        centre_id,
        since,
        limit,
    )
    return tuple(_order_of(row) for row in rows)


async def orders_in_doubt(
    pool: Pool, *, centre_id: int, late: datetime, limit: int
) -> tuple[WorkOrder, ...]:
    """Return what wants a person, the oldest first: in doubt, or of which `late` is too long ago.

    What is held counts like what was never heard of: a roll may just be changed.
    """
    rows = await pool.fetch(
        """
        SELECT * FROM work_order
         WHERE centre_id = $1
           AND (state IN ('unknown', 'failed')
                OR (state IN ('ordered', 'held') AND changed_at < $2))
         ORDER BY ordered_at, id LIMIT $3
        """,
        centre_id,
        late,
        limit,
    )
    return tuple(_order_of(row) for row in rows)


async def forget_orders(pool: Pool, *, centre_id: int, before: datetime) -> int:
    """Forget what changed last before then, whatever became of it; return how many orders.

    Documents that no order prints any more go with them.
    """
    async with pool.transaction() as connection:
        await connection.execute(
            """
            UPDATE device_command c SET done_at = greatest($3, c.created_at), outcome = 'forgotten'
              FROM work_order w
             WHERE w.centre_id = $1 AND w.changed_at < $2 AND c.centre_id = w.centre_id
               AND c.id = w.id AND c.done_at IS NULL
            """,
            centre_id,
            before,
            before,
        )
        tag = await connection.execute(
            """
            DELETE FROM work_order w WHERE w.centre_id = $1 AND w.changed_at < $2
               AND NOT EXISTS (SELECT 1 FROM work_order c
                                WHERE c.centre_id = w.centre_id AND c.copy_of = w.id
                                  AND c.changed_at >= $2)
            """,
            centre_id,
            before,
        )
        await connection.execute(
            """
            DELETE FROM work_document d WHERE d.centre_id = $1 AND d.made_at < $2
               AND NOT EXISTS (SELECT 1 FROM work_order w WHERE w.centre_id = d.centre_id
                                AND d.sha256 IN (w.document, w.copy_document))
            """,
            centre_id,
            before,
        )
    return int(tag.rpartition(" ")[2])


async def _insert(connection: Connection, centre_id: int, work: NewWork, *, at: datetime) -> bool:
    tag = await connection.execute(
        "SELECT 1 FROM work_order WHERE centre_id = $1 AND id = $2", centre_id, work.id
    )
    if tag == "SELECT 1":
        return False
    hashes = [
        None if each is None else await _keep(connection, centre_id, each, at)
        for each in (work.document, work.marked)
    ]
    tag = await connection.execute(
        """
        INSERT INTO work_order (centre_id, id, device_id, kind, title_ar, title_en, attached,
                                document, copy_document, sealed, ordered_at, ordered_by, changed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $11)
        ON CONFLICT ON CONSTRAINT work_order_pk DO NOTHING
        """,
        centre_id,
        work.id,
        work.device_id,
        work.kind,
        work.title_ar,
        work.title_en,
        work.attached,
        *hashes,
        work.sealed,
        at,
        work.ordered_by,
    )
    if tag != "INSERT 0 1":
        return False
    await _command(connection, centre_id, work, at=at)
    return True


async def _take_back(connection: Connection, centre_id: int, order_id: UUID, at: datetime) -> None:
    """Tell the machine that heard of an open order not to do it any more."""
    device_id = await connection.fetchval(
        "SELECT device_id FROM device_command WHERE centre_id = $1 AND id = $2"
        " AND done_at IS NULL AND coalesce(delivered_to, delivered_at::text) IS NOT NULL",
        centre_id,
        order_id,
    )
    if device_id is not None:
        await insert_command(
            connection,
            centre_id=centre_id,
            command_id=new_id(at),
            device_id=device_id,
            kind="work",
            payload={"cancel": str(order_id)},
            at=at,
        )


async def note_too_late(pool: Pool, device: Device, *, order_id: UUID, at: datetime) -> None:
    """Note that a machine could not take a closed order back: its paper may come out."""
    await pool.execute(
        """
        UPDATE work_order SET reason = 'too_late', changed_at = greatest($4, changed_at)
         WHERE centre_id = $1 AND id = $2 AND device_id = $3 AND state = 'closed'
        """,
        device.centre_id,
        order_id,
        device.id,
        at,
    )


async def _command(connection: Connection, centre_id: int, work: NewWork, *, at: datetime) -> None:
    await insert_command(
        connection,
        centre_id=centre_id,
        command_id=work.id,
        device_id=work.device_id,
        kind="work",
        payload={},
        at=at,
    )


async def _keep(connection: Connection, centre_id: int, document: Document, at: datetime) -> bytes:
    """Keep a content once and return its hash; a content kept earlier is as new."""
    kept: bytes = await connection.fetchval(
        """
        INSERT INTO work_document (centre_id, sha256, media_type, content, made_at)
        VALUES ($1, sha256($3), $2, $3, $4)
        ON CONFLICT ON CONSTRAINT work_document_pk
            DO UPDATE SET made_at = greatest(excluded.made_at, work_document.made_at)
        RETURNING sha256
        """,
        centre_id,
        document.media_type,
        document.content,
        at,
    )
    return kept


async def _move(
    connection: Connection,
    centre_id: int,
    order_id: UUID,
    to: WorkState,
    confirmed_by: str | None,
    reason: str | None,
    at: datetime,
) -> None:
    """Take an order whose row is locked to a state that its own leads to."""
    await connection.execute(
        """
        UPDATE work_order
           SET state = $3, changed_at = greatest($6, changed_at), reason = $5,
               confirmed_by = CASE WHEN $3 IN ('done', 'sent') THEN $4 END,
               sealed = CASE WHEN $7 THEN sealed END
         WHERE centre_id = $1 AND id = $2
        """,
        centre_id,
        order_id,
        to,
        confirmed_by,
        reason,
        at,
        to in NEEDS_SEALED,
    )


def _order_of(
    row: Record, *, document_bytes: int | None = None, media_type: MediaType | None = None
) -> WorkOrder:
    return WorkOrder(
        id=row["id"],
        device_id=row["device_id"],
        kind=row["kind"],
        title_ar=row["title_ar"],
        title_en=row["title_en"],
        attached=row["attached"],
        copy_of=row["copy_of"],
        ordered_at=row["ordered_at"],
        ordered_by=row["ordered_by"],
        state=row["state"],
        confirmed_by=row["confirmed_by"],
        reason=row["reason"],
        changed_at=row["changed_at"],
        can_repeat=any(row[each] is not None for each in ("document", "copy_document", "sealed")),
        document_sha256=row["document"],
        document_bytes=document_bytes,
        media_type=media_type,
        sealed=row["sealed"],
    )
