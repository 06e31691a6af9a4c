"""The SQL of the register: pieces of equipment, where they are, and every change as an event."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from core_services.database.pool import Connection, Pool, Record
from core_services.database.values import as_uuid, if_any
from queue_server.maintenance.errors import UnknownEquipment
from queue_server.maintenance.labels import next_label
from queue_server.maintenance.model import Counts, Equipment, EquipmentKind, Place
from queue_server.maintenance.store_events import record
from queue_server.tickets.errors import CannotMaintain, UnknownMachine, UnknownWindow
from queue_server.tickets.model import Actor


async def read_all(pool: Pool, centre_id: int) -> tuple[Equipment, ...]:
    """Return every piece, by its label."""
    rows = await pool.fetch(
        """
        SELECT e.*, d.name AS device, d.kind AS device_kind, d.revoked_at
          FROM equipment e LEFT JOIN device d ON d.centre_id = e.centre_id AND d.id = e.device_id
         WHERE e.centre_id = $1 ORDER BY e.label
        """,
        centre_id,
    )
    return tuple(equipment_of(row) for row in rows)


async def read_one(database: Pool | Connection, centre_id: int, label: str) -> Equipment:
    """Return the piece with that label. Raises UnknownEquipment."""
    row = await database.fetchrow(
        """
        SELECT e.*, d.name AS device, d.kind AS device_kind, d.revoked_at
          FROM equipment e LEFT JOIN device d ON d.centre_id = e.centre_id AND d.id = e.device_id
         WHERE e.centre_id = $1 AND e.label = $2
        """,
        centre_id,
        label,
    )
    if row is None:
        raise UnknownEquipment(label)
    return equipment_of(row)


async def read_by_id(pool: Pool, centre_id: int, equipment_id: UUID) -> Equipment:
    """Return a piece that there is: none is ever taken out of the register."""
    row = await pool.fetchrow(
        """
        SELECT e.*, d.name AS device, d.kind AS device_kind, d.revoked_at
          FROM equipment e LEFT JOIN device d ON d.centre_id = e.centre_id AND d.id = e.device_id
         WHERE e.centre_id = $1 AND e.id = $2
        """,
        centre_id,
        equipment_id,
    )
    if row is None:
        raise UnknownEquipment(str(equipment_id))
    return equipment_of(row)


async def add(
    connection: Connection,
    centre_id: int,
    *,
    equipment_id: UUID,
    label: str | None,
    kind: EquipmentKind,
    model: str,
    serial: str | None,
    place: Place,
    actor: Actor,
    at: datetime,
) -> None:
    """Enter a piece; a label of None has one made. It is part of the caller's command.

    A piece that was entered under that id stays as it is. Raises CannotMaintain, UnknownMachine,
    UnknownWindow.
    """
    if await connection.fetchval(
        "SELECT true FROM equipment WHERE centre_id = $1 AND id = $2", centre_id, equipment_id
    ):
        return
    if label is None:
        given = await connection.fetch(
            """
            SELECT label FROM equipment WHERE centre_id = $1
             UNION
            SELECT detail ->> 'label_before' FROM maintenance_event
             WHERE centre_id = $1 AND subject = 'equipment' AND event = 'changed'
            """,
            centre_id,
        )  # an old sticker may still be on its piece
        label = next_label(kind, (row["label"] for row in given))
    device_id = await require_spot(connection, centre_id, place, kind)
    await _require_free(connection, centre_id, label, kind, serial, but=None)
    await connection.execute(
        """
        INSERT INTO equipment (centre_id, id, label, kind, model, serial, place, device_id,
               window_number, room, since, in_use_since)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::timestamptz,
               CASE WHEN $12 THEN $11::timestamptz END)
        """,
        centre_id,
        equipment_id,
        label,
        kind,
        model,
        serial,
        place.kind,
        device_id,
        place.window,
        place.room,
        at,
        place.is_in_use,
    )
    detail = {"label": label, "kind": kind, "model": model, **spot(place)}
    await record(
        connection, centre_id, "equipment", equipment_id, "added", actor=actor, at=at, detail=detail
    )


async def change(
    connection: Connection,
    centre_id: int,
    piece: Equipment,
    *,
    label: str,
    model: str,
    serial: str | None,
    actor: Actor,
    at: datetime,
) -> bool:
    """Write down another label, model or serial; False when they are so. Raises CannotMaintain."""
    if (piece.label, piece.model, piece.serial) == (label, model, serial):
        return False
    await _require_free(connection, centre_id, label, piece.kind, serial, but=piece.id)
    await connection.execute(
        "UPDATE equipment SET label = $3, model = $4, serial = $5 WHERE centre_id = $1 AND id = $2",
        centre_id,
        piece.id,
        label,
        model,
        serial,
    )
    detail = {"label": label, "model": model, "serial": serial, "label_before": piece.label}
    await record(
        connection, centre_id, "equipment", piece.id, "changed", actor=actor, at=at, detail=detail
    )
    return True


async def put(
    connection: Connection,
    centre_id: int,
    piece: Equipment,
    place: Place,
    *,
    event: str = "moved",
    actor: Actor,
    at: datetime,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Put a piece where `place` says. Raises CannotMaintain, UnknownMachine, UnknownWindow."""
    device_id = await require_spot(connection, centre_id, place, piece.kind, but=piece.id)
    await connection.execute(
        """
        UPDATE equipment
           SET place = $3, device_id = $4, window_number = $5, room = $6, seen = NULL,
               since = greatest($7::timestamptz, since),
               in_use_since = CASE WHEN $8
                    THEN coalesce(in_use_since, greatest($7::timestamptz, since)) END
         WHERE centre_id = $1 AND id = $2
        """,
        centre_id,
        piece.id,
        place.kind,
        device_id,
        place.window,
        place.room,
        at,
        place.is_in_use,
    )
    await connection.execute(
        "UPDATE maintenance_order SET left_at = greatest($3::timestamptz, opened_at)"
        " WHERE centre_id = $1 AND equipment_id = $2 AND left_at IS NULL"
        " AND state IN ('open', 'in_work')",
        centre_id,
        piece.id,
        at,
    )
    facts = {**spot(place), "from": spot(piece.place), **(detail or {})}
    await record(
        connection, centre_id, "equipment", piece.id, event, actor=actor, at=at, detail=facts
    )


async def require_spot(
    connection: Connection,
    centre_id: int,
    place: Place,
    kind: EquipmentKind,
    *,
    but: UUID | None = None,
) -> UUID | None:
    """Return the id of the machine that a place names; see that there is room for such a piece.

    A kiosk has one printer, or nobody would know which of two printed. Raises CannotMaintain,
    UnknownMachine, UnknownWindow.
    """
    if place.window is not None and not await connection.fetchval(
        "SELECT true FROM service_window WHERE centre_id = $1 AND number = $2::integer",
        centre_id,
        place.window,
    ):
        raise UnknownWindow(place.window)
    if place.device is None:
        return None
    device = await connection.fetchrow(
        "SELECT id, kind FROM device WHERE centre_id = $1 AND name = $2 AND revoked_at IS NULL",
        centre_id,
        place.device,
    )
    if device is None:
        raise UnknownMachine(place.device)
    if kind == "printer" and device["kind"] == "kiosk":
        other = await connection.fetchval(
            "SELECT label FROM equipment WHERE centre_id = $1 AND device_id = $2"
            " AND kind = 'printer' AND ($3::uuid IS NULL OR id <> $3)",
            centre_id,
            device["id"],
            but,
        )
        if other is not None:
            raise CannotMaintain(state="place-taken", label=other)
    return as_uuid(device["id"])


def spot(place: Place) -> dict[str, Any]:
    """Return a place as events have it."""
    facts = {
        "place": place.kind,
        "device": place.device,
        "window": place.window,
        "room": place.room,
    }
    return {name: value for name, value in facts.items() if value is not None}


def equipment_of(row: Record) -> Equipment:
    """Read a row of `equipment` with its machine's name and kind."""
    return Equipment(
        id=as_uuid(row["id"]),
        label=row["label"],
        kind=row["kind"],
        model=row["model"],
        serial=row["serial"],
        place=Place(row["place"], row["device"], row["window_number"], row["room"]),
        since=row["since"],
        in_use_since=row["in_use_since"],
        counts=Counts(row["slips"], row["metres"], row["rolls"]),
        device_id=if_any(as_uuid, row["device_id"]),
        is_stranded=row["revoked_at"] is not None,
        is_counted=row["kind"] == "printer" and row["device_kind"] == "kiosk",
    )


async def _require_free(
    connection: Connection,
    centre_id: int,
    label: str,
    kind: EquipmentKind,
    serial: str | None,
    *,
    but: UUID | None,
) -> None:
    """Raise CannotMaintain when another piece has the label, or one of its kind the serial."""
    taken = await connection.fetchval(
        """
        SELECT CASE WHEN label = $2 THEN 'label-taken' ELSE 'serial-taken' END FROM equipment
         WHERE centre_id = $1 AND (label = $2 OR (kind = $3 AND serial = $4))
           AND ($5::uuid IS NULL OR id <> $5) ORDER BY label = $2 DESC LIMIT 1
        """,
        centre_id,
        label,
        kind,
        serial,
        but,
    )
    if taken is not None:
        raise CannotMaintain(state=taken)
