"""The SQL of the mark: which databases are for training, and what puts one back to its start."""

from datetime import datetime
from typing import Literal

from core_services.database.errors import translated
from core_services.database.pool import Connection, connect
from queue_server.training.model import Start

Kind = Literal["empty", "real", "training"]
"""`empty`: no centre and no mark, so that it may become either."""


async def kind_of(dsn: str) -> Kind:
    """Say what a database is; any role may ask, whatever migrations it has. Raises
    DatabaseError."""
    connection = await connect(dsn, application_name="shubbak training")
    try:
        with translated():
            return await read_kind(connection)
    finally:
        await connection.close()


async def read_kind(connection: Connection) -> Kind:
    """Say the same over a connection."""
    tables = await connection.fetchval(
        "SELECT array_remove(ARRAY[to_regclass('public.training_mark')::text,"
        " to_regclass('public.centre')::text], NULL)"
    )
    if "training_mark" in tables and await connection.fetchval(
        "SELECT EXISTS (SELECT FROM public.training_mark)"
    ):
        return "training"
    if "centre" in tables and await connection.fetchval(
        "SELECT EXISTS (SELECT FROM public.centre)"
    ):
        return "real"
    return "empty"


async def holds_foreign_tables(dsn_owner: str) -> bool:
    """Say whether tables are there that are not this program's."""
    connection = await connect(dsn_owner, application_name="shubbak training")
    try:
        with translated():
            return bool(
                await connection.fetchval(
                    "SELECT to_regclass('public.schema_migration') IS NULL AND EXISTS"
                    " (SELECT FROM pg_class WHERE relkind = 'r'"
                    "     AND relnamespace = 'public'::regnamespace)"
                )
            )
    finally:
        await connection.close()


async def set_mark(
    connection: Connection, start: Start, *, password_hash: str, at: datetime
) -> None:
    """Mark an empty database, or give a marked one another start. The database itself refuses it
    where there is a centre."""
    await connection.execute(
        "INSERT INTO training_mark (made_at, begun_at, start, password_hash)"
        " VALUES ($1, $1, $2, $3)"
        " ON CONFLICT (one) DO UPDATE SET start = $2, password_hash = $3",
        at,
        start,
        password_hash,
    )


async def begin_again(connection: Connection, *, at: datetime) -> tuple[Start, str]:
    """Note that training begins anew, and return with what: the rows and the password's hash."""
    row = await connection.fetchrow(
        "UPDATE training_mark SET begun_at = greatest($1, made_at) RETURNING start, password_hash",
        at,
    )
    if row is None:
        raise LookupError("the database is not marked")
    return row["start"], row["password_hash"]
