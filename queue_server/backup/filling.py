"""Fills an empty database from an archive, and finds out whether what is in it hangs together."""

from collections.abc import Callable

from core_services.audit.verify import verify
from core_services.database.copying import Table, TablesDiffer, filling
from core_services.database.migrations import migrate, read_migrations
from core_services.database.pool import open_pool
from queue_server.backup.archive import Archive
from queue_server.backup.errors import ChainBroken, NewerSchema, OtherMigrations, WrongRows
from queue_server.backup.manifest import Manifest

Progress = Callable[[int, int], None]


def require_known_schema(manifest: Manifest) -> None:
    """Raise NewerSchema or OtherMigrations unless this program can make the backup's schema."""
    known = {each.number: each for each in read_migrations()}
    for noted in manifest.migrations:
        ours = known.get(noted.number)
        if ours is None:
            raise NewerSchema(noted.name)
        if (ours.name, ours.checksum) != (noted.name, noted.checksum):
            raise OtherMigrations(noted.name)


async def fill(dsn_owner: str, archive: Archive, on_progress: Progress | None = None) -> None:
    """Make the backup's schema, put all rows in, and bring the schema forward to this program's.

    The database has nothing of ours, or what a broken off `fill` left: a schema without rows.
    Raises BackupError, DatabaseError.
    """
    manifest = archive.manifest
    require_known_schema(manifest)
    await migrate(dsn_owner, up_to=manifest.migrations[-1].number)
    async with filling(dsn_owner) as tables:
        for nth, note in enumerate(manifest.tables, start=1):
            try:
                rows = await tables.copy_in(Table(note.name, note.columns), archive.rows(note))
            except TablesDiffer as error:
                raise OtherMigrations(f"table {error.table}") from error
            if rows != note.rows:
                raise WrongRows(note.name, noted=note.rows, found=rows)
            if on_progress is not None:
                on_progress(nth, len(manifest.tables))
        here = {head.code: head for head in await tables.heads()}
        for centre in manifest.centres:
            head = here.get(centre.code)
            if head is None or (head.revision, head.digest) != (centre.revision, centre.digest):
                raise ChainBroken(centre.code, centre.revision, "its head is not the noted one")
    await migrate(dsn_owner)


async def walk_chains(
    dsn_owner: str, manifest: Manifest, on_progress: Progress | None = None
) -> None:
    """Walk the chain of every centre of a filled database. Raises ChainBroken, DatabaseError."""
    pool = await open_pool(dsn_owner, size=1, application_name="shubbak backup")
    try:
        for centre in manifest.centres:
            verdict = await verify(pool, centre.id, on_progress=on_progress)
            if verdict.breaks:
                first = verdict.breaks[0]
                raise ChainBroken(centre.code, first.first, first.why)
    finally:
        await pool.close()
