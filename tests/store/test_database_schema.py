"""The schema as text: the committed page is the schema that the migrations make."""

from pathlib import Path
from typing import Final

import asyncpg
import pytest

from core_services.database.schema import DumpFailed, dump_schema, normalised
from tests.support.database import Database

PAGE: Final = Path(__file__).parents[2] / "docs" / "schema.sql"


async def test_the_committed_schema_is_what_the_migrations_make(database: Database) -> None:
    assert await dump_schema(database.owner_dsn) == PAGE.read_text(), (
        "run: python -m core_services.database.schema docs/schema.sql"
    )


async def test_two_dumps_are_equal_and_a_new_column_shows(database: Database) -> None:
    before = await dump_schema(database.owner_dsn)
    assert await dump_schema(database.owner_dsn) == before
    owner = await asyncpg.connect(database.owner_dsn)
    await owner.execute("ALTER TABLE schema_migration ADD COLUMN note text")
    await owner.close()
    assert "\n    note text" in await dump_schema(database.owner_dsn)


async def test_a_database_that_is_not_there_is_told(database: Database) -> None:
    with pytest.raises(DumpFailed, match='database "nowhere" does not exist'):
        await dump_schema(database.owner_dsn.replace(database.name, "nowhere"))


def test_noise_is_dropped_and_bodies_of_functions_stay_whole() -> None:
    dump = (
        "--\n-- PostgreSQL database dump\n--\n\n\\restrict x7\n\nSET lock_timeout = 0;\n"
        "SELECT pg_catalog.set_config('search_path', '', false);\n\n\n--\n-- Name: f\n--\n\n"
        "CREATE FUNCTION public.f() RETURNS void\n    LANGUAGE plpgsql\n    AS $_$\n-- why\n"
        "SET LOCAL lock_timeout = 0;\n\n\nBEGIN END;\n$_$;\n\n\n\\unrestrict x7\n"
    )
    assert normalised(dump).partition("\n\n")[2] == (
        "CREATE FUNCTION public.f() RETURNS void\n    LANGUAGE plpgsql\n    AS $_$\n-- why\n"
        "SET LOCAL lock_timeout = 0;\n\n\nBEGIN END;\n$_$;\n"
    )
