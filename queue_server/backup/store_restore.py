"""The SQL around a restore: what is there before, and what makes the filled database live again.

A database of one's own is restored into its schema `public`; one that is there already is renamed
and stays beside it. A remark on the schema tells that a restore is under way.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from core_services.calendar import business_day
from core_services.database.errors import translated
from core_services.database.pool import Connection, connect
from queue_server.backup.errors import WrongNumber
from queue_server.backup.model import Run
from queue_server.backup.store import insert_run
from queue_server.backup.store_under_way import UNDER_WAY
from queue_server.store_centre import record
from queue_server.tickets.model import Actor
from queue_server.tickets.numbering import QUEUE_SERIES

_SYSTEM: Final = Actor("system")


@dataclass(frozen=True, slots=True)
class Restored:
    """A centre as it goes on."""

    code: str
    epoch: UUID
    revision: int
    """Of the event that says so."""
    day: date
    numbers_from: int


async def others_at_work(dsn_owner: str) -> list[str]:
    """Return the names of roles that have other connections to the database."""
    connection = await connect(dsn_owner, application_name="shubbak restore")
    try:
        with translated():
            rows = await connection.fetch(
                "SELECT DISTINCT usename::text AS name FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                " AND usename IS NOT NULL ORDER BY 1"
            )
        return [row["name"] for row in rows]
    finally:
        await connection.close()


async def is_taken(dsn_owner: str) -> bool:
    """Say whether tables are there that no broken off restore has left."""
    connection = await connect(dsn_owner, application_name="shubbak restore")
    try:
        with translated():
            return bool(
                await connection.fetchval(
                    """
                    SELECT EXISTS (SELECT FROM pg_class WHERE relkind = 'r'
                                      AND relnamespace = 'public'::regnamespace)
                       AND obj_description('public'::regnamespace, 'pg_namespace')
                           IS DISTINCT FROM $1
                    """,
                    UNDER_WAY,
                )
            )
    finally:
        await connection.close()


async def make_room(dsn_owner: str, *, aside: str | None) -> None:
    """Give the database an empty `public` that says that a restore is under way.

    What is there is renamed to `aside`, or dropped where that is None: then it is what a broken off
    restore has left, or nothing.
    """
    connection = await connect(dsn_owner, application_name="shubbak restore")
    try:
        with translated():
            async with connection.transaction():
                if aside is None:
                    await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
                else:
                    await connection.execute("SELECT set_config('shubbak.aside', $1, true)", aside)
                    await connection.execute(
                        "DO $$ BEGIN EXECUTE format('ALTER SCHEMA public RENAME TO %I',"
                        " current_setting('shubbak.aside')); END $$;"
                        "CREATE SCHEMA public"
                    )
                await connection.execute(
                    "COMMENT ON SCHEMA public IS 'Shubbak: a restore is under way'"
                )
    finally:
        await connection.close()


@dataclass(frozen=True, slots=True)
class KnownNumbers:
    """What a filled database tells of the numbers that may have been given."""

    day: date
    """The business day."""
    highest: int
    """The highest number known to be given on it; 0: none."""
    busiest: int
    """How many numbers the busiest of the days before it had, as far back as they are kept."""


async def known_numbers(dsn_owner: str, *, at: datetime) -> dict[str, KnownNumbers]:
    """Return by centre what is known of its numbers."""
    connection = await connect(dsn_owner, application_name="shubbak restore")
    try:
        with translated():
            return {
                row["code"]: KnownNumbers(
                    day,
                    await _known(connection, row["id"], day),
                    await _busiest(connection, row["id"], day),
                )
                for row, day in await _days(connection, at)
            }
    finally:
        await connection.close()


async def begin_anew(
    dsn_owner: str,
    *,
    run: Run,
    starts: dict[str, int],
    at: datetime,
    aside: str | None,
) -> list[Restored]:
    """Give every centre of a filled database a new epoch, its numbers of today and the event of it.

    `starts`: by centre the first number from now on. Nobody stays signed in. Raises WrongNumber.
    """
    connection = await connect(dsn_owner, application_name="shubbak restore")
    try:
        with translated():
            async with connection.transaction():
                restored = [
                    await _begin(
                        connection, row, day, start=starts[row["code"]], at=at, run=run, aside=aside
                    )
                    for row, day in await _days(connection, at)
                ]
                await connection.execute("DELETE FROM staff_session")
                await insert_run(connection, run)
        return restored
    finally:
        await connection.close()


async def end_restore(dsn_owner: str) -> None:
    """Take the remark of `make_room` away: the database may be served, its files are there too."""
    connection = await connect(dsn_owner, application_name="shubbak restore")
    try:
        with translated():
            await connection.execute("COMMENT ON SCHEMA public IS 'standard public schema'")
    finally:
        await connection.close()


async def _begin(
    connection: Connection,
    centre: Any,
    day: date,
    *,
    start: int,
    at: datetime,
    run: Run,
    aside: str | None,
) -> Restored:
    centre_id = centre["id"]
    await connection.execute("SELECT lock_centre($1)", centre_id)
    known = await _known(connection, centre_id, day)
    if start <= known:
        raise WrongNumber(start, known=known)
    await connection.execute(
        """
        INSERT INTO label_counter AS c (centre_id, business_day, series, last_number)
        SELECT $1, $2, s, $3 FROM unnest($4::text[]) s
        ON CONFLICT ON CONSTRAINT label_counter_pk DO UPDATE SET last_number = excluded.last_number
        """,
        centre_id,
        day,
        start - 1,
        list(QUEUE_SERIES),
    )
    epoch = await connection.fetchval(
        "UPDATE centre_head SET epoch = gen_random_uuid() WHERE centre_id = $1 RETURNING epoch",
        centre_id,
    )
    await record(
        connection,
        centre_id=centre_id,
        event="restored",
        actor=_SYSTEM,
        at=at,
        detail={
            "backup": run.file,
            "made_at": run.began_at.isoformat(),
            "revision": centre["revision"],
            "epoch_before": str(centre["epoch"]),
            "epoch": str(epoch),
            "business_day": day.isoformat(),
            "numbers_from": start,
        }
        | ({} if aside is None else {"set_aside": aside}),
    )
    return Restored(
        code=centre["code"],
        epoch=UUID(int=epoch.int),
        revision=centre["revision"] + 1,
        day=day,
        numbers_from=start,
    )


async def _days(connection: Connection, at: datetime) -> list[tuple[Any, date]]:
    rows = await connection.fetch(
        "SELECT c.id, c.code, c.zone, c.cut_over, h.epoch, h.revision"
        "  FROM centre c JOIN centre_head h ON h.centre_id = c.id ORDER BY c.id"
    )
    return [(row, _day(row["zone"], row["cut_over"], at)) for row in rows]


def _day(zone: str, cut_over: time, at: datetime) -> date:
    return business_day(at, ZoneInfo(zone), cut_over)


async def _known(connection: Connection, centre_id: int, day: date) -> int:
    """Return the highest number of a day's queues that this database knows of; 0: none."""
    known: int = await connection.fetchval(
        """
        SELECT greatest(
            (SELECT max(last_number) FROM label_counter
              WHERE centre_id = $1 AND business_day = $2 AND series = ANY ($3)),
            (SELECT max(number) FROM label_taken
              WHERE centre_id = $1 AND business_day = $2 AND series = ANY ($3)),
            (SELECT max(number) FROM ticket
              WHERE centre_id = $1 AND business_day = $2 AND series = ANY ($3)), 0)
        """,
        centre_id,
        day,
        list(QUEUE_SERIES),
    )
    return known


async def _busiest(connection: Connection, centre_id: int, day: date) -> int:
    busiest: int = await connection.fetchval(
        """
        SELECT coalesce(max(numbers), 0)
          FROM (SELECT count(*) AS numbers FROM ticket
                 WHERE centre_id = $1 AND business_day < $2 AND series = ANY ($3)
                 GROUP BY business_day) d
        """,
        centre_id,
        day,
        list(QUEUE_SERIES),
    )
    return busiest
