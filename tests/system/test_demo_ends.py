"""How a demonstration begins and ends: stopped while it starts, killed, started again, lived in."""

import asyncio
import json
import signal
from pathlib import Path

import pytest

from drivers.printers.profiles import PROFILES
from tests.support.eventually import eventually
from tests.support.kiosk_site import virtual_printer
from tests.support.mortal_demo import (
    Demo,
    demo_running,
    demo_started,
    is_running,
    processes_about,
)
from tests.support.screen_pages import ScreenPage

MONA = "منى السيد"


async def test_ctrl_c_ends_agents_then_server_then_database_and_leaves_nothing(
    short_dir: Path,
) -> None:
    async with demo_running(short_dir / "d", "--no-bots") as demo:
        pids = demo.facts["pids"]
        assert await demo.stop(signal.SIGINT) == 0
        assert processes_about(demo.folder) == {}
        assert not any(map(is_running, pids.values()))
        assert not (demo.folder / "demo.json").exists()
        assert demo.said.rstrip().endswith("Stopping the database…")
        assert "Traceback" not in demo.said
        logs = {path.stem: path.read_text() for path in (demo.folder / "logs").glob("*.log")}
        assert set(logs) == {"server", "kiosk", "display", "workstation", "devices"}
        assert [log for log in logs.values() if "Traceback" in log] == []
        last = [json.loads(logs[name].splitlines()[-1]) for name in ("kiosk", "display", "server")]
        assert [line["event"] for line in last[:2]] == ["kiosk_stopped", "display_stopped"]
        stopped_at = [line["at"] for line in last]
        assert max(stopped_at[:2]) < stopped_at[2]


@pytest.mark.parametrize("said", ["Starting the database", "Starting the programs"])
async def test_it_can_be_stopped_while_it_starts(short_dir: Path, said: str) -> None:
    async with demo_started(short_dir / "d", "--no-bots") as demo:

        async def is_said() -> bool:
            return said in demo.said

        await eventually(is_said, within_s=60)
        assert await demo.stop(signal.SIGTERM) == 0
        assert processes_about(demo.folder) == {}
        assert "Traceback" not in demo.said


async def test_one_that_was_killed_is_followed_by_one_that_works(short_dir: Path) -> None:
    async with demo_running(short_dir / "d", "--no-bots") as killed:
        port = killed.port
        for path in ("/windows/3/open", "/windows/4/open", "/tickets", "/windows/4/call-next"):
            status, _ = await killed.api("POST", path, {})
            assert status < 300
        before = killed.facts
        killed.process.kill()
        await killed.process.wait()
        assert len(processes_about(killed.folder)) >= 5
        async with demo_started(
            short_dir / "d", "--no-bots", port=port, output="second.out"
        ) as second:

            async def is_new() -> bool:
                if second.process.returncode is not None:
                    return True
                try:
                    return bool(second.facts["pids"] != before["pids"])
                except FileNotFoundError:  # the first one's was there until a moment ago
                    return False

            await eventually(is_new, within_s=120)
            assert second.process.returncode is None, second.said
            assert second.facts["api_key"] == before["api_key"]
            assert second.pid("database") == before["pids"]["database"]
            for name in ("server", "kiosk", "display", "workstation", "devices"):
                assert not is_running(before["pids"][name]), name
            _, windows = await second.api("GET", "/windows")
            assert {window["state"] for window in windows["items"]} == {"closed"}
            assert (await second.api("POST", "/tickets", {}))[0] == 201
            assert await second.stop() == 0
            assert processes_about(second.folder) == {}


async def test_a_printer_of_one_s_own_is_used_as_what_it_is_said_to_be(short_dir: Path) -> None:
    narrow = PROFILES["clone-384"]
    async with (
        virtual_printer(profile=narrow) as own,
        demo_running(
            short_dir / "d",
            *("--no-bots", "--printer", own.url, "--printer-profile", narrow.name),
        ) as demo,
    ):
        devices = demo.facts["devices"]
        assert (devices["printer"], devices["printer_page"]) == (own.url, None)
        assert "printer" not in demo.facts["pids"]
        async with ScreenPage(demo.session, demo.facts["kiosk"]).open() as page:
            await page.until(lambda face: "take" in face["touches"])
            await page.touch("take")
            await page.until(lambda face: face["number"] and face["number"]["paper"] == "printed")
        assert [slip.width for slip in own.slips] == [narrow.width_dots]
        assert await demo.stop(signal.SIGTERM) == 0


async def test_an_unknown_printer_profile_is_refused_at_once_with_those_that_are_known(
    short_dir: Path,
) -> None:
    wish = ("--printer", "tcp://127.0.0.1:1", "--printer-profile", "typewriter")
    async with demo_started(short_dir / "d", "--no-bots", *wish) as demo:
        assert await demo.ended() == 2
        assert "kiosk: \"printer_profile\": 'typewriter' is not known; known are: " in demo.said
        assert all(name in demo.said for name in PROFILES)
        assert "Traceback" not in demo.said
        assert processes_about(demo.folder) == {}


@pytest.mark.timeout(400)
async def test_bots_live_there_without_a_wrong_answer_and_make_room_for_people(
    short_dir: Path,
) -> None:
    async with demo_running(short_dir / "d", "--speed", "60") as demo:
        log = demo.folder / "logs" / "bots.log"
        at_work: set[int] = set()

        async def all_have_served() -> bool:
            _, windows = await demo.api("GET", "/windows")
            at_work.update(each["number"] for each in windows["items"] if each["ticket"])
            return at_work == set(range(2, 10)) and len(list(demo.folder.glob("slips/*.png"))) > 3

        await eventually(all_have_served, within_s=300)
        bots = demo.kill(["bots"])
        await mona_sits_down(demo)

        async def are_back() -> bool:
            return demo.pid("bots") != bots["bots"]

        await eventually(are_back, within_s=60)
        assert await demo.stop() == 0
        lines = [json.loads(line) for line in log.read_text().splitlines()]
        reports = [line for line in lines if line["event"] == "bots_stopped"]
        assert [report["errors"] for report in reports] == [{}]
        assert reports[0]["done"]["called"] > 0
        assert not any(line["event"] == "wrong_answer" for line in lines)
        assert "Traceback" not in log.read_text()


async def mona_sits_down(demo: Demo) -> None:
    """Sign in as the clerk of window 5 and open it; bots leave it and never come back."""
    server = demo.facts["server"]
    [mona] = [person for person in demo.facts["staff"] if person["username"] == "mona"]
    fields = {"username": mona["username"], "password": mona["password"]}
    headers = {"Origin": server}
    async with demo.session.post(
        f"{server}/sign-in", data=fields, headers=headers, allow_redirects=False
    ) as answer:
        headers["Cookie"] = f"shubbak_session={answer.cookies['shubbak_session'].value}"

    async def is_free() -> bool:
        _, windows = await demo.api("GET", "/windows")
        return bool(windows["items"][4]["state"] == "closed")

    await eventually(is_free, within_s=15)
    async with demo.session.get(f"{server}/desk", headers=headers) as answer:
        page = await answer.text()
    assert "شباكك المعتاد" in page
    csrf, key = (_value(page, name) for name in ("csrf", "key"))
    async with demo.session.post(
        f"{server}/desk/5/open", data={"csrf": csrf, "key": key}, headers=headers
    ) as answer:
        assert answer.status == 200
    for _ in range(5):
        await asyncio.sleep(0.5)
        _, windows = await demo.api("GET", "/windows")
        assert windows["items"][4]["opened_by"] == MONA
        assert windows["items"][4]["ticket"] is None


def _value(page: str, name: str) -> str:
    """Return what the desk's form for window 5 carries under a name."""
    form = page[page.index('action="/desk/5/open"') :]
    after = form[form.index(f'name="{name}"') :]
    return after.split('value="', 1)[1].split('"', 1)[0]
