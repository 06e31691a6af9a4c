"""What the administrator's commands do: load a centre, add people, keys and devices."""

import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, get_args
from zoneinfo import ZoneInfo

from core_services.calendar import business_day
from core_services.catalogue.load import load_catalogue
from core_services.catalogue.model import Catalogue
from core_services.database.migrations import migrate
from core_services.database.pool import Pool
from core_services.devices.model import DeviceKind, NewDevice
from core_services.devices.register import add_device
from core_services.ids import new_id
from core_services.people.model import Role, Staff
from core_services.people.passwords import Passwords, check_password
from core_services.people.staff import create_staff, find_staff, reset_password
from core_services.training import training_name
from queue_server.appointments.model import SlotPlan, SlotTerms
from queue_server.appointments.store_plans import make_first_plans
from queue_server.centre_file import CentreFile, DayName, Name, read_centre_file
from queue_server.database import OwnerUnknown, open_migrated, reach_database, require_kind
from queue_server.policy.first import publish_first_hours
from queue_server.settings import ServerSettings
from queue_server.signing_keys import key_path, make_key
from queue_server.store_centre import (
    KnownCentre,
    Loaded,
    apply_centre,
    insert_signing_key,
    list_centres,
    require_no_centre,
    signing_key_in_use,
)
from queue_server.tickets.model import Actor
from queue_server.training.store import kind_of

_ISO_WEEKDAYS: Final = {name: nth for nth, name in enumerate(get_args(DayName), start=1)}

SYSTEM = Actor("system")
"""Whoever sits at the server's own command line."""


class AdministrationError(Exception):
    """A command that cannot be done; its text says why and what to do."""


@dataclass(frozen=True, slots=True)
class LoadedCentre:
    """What `centre load` did."""

    code: str
    windows: int
    services: int
    loaded: Loaded
    new_key: Path | None
    """The private half of the signing key, when one was made."""
    has_hours: bool = False
    """The file's hours were published as the first policy."""


@dataclass(frozen=True, slots=True)
class Administrator:
    """Whoever is to administer a centre that is about to be made."""

    username: str
    password: str = field(repr=False)
    name_ar: str
    name_en: str


async def migrate_database(settings: ServerSettings) -> list[str]:
    """Bring the schema forward; return the names of what was applied."""
    async with reach_database(settings) as addresses:
        if addresses.owner is None:
            raise OwnerUnknown
        if await kind_of(addresses.owner) != "empty":
            await require_kind(addresses.owner, is_training=settings.training)
        return await migrate(addresses.owner)


async def load_centre(
    settings: ServerSettings, path: Path, *, renew_key: bool, at: datetime
) -> LoadedCentre:
    """Make or update the centre that a file describes, and its signing key where it has none.

    Nothing is changed when the file has a mistake. Raises CentreFileError, CentreError,
    AdministrationError and DatabaseError.
    """
    catalogue = load_catalogue()
    file = read_centre_file(path, catalogue.services)
    async with reach_database(settings) as addresses:
        if addresses.owner is None:
            raise OwnerUnknown
        async with (
            open_migrated(addresses.owner, is_training=settings.training) as pool,
            pool.joined() as one,
        ):
            return await _load(settings, one, file, catalogue, renew_key=renew_key, at=at)


async def make_centre(
    settings: ServerSettings,
    pool: Pool,
    file: CentreFile,
    administrator: Administrator,
    *,
    at: datetime,
) -> LoadedCentre:
    """Make the database's first centre and its administrator: all of it, or nothing.

    `pool` is the owner's. What is loaded is what `load_centre` loads. Raises CentreThere and what
    `load_centre` and `add_user` raise.
    """
    check_password(administrator.password, username=administrator.username)
    passwords = Passwords()
    try:
        async with pool.joined() as one:
            await require_no_centre(one)
            loaded = await _load(settings, one, file, load_catalogue(), renew_key=False, at=at)
            try:
                await create_staff(
                    one,
                    passwords,
                    centre_id=file.centre.id,
                    username=administrator.username,
                    password=administrator.password,
                    role="admin",
                    name_ar=administrator.name_ar,
                    name_en=administrator.name_en,
                    actor=SYSTEM,
                    at=at,
                )
            except BaseException:
                if loaded.new_key is not None:
                    loaded.new_key.unlink(missing_ok=True)
                raise
        # Of a commit that breaks off nobody knows: the key stays, and is no harm without a centre.
    finally:
        passwords.close()
    return loaded


async def _load(
    settings: ServerSettings,
    pool: Pool,
    file: CentreFile,
    catalogue: Catalogue,
    *,
    renew_key: bool,
    at: datetime,
) -> LoadedCentre:
    """Make the centre what the file says, in a pool that is joined."""
    if settings.training:
        file = _for_training(file)
    names = {
        code: Name(ar=catalogue.services[code].name_ar, en=catalogue.services[code].name_en)
        for code in file.services
    }
    centre = file.centre
    in_use = await signing_key_in_use(pool, centre_id=centre.id)
    if in_use is not None and not renew_key:
        private = key_path(settings.data_dir, centre.code, in_use)
        if not private.exists():
            raise AdministrationError(
                f"the private half of the centre's signing key is not at {private}; bring "
                "it back from the backup, or make another key with --renew-key"
            )
    loaded = await apply_centre(pool, file, names, actor=SYSTEM, at=at)
    await make_first_plans(pool, centre.id, at=at, plans=first_plans(file, at=at), actor=SYSTEM)
    has_hours = file.hours is not None and await publish_first_hours(
        pool, centre.id, file.hours, actor=SYSTEM, at=at
    )
    made = None
    if in_use is None or renew_key:
        made = await _add_key(settings, pool, centre.id, centre.code, at=at)
    return LoadedCentre(
        code=centre.code,
        windows=sum(len(windows.numbers) for windows in file.windows),
        services=len(file.services),
        loaded=loaded,
        new_key=made,
        has_hours=has_hours,
    )


def _for_training(file: CentreFile) -> CentreFile:
    """Return the file with names that say that the centre is for training."""
    name = Name(
        ar=training_name(file.centre.name.ar, "ar"), en=training_name(file.centre.name.en, "en")
    )
    return file.model_copy(update={"centre": file.centre.model_copy(update={"name": name})})


def first_plans(file: CentreFile, *, at: datetime) -> list[SlotPlan]:
    """Return the plans of appointments that a file gives a new centre, from its business day on."""
    centre = file.centre
    today = business_day(at, ZoneInfo(centre.zone), centre.cut_over)
    return [
        SlotPlan(
            new_id(at),
            SlotTerms(
                kind=part.kind,
                service=part.service,
                weekdays=frozenset(_ISO_WEEKDAYS[day] for day in part.weekdays),
                opens=part.opens,
                closes=part.closes,
                slot_minutes=part.slot_minutes,
                capacity=part.capacity,
                walk_in_percent=part.walk_in_percent,
                horizon_days=part.horizon_days,
                valid_from=today,
                valid_to=None,
            ),
        )
        for part in file.appointments
    ]


async def _add_key(
    settings: ServerSettings, pool: Pool, centre_id: int, centre_code: str, *, at: datetime
) -> Path:
    """Write the private half before the public one is told, and take it back if that fails."""
    try:
        key = make_key(settings.data_dir, centre_code)
    except OSError as error:
        raise AdministrationError(
            f"the signing key cannot be written below {settings.data_dir}: {error.strerror}"
        ) from error
    try:
        await insert_signing_key(
            pool, centre_id=centre_id, key_id=key.id, public_key=key.public, actor=SYSTEM, at=at
        )
    except BaseException:
        key.path.unlink()
        raise
    return key.path


async def choose_centre(pool: Pool, code: str | None) -> KnownCentre:
    """Return the centre with that code, or the only one; raise AdministrationError."""
    centres = await list_centres(pool)
    if not centres:
        raise AdministrationError("there is no centre yet; run: shubbak centre load FILE.toml")
    if code is None:
        if len(centres) == 1:
            return centres[0]
        codes = ", ".join(centre.code for centre in centres)
        raise AdministrationError(f"there are several centres; say which: --centre {codes}")
    for centre in centres:
        if centre.code == code:
            return centre
    codes = ", ".join(centre.code for centre in centres)
    raise AdministrationError(f'there is no centre "{code}"; known are: {codes}')


async def add_user(
    pool: Pool,
    centre: KnownCentre,
    *,
    username: str,
    password: str,
    role: Role,
    name_ar: str,
    name_en: str,
    window: int | None,
    is_woman: bool = False,
    at: datetime,
) -> Staff:
    """Add a member of staff; raises PeopleError."""
    passwords = Passwords()
    try:
        return await create_staff(
            pool,
            passwords,
            centre_id=centre.id,
            username=username,
            password=password,
            role=role,
            name_ar=name_ar,
            name_en=name_en,
            default_window=window,
            is_woman=is_woman,
            actor=SYSTEM,
            at=at,
        )
    finally:
        passwords.close()


async def reset_user(
    pool: Pool, centre: KnownCentre, *, username: str, password: str, at: datetime
) -> None:
    """Give a member of staff another password; raises PeopleError."""
    passwords = Passwords()
    try:
        staff = await find_staff(pool, centre_id=centre.id, username=username)
        await reset_password(pool, passwords, staff, password=password, actor=SYSTEM, at=at)
    finally:
        passwords.close()


async def add_device_with_file(
    pool: Pool,
    centre: KnownCentre,
    *,
    kind: DeviceKind,
    name: str,
    token_file: Path | None,
    at: datetime,
) -> NewDevice:
    """Add a device and write its token to a new file (mode 0600) if one is named.

    The file is made first, so that no device is added whose token could not be kept. Raises
    AdministrationError and DevicesError.
    """
    if token_file is None:
        return await add_device(
            pool, centre_id=centre.id, kind=kind, name=name, actor=SYSTEM, at=at
        )
    descriptor = make_private(token_file)
    with os.fdopen(descriptor, "w") as file:
        try:
            new = await add_device(
                pool, centre_id=centre.id, kind=kind, name=name, actor=SYSTEM, at=at
            )
            file.write(new.token + "\n")
        except BaseException:
            os.unlink(token_file)
            raise
    return new


def make_private(path: Path) -> int:
    """Make a new file (mode 0600) and return its descriptor. Raises AdministrationError."""
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise AdministrationError(f"{path} is there already; name a new file") from None
    except OSError as error:
        raise AdministrationError(f"{path} cannot be made: {error.strerror}") from None
