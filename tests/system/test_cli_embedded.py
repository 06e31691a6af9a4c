"""The administrator's commands on the embedded database, alone and beside a running server."""

import stat
from pathlib import Path

from core_services.database.embedded import EmbeddedPostgres
from tests.support.command import shubbak


def settings_in(folder: Path) -> tuple[str, str]:
    config = folder / "server.toml"
    config.write_text(f'data_dir = "{folder / "data"}"\n')
    return "--config", str(config)


async def test_a_centre_is_set_up_with_nothing_installed(short_dir: Path) -> None:
    config = settings_in(short_dir)
    early = await shubbak("user", "list", *config)
    assert early.code == 1
    assert "run: shubbak migrate" in early.err
    for words in (
        ("migrate",),
        ("centre", "load", "kafr_saqr.toml"),
        ("user", "add", "hoda", "--role", "admin", "--generate"),
        ("audit", "verify"),
    ):
        done = await shubbak(*words, *config)
        assert done.code == 0, done.err
    assert stat.S_IMODE((short_dir / "data" / "database").stat().st_mode) == 0o700


async def test_commands_work_beside_a_process_that_holds_the_database(short_dir: Path) -> None:
    config = settings_in(short_dir)
    server = EmbeddedPostgres(short_dir / "data" / "database")
    await server.start()
    try:
        for words in (("migrate",), ("centre", "load", "kafr_saqr.toml")):
            done = await shubbak(*words, *config)
            assert done.code == 0, done.err
        assert await server.is_healthy()
    finally:
        await server.stop()


async def test_a_folder_that_cannot_be_written_is_told(short_dir: Path) -> None:
    (short_dir / "data").write_text("a file, not a folder")
    told = await shubbak("migrate", *settings_in(short_dir))
    assert told.code == 1
    assert "Traceback" not in told.err
    assert str(short_dir / "data") in told.err
