"""The SQL of the remark that tells that a restore of a database was begun and has not ended."""

from typing import Final

from core_services.database.errors import translated
from core_services.database.pool import connect

UNDER_WAY: Final = "Shubbak: a restore is under way"
"""The remark on the schema `public`."""


async def is_under_way(dsn: str) -> bool:
    """Say whether a restore of this database was begun and not ended. Any role may ask."""
    connection = await connect(dsn, application_name="shubbak restore")
    try:
        with translated():
            found = await connection.fetchval(
                "SELECT obj_description('public'::regnamespace, 'pg_namespace') = $1", UNDER_WAY
            )
        return bool(found)
    finally:
        await connection.close()
