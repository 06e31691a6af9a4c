"""The roles and the database that Shubbak needs on a server, made idempotently by a superuser."""

from typing import Final, Literal

import asyncpg

from core_services.database.errors import reaching, translated

Role = Literal["shubbak_owner", "shubbak_app", "shubbak_read"]

ROLES: Final[tuple[Role, ...]] = ("shubbak_owner", "shubbak_app", "shubbak_read")
"""Owner of the schema (migrations) · the programs · reports, which only read."""

CREATE_ROLES: Final[dict[str, str]] = {role: f"CREATE ROLE {role} LOGIN" for role in ROLES}
"""The command that makes each role, also named to the operator of a system PostgreSQL."""

DATABASE: Final = "shubbak"


async def provision(superuser_dsn: str) -> None:
    """Make the roles and the database where they are missing; harmless when repeated."""
    with reaching(superuser_dsn):
        connection = await asyncpg.connect(superuser_dsn, timeout=10)
    with translated():
        try:
            await _provision(connection)
        finally:
            await connection.close(timeout=5)


async def _provision(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    rows = await connection.fetch("SELECT rolname FROM pg_roles")
    present = {row["rolname"] for row in rows}
    for role in ROLES:
        if role not in present:
            await connection.execute(CREATE_ROLES[role])
    if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE):
        await connection.execute(f"CREATE DATABASE {DATABASE} OWNER shubbak_owner")
    await connection.execute(
        f"REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC;"
        f"GRANT CONNECT ON DATABASE {DATABASE} TO shubbak_app, shubbak_read"
    )
