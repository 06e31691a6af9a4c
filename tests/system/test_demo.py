"""`shubbak demo`: a whole centre from one command, every part of it back within seconds."""

import asyncio
import os
import signal
import socket
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from tests.support.eventually import eventually
from tests.support.mortal_demo import (
    PORTS,
    SLOWER,
    START_S,
    Demo,
    demo_refused,
    demo_started,
    until_up,
)
from tests.support.programs import free_ports
from tests.support.screen_pages import ScreenPage
from tests.support.slip_trail import read_jobs, read_slips
from tests.support.watched_hall import watched_hall

FACTS = {
    "server",
    "kiosk",
    "display",
    "workstation",
    "database",
    "api_key",
    "bots_key",
    "staff",
    "devices",
    "pids",
}
SEEN_WITHIN_S = 10.0 * SLOWER
CENTRE = ("database", "server", "kiosk", "display", "workstation", "devices")


@pytest.fixture(scope="module")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Demo]:
    """A centre without bots; one for the tests of this file that end nothing for good."""
    folder = Path(tmp_path_factory.mktemp("d", numbered=True))
    async with demo_started(folder / "d", "--no-bots") as running:
        assert await until_up(running) < START_S
        yield running


async def take_number(demo: Demo) -> dict[str, Any]:
    """Take a number by one touch of the kiosk's page and wait for its slip."""
    async with ScreenPage(demo.session, demo.facts["kiosk"]).open() as page:
        await page.until(lambda face: face["step"] == "home" and "take" in face["touches"])
        await page.touch("take")
        face = await page.until(
            lambda face: face["number"] is not None and face["number"]["paper"] != "printing"
        )
        await asyncio.sleep(0.6)  # a second touch within half a second is the same touch
        await page.touch("finish")
        number: dict[str, Any] = face["number"]
        return number


async def test_its_facts_are_private_complete_and_printed(demo: Demo) -> None:
    path = demo.folder / "demo.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    facts = demo.facts
    assert set(facts) == FACTS
    assert set(facts["pids"]) == {*CENTRE, "printer"}
    assert facts["pids"]["printer"] == facts["pids"]["devices"]
    assert [(person["role"], person["window"]) for person in facts["staff"]] == [
        ("admin", None),
        ("supervisor", None),
        ("clerk", 5),
        ("clerk", 1),
        ("receptionist", None),
    ]
    named = ("printer", "receipts", "scanner", "modem", "documents")
    assert set(facts["devices"]) == {
        *named,
        *(f"{name}_page" for name in (*named, "panels")),
        "panels",
    }
    printed = [
        facts["server"],
        facts["kiosk"],
        facts["display"],
        *(f"{person['username']}  {person['password']}" for person in facts["staff"]),
    ]

    async def all_is_printed() -> bool:
        return all(fact in demo.said for fact in printed)

    await eventually(all_is_printed)


async def test_without_bots_all_windows_are_closed_at_the_start(demo: Demo) -> None:
    status, windows = await demo.api("GET", "/windows")
    assert status == 200
    assert [window["number"] for window in windows["items"]] == list(range(1, 10))
    assert {window["state"] for window in windows["items"]} == {"closed"}


async def test_a_number_goes_from_the_kiosk_to_paper_to_the_window_to_the_board(
    demo: Demo,
) -> None:
    slips = demo.folder / "slips"
    number = await take_number(demo)
    assert number["paper"] == "printed"
    [slip] = [
        slip
        for slip in read_slips(slips, read_jobs(demo.folder / "kiosk"))
        if slip.job == number["ticket"]
    ]
    assert slip.whole == "original"
    with Image.open(slips / slip.file) as image:
        assert zxingcpp.read_barcodes(image) == []

    assert (await demo.api("POST", "/windows/3/open", {}))[0] == 200
    status, called = await demo.api("POST", "/windows/3/call-next", {})
    assert status == 200
    assert called["label"] == number["label"]
    assert called["status_url"] is None
    async with ScreenPage(demo.session, demo.facts["display"]).open() as page:
        face = await page.until(
            lambda face: (
                face["current"] is not None and face["current"]["label"] == number["display_label"]
            )
        )
    assert face["current"]["window"] == "٣"
    for act in ("start", "finish"):
        assert (await demo.api("POST", f"/tickets/{called['id']}/{act}", {}))[0] == 200
    assert (await demo.api("POST", "/windows/3/close", {}))[0] == 200
    _, ticket = await demo.api("GET", f"/tickets/{called['id']}")
    assert ticket["paper"] == "printed"
    acts = [event["event"] for event in ticket["events"]]
    assert acts == ["issue", "confirm", "call", "start", "finish"]


async def test_everybody_in_its_facts_can_sign_in(demo: Demo) -> None:
    server = demo.facts["server"]
    for person in demo.facts["staff"]:
        fields = {"username": person["username"], "password": person["password"]}
        async with demo.session.post(
            f"{server}/sign-in", data=fields, headers={"Origin": server}, allow_redirects=False
        ) as answer:
            assert answer.status == 303
            assert "shubbak_session" in answer.cookies


@pytest.mark.timeout(300)
async def test_what_is_wrong_with_a_machine_comes_to_the_supervisors_open_page_by_itself(
    demo: Demo,
) -> None:
    [supervisor] = [each for each in demo.facts["staff"] if each["role"] == "supervisor"]
    who = supervisor["username"], supervisor["password"]
    faults = f"{demo.facts['devices']['printer_page']}/faults"
    took: dict[str, float] = {}

    async def change(**changes: object) -> None:
        async with demo.session.post(faults, json=changes) as answer:
            assert answer.status == 200, await answer.text()

    async with watched_hall(demo.facts["server"], *who) as hall:
        await hall.until_calm("في K1")
        await change(paper="out")
        took["out of paper"] = await hall.until(lambda said: "نفد ورق الطابعة في K1" in said)
        await change(paper="ok")
        await hall.until_calm("في K1")
        await change(cover="open")
        took["cover open"] = await hall.until(lambda said: "غطاء الطابعة مفتوح في K1" in said)
        await change(cover="closed")
        await hall.until_calm("K1 لا ")
        os.kill(demo.pid("kiosk"), signal.SIGSTOP)
        try:
            took["silent"] = await hall.until(lambda said: "K1 لا يستجيب" in said)
        finally:
            os.kill(demo.pid("kiosk"), signal.SIGCONT)
        await hall.until_calm("K1 لا ")
        for name, device in (("workstation", "W1"), ("display", "D1"), ("kiosk", "K1")):
            await hall.until_calm(f"{device} لا ")
            killed = demo.kill([name])
            took[f"{name} killed"] = await hall.until(
                lambda said, device=device: f"{device} لا " in said  # type: ignore[misc]
            )
            await demo.until_back(killed)
    print({what: round(seconds, 2) for what, seconds in took.items()})
    assert {what: seconds for what, seconds in took.items() if seconds >= SEEN_WITHIN_S} == {}


async def test_a_second_one_in_the_same_folder_is_refused_and_harms_nothing(demo: Demo) -> None:
    before = demo.facts
    code, said = await demo_refused(demo.folder, free_ports(PORTS))
    assert code == 1
    assert f"a demonstration runs in {demo.folder} already" in said
    assert f"process {demo.process.pid}" in said
    assert "Traceback" not in said
    assert demo.facts == before
    assert (await demo.api("GET", "/windows"))[0] == 200


async def test_a_taken_port_is_named(short_dir: Path) -> None:
    first = free_ports(PORTS)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", first + 2))
        taken.listen(1)
        code, said = await demo_refused(short_dir / "d", first)
    assert code == 1
    assert f"taken by another program: port {first + 2} (for the hall display)" in said
    assert "--port" in said
    assert "Traceback" not in said
    assert not (short_dir / "d" / "demo.json").exists()


@pytest.mark.parametrize("name", CENTRE)
async def test_a_program_that_dies_is_back_within_3_seconds_and_its_new_number_is_told(
    demo: Demo, name: str
) -> None:
    killed = demo.kill([name])
    await demo.until_back(killed)
    assert set(demo.facts["pids"]) == {*CENTRE, "printer"}
    assert stat.S_IMODE((demo.folder / "demo.json").stat().st_mode) == 0o600


async def test_it_works_after_everything_died_at_once(demo: Demo) -> None:
    await demo.until_back(demo.kill(CENTRE))

    async def is_joined() -> bool:
        async with demo.session.get(demo.health("kiosk")) as answer:
            health = await answer.json()
        return bool(health["connected"] and health["printer"] == "ready")

    await eventually(is_joined, within_s=60)
    assert (await take_number(demo))["paper"] == "printed"


async def test_every_device_of_the_kiosk_and_the_workstation_is_joined(demo: Demo) -> None:
    async def are_ready() -> bool:
        async with demo.session.get(demo.health("workstation")) as answer:
            station = await answer.json()
        async with demo.session.get(demo.health("kiosk")) as answer:
            kiosk = await answer.json()
        assert set(station["devices"]) == {"receipt", "modem", "adf"}
        devices = {*station["devices"].values(), kiosk["printer"], kiosk["scanner"]}
        return devices == {"ready"}

    await eventually(are_ready, within_s=60)
    text = {"scan": "https://example.com/menu", "kind": "QR"}
    async with ScreenPage(demo.session, demo.facts["kiosk"]).open() as page:
        await page.until(lambda face: face["step"] == "home")
        async with demo.session.post(
            f"{demo.facts['devices']['scanner_page']}/faults", json=text
        ) as answer:
            assert answer.status == 200
        await page.until(lambda face: face["step"] == "notice")
