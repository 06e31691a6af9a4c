"""Makes the simulated centre: schema, the centre of its file, its people, a key and devices."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from core_services.credentials import generate_password
from core_services.database.migrations import migrate
from core_services.database.pool import Pool, open_pool
from core_services.devices.errors import DeviceNameTakenError
from core_services.devices.model import DeviceKind
from core_services.devices.register import add_device, find_device, renew_token
from core_services.people.api_keys import add_key, revoke_key_named
from core_services.people.errors import UnknownKeyError, UnknownStaffError
from core_services.people.model import Role
from core_services.people.passwords import Passwords
from core_services.people.permissions import ALL_SCOPES
from core_services.people.staff import create_staff, find_staff, reset_password
from queue_server.administration import SYSTEM, load_centre
from queue_server.settings import ServerSettings
from queue_server.store_centre import list_centres

SUPERVISOR = "supervisor"
KEY_NAME = "محاكاة"
"""Whom the windows of a simulation are opened by."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the programs of a simulation need to be let in."""

    centre_id: int
    key: str
    tokens: dict[str, str] = field(default_factory=dict)
    """By the device's name."""
    women: dict[int, str] = field(default_factory=dict)
    """Who sits at which window, where it matters that it is a woman: the ids of staff."""


async def prepare(
    settings: ServerSettings,
    centre_file: Path,
    *,
    devices: Sequence[tuple[DeviceKind, str]],
    women_at: Sequence[int] = (),
    supervisor: str | None = None,
    at: datetime,
) -> Prepared:
    """Bring the database up to date and load the centre; key and tokens are new each time.

    `supervisor` is the password of a supervisor of that name, where one is to sign in. `settings`
    name both roles' addresses. Raises CentreFileError, CentreError, DatabaseError,
    AdministrationError.
    """
    if settings.database_owner is not None:
        await migrate(settings.database_owner)
    loaded = await load_centre(settings, centre_file, renew_key=False, at=at)
    pool = await open_pool(settings.database, size=1, application_name="shubbak simulate")
    try:
        centre_id = next(each.id for each in await list_centres(pool) if each.code == loaded.code)
        if supervisor is not None:
            await _supervisor(pool, centre_id, supervisor, at=at)
        return Prepared(
            centre_id,
            await _new_key(pool, centre_id, at=at),
            {name: await _token(pool, centre_id, kind, name, at=at) for kind, name in devices},
            {window: await _woman(pool, centre_id, window, at=at) for window in women_at},
        )
    finally:
        await pool.close()


async def _new_key(pool: Pool, centre_id: int, *, at: datetime) -> str:
    with suppress(UnknownKeyError):
        await revoke_key_named(pool, centre_id=centre_id, name=KEY_NAME, actor=SYSTEM, at=at)
    made = await add_key(
        pool, centre_id=centre_id, name=KEY_NAME, scopes=ALL_SCOPES, actor=SYSTEM, at=at
    )
    return made.text


async def _token(pool: Pool, centre_id: int, kind: DeviceKind, name: str, *, at: datetime) -> str:
    """Add a device, or give one that is there another token; return it."""
    try:
        new = await add_device(pool, centre_id=centre_id, kind=kind, name=name, actor=SYSTEM, at=at)
    except DeviceNameTakenError:
        device = await find_device(pool, centre_id=centre_id, name=name)
        new = await renew_token(pool, centre_id=centre_id, device_id=device.id, actor=SYSTEM, at=at)
    return new.token


async def _woman(pool: Pool, centre_id: int, window: int, *, at: datetime) -> str:
    """Return the id of the woman who sits at a window; she is added where she is missing."""
    username = f"window-{window}"
    try:
        return str((await find_staff(pool, centre_id=centre_id, username=username)).id)
    except UnknownStaffError:
        password = generate_password()
        return await _person(pool, centre_id, username, password, role="clerk", at=at)


async def _supervisor(pool: Pool, centre_id: int, password: str, *, at: datetime) -> None:
    try:
        staff = await find_staff(pool, centre_id=centre_id, username=SUPERVISOR)
    except UnknownStaffError:
        await _person(pool, centre_id, SUPERVISOR, password, role="supervisor", at=at)
        return
    passwords = Passwords()
    try:
        await reset_password(pool, passwords, staff, password=password, actor=SYSTEM, at=at)
    finally:
        passwords.close()


async def _person(
    pool: Pool, centre_id: int, username: str, password: str, *, role: Role, at: datetime
) -> str:
    passwords = Passwords()
    try:
        staff = await create_staff(
            pool,
            passwords,
            centre_id=centre_id,
            username=username,
            password=password,
            role=role,
            name_ar=username,
            name_en=username,
            default_window=None,
            is_woman=True,
            actor=SYSTEM,
            at=at,
        )
    finally:
        passwords.close()
    return str(staff.id)
