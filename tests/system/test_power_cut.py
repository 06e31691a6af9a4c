"""The battery's watcher tells a real server of a power cut, and stops it in order."""

import asyncio
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from core_services.database.processes import servers_in
from core_services.link import wire
from core_services.link.greeting_frames import Hello
from queue_server.backup.listing import newest_backup
from queue_server.power.running import RUNNING, marked_as_running, running_servers, stop_servers
from tests.support.command import shubbak
from tests.support.eventually import eventually
from tests.support.setting_up import waiting_server
from tests.system.test_backup_life import ROOT, Hall, a_hall


class Upsmon:
    """Calls its commands as NUT's does: a shell, the message as last word, the type beside it."""

    def __init__(self, hall: Hall) -> None:
        shubbak = f"{sys.executable} -W error -m queue_server.cli power"
        self.notifycmd = f"{shubbak} notify --config {hall.config}"
        self.shutdowncmd = f"{shubbak} critical --within 60 --backup 20 --config {hall.config}"

    async def notify(self, kind: str) -> str:
        return await self._run(f'{self.notifycmd} "UPS ups@localhost: {kind}"', NOTIFYTYPE=kind)

    async def shut_down(self) -> str:
        return await self._run(self.shutdowncmd)

    async def _run(self, line: str, **more: str) -> str:
        process = await asyncio.create_subprocess_shell(
            line,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=ROOT,
            env={name: w for name, w in os.environ.items() if not name.startswith("SHUBBAK_")}
            | more,
        )
        async with asyncio.timeout(180):
            said, _ = await process.communicate()
        assert process.returncode == 0, said.decode()
        return said.decode()


async def told(hall: Hall, session: aiohttp.ClientSession, path: str) -> list[dict[str, Any]]:
    async with session.get(
        f"{hall.url}/api/v1/{path}", headers={"Authorization": f"Bearer {hall.key}"}
    ) as answer:
        assert answer.status == 200, await answer.text()
        items: list[dict[str, Any]] = (await answer.json())["items"]
        return items


async def cut(hall: Hall, session: aiohttp.ClientSession) -> tuple[bool, bool]:
    """Say whether the supervisor has the alarm, and the hall its message."""
    episodes = await told(hall, session, "alarms/episodes")
    messages = await told(hall, session, "broadcasts")
    return (
        any(each["kind"] == "on-battery" and each["cleared_at"] is None for each in episodes),
        any(each["phrase"] == "power-down" and each["ended_at"] is None for each in messages),
    )


async def why_it_is_sent_away(
    hall: Hall, session: aiohttp.ClientSession, is_welcome: asyncio.Event
) -> tuple[int | None, str | None]:
    """Be the hall screen until the server ends the line; return the code and reason it gives."""
    headers = {"Authorization": f"Bearer {hall.token}"}
    async with session.ws_connect(f"{hall.url}/ws/agent", headers=headers) as line:
        await line.send_str(Hello(version="1", device="D1", journal_id="glass").model_dump_json())
        async with asyncio.timeout(120):
            while (message := await line.receive()).type is aiohttp.WSMsgType.TEXT:
                is_welcome.set()
        return message.data, message.extra


@pytest.mark.timeout(400)
async def test_a_power_cut_is_told_and_a_nearly_empty_battery_stops_the_centre_in_order(
    short_dir: Path,
) -> None:
    hall = await a_hall(short_dir, "backup_with_secrets = true\n")
    upsmon = Upsmon(hall)
    async with hall.serving() as server, aiohttp.ClientSession() as session:
        await upsmon.notify("ONBATT")
        assert await cut(hall, session) == (True, True)
        assert "nothing to do for NOCOMM" in await upsmon.notify("NOCOMM")
        await upsmon.notify("ONLINE")
        assert await cut(hall, session) == (False, False)

        await upsmon.notify("ONBATT")
        assert (await hall.issue(session))[0] == 201
        is_welcome = asyncio.Event()
        screen = asyncio.create_task(why_it_is_sent_away(hall, session, is_welcome))
        await asyncio.wait_for(is_welcome.wait(), timeout=30)
        began = time.monotonic()
        said = await upsmon.shut_down()
        assert time.monotonic() - began < 60
        assert "the server has stopped" in said
        await server.wait()
        assert server.returncode == 0
        assert await screen == (wire.GOING_AWAY, "server restarts"), "agents are told, not cut off"
    cluster = hall.data / "database" / "cluster"
    assert servers_in(cluster) == set()
    assert "postmaster.pid" not in os.listdir(cluster), "the database was not shut down"
    assert newest_backup(hall.backups) is not None
    assert "nothing to stop" in await upsmon.shut_down()

    async with hall.serving(), aiohttp.ClientSession() as session:
        assert await cut(hall, session) == (False, False)
        assert (await hall.issue(session))[1]["label"] == "102"


async def test_a_server_is_stopped_though_nothing_else_could_be_done(short_dir: Path) -> None:
    config = short_dir / "server.toml"
    config.write_text(f'data_dir = "{short_dir / "data"}"\n')
    migrated = await shubbak("migrate", "--config", str(config))
    assert migrated.code == 0, migrated.err
    async with waiting_server(None, short_dir) as server:
        with server.config.open("a") as more:
            more.write('backup_passphrase_file = "/nowhere/phrase"\n')
        done = await shubbak(
            "power", "critical", "--within", "40", "--backup", "5", "--config", str(server.config)
        )
        assert done.code == 0, done.err
        assert "the alarm: not done: there is no centre yet" in done.err
        assert "the last backup: not done: " in done.err
        assert "/nowhere/phrase" in done.err
        assert "the server has stopped" in done.err
        assert await server.process.wait() == 0
    assert servers_in(short_dir / "data" / "database" / "cluster") == set()


async def test_a_mark_that_is_just_made_is_never_taken_for_a_dead_ones(tmp_path: Path) -> None:
    def look_on() -> None:
        while not is_enough.is_set():
            running_servers(tmp_path)

    is_enough = threading.Event()
    (tmp_path / RUNNING).mkdir()
    looking = [asyncio.create_task(asyncio.to_thread(look_on)) for _ in range(2)]
    try:
        for _ in range(400):
            with marked_as_running(tmp_path):
                assert running_servers(tmp_path) == [os.getpid()]
            await asyncio.sleep(0)
    finally:
        is_enough.set()
        await asyncio.gather(*looking)


async def test_a_mark_is_held_as_long_as_its_process_lives_and_no_longer(tmp_path: Path) -> None:
    assert running_servers(tmp_path) == []
    (tmp_path / RUNNING).mkdir()
    (tmp_path / RUNNING / "4194305").write_text("")
    with marked_as_running(tmp_path):
        assert running_servers(tmp_path) == [os.getpid()]
    assert running_servers(tmp_path) == []
    assert os.listdir(tmp_path / RUNNING) == []


async def test_a_server_that_does_not_end_in_time_is_told_by_its_number(tmp_path: Path) -> None:
    program = (
        "import pathlib, signal, sys, time\n"
        "from queue_server.power.running import marked_as_running\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "with marked_as_running(pathlib.Path(sys.argv[1])):\n"
        "    time.sleep(60)\n"
    )
    deaf = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, str(tmp_path), cwd=ROOT
    )
    try:

        async def is_marked() -> bool:
            return running_servers(tmp_path) == [deaf.pid]

        await eventually(is_marked, within_s=60)
        assert await stop_servers(tmp_path, within_s=0.2) == [deaf.pid]
    finally:
        deaf.kill()
        await deaf.wait()
    assert running_servers(tmp_path) == []
