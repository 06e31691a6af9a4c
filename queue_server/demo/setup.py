"""Makes the demonstration's centre: schema, Kafr Saqr, people, key and devices, with new secrets.

Everything secret is generated here, once for a data folder, and kept in `demo.json` (mode 0600).
"""

import json
import secrets
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from core_services.clock import Clock
from core_services.database.migrations import migrate
from core_services.database.pool import Pool, open_pool
from core_services.devices.errors import DeviceNameTakenError
from core_services.devices.model import DeviceKind
from core_services.devices.register import add_device, find_device, renew_token, verify_token
from core_services.people.api_keys import ApiKeys, add_key, revoke_key_named
from core_services.people.errors import UnknownKeyError, UsernameTakenError
from core_services.people.model import Role, Scope
from core_services.people.passwords import Passwords
from core_services.people.permissions import ALL_SCOPES
from core_services.people.staff import create_staff, find_staff, reset_password
from queue_server.administration import SYSTEM, load_centre
from queue_server.console import packaged_centre
from queue_server.demo.private import write_private
from queue_server.settings import ServerSettings

CENTRE_ID = 1
KEY_NAME = "demo"
BOTS_NAME = "موظف تجريبي"
"""Whom a desk and the supervisor see at the windows that bots opened."""
BOTS_SCOPES: tuple[Scope, ...] = ("read", "issue", "stand_in")


@dataclass(frozen=True, slots=True)
class Person:
    """A member of staff of the demonstration; invented, like everyone here."""

    username: str
    role: Role
    name_ar: str
    name_en: str
    window: int | None
    is_woman: bool = False


PEOPLE = (
    Person("admin", "admin", "مدير النظام", "Administrator", None),
    Person("hoda", "supervisor", "هدى منصور", "Hoda Mansour", None, is_woman=True),
    Person("mona", "clerk", "منى السيد", "Mona El-Sayed", 5, is_woman=True),
    Person("karim", "clerk", "كريم فؤاد", "Karim Fouad", 1),
    Person("samia", "receptionist", "سامية عبد الحليم", "Samia Abdel Halim", None),
)
DEVICES: tuple[tuple[DeviceKind, str], ...] = (
    ("kiosk", "K1"),
    ("display", "D1"),
    ("workstation", "W1"),
)


@dataclass(frozen=True, slots=True)
class Secrets:
    """What a demonstration's folder keeps from run to run."""

    api_key: str = ""
    bots_key: str = ""
    passwords: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)


async def prepare(settings: ServerSettings, folder: Path, *, app_dsn: str, clock: Clock) -> Secrets:
    """Bring the folder's centre up to date and return its secrets; a second run changes nothing.

    Device tokens are written to `NAME.token` in the folder, mode 0600.
    """
    if settings.database_owner is not None:
        await migrate(settings.database_owner)
    await load_centre(settings, packaged_centre(), renew_key=False, at=clock.now())
    known = _read(folder)
    pool = await open_pool(app_dsn, size=1, application_name="shubbak demo")
    try:
        made = Secrets(
            api_key=await _key(pool, known.api_key, KEY_NAME, ALL_SCOPES, clock),
            bots_key=await _key(pool, known.bots_key, BOTS_NAME, BOTS_SCOPES, clock),
            passwords=await _people(pool, known.passwords, clock),
            tokens=await _devices(pool, known.tokens, clock),
        )
    finally:
        await pool.close()
    _write(folder / "secrets.json", asdict(made))
    for name, token in made.tokens.items():
        write_private(folder / f"{name}.token", token + "\n")
    return made


async def _key(pool: Pool, known: str, name: str, scopes: tuple[Scope, ...], clock: Clock) -> str:
    """Return the key of that name: the known one while it holds, else a new one."""
    if known and await ApiKeys(pool, clock).verify(known) is not None:
        return known
    with suppress(UnknownKeyError):
        await revoke_key_named(pool, centre_id=CENTRE_ID, name=name, actor=SYSTEM, at=clock.now())
    made = await add_key(
        pool, centre_id=CENTRE_ID, name=name, scopes=scopes, actor=SYSTEM, at=clock.now()
    )
    return made.text


async def _people(pool: Pool, known: dict[str, str], clock: Clock) -> dict[str, str]:
    passwords = Passwords()
    try:
        return {
            person.username: known.get(person.username)
            or await _person(pool, passwords, person, clock)
            for person in PEOPLE
        }
    finally:
        passwords.close()


async def _person(pool: Pool, passwords: Passwords, person: Person, clock: Clock) -> str:
    """Add a person, or give one who is there another password; return it."""
    password = secrets.token_urlsafe(12)
    try:
        await create_staff(
            pool,
            passwords,
            centre_id=CENTRE_ID,
            username=person.username,
            password=password,
            role=person.role,
            name_ar=person.name_ar,
            name_en=person.name_en,
            default_window=person.window,
            is_woman=person.is_woman,
            actor=SYSTEM,
            at=clock.now(),
        )
    except UsernameTakenError:
        staff = await find_staff(pool, centre_id=CENTRE_ID, username=person.username)
        await reset_password(
            pool, passwords, staff, password=password, actor=SYSTEM, at=clock.now()
        )
    return password


async def _devices(pool: Pool, known: dict[str, str], clock: Clock) -> dict[str, str]:
    return {
        name: known[name]
        if known.get(name) and await verify_token(pool, known[name]) is not None
        else await _device(pool, kind, name, clock)
        for kind, name in DEVICES
    }


async def _device(pool: Pool, kind: DeviceKind, name: str, clock: Clock) -> str:
    """Add a device, or give one that is there another token; return it."""
    try:
        new = await add_device(
            pool, centre_id=CENTRE_ID, kind=kind, name=name, actor=SYSTEM, at=clock.now()
        )
    except DeviceNameTakenError:
        device = await find_device(pool, centre_id=CENTRE_ID, name=name)
        new = await renew_token(
            pool, centre_id=CENTRE_ID, device_id=device.id, actor=SYSTEM, at=clock.now()
        )
    return new.token


def _read(folder: Path) -> Secrets:
    try:
        kept: dict[str, Any] = json.loads((folder / "secrets.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return Secrets()
    return Secrets(**kept)


def _write(path: Path, value: object) -> None:
    write_private(path, json.dumps(value, ensure_ascii=False, indent=1) + "\n")
