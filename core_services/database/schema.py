"""Writes a database's schema out as text that only changes when the schema does.

`python -m core_services.database.schema docs/schema.sql` migrates a passing embedded server and
writes its schema there.
"""

import asyncio
import re
import sys
import tempfile
from pathlib import Path

from core_services.database.embedded import EmbeddedPostgres
from core_services.database.errors import DatabaseError
from core_services.database.migrations import migrate
from core_services.database.processes import ENVIRONMENT
from core_services.database.programs import wheel_programs

_HEAD = "-- The whole schema after all migrations; written by core_services/database/schema.py.\n\n"

_OPENS_BODY = re.compile(r"\bAS (\$\w*\$)")
_NOISE = re.compile(r"--|SET |SELECT pg_catalog\.set_config|\\restrict|\\unrestrict")


class DumpFailed(DatabaseError):
    """pg_dump could not read the schema."""


async def dump_schema(dsn: str) -> str:
    """Return the schema's DDL with rights and without owners; the wheel's pg_dump reads ≥ 15.

    A password in the dsn would show in the process list, so this is for servers of our own.
    """
    process = await asyncio.create_subprocess_exec(
        wheel_programs().path("pg_dump"),
        "--schema-only",
        "--no-owner",
        "--no-tablespaces",
        f"--dbname={dsn}",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=ENVIRONMENT,
    )
    output, complaint = await process.communicate()
    if process.returncode != 0:
        raise DumpFailed(complaint.decode(errors="replace").strip())
    return normalised(output.decode())


def normalised(dump: str) -> str:
    """Drop what differs between releases and runs of pg_dump; bodies of functions stay whole."""
    kept: list[str] = []
    body: str | None = None
    for line in dump.splitlines():
        if body is not None:
            kept.append(line)
            if body in line:
                body = None
            continue
        if _NOISE.match(line) or (not line and (not kept or not kept[-1])):
            continue
        kept.append(line)
        opening = _OPENS_BODY.search(line)
        if opening is not None and line.count(opening[1]) == 1:
            body = opening[1]
    return _HEAD + "\n".join(kept).strip() + "\n"


async def _write(path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="schema-") as folder:
        server = EmbeddedPostgres(Path(folder) / "pg", durable=False)
        await server.start()
        try:
            await migrate(server.dsn())
            text = await dump_schema(server.dsn())
        finally:
            await server.stop()
    await asyncio.to_thread(path.write_text, text, "utf-8")


if __name__ == "__main__":
    asyncio.run(_write(Path(sys.argv[1])))
