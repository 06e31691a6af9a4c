"""The SQL of offline series: which range a kiosk's disk holds, given once and kept for ever."""

from datetime import datetime

from core_services.database.pool import Connection, Pool
from core_services.devices.model import Device
from core_services.devices.offline import (
    OFFLINE_LETTERS,
    OfflineRange,
    range_after,
)
from core_services.devices.store import lock_centre, record_event


async def series_of(
    pool: Pool,
    device: Device,
    *,
    journal_id: str,
    held: OfflineRange | None,
    at: datetime,
) -> OfflineRange | None:
    """Return the range of a kiosk's disk, giving it one the first time; None: no letter is left.

    `held` is what the disk holds by its own word. A server restored from before it gave that takes
    it over, unless another disk has it by now. Known answers take no lock. Raises LockTimeout.
    """
    known = await _known(pool, device, journal_id=journal_id, held=held)
    if known is not None:
        return known
    async with pool.transaction() as connection:
        await lock_centre(connection, device.centre_id)
        await _inherit(connection, device, journal_id=journal_id, at=at)
        known = await _known(connection, device, journal_id=journal_id, held=held)
        if known is not None:
            return known
        if held is not None and await _is_nobodys(connection, device.centre_id, held):
            await _insert(connection, device, journal_id, held, event="series_kept", at=at)
            return held
        known = await _known(connection, device, journal_id=journal_id, held=None)
        if known is not None:
            return known
        letter = await _letter_for(connection, device, at=at)
        given = None if letter is None else await _next_of(connection, device.centre_id, letter)
        if given is not None:
            await _insert(connection, device, journal_id, given, event="series_given", at=at)
        return given


async def _known(
    database: Pool | Connection, device: Device, *, journal_id: str, held: OfflineRange | None
) -> OfflineRange | None:
    """Return the range that is the disk's, without changing anything.

    A range that it says it holds and is not known as its own is a question: None.
    """
    row = await database.fetchrow(
        """
        SELECT letter, first_number FROM offline_series
         WHERE centre_id = $1 AND device_id = $2 AND journal_id = $3
           AND ($4::text IS NULL OR letter = $4 AND first_number = $5)
         ORDER BY given_at DESC, first_number DESC LIMIT 1
        """,
        device.centre_id,
        device.id,
        journal_id,
        None if held is None else held.letter,
        None if held is None else held.first,
    )
    return None if row is None else OfflineRange(row["letter"], row["first_number"])


async def _inherit(
    connection: Connection, device: Device, *, journal_id: str, at: datetime
) -> None:
    """Move what this very disk held to its new registration, once the old one is revoked."""
    moved = await connection.fetch(
        """
        UPDATE offline_series s SET device_id = $2
          FROM device d
         WHERE s.centre_id = $1 AND s.journal_id = $3 AND s.device_id <> $2
           AND d.centre_id = s.centre_id AND d.id = s.device_id AND d.revoked_at IS NOT NULL
        RETURNING s.letter, s.first_number
        """,
        device.centre_id,
        device.id,
        journal_id,
    )
    for row in moved:
        kept = OfflineRange(row["letter"], row["first_number"])
        await _take_letter(connection, device, kept.letter, at=at)
        await _record(connection, device, kept, event="series_kept", at=at)


async def _is_nobodys(connection: Connection, centre_id: int, held: OfflineRange) -> bool:
    taken: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT 1 FROM offline_series"
        " WHERE centre_id = $1 AND letter = $2 AND first_number = $3)",
        centre_id,
        held.letter,
        held.first,
    )
    return not taken


async def _letter_for(connection: Connection, device: Device, *, at: datetime) -> str | None:
    """Return the kiosk's letter, else the first that is free and its own from now on.

    The letter of a revoked device is free when the business day of its revocation is over: its
    token is refused, so none of its numbers can come any more, and no slip of the day is mistaken.
    """
    rows = await connection.fetch(
        """
        SELECT l.letter, l.device_id,
               d.revoked_at IS NULL
               OR ((d.revoked_at AT TIME ZONE c.zone) - c.cut_over::interval)::date
                  >= (($2::timestamptz AT TIME ZONE c.zone) - c.cut_over::interval)::date
               AS is_in_use
          FROM offline_letter l
          JOIN centre c ON c.id = l.centre_id
          JOIN device d ON d.centre_id = l.centre_id AND d.id = l.device_id
         WHERE l.centre_id = $1
        """,
        device.centre_id,
        at,
    )
    for row in rows:
        if row["device_id"] == device.id:
            return str(row["letter"])
    in_use = {row["letter"] for row in rows if row["is_in_use"]}
    return next((letter for letter in OFFLINE_LETTERS if letter not in in_use), None)


async def _next_of(connection: Connection, centre_id: int, letter: str) -> OfflineRange | None:
    latest = await connection.fetchval(
        "SELECT max(first_number) FROM offline_series WHERE centre_id = $1 AND letter = $2",
        centre_id,
        letter,
    )
    return range_after(letter, latest)


async def _insert(
    connection: Connection,
    device: Device,
    journal_id: str,
    given: OfflineRange,
    *,
    event: str,
    at: datetime,
) -> None:
    """Write a range down as the disk's, its letter as the kiosk's where it is nobody's."""
    await connection.execute(
        """
        INSERT INTO offline_series (centre_id, letter, first_number, last_number, device_id,
                                    journal_id, given_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        device.centre_id,
        given.letter,
        given.first,
        given.last,
        device.id,
        journal_id,
        at,
    )
    await _take_letter(connection, device, given.letter, at=at)
    await _record(connection, device, given, event=event, at=at)


async def _take_letter(
    connection: Connection, device: Device, letter: str, *, at: datetime
) -> None:
    """Make a letter the kiosk's, where it has none and the letter is no kiosk's in use."""
    await connection.execute(
        """
        INSERT INTO offline_letter AS l (centre_id, letter, device_id, taken_at)
        SELECT $1, $2, $3, $4
         WHERE NOT EXISTS (SELECT 1 FROM offline_letter o
                            WHERE o.centre_id = $1 AND o.device_id = $3)
        ON CONFLICT ON CONSTRAINT offline_letter_pk DO UPDATE
           SET device_id = excluded.device_id, taken_at = excluded.taken_at
         WHERE EXISTS (SELECT 1 FROM device d WHERE d.centre_id = l.centre_id
                          AND d.id = l.device_id AND d.revoked_at IS NOT NULL)
        """,
        device.centre_id,
        letter,
        device.id,
        at,
    )


async def _record(
    connection: Connection, device: Device, given: OfflineRange, *, event: str, at: datetime
) -> None:
    await record_event(
        connection,
        centre_id=device.centre_id,
        device_id=device.id,
        event=event,
        actor=None,
        at=at,
        detail={"letter": given.letter, "first": given.first, "last": given.last},
    )
