"""Makes a training centre of the real one's set-up, and puts it back to its start.

The real centre is read and never written. A training database is marked before anything is put into
it, and what is not marked is never emptied.
"""

import asyncio
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core_services.clock import Clock
from core_services.database.errors import translated
from core_services.database.migrations import migrate
from core_services.database.pool import connect, open_pool
from core_services.people.passwords import Passwords, check_password
from queue_server.administration import SYSTEM, choose_centre
from queue_server.backup.store_restore import others_at_work
from queue_server.database import OwnerUnknown, open_migrated, reach_database
from queue_server.settings import ServerSettings
from queue_server.signing_keys import make_key
from queue_server.store_centre import insert_signing_key
from queue_server.training.errors import (
    CentresFolder,
    NotEmpty,
    SettingsOfCentre,
    SettingsOfTraining,
    StillUsed,
    TrainingThere,
)
from queue_server.training.model import MadeTraining, Start
from queue_server.training.settings_file import SETTINGS, training_folder, write_settings
from queue_server.training.store import (
    begin_again,
    holds_foreign_tables,
    kind_of,
    read_kind,
    set_mark,
)
from queue_server.training.store_start import empty, plant, put_back, read_start

_PASSING: Final = ("exports", "backtest")
"""Folders of what was worked out from numbers."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Where a training centre is to be, and with which password its accounts begin."""

    folder: Path
    listen: str
    password: str
    database: str
    database_owner: str | None
    centre: str | None = None
    """The code of the centre that is copied, where there are several."""


async def make_training(real: ServerSettings, wish: Wish, *, clock: Clock) -> MadeTraining:
    """Make a training centre set up as the real one is now. Broken off anywhere it is begun anew.

    Raises TrainingError, WeakPasswordError, SettingsError, DatabaseError, AdministrationError,
    OSError.
    """
    if real.training:
        raise SettingsOfTraining
    folder = await asyncio.to_thread(wish.folder.resolve)
    theirs = await asyncio.to_thread(real.data_dir.resolve)
    if folder.is_relative_to(theirs) or theirs.is_relative_to(folder):
        raise CentresFolder(folder)
    settings_path = folder / SETTINGS
    if settings_path.exists():
        raise TrainingThere(settings_path)
    check_password(wish.password, username="")
    # Read wholly before anything is made; nothing of it changes there.
    async with reach_database(real) as addresses, open_migrated(addresses.app) as pool:
        start = await read_start(pool, (await choose_centre(pool, wish.centre)).id)
    await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True, exist_ok=True)
    settings = ServerSettings(
        listen=wish.listen,
        data_dir=folder,
        training=True,
        database=wish.database,
        database_owner=wish.database_owner,
        allow_plain_lan=True,  # this object opens no port; the file says how it is served
    )
    await _make(settings, start, await _hash(wish.password), clock=clock)
    await asyncio.to_thread(write_settings, settings_path, real, wish)
    return MadeTraining(
        settings=settings_path,
        code=start["centre"][0]["code"],
        windows=len(start["service_window"]),
        services=len(start["service"]),
        accounts=tuple(sorted(each["username"] for each in start["staff"])),
    )


async def reset_training(settings: ServerSettings, *, clock: Clock) -> None:
    """Put a training centre back to how it was made; its server must be stopped.

    Machines stay paired. All of it happens, or nothing. Raises TrainingError, DatabaseError,
    OSError.
    """
    if not settings.training:
        raise SettingsOfCentre(training_folder(settings) / SETTINGS)
    async with reach_database(settings) as addresses:
        if addresses.owner is None:
            raise OwnerUnknown
        async with open_migrated(addresses.app, is_training=True):
            pass
        if names := await others_at_work(addresses.owner):
            raise StillUsed(names)
        await _begin_again(addresses.owner, clock=clock, why="reset")
    for name in _PASSING:
        await asyncio.to_thread(shutil.rmtree, settings.data_dir / name, ignore_errors=True)


async def _make(
    settings: ServerSettings, start: Start, password_hash: str, *, clock: Clock
) -> None:
    async with reach_database(settings) as addresses:
        owner = addresses.owner
        if owner is None:
            raise OwnerUnknown
        if await kind_of(owner) == "real":
            raise NotEmpty("the database holds a centre")
        if await holds_foreign_tables(owner):
            raise NotEmpty("the database holds tables")
        if names := await others_at_work(owner):
            raise StillUsed(names)
        await migrate(owner)
        at = clock.now()
        connection = await connect(owner, application_name="shubbak training")
        try:
            with translated():
                async with connection.transaction():
                    await set_mark(connection, start, password_hash=password_hash, at=at)
                    await empty(connection)  # what one left that was broken off
                    await plant(connection, start, password_hash=password_hash, at=at, why="made")
        finally:
            await connection.close()
        await _sign(settings, owner, start, clock=clock)


async def _sign(settings: ServerSettings, owner: str, start: Start, *, clock: Clock) -> None:
    """Give the training centre a signing key of its own."""
    centre = start["centre"][0]
    key = await asyncio.to_thread(make_key, settings.data_dir, centre["code"])
    pool = await open_pool(owner, size=1, application_name="shubbak training")
    try:
        await insert_signing_key(
            pool,
            centre_id=centre["id"],
            key_id=key.id,
            public_key=key.public,
            actor=SYSTEM,
            at=clock.now(),
        )
    finally:
        await pool.close()


async def _begin_again(owner: str, *, clock: Clock, why: str) -> None:
    connection = await connect(owner, application_name="shubbak training")
    try:
        with translated():
            async with connection.transaction():
                if await read_kind(connection) != "training":  # nobody can have taken it away
                    raise NotEmpty("the database holds a centre")
                at = clock.now()
                start, password_hash = await begin_again(connection, at=at)
                await empty(connection)
                await plant(connection, start, password_hash=password_hash, at=at, why=why)
                await put_back(connection)
    finally:
        await connection.close()


async def _hash(password: str) -> str:
    passwords = Passwords()
    try:
        return await passwords.hash(password)
    finally:
        passwords.close()
