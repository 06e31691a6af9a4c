"""The pool on a real server."""

from core_services.database.pool import Pool


async def test_jsonb_goes_in_and_comes_out_as_plain_values(pool: Pool) -> None:
    value = {"اسم": ["شباك", 7, None, 2.5]}
    assert await pool.fetchval("SELECT $1::jsonb", value) == value
