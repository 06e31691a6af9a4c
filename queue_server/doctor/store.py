"""The SQL of an examination: what the database is, who may do what in it; it changes nothing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core_services.database.pool import Pool

_OURS: Final = ["shubbak_owner", "shubbak_app", "shubbak_read"]


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What a database server says of itself."""

    version: str
    version_num: int
    encoding: str
    not_kept: tuple[str, ...]
    """The settings that let a confirmed commit be lost."""
    now: datetime


@dataclass(frozen=True, slots=True)
class Rights:
    """Where the three roles may more or less than the programs were made for."""

    missing: tuple[str, ...]
    powerful: tuple[str, ...]
    """Roles of ours that are superusers."""
    user: str
    """Whom the server works as."""
    alterable: tuple[str, ...]
    """Tables of what happened that `shubbak_app` could alter."""
    unreadable: tuple[str, ...]
    """Tables that `shubbak_app` cannot read."""
    written_by_readers: tuple[str, ...]
    """Tables that `shubbak_read` could write."""


async def read_server(pool: Pool) -> ServerFacts:
    """Return the server's version, encoding, durability and clock."""
    row = await pool.fetchrow(
        """
        SELECT current_setting('server_version') AS version,
               current_setting('server_version_num')::int AS version_num,
               current_setting('server_encoding') AS encoding,
               array_remove(ARRAY[
                   CASE current_setting('fsync') WHEN 'off' THEN 'fsync' END,
                   CASE current_setting('full_page_writes') WHEN 'off' THEN 'full_page_writes' END,
                   CASE current_setting('synchronous_commit')
                       WHEN 'off' THEN 'synchronous_commit' END
               ], NULL) AS not_kept,
               clock_timestamp() AS now
        """
    )
    if row is None:
        raise LookupError("a SELECT without FROM gives a row")
    return ServerFacts(
        row["version"], row["version_num"], row["encoding"], tuple(row["not_kept"]), row["now"]
    )


async def read_rights(pool: Pool) -> Rights:
    """Return what is wrong with roles and grants; tables of what happened are those of events and
    of the chain.
    """
    row = await pool.fetchrow(
        """
        WITH role AS (SELECT rolname, rolsuper FROM pg_roles WHERE rolname = ANY ($1::text[])),
             part AS (SELECT c.oid, c.relname::text AS name,
                             c.relname ~ '_event$' OR c.relname = 'chain_entry' AS is_past
                        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                       WHERE n.nspname = 'public' AND c.relkind = 'r'),
             app AS (SELECT p.* FROM part p WHERE EXISTS
                        (SELECT 1 FROM role WHERE rolname = 'shubbak_app')),
             reader AS (SELECT p.* FROM part p WHERE EXISTS
                        (SELECT 1 FROM role WHERE rolname = 'shubbak_read'))
        SELECT ARRAY(SELECT name FROM unnest($1::text[]) AS asked (name)
                      WHERE name NOT IN (SELECT rolname FROM role) ORDER BY name) AS missing,
               ARRAY(SELECT rolname::text FROM role WHERE rolsuper ORDER BY rolname) AS powerful,
               current_user::text AS who,
               ARRAY(SELECT name FROM app WHERE is_past
                        AND (has_table_privilege('shubbak_app', oid, 'DELETE')
                          OR has_table_privilege('shubbak_app', oid, 'TRUNCATE')
                          OR has_any_column_privilege('shubbak_app', oid, 'UPDATE'))
                      ORDER BY name) AS alterable,
               ARRAY(SELECT name FROM app
                      WHERE NOT has_any_column_privilege('shubbak_app', oid, 'SELECT')
                      ORDER BY name) AS unreadable,
               ARRAY(SELECT name FROM reader
                      WHERE has_any_column_privilege('shubbak_read', oid, 'INSERT')
                         OR has_any_column_privilege('shubbak_read', oid, 'UPDATE')
                         OR has_table_privilege('shubbak_read', oid, 'DELETE')
                      ORDER BY name) AS written
        """,
        _OURS,
    )
    if row is None:
        raise LookupError("a SELECT without FROM gives a row")
    return Rights(
        missing=tuple(row["missing"]),
        powerful=tuple(row["powerful"]),
        user=row["who"],
        alterable=tuple(row["alterable"]),
        unreadable=tuple(row["unreadable"]),
        written_by_readers=tuple(row["written"]),
    )


async def has_sealed(pool: Pool) -> bool:
    """Say whether anybody's phone or ID is kept under the keys of personal data."""
    found: bool = await pool.fetchval(
        """
        SELECT EXISTS (SELECT 1 FROM ticket_person) OR EXISTS (SELECT 1 FROM appointment_person)
        """
    )
    return found


async def list_zones(pool: Pool) -> list[str]:
    """Return the zones of the centres' walls."""
    rows = await pool.fetch("SELECT DISTINCT zone FROM centre ORDER BY zone")
    return [row["zone"] for row in rows]
