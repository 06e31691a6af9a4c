"""A whole centre that is well: its database keeps what it is told, server, kiosk and hall screen
run, a page is open at each screen. Tests of `doctor` break copies of its settings and database.
"""

import asyncio
import json
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest
from aiohttp import web

import displays.cli
import kiosk.cli
from core_services.clock import Clock, SystemClock
from core_services.database.embedded import EmbeddedPostgres
from core_services.database.migrations import migrate
from core_services.database.pool import open_pool
from core_services.devices.model import DeviceKind
from core_services.doctor.examination import Examination, Speech, ToldFinding, examine
from core_services.doctor.machine import Machine
from core_services.doctor.model import Check
from core_services.doctor.units import SHIPPED, as_installed
from core_services.link.probe import ProbeFailed, ask
from displays.settings import DisplaySettings
from kiosk.settings import KioskSettings
from queue_server.administration import add_device_with_file, choose_centre, load_centre
from queue_server.app import open_server
from queue_server.backup.model import Run
from queue_server.backup.store import record_run
from queue_server.console import packaged_centre
from queue_server.doctor.examining import CATALOGUE, examine_server
from queue_server.settings import ServerSettings
from tests.support.eventually import eventually
from tests.support.fonts import share_fonts
from tests.support.kiosk_site import VirtualPrinter, virtual_printer
from tests.support.programs import free_ports

ENGLISH = Speech("en", CATALOGUE, kiosk.cli.LOCALE, displays.cli.LOCALE)
_SOUND = "sound"
_numbers = count(1)


@dataclass
class SoundCentre:
    """The centre that is well, and how to make one that is not."""

    folder: Path
    postgres: EmbeddedPostgres
    machine: Machine
    printer: VirtualPrinter
    port: int
    """The server's; the kiosk's, the screen's and two free ones follow."""
    kiosk: Mapping[str, Any] = field(default_factory=dict)
    display: Mapping[str, Any] = field(default_factory=dict)

    @property
    def data_dir(self) -> Path:
        return self.folder / "server"

    @property
    def server(self) -> Mapping[str, Any]:
        return self._server(_SOUND)

    def _server(self, database: str) -> Mapping[str, Any]:
        return {
            "listen": f"127.0.0.1:{self.port}",
            "data_dir": str(self.data_dir),
            "database": self.postgres.dsn("shubbak_app", database),
            "database_owner": self.postgres.dsn("shubbak_owner", database),
            "backup_dir": str(self.folder / "backups"),
        }

    def write(self, name: str, values: Mapping[str, Any]) -> Path:
        """Write a settings file of its own folder."""
        folder = self.folder / f"settings-{next(_numbers)}"
        folder.mkdir()
        file = folder / f"{name}.toml"
        lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return file

    @asynccontextmanager
    async def copied(self, *changes: str) -> AsyncIterator[Mapping[str, Any]]:
        """Give the server's settings on a copy of the database after these statements, which its
        superuser does.
        """
        name = f"broken_{next(_numbers)}"
        superuser = await asyncpg.connect(self.postgres.dsn("postgres", "postgres"))
        try:
            await superuser.execute(
                f"CREATE DATABASE {name} TEMPLATE {_SOUND} STRATEGY file_copy OWNER shubbak_owner"
            )
            try:
                changing = await asyncpg.connect(self.postgres.dsn("postgres", name))
                try:
                    for statement in changes:
                        await changing.execute(statement)
                finally:
                    await changing.close()
                yield self._server(name)
            finally:
                await superuser.execute(f"DROP DATABASE {name} WITH (FORCE)")
        finally:
            await superuser.close()

    async def examine_server(
        self, file: Path, *, clock: Clock | None = None, fix: bool = False, **options: Any
    ) -> Examination:
        return await examine_server(
            file,
            options.pop("speech", ENGLISH),
            clock or SystemClock(),
            fix=fix,
            machine=options.pop("machine", self.machine),
            **options,
        )

    async def examine(self, checks: list[Check], *, fix: bool = False) -> Examination:
        """Make an agent's examination."""
        return await examine("kiosk", checks, ENGLISH, fix=fix, at=SystemClock().now())


def verdicts(examination: Examination, verdict: str) -> set[str]:
    """Return the checks with a finding of that verdict."""
    return {each.check for each in examination.findings if each.verdict == verdict}


def finding(examination: Examination, check: str, verdict: str) -> ToldFinding:
    """Return the one finding of that check and verdict."""
    (found,) = [
        each for each in examination.findings if (each.check, each.verdict) == (check, verdict)
    ]
    return found


@asynccontextmanager
async def sound_centre() -> AsyncIterator[SoundCentre]:
    """Run it all for the block."""
    folder = Path(tempfile.mkdtemp(prefix="shubbak-doctor-", dir="/var/tmp"))
    database = Path(tempfile.mkdtemp(prefix="shb-"))
    postgres = EmbeddedPostgres(database / "pg")
    try:
        async with AsyncExitStack() as stack:
            await postgres.start()
            stack.push_async_callback(postgres.stop)
            printer = await stack.enter_async_context(virtual_printer())
            centre = SoundCentre(folder, postgres, _machine(folder), printer, free_ports(5))
            await _make(centre)
            await _run_server(centre, stack)
            await _run_agents(centre, stack)
            yield centre
    finally:
        shutil.rmtree(folder)
        shutil.rmtree(database)


async def _make(centre: SoundCentre) -> None:
    """Make a database with the packaged centre, and leave copies of it to be broken."""
    superuser = await asyncpg.connect(centre.postgres.dsn("postgres", "postgres"))
    try:
        await migrate(centre.postgres.dsn("shubbak_owner"))
        share_fonts(centre.data_dir)
        settings = ServerSettings.model_validate(
            {
                **centre.server,
                "database": centre.postgres.dsn("shubbak_app"),
                "database_owner": centre.postgres.dsn("shubbak_owner"),
            }
        )
        await load_centre(settings, packaged_centre(), renew_key=False, at=SystemClock().now())
        now = SystemClock().now()
        run = Run(began_at=now, ended_at=now, file="tonight.shubbak", bytes=1_000_000)
        await record_run(centre.postgres.dsn("shubbak_owner"), run)
        for name in (_SOUND, "running"):
            await superuser.execute(
                f"CREATE DATABASE {name} TEMPLATE shubbak STRATEGY file_copy OWNER shubbak_owner"
            )
    finally:
        await superuser.close()


async def _run_server(centre: SoundCentre, stack: AsyncExitStack) -> None:
    settings = ServerSettings.model_validate(centre._server("running"))
    app = await stack.enter_async_context(open_server(settings, settings.database))
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, settings.host, settings.port).start()


async def _run_agents(centre: SoundCentre, stack: AsyncExitStack) -> None:
    centre.kiosk = await _settings_of(centre, "kiosk", "K1", centre.port + 1) | {
        "printer": centre.printer.url,
        "printer_profile": "epson-576",
    }
    centre.display = await _settings_of(centre, "display", "D1", centre.port + 2)
    kiosk_settings = KioskSettings.model_validate(centre.kiosk)
    display_settings = DisplaySettings.model_validate(centre.display)
    works = [
        kiosk.cli.serve(kiosk_settings, kiosk_settings.read_token()),
        displays.cli.serve(display_settings, display_settings.read_token()),
    ]
    running = [asyncio.create_task(work) for work in works]

    async def stop() -> None:
        for task in running:
            task.cancel()
        await asyncio.wait(running)

    stack.push_async_callback(stop)
    client = await stack.enter_async_context(aiohttp.ClientSession())
    for port in (centre.port + 1, centre.port + 2):

        async def is_connected(port: int = port) -> bool:
            word = await agents_word(port)
            return bool(word.get("connected")) and word.get("printer", "ready") == "ready"

        await eventually(is_connected, within_s=60)
        page = await stack.enter_async_context(client.ws_connect(f"http://127.0.0.1:{port}/ws"))
        stack.callback(asyncio.create_task(_stay(page)).cancel)


async def _stay(page: aiohttp.ClientWebSocketResponse) -> None:
    """Be a page that is open: whoever is not answered is sent away."""
    async for _ in page:
        pass


async def agents_word(port: int) -> dict[str, Any]:
    """Return what an agent says of itself; nothing while it does not answer."""
    try:
        word = json.loads((await ask(f"http://127.0.0.1:{port}", "/healthz")).body)
    except (ProbeFailed, ValueError):
        return {}
    return word if isinstance(word, dict) else {}


async def _settings_of(
    centre: SoundCentre, kind: DeviceKind, name: str, port: int
) -> dict[str, Any]:
    data_dir = centre.folder / kind
    share_fonts(data_dir)
    token_file = centre.folder / f"{kind}.token"
    pool = await open_pool(centre._server("running")["database"], size=1, application_name="test")
    try:
        await add_device_with_file(
            pool,
            await choose_centre(pool, None),
            kind=kind,
            name=name,
            token_file=token_file,
            at=SystemClock().now() - timedelta(seconds=1),
        )
    finally:
        await pool.close()
    return {
        "name": name,
        "server": f"http://127.0.0.1:{centre.port}",
        "token_file": str(token_file),
        "port": port,
        "data_dir": str(data_dir),
    }


def _machine(folder: Path) -> Machine:
    """Return a machine whose parts that this one may lack are in a folder of files."""
    here = folder / "machine"
    units, rules, systemd = here / "units", here / "rules", here / "systemd"
    for each in (units, rules, systemd):
        each.mkdir(parents=True)
    for unit in (*SHIPPED.glob("*.service"), *SHIPPED.glob("*.timer")):
        (units / unit.name).write_text(as_installed(unit.name))
    (rules / "99-shubbak.rules").write_text(as_installed("99-shubbak.rules"))
    (here / "cards").write_text(" 0 [PCH            ]: HDA-Intel - HDA Intel PCH\n")
    return Machine(
        units=units,
        rules=rules,
        systemd=systemd,
        sound_cards=here / "cards",
        timedatectl=str(script(here / "timedatectl", "echo yes")),
    )


def script(path: Path, line: str) -> Path:
    """Write a program of one line."""
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)
    return path


@pytest.fixture(scope="module")
async def centre() -> AsyncIterator[SoundCentre]:
    """One centre that is well for all tests of a module, with a browser on the machine."""
    async with sound_centre() as sound:
        script(sound.folder / "chromium", "exit 0")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PATH", f"{sound.folder}:{os.environ['PATH']}")
            yield sound
