"""A centre under load is backed up, destroyed to the last byte, and restored by hand of nobody."""

import asyncio
import json
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest

from core_services.database.embedded import EmbeddedPostgres
from core_services.database.processes import kill_processes, servers_in
from core_services.link.greeting_frames import Hello
from core_services.people.api_keys import add_key
from core_services.people.permissions import ALL_SCOPES
from queue_server.administration import (
    SYSTEM,
    add_device_with_file,
    add_user,
    choose_centre,
    load_centre,
    migrate_database,
)
from queue_server.backup.folder import PARTIAL
from queue_server.backup.listing import newest_backup
from queue_server.console import packaged_centre
from queue_server.database import open_migrated
from queue_server.settings import ServerSettings
from tests.support.command import Ran, shubbak
from tests.support.eventually import eventually
from tests.support.fonts import share_fonts
from tests.support.programs import answers, free_ports

ROOT: Final = Path(__file__).parents[2]
PROGRAMS: Final = 9
PASSWORD: Final = "correct horse battery staple"


@dataclass(slots=True)
class Hall:
    """A real server's folder, what it acknowledged, and how it is reached."""

    folder: Path
    port: int
    key: str = ""
    token: str = ""
    acknowledged: dict[str, datetime] = field(default_factory=dict)
    """Labels by the moment at which a program had its answer."""

    @property
    def config(self) -> Path:
        return self.folder / "server.toml"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def backups(self) -> Path:
        return self.folder / "backups"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def settings(self) -> ServerSettings:
        return ServerSettings(data_dir=self.data)

    async def run(self, *words: str, **more: Any) -> Ran:
        return await shubbak(*words, "--config", str(self.config), within_s=180, **more)

    async def start(self, *words: str) -> asyncio.subprocess.Process:
        """Start a command as a process of its own session."""
        inherited = {name: w for name, w in os.environ.items() if not name.startswith("SHUBBAK_")}
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-W", "error", "-m", "queue_server.cli"),
            *(*words, "--config", str(self.config)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=ROOT,
            env=inherited,
            start_new_session=True,
        )

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """Run the server for the block; at its end nothing of it lives, however it ended."""
        server = await self.start("serve")
        try:
            await eventually(lambda: answers(f"{self.url}/readyz"), within_s=120)
            yield server
        finally:
            if server.returncode is None:
                server.send_signal(signal.SIGTERM)
                with suppress(TimeoutError):
                    async with asyncio.timeout(60):
                        await server.wait()
            self.kill(server)
            await server.wait()

    def kill(self, *processes: asyncio.subprocess.Process) -> None:
        """`kill -9` these and every PostgreSQL of the folder, at one blow."""
        for process in processes:
            with suppress(ProcessLookupError):
                process.kill()
        for folder in (self.data, self.data / ".restore"):
            kill_processes(servers_in(folder / "database" / "cluster"), signal.SIGKILL)

    async def has_answered(self) -> bool:
        """Say whether a round was answered before this second, which is how a backup is dated."""
        this_second = datetime.now(UTC).replace(microsecond=0)
        return sum(at < this_second for at in self.acknowledged.values()) >= PROGRAMS

    async def press(self, session: aiohttp.ClientSession, stop: asyncio.Event) -> None:
        """Ask for numbers as fast as they are given, and note each answer's moment."""
        while not stop.is_set():
            status, body = await self.issue(session)
            if status != 201:
                return
            self.acknowledged[body["label"]] = datetime.now(UTC)

    async def issue(self, session: aiohttp.ClientSession) -> tuple[int, Any]:
        with suppress(aiohttp.ClientError, TimeoutError):
            async with session.post(
                f"{self.url}/api/v1/tickets",
                json={},
                headers={"Authorization": f"Bearer {self.key}"},
            ) as answer:
                return answer.status, await answer.json(content_type=None)
        return 0, None


async def a_hall(folder: Path, key_line: str) -> Hall:
    """Set a centre up with a clerk, a key and a hall screen."""
    hall = Hall(folder, free_ports(1))
    hall.config.write_text(
        f'data_dir = "data"\nlisten = "127.0.0.1:{hall.port}"\nbackup_dir = "backups"\n{key_line}'
    )
    share_fonts(hall.data)
    at = datetime.now(UTC)
    database = EmbeddedPostgres(hall.data / "database")
    await database.start()
    try:
        await migrate_database(hall.settings)
        await load_centre(hall.settings, packaged_centre(), renew_key=False, at=at)
        async with open_migrated(database.dsn("shubbak_app")) as pool:
            centre = await choose_centre(pool, None)
            await add_user(
                pool,
                centre,
                username="mona",
                password=PASSWORD,
                role="clerk",
                name_ar="منى",
                name_en="Mona",
                window=5,
                at=at,
            )
            made = await add_key(
                pool,
                centre_id=centre.id,
                name="programs",
                scopes=ALL_SCOPES,
                actor=SYSTEM,
                at=at,
            )
            device = await add_device_with_file(
                pool, centre, kind="display", name="D1", token_file=None, at=at
            )
    finally:
        await database.stop()
    hall.key, hall.token = made.text, device.token
    return hall


async def first_frames(hall: Hall) -> dict[str, Any]:
    """Let the hall screen sign in with its token; return the board that it is given."""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(
            f"{hall.url}/ws/agent", headers={"Authorization": f"Bearer {hall.token}"}
        ) as socket,
    ):
        hello = Hello(version="1", device="D1", journal_id="disk-1")
        await socket.send_str(hello.model_dump_json())
        while True:
            frame: dict[str, Any] = json.loads((await socket.receive(timeout=30)).data)
            if "epoch" in frame:
                return frame


async def sign_in(hall: Hall) -> int:
    """Let the clerk sign in; return the status of the answer."""
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            f"{hall.url}/sign-in",
            data={"username": "mona", "password": PASSWORD, "next": "/"},
            headers={"Origin": hall.url, "Accept": "text/html"},
            allow_redirects=False,
        ) as answer,
    ):
        return answer.status


async def begun(process: asyncio.subprocess.Process, folder: Path, name: str) -> None:
    """Wait until a command has made a file whose name ends so, or has ended."""

    async def is_there() -> bool:
        return process.returncode is not None or any(map(is_it, _names(folder)))

    def is_it(each: str) -> bool:
        return each.endswith(name)

    await eventually(is_there, within_s=60)


@pytest.mark.timeout(400)
async def test_a_centre_destroyed_under_load_comes_back_with_all_that_was_acknowledged(
    short_dir: Path,
) -> None:
    key_file = short_dir / "backup.key"
    made_key = await shubbak("backup", "key", str(key_file))
    assert made_key.code == 0, made_key.err
    hall = await a_hall(short_dir, made_key.out)
    stop = asyncio.Event()
    async with hall.serving() as server, aiohttp.ClientSession() as session:
        before = await first_frames(hall)
        pressing = [asyncio.create_task(hall.press(session, stop)) for _ in range(PROGRAMS)]
        await eventually(hall.has_answered, within_s=60)

        created = await hall.run("backup", "create")
        assert created.code == 0, created.err
        backup = Path(created.out.strip())
        assert newest_backup(hall.backups) == backup

        killed = await hall.start("backup", "create")
        await begun(killed, hall.backups, PARTIAL)
        killed.kill()
        await killed.wait()
        assert newest_backup(hall.backups) == backup

        hall.kill(server)
        stop.set()
        await asyncio.gather(*pressing)
    shutil.rmtree(hall.data)
    share_fonts(hall.data)

    listed = await hall.run("backup", "list")
    assert [line.split("\t")[-1] for line in listed.out.splitlines()] == [backup.name]

    words = ("backup", "restore", backup.name, "--key-file", str(key_file))
    broken_off = await hall.start(*words)
    await begun(broken_off, hall.data / ".restore" / "database" / "cluster", "postmaster.pid")
    broken_off.kill()
    await broken_off.wait()
    restored = await hall.run(*words)
    assert restored.code == 0, restored.err
    assert (hall.data / "keys").is_dir()
    assert not (hall.data / ".restore").exists()

    async with hall.serving(), aiohttp.ClientSession() as session:
        verified = await hall.run("audit", "verify")
        assert verified.code == 0, verified.err
        known = await _labels(hall, session)
        moment = _moment(listed.out)
        owed = {label for label, at in hall.acknowledged.items() if at < moment}
        assert len(owed) >= PROGRAMS, "nothing happened before the backup"
        assert owed <= known
        assert set(hall.acknowledged) - known, "nothing happened after the backup"

        status, ticket = await hall.issue(session)
        assert status == 201
        begins_at = ("1101", "2101")  # the second where the killed restore had named the first
        assert ticket["label"] in begins_at
        after = await first_frames(hall)
        assert after["epoch"] != before["epoch"]
        assert after["revision"] > before["revision"]
        assert await sign_in(hall) == 303
        running = await hall.run(*words, "--replace")
        assert (running.code, "stop the server first" in running.err) == (1, True), running.err


def _names(folder: Path) -> list[str]:
    return os.listdir(folder) if folder.is_dir() else []


async def _labels(hall: Hall, session: aiohttp.ClientSession) -> set[str]:
    """Return the numbers of today that the server knows."""
    found: set[str] = set()
    after: str | None = ""
    while after is not None:
        async with session.get(
            f"{hall.url}/api/v1/tickets",
            params={"limit": "200"} | ({"after": after} if after else {}),
            headers={"Authorization": f"Bearer {hall.key}"},
        ) as answer:
            assert answer.status == 200, await answer.text()
            page = await answer.json()
        found |= {each["label"] for each in page["items"]}
        after = page["next"]
    return found


def _moment(listed: str) -> datetime:
    return datetime.fromisoformat(listed.split("\t")[0])
