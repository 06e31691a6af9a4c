"""Lets people come to a training centre: each run has a key of its own, which ends with it."""

import secrets
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from core_services.clock import Clock
from core_services.database.pool import Pool
from core_services.doctor.ports import own_address
from core_services.people.api_keys import add_key, revoke_key_named
from core_services.people.errors import UnknownKeyError
from core_services.people.model import Scope
from queue_server.administration import SYSTEM, choose_centre
from queue_server.database import open_migrated, reach_database
from queue_server.demo.crowd import Crowd, let_people_come
from queue_server.settings import ServerSettings
from queue_server.training.errors import SettingsOfCentre
from queue_server.training.settings_file import SETTINGS, training_folder

KEY_NAME: Final = "مواطنون للتدريب"
_SCOPES: Final[tuple[Scope, ...]] = ("read", "issue")


async def run_crowd(
    settings: ServerSettings,
    *,
    speed: float,
    waiting: int,
    seed: int | None,
    clock: Clock,
    say: Callable[[str], None],
) -> None:
    """Let people come to a training centre's running server, until cancelled.

    What hinders them is said once.

    Raises TrainingError, DatabaseError, ApiFailed, OSError.
    """
    if not settings.training:
        raise SettingsOfCentre(training_folder(settings) / SETTINGS)
    async with (
        reach_database(settings) as addresses,
        open_migrated(addresses.app, is_training=True) as pool,
    ):
        centre = await choose_centre(pool, None)
        with suppress(UnknownKeyError):
            await _revoke(pool, centre.id, clock)
        made = await add_key(
            pool, centre_id=centre.id, name=KEY_NAME, scopes=_SCOPES, actor=SYSTEM, at=clock.now()
        )
        crowd = Crowd(
            server=own_address(settings.host, settings.port, is_tls=settings.tls_files is not None),
            key=made.text,
            speed=speed,
            waiting=waiting,
            seed=secrets.randbelow(1_000_000) if seed is None else seed,
            certificate=None if settings.tls_files is None else settings.tls_files[0],
        )
        try:
            await let_people_come(crowd, clock=clock, say=say)
        finally:
            await _revoke(pool, centre.id, clock)


async def _revoke(pool: Pool, centre_id: int, clock: Clock) -> None:
    await revoke_key_named(pool, centre_id=centre_id, name=KEY_NAME, actor=SYSTEM, at=clock.now())
