"""Ways to break a centre that is well, each with what `doctor` says of it."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from fontTools.ttLib import TTFont

from core_services.clock import SystemClock
from core_services.database.embedded import EmbeddedPostgres
from core_services.doctor.examination import Examination
from core_services.doctor.model import Verdict
from core_services.paper.fonts import static_fonts
from displays.doctor import display_checks
from kiosk.doctor import kiosk_checks
from kiosk.station.doctor import workstation_checks
from queue_server.tls.authority import read_host
from queue_server.tls.folder import TlsFolder, init
from tests.support.clock import ManualClock
from tests.support.database import fresh_database
from tests.support.examined import SoundCentre, script
from tests.support.kiosk_site import virtual_printer
from tests.support.tls import LOOPBACK, a_centre, now, serving

Examined = AbstractAsyncContextManager[Examination]
Break = Callable[[SoundCentre], Examined]

FUTURE = "INSERT INTO schema_migration VALUES (9999, '9999_future.sql', repeat('a', 64))"
HEARD = """
INSERT INTO device (centre_id, id, kind, name, token_hash, created_at)
VALUES (1, gen_random_uuid(), 'kiosk', 'K7', sha256('x'), now() - interval '1 day');
INSERT INTO device_presence (centre_id, device_id, seen_at, version, printer, paper)
SELECT 1, id, now() - interval '{ago}', '{version}', '{printer}', 'out'
  FROM device WHERE name = 'K7';
"""


def _told(changes: Mapping[str, Any], centre: SoundCentre) -> dict[str, Any]:
    """Return the changes; those that depend on the centre are asked of it."""
    return {name: each(centre) if callable(each) else each for name, each in changes.items()}


def server(*statements: str, **changes: Any) -> Break:
    """Break the server by statements in its database, or by settings; None takes one away."""

    @asynccontextmanager
    async def breaking(centre: SoundCentre) -> AsyncIterator[Examination]:
        async with centre.copied(*statements) as settings:
            values = {**settings, **_told(changes, centre)}
            file = centre.write("server", {k: v for k, v in values.items() if v is not None})
            yield await centre.examine_server(file)

    return breaking


def kiosk(machine: Mapping[str, Any] | None = None, **changes: Any) -> Break:
    """Break the kiosk by its settings, or by its machine."""

    @asynccontextmanager
    async def breaking(centre: SoundCentre) -> AsyncIterator[Examination]:
        file = centre.write("kiosk", {**centre.kiosk, **_told(changes, centre)})
        here = replace(centre.machine, **(machine or {}))
        yield await centre.examine(kiosk_checks(file, here))

    return breaking


def display(machine: Mapping[str, Any] | None = None, **changes: Any) -> Break:
    @asynccontextmanager
    async def breaking(centre: SoundCentre) -> AsyncIterator[Examination]:
        file = centre.write("display", {**centre.display, **changes})
        here = replace(centre.machine, **(machine or {}))
        yield await centre.examine(display_checks(file, here))

    return breaking


@asynccontextmanager
async def another_database_server(
    centre: SoundCentre, forgetful: EmbeddedPostgres
) -> AsyncIterator[Examination]:
    """The server's settings name a PostgreSQL with fsync off, where no centre is yet."""
    async with fresh_database(forgetful) as database:
        file = centre.write(
            "server",
            {**centre.server, "database": database.app_dsn, "database_owner": database.owner_dsn},
        )
        yield await centre.examine_server(file)


@asynccontextmanager
async def works_as_owner(centre: SoundCentre) -> AsyncIterator[Examination]:
    async with centre.copied() as settings:
        file = centre.write("server", {**settings, "database": settings["database_owner"]})
        yield await centre.examine_server(file)


@asynccontextmanager
async def copied_data(centre: SoundCentre) -> AsyncIterator[Path]:
    """Give a copy of the server's data folder."""
    folder = Path(tempfile.mkdtemp(dir=centre.folder))
    shutil.copytree(centre.data_dir, folder / "data", symlinks=True)
    yield folder / "data"
    shutil.rmtree(folder)


def with_keys(change: Callable[[Path], None]) -> Break:
    @asynccontextmanager
    async def breaking(centre: SoundCentre) -> AsyncIterator[Examination]:
        async with copied_data(centre) as data:
            change(data / "keys")
            file = centre.write("server", {**centre.server, "data_dir": str(data)})
            yield await centre.examine_server(file)

    return breaking


def lose_signing_key(keys: Path) -> None:
    for key in keys.glob("*.pem"):
        key.unlink()


def take_anothers_signing_key(keys: Path) -> None:
    (path,) = keys.glob("*.pem")
    other = Ed25519PrivateKey.generate()
    path.write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def show_keys_to_all(keys: Path) -> None:
    (keys / "persons.json").chmod(0o644)


@asynccontextmanager
async def port_of_a_stranger(centre: SoundCentre) -> AsyncIterator[Examination]:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", centre.port + 3):
        file = centre.write("server", {**centre.server, "listen": f"127.0.0.1:{centre.port + 3}"})
        yield await centre.examine_server(file)


def with_certificate(*, at: datetime | None = None, **changes: Any) -> Break:
    """Give the server a CA and a certificate of its own, for this machine alone."""

    @asynccontextmanager
    async def breaking(centre: SoundCentre) -> AsyncIterator[Examination]:
        async with copied_data(centre) as data:
            hosts = [read_host(each) for each in LOOPBACK]
            init(TlsFolder(data / "tls"), hosts, at=at or now())
            values = {**centre.server, "data_dir": str(data), **changes}
            values["listen"] = f"127.0.0.1:{centre.port}"  # where the one without TLS answers
            yield await centre.examine_server(centre.write("server", values))

    return breaking


@asynccontextmanager
async def kiosk_of_before_tls(centre: SoundCentre) -> AsyncIterator[Examination]:
    port = centre.port + 3
    before = kiosk(server=f"http://127.0.0.1:{port}")
    async with _over_tls(port), before(centre) as examination:
        yield examination


@asynccontextmanager
async def kiosk_of_another_centre(centre: SoundCentre) -> AsyncIterator[Examination]:
    port = centre.port + 3
    async with _over_tls(port) as folder:
        other = a_centre(folder / "other").ca
        pinning = kiosk(server=f"https://127.0.0.1:{port}", server_ca=str(other))
        async with pinning(centre) as examination:
            yield examination


@asynccontextmanager
async def _over_tls(port: int) -> AsyncIterator[Path]:
    """Let something answer over TLS on that port; give a folder to put more CAs in."""

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    with tempfile.TemporaryDirectory() as folder:
        context = serving(a_centre(Path(folder, "tls")).server)
        async with await asyncio.start_server(hang_up, "127.0.0.1", port, ssl=context):
            yield Path(folder)


@asynccontextmanager
async def clock_that_runs_ahead(centre: SoundCentre) -> AsyncIterator[Examination]:
    file = centre.write("server", centre.server)
    ahead = ManualClock(SystemClock().now() + timedelta(hours=2))
    yield await centre.examine_server(file, clock=ahead)


@asynccontextmanager
async def clock_of_a_kiosk_behind(centre: SoundCentre) -> AsyncIterator[Examination]:
    file = centre.write("kiosk", centre.kiosk)
    behind = ManualClock(SystemClock().now() - timedelta(minutes=10))
    yield await centre.examine(kiosk_checks(file, centre.machine, behind))


@asynccontextmanager
async def data_in_memory(centre: SoundCentre) -> AsyncIterator[Examination]:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        data = Path(folder, "data")
        shutil.copytree(centre.data_dir, data, symlinks=True)
        file = centre.write("server", {**centre.server, "data_dir": str(data)})
        yield await centre.examine_server(file)


def units(change: Callable[[Path], None]) -> Break:
    @asynccontextmanager
    async def breaking(centre: SoundCentre) -> AsyncIterator[Examination]:
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(centre.machine.units, folder, dirs_exist_ok=True)
            change(Path(folder, "shubbak-server.service"))
            yield await centre.examine_server(
                centre.write("server", centre.server),
                machine=replace(centre.machine, units=Path(folder)),
            )

    return breaking


def loosen(unit: Path) -> None:
    unit.write_text(unit.read_text().replace("NoNewPrivileges=yes", "NoNewPrivileges=no"))


@asynccontextmanager
async def unfollowed_clock(centre: SoundCentre) -> AsyncIterator[Examination]:
    with tempfile.TemporaryDirectory() as folder:
        says_no = script(Path(folder, "timedatectl"), "echo no")
        yield await centre.examine_server(
            centre.write("server", centre.server),
            machine=replace(centre.machine, timedatectl=str(says_no)),
        )


def token(change: Callable[[Path], object]) -> Break:
    @asynccontextmanager
    async def breaking(centre: SoundCentre) -> AsyncIterator[Examination]:
        path = centre.folder / "broken.token"
        shutil.copy(centre.kiosk["token_file"], path)
        try:
            change(path)
            async with kiosk(token_file=str(path))(centre) as examination:
                yield examination
        finally:
            path.unlink(missing_ok=True)

    return breaking


def with_printer(**faults: Any) -> Break:
    """Break the printer, and ask it with no agent beside."""

    @asynccontextmanager
    async def breaking(centre: SoundCentre) -> AsyncIterator[Examination]:
        async with virtual_printer() as printer:
            printer.change(**faults)
            async with kiosk(printer=printer.url, port=centre.port + 4)(centre) as examination:
                yield examination

    return breaking


@asynccontextmanager
async def no_browser(centre: SoundCentre) -> AsyncIterator[Examination]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", "/nowhere")
        async with kiosk()(centre) as examination:
            yield examination


@asynccontextmanager
async def letters_that_do_not_join(centre: SoundCentre) -> AsyncIterator[Examination]:
    """The fonts are whole files, without the tables that shape."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        data = Path(folder, "data")
        spoil_fonts(centre, data / "cache")
        async with kiosk(data_dir=str(data))(centre) as examination:
            yield examination


def spoil_fonts(centre: SoundCentre, cache: Path) -> None:
    """Make fonts that are whole files and have no tables that shape."""
    shutil.copytree((Path(centre.kiosk["data_dir"]) / "cache").resolve(), cache)
    for file in static_fonts(cache).glob("*.ttf"):
        with TTFont(file) as font:
            del font["GSUB"]
            font.save(file)


def workstation(**tables: Any) -> Break:
    @asynccontextmanager
    async def breaking(centre: SoundCentre) -> AsyncIterator[Examination]:
        lines = "".join(
            f"[{name}]\n" + "".join(f'{k} = "{v}"\n' for k, v in table.items())
            for name, table in tables.items()
        )
        file = centre.write("workstation", {**centre.display, "port": centre.port + 4})
        file.write_text(file.read_text() + lines.replace("__", "."))
        yield await centre.examine(workstation_checks(file, centre.machine))

    return breaking


@dataclass(frozen=True, slots=True)
class Broken:
    """One way to break a set-up, and what is said of it."""

    breaks: Break
    check: str
    seen: str
    remedy: str
    command: str
    verdict: Verdict = "broken"
    besides: frozenset[str] = frozenset()
    """What else is broken by the same cause."""


BROKEN: Mapping[str, Broken] = {
    "a setting that is not known": Broken(
        server(lisen="127.0.0.1:1"),
        "settings",
        'did you mean "listen"?',
        "Correct the settings",
        "nano ",
    ),
    "a database that is away": Broken(
        server(database="postgresql://shubbak_app@/shubbak?host=/nowhere"),
        "database",
        "it cannot be reached",
        "Start PostgreSQL",
        "systemctl start postgresql",
    ),
    "a database that does not believe who asks": Broken(
        server(database=lambda centre: centre.postgres.dsn("stranger")),
        "database",
        'does not let the program\'s user in: role "stranger" does not exist',
        "pg_hba.conf",
        "psql -U shubbak_app shubbak",
    ),
    "an embedded database that was never made": Broken(
        server(database="embedded", database_owner=None),
        "database",
        "holds no database yet",
        "Let it be made",
        "systemctl start shubbak-migrate",
    ),
    "a server that works as the owner": Broken(
        works_as_owner,
        "rights",
        "works as shubbak_owner",
        "Name the role shubbak_app",
        "postgresql://shubbak_app@",
    ),
    "a schema with a hole": Broken(
        server("DELETE FROM schema_migration WHERE number = 1"),
        "migrations",
        "comes before",
        "Install the release",
        "install --no-index --find-links wheels --upgrade shubbak",
    ),
    "a schema that lacks its newest part": Broken(
        server(
            "DELETE FROM schema_migration WHERE number = (SELECT max(number) FROM schema_migration)"
        ),
        "migrations",
        "migrations that are missing: 1",
        "Make a backup, then bring the schema forward",
        "systemctl restart shubbak-migrate",
    ),
    "a migration that was changed": Broken(
        server("UPDATE schema_migration SET checksum = repeat('0', 64) WHERE number = 2"),
        "migrations",
        "0002_queue.sql is not what was applied",
        "never change the database by hand",
        "--force-reinstall",
    ),
    "a database of a newer program": Broken(
        server(FUTURE),
        "migrations",
        "the database is newer",
        "Install the release that the database was brought to",
        "install --no-index --find-links wheels --upgrade shubbak",
    ),
    "a server that could alter what happened": Broken(
        server("GRANT UPDATE ON ticket_event TO shubbak_app"),
        "rights",
        "could alter what happened, in ticket_event",
        "Take the right away as shubbak_owner",
        "REVOKE UPDATE, DELETE, TRUNCATE ON ticket_event FROM shubbak_app;",
    ),
    "a right that was taken away": Broken(
        server("REVOKE SELECT ON ticket FROM shubbak_app"),
        "rights",
        "may not read ticket",
        "give them back",
        "GRANT SELECT ON ticket TO shubbak_app;",
    ),
    "a chain whose head was changed": Broken(
        server("UPDATE centre_head SET digest = sha256('another')"),
        "chain",
        "the head's digest is not the last link's",
        "return to the last good backup",
        "shubbak audit verify --centre KFS",
    ),
    "a centre that was never backed up": Broken(
        server("DELETE FROM backup_run"),
        "backup",
        "KFS was never backed up",
        "let the next be made each evening",
        "systemctl enable --now shubbak-backup.timer",
    ),
    "a backup of last week whose next one failed": Broken(
        server(
            "UPDATE backup_run SET began_at = now() - interval '7 days',"
            " ended_at = now() - interval '7 days'",
            "INSERT INTO backup_run (centre_id, id, began_at, ended_at, file, is_sealed, why)"
            " VALUES (1, gen_random_uuid(), now(), now(), 'tonight', false, 'the disk is full')",
        ),
        "backup",
        "the last good one of KFS is 168 hours old; the last try: the disk is full",
        "let the next be made each evening",
        "shubbak backup create",
    ),
    "a backup of today whose next one failed": Broken(
        server(
            "INSERT INTO backup_run (centre_id, id, began_at, ended_at, file, is_sealed, why)"
            " VALUES (1, gen_random_uuid(), now(), now(), 'tonight', false, 'the disk is full')",
        ),
        "backup",
        "the last try: the disk is full",
        "Mend what it says, then make one",
        "journalctl -u shubbak-backup",
        verdict="warning",
    ),
    "backups beside what they should replace": Broken(
        server(backup_dir=None),
        "backup",
        "on the disk that they should replace",
        "another disk or machine",
        "backup_dir =",
        verdict="warning",
    ),
    "a signing key that is lost": Broken(
        with_keys(lose_signing_key),
        "signing-key",
        "it is not there",
        "Bring it back from the backup",
        "--renew-key",
    ),
    "a signing key of somebody else": Broken(
        with_keys(take_anothers_signing_key),
        "signing-key",
        "it is the half of another key",
        "Bring it back from the backup",
        " -m 600 /media/usb/keys/KFS-",
    ),
    "keys that all may read": Broken(
        with_keys(show_keys_to_all),
        "secrets",
        "persons.json can be read by others (mode 0644)",
        "Shut it to others",
        "chmod 600",
        besides=frozenset({"person-keys"}),
    ),
    "a port that a stranger holds": Broken(
        port_of_a_stranger,
        "port",
        f"(process {os.getpid()})",
        "set another port",
        "ss -ltnp",
    ),
    "a server in the open network": Broken(
        server(listen=lambda centre: f"0.0.0.0:{centre.port}", allow_plain_lan=True),
        "plain-lan",
        "is plain HTTP",
        "a network of their own",
        "ip -br address",
        verdict="warning",
    ),
    "a training server on the real centre's database": Broken(
        server(training=True),
        "kind",
        "the database is not marked for it",
        "Make a training centre",
        "shubbak training init",
    ),
    "a certificate that has ended": Broken(
        with_certificate(at=now() - timedelta(days=500)),
        "certificate",
        "no browser and no machine believes the server",
        "make another certificate",
        "shubbak tls renew",
        besides=frozenset({"port"}),
    ),
    "a certificate for other addresses": Broken(
        with_certificate(public_url="https://q.kfs.lan"),
        "certificate",
        "it is not for q.kfs.lan, by which the server is asked for",
        "for all its names",
        "--host q.kfs.lan",
        besides=frozenset({"port"}),
    ),
    "a server that speaks TLS to a kiosk that does not": Broken(
        kiosk_of_before_tls,
        "line",
        "speaks TLS, and the settings say http",
        "Pair this machine with the centre again",
        "shubbak-kiosk pair --server https://127.0.0.1:",
    ),
    "a kiosk that pins another centre's CA": Broken(
        kiosk_of_another_centre,
        "line",
        "is not from the pinned CA",
        "Pair this machine with the centre again",
        "shubbak device pair --kind kiosk --name K1",
    ),
    "a kiosk that went silent": Broken(
        server(HEARD.format(ago="1 hour", version="0.1.0", printer="ready")),
        "devices",
        "kiosk K7 is silent since",
        "power and network",
        "shubbak-kiosk doctor",
    ),
    "a kiosk whose printer waits": Broken(
        server(HEARD.format(ago="1 second", version="0.1.0", printer="not_ready")),
        "devices",
        "kiosk K7: its printer is not ready: out",
        "what the printer needs",
        "shubbak-kiosk doctor",
    ),
    "a clock two hours ahead of the database's": Broken(
        clock_that_runs_ahead,
        "database-clock",
        "s ahead of the database's clock",
        "follow the same time server",
        "timedatectl set-ntp true",
        besides=frozenset({"devices"}),
    ),
    "data that lie in memory": Broken(
        data_in_memory,
        "disk-keeps",
        "lies in memory",
        "Set data_dir to a folder on a disk",
        "findmnt",
    ),
    "a unit that was loosened": Broken(
        units(loosen),
        "units",
        "shubbak-server.service is not the one of this release",
        "Let this release write its own",
        "shubbak install --role server --print",
        verdict="warning",
    ),
    "a unit that is not installed": Broken(
        units(lambda unit: unit.unlink()),
        "units",
        "shubbak-server.service is not installed",
        "Let this release write its own",
        "shubbak install --role server --apply",
    ),
    "a clock that follows nobody": Broken(
        unfollowed_clock,
        "clock-source",
        "follows no time server",
        "Turn it on",
        "timedatectl set-ntp true",
        verdict="warning",
    ),
    "a token that the server does not know": Broken(
        token(lambda path: path.write_text("a" * 32)),
        "token",
        "the server does not know this token",
        "On the server revoke K1 and add it again",
        "shubbak device add --kind kiosk --name K1",
    ),
    "a token that all may read": Broken(
        token(lambda path: path.chmod(0o640)),
        "secrets",
        "can be read by others (mode 0640)",
        "Shut it to others",
        "chmod 600",
    ),
    "a token that is not there": Broken(
        token(lambda path: path.unlink()),
        "secrets",
        "broken.token is not there",
        "add the device again on the server",
        "umask 077; cat >",
    ),
    "a server that is away": Broken(
        kiosk(server="http://127.0.0.1:9"),
        "line",
        "cannot be reached: Connection refused",
        "See whether the server runs",
        "systemctl status shubbak-server",
    ),
    "a name that nobody knows": Broken(
        kiosk(server="http://shubbak.invalid:8080"),
        "line",
        "the name shubbak.invalid is not known",
        "Write the server's number instead of its name",
        "getent hosts shubbak.invalid",
    ),
    "a kiosk's clock ten minutes behind": Broken(
        clock_of_a_kiosk_behind,
        "clock",
        "behind the server's clock",
        "follow the same time server",
        "timedatectl set-ntp true",
    ),
    "a printer that is not there": Broken(
        kiosk(printer="tcp://127.0.0.1:9", port=lambda centre: centre.port + 4),
        "printer",
        "cannot be opened at tcp://127.0.0.1:9",
        "See cable, switch, power and address",
        "ping -c 3 127.0.0.1",
    ),
    "a printer without paper": Broken(
        with_printer(paper="out"),
        "printer",
        "the printer: the paper is out",
        "Put a new roll",
        "ping",
    ),
    "a printer that is open": Broken(
        with_printer(cover="open"),
        "printer",
        "the printer: the cover is open",
        "Close the cover",
        "ping",
    ),
    "a printer that answers nothing": Broken(
        with_printer(replies="no"),
        "printer",
        "it takes bytes and answers nothing",
        "Set the right profile",
        "ping",
    ),
    "a profile that is not known": Broken(
        kiosk(printer_profile="epson-57"),
        "settings",
        'did you mean "epson-576"?',
        "Correct the settings",
        "nano",
    ),
    "a machine without a browser": Broken(
        no_browser, "browser", "no browser is installed", "Install it with", "apt-get install"
    ),
    "letters that stand apart": Broken(
        letters_that_do_not_join,
        "fonts",
        "letters do not join",
        "Let the fonts be made again",
        "slip-fonts-",
    ),
    "a screen that cannot speak": Broken(
        display(voice_program="nobody-speaks"),
        "voice",
        "calls cannot be spoken",
        "Install the speech program",
        "apt-get install -y espeak-ng",
    ),
    "a screen without a sound card": Broken(
        display(machine={"sound_cards": Path("/nowhere")}),
        "sound",
        "no sound card",
        "Plug a loudspeaker's adaptor in",
        "aplay -l",
        verdict="warning",
    ),
    "an A4 printer that is away": Broken(
        workstation(printers__a4={"url": "ipp://127.0.0.1:9/ipp/print"}),
        "device-a4",
        "a4 cannot be opened",
        "See cable, switch, power and address",
        "ping -c 3 127.0.0.1",
    ),
}
