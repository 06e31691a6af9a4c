"""Databases that bear the mark of training, and real centres that training centres are made of."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import asyncpg

from core_services.clock import Clock
from queue_server.settings import ServerSettings
from queue_server.training.model import MadeTraining
from queue_server.training.start import Wish, make_training
from tests.support.database import Database

PASSWORD: Final = "nile-palm-river-7"
LISTEN: Final = "127.0.0.1:18999"
BEGUN: Final = datetime(2026, 11, 1, 6, tzinfo=UTC)

_INSERT: Final = "INSERT INTO training_mark (one, made_at, begun_at, start, password_hash) VALUES "
BROKEN_IN_TRAINING: Final[dict[str, str]] = {
    "training_begins_after_it_is_made": (
        f"{_INSERT} (true, '2026-11-22 07:00Z', '2026-11-22 06:00Z', '{{}}', '$argon2id$x')"
    ),
    "training_mark_is_one": (
        f"{_INSERT} (false, '2026-11-22 07:00Z', '2026-11-22 07:00Z', '{{}}', '$argon2id$x')"
    ),
    "training_password_is_argon2id": (
        f"{_INSERT} (true, '2026-11-22 07:00Z', '2026-11-22 07:00Z', '{{}}', 'secret')"
    ),
    "training_start_is_an_object": (
        f"{_INSERT} (true, '2026-11-22 07:00Z', '2026-11-22 07:00Z', '[]', '$argon2id$x')"
    ),
}
"""For every CHECK of the mark a statement that breaks it and nothing else."""


@dataclass(frozen=True, slots=True)
class Pair:
    """The settings of a real centre and of the training centre that was made of it."""

    real: ServerSettings
    training: ServerSettings
    made: MadeTraining


async def mark(owner_dsn: str) -> None:
    """Mark an empty database; a centre may be made in it then."""
    connection = await asyncpg.connect(owner_dsn)
    try:
        await connection.execute(f"{_INSERT} (true, $1, $1, '{{}}', '$argon2id$x')", BEGUN)
    finally:
        await connection.close()


def settings_of(database: Database, folder: Path, *, training: bool = False) -> ServerSettings:
    """Return the settings of a server on that database."""
    return ServerSettings(
        data_dir=folder,
        listen=LISTEN,
        training=training,
        database=database.app_dsn,
        database_owner=database.owner_dsn,
    )


def wish_for(database: Database, folder: Path) -> Wish:
    """Return the wish for a training centre in that database and folder."""
    return Wish(
        folder=folder,
        listen=LISTEN,
        password=PASSWORD,
        database=database.app_dsn,
        database_owner=database.owner_dsn,
    )


async def make_pair(real: Database, other: Database, folder: Path, clock: Clock) -> Pair:
    """Make a training centre in the other database, of the real centre that is there."""
    settings = settings_of(real, folder / "real")
    place = folder / "training"
    made = await make_training(settings, wish_for(other, place), clock=clock)
    return Pair(settings, settings_of(other, place, training=True), made)
