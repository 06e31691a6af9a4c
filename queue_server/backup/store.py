"""The SQL of backups that were tried."""

from typing import TYPE_CHECKING

import asyncpg

from core_services.database.errors import translated
from core_services.database.pool import Pool, connect
from core_services.ids import new_id
from queue_server.backup.model import Known, Run

if TYPE_CHECKING:
    from core_services.database.pool import Connection


async def record_run(dsn_owner: str, run: Run) -> None:
    """Write a run down for every centre of the database, and forget those of a year ago.

    Raises DatabaseError.
    """
    connection = await connect(dsn_owner, application_name="shubbak backup")
    try:
        with translated():
            await insert_run(connection, run)
    finally:
        await connection.close()


async def insert_run(connection: "Connection", run: Run) -> None:
    """Write a run down over a connection of the owner."""
    await connection.execute(
        """
        WITH old AS (DELETE FROM backup_run WHERE ended_at < $3::timestamptz - interval '366 days')
        INSERT INTO backup_run (centre_id, id, began_at, ended_at, file, bytes, is_sealed, why)
        SELECT c.id, $1, $2, $3, $4, $5, $6, $7 FROM centre c
        """,
        new_id(run.began_at),
        run.began_at,
        run.ended_at,
        run.file,
        run.bytes,
        run.is_sealed,
        run.why,
    )


async def read_known(pool: Pool, centre_id: int) -> Known:
    """Return what the centre knows of its backups."""
    rows = await pool.fetch(
        """
        (SELECT began_at, ended_at, file, bytes, is_sealed, why FROM backup_run
          WHERE centre_id = $1 ORDER BY ended_at DESC LIMIT 1)
        UNION ALL
        (SELECT began_at, ended_at, file, bytes, is_sealed, why FROM backup_run
          WHERE centre_id = $1 AND why IS NULL ORDER BY ended_at DESC LIMIT 1)
        """,
        centre_id,
    )
    since = await pool.fetchval("SELECT min(at) FROM centre_event WHERE centre_id = $1", centre_id)
    runs = [_run(row) for row in rows]
    good = next((run for run in runs if run.why is None), None)
    return Known(
        last=runs[0] if runs else None,
        good_at=None if good is None else good.began_at,
        good_bytes=None if good is None else good.bytes,
        centre_since=since,
    )


def _run(row: asyncpg.Record) -> Run:
    return Run(**dict(row))
