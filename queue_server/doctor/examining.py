"""What `shubbak doctor` looks at on the server's machine."""

import os
import stat
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

from core_services.clock import Clock
from core_services.database.errors import DatabaseError
from core_services.database.pool import open_pool
from core_services.doctor.any_machine import data_checks, whole_machine_checks
from core_services.doctor.disks import folder_check
from core_services.doctor.examination import Examination, Speech, examine
from core_services.doctor.fonts import fonts_check
from core_services.doctor.machine import Machine
from core_services.doctor.model import (
    N_,
    Check,
    Finding,
    Mend,
    broken,
    skipped,
    warning,
    well,
)
from core_services.doctor.ports import own_address, port_check
from core_services.doctor.private import secrets_check
from core_services.doctor.running import settings_findings
from core_services.link.probe import ProbeFailed, ask
from core_services.link.trust import believing_anybody
from core_services.owner import FolderShut
from core_services.settings import SettingsError, load_settings
from core_services.toml_file import TomlError, read_toml
from queue_server.doctor.backup_check import backup_check
from queue_server.doctor.centre_checks import centre_checks
from queue_server.doctor.certificate_check import certificate_check
from queue_server.doctor.database_checks import database_checks, needs_schema, unreached_check
from queue_server.doctor.kind_check import kind_check
from queue_server.doctor.looking import reach_to_look
from queue_server.parts import cache_dir
from queue_server.settings import ServerSettings, is_loopback

CATALOGUE = Path(__file__).parent / "locale"
_UNITS = (
    "shubbak-server.service",
    "shubbak-migrate.service",
    "shubbak-backup.service",
    "shubbak-backup.timer",
)


async def examine_server(
    file: Path | None,
    speech: Speech,
    clock: Clock,
    *,
    fix: bool = False,
    may_migrate: bool = False,
    machine: Machine | None = None,
) -> Examination:
    """Look at the server that a settings file describes, and mend what may be with `fix`.

    Settings that were mended are read again, so that the rest is looked at too.
    """
    machine = machine or Machine()
    while True:
        async with _checks(file, clock, machine, may_migrate=may_migrate) as checks:
            found = await examine("server", checks, speech, fix=fix, at=clock.now())
        if not any(each.check == "settings" and each.mended for each in found.findings):
            return found


@asynccontextmanager
async def _checks(
    file: Path | None, clock: Clock, machine: Machine, *, may_migrate: bool
) -> AsyncIterator[list[Check]]:
    whole = whole_machine_checks("server", _UNITS, machine)
    try:
        settings = load_settings(ServerSettings, file)
    except SettingsError:
        yield [Check("settings", N_("Settings"), partial(_settings, file)), *whole]
        return
    except FolderShut as error:
        yield [*whole, folder_check(error.folder, "server")]
        return
    keys = settings.data_dir / "keys"
    private = [
        path
        for path in (settings.secrets_file, settings.person_keys, settings.backup_passphrase_file)
        if path is not None
    ]
    tls = settings.tls_folder
    private += [keys, *sorted(keys.glob("*.pem"))] if keys.is_dir() else []
    private += [tls, *sorted(tls.glob("*.pem"))] if tls.is_dir() else []
    checks = [
        *whole,
        *data_checks(settings.data_dir, "server", machine),
        secrets_check(
            [each for each in private if _is_there(each)], "server", data_dir=settings.data_dir
        ),
        Check("plain-lan", N_("Plain network"), partial(_plain_lan, settings)),
        *([] if settings.tls_files is None else [certificate_check(settings, clock)]),
        port_check(
            settings.port,
            host=settings.host,
            unit=_UNITS[0],
            setting=f"listen, {file or 'server.toml'}",
            is_tls=settings.tls_files is not None,
        ),
        Check("ready", N_("Screens follow"), partial(_ready, settings)),
    ]
    async with AsyncExitStack() as stack:
        try:
            addresses = await stack.enter_async_context(reach_to_look(settings))
            pool = await open_pool(addresses.app, size=1, application_name="shubbak doctor")
            stack.push_async_callback(pool.close)
        except DatabaseError as error:
            checks.append(unreached_check(settings, error))
        else:
            checks.append(kind_check(settings, addresses, file))
            checks += database_checks(settings, addresses, pool, clock, may_migrate=may_migrate)
            checks += [
                needs_schema(check, addresses)
                for check in (
                    *centre_checks(settings, pool, clock),
                    # Nothing of a training centre is missed: nobody is told to back it up.
                    *([] if settings.training else [backup_check(settings, pool, clock)]),
                )
            ]
        checks.append(fonts_check(cache_dir(settings)))
        yield checks


def _is_there(path: Path) -> bool:
    """Say whether a file is there; also one in a folder that is shut, which is told then."""
    try:
        return path.exists()
    except PermissionError:
        return True


async def _settings(file: Path | None) -> Sequence[Finding]:
    try:
        load_settings(ServerSettings, file)
    except SettingsError as error:
        where = file or Path("/etc/shubbak/server.toml")
        return settings_findings(error.problems, where, _shutting_secrets(file))
    return [well(N_("they can be used"))]


def _shutting_secrets(file: Path | None) -> Mend | None:
    """Return what shuts the file of secrets that these settings name, where others can read it."""
    if file is None:
        return None
    try:
        named = read_toml(file).values.get("secrets_file")
        path = file.absolute().parent / str(named)
        mode = stat.S_IMODE(path.stat().st_mode)
    except (TomlError, OSError):
        return None
    if named is None or not mode & 0o077:
        return None

    async def shut() -> None:
        os.chmod(path, mode & 0o700)

    return shut


async def _plain_lan(settings: ServerSettings) -> Sequence[Finding]:
    if settings.tls_files is not None:
        return [well(N_("what passes is encrypted (TLS)"))]
    if is_loopback(settings.host):
        return [well(N_("only this machine is served"))]
    return [
        warning(
            N_(
                "{listen} is plain HTTP: who is on that network reads what passes, passwords too",
                listen=settings.listen,
            ),
            N_(
                "Make a certificate; until then give server, windows, kiosks and screens a network "
                "of their own (a VLAN)."
            ),
            "shubbak tls init",
            "ip -br address",
        )
    ]


async def _ready(settings: ServerSettings) -> Sequence[Finding]:
    address = own_address(settings.host, settings.port, is_tls=settings.tls_files is not None)
    try:
        answer = await ask(address, "/readyz", tls=believing_anybody())
    except ProbeFailed:
        return [skipped(N_("the server is not running"))]
    if answer.status == 200:
        return [well(N_("the database answers and changes reach the screens"))]
    if b'"not set up"' in answer.body:
        return [
            warning(
                N_("the server waits to be set up"),
                N_("Open its set-up page; address and one-time code stand on its console."),
                "journalctl -u shubbak-server -n 20 --no-pager",
            )
        ]
    return [
        broken(
            N_("the server runs and is not ready (HTTP {status})", status=answer.status),
            N_("Look at the database below; if it is well, start the server again."),
            "systemctl restart shubbak-server",
            "journalctl -u shubbak-server -n 50 --no-pager",
        )
    ]
