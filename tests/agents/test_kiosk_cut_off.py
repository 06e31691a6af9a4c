"""A whole kiosk whose line is cut: its own numbers, their slips, what the server hears later."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from core_services.link.citizen_frames import Issue
from core_services.link.cut_off_frames import Abandon, Given
from core_services.link.greeting_frames import Hello
from core_services.link.slip_frames import Paper, Void
from kiosk.shell import Shell
from tests.support.eventually import eventually
from tests.support.kiosk import OWN_SERIES, hall, openings
from tests.support.kiosk_scene import (
    BRISK,
    CLOCK,
    NEXT_EPOCH,
    until_printer,
    until_settled,
)
from tests.support.kiosk_scene import glass as glass
from tests.support.kiosk_scene import printer as printer
from tests.support.kiosk_scene import shell as shell
from tests.support.kiosk_server import KioskServer, kiosk_server
from tests.support.kiosk_site import (
    Glass,
    RunningKiosk,
    VirtualPrinter,
    looking_at,
    running_kiosk,
)
from tests.support.pages import strict_fragment

PATIENT = replace(BRISK, keep_s=15.0, keep_at_most_s=30.0)


@pytest.fixture
async def server() -> AsyncIterator[KioskServer]:
    """A server that gives this disk a series, and says that numbers are given around the clock."""
    async with kiosk_server() as started:
        started.offline, started.now = OWN_SERIES, CLOCK.now
        day_and_night = openings(CLOCK.now() - timedelta(days=1), 1, hours=240)
        started.hall = hall(openings=day_and_night)
        yield started


@pytest.fixture
async def kiosk(
    server: KioskServer, printer: VirtualPrinter, shell: Shell, tmp_path: Path
) -> AsyncIterator[RunningKiosk]:
    async with running_kiosk(
        server.url, tmp_path, CLOCK, shell, printer=printer.url, patience=PATIENT
    ) as running:
        await until_printer(running, "ready")
        yield running


def given(server: KioskServer) -> list[Given]:
    """Return the numbers that the server was told of, however often, in order."""
    return [each for each in server.frames(Given) if isinstance(each, Given)]


def spoil_outbox(data_dir: Path, *, is_lost: bool) -> None:
    for file in data_dir.glob("outbox.sqlite3*"):
        file.unlink()
    if not is_lost:
        (data_dir / "outbox.sqlite3").write_bytes(b"not a database, " * 200)


async def cut(server: KioskServer, running: RunningKiosk) -> None:
    """Take the server away; wait until the kiosk has noticed."""
    await server.stop()

    async def is_noticed() -> bool:
        return not running.kiosk.connected

    await eventually(is_noticed)


async def take(glass: Glass, paper: str = "printed") -> str:
    """Touch for a number, wait for its paper, leave; return its label."""
    await glass.until(lambda face: "take" in face.touches)
    await glass.touch("take")
    face = await glass.until_paper(paper)
    assert face.number is not None
    await glass.touch("finish" if paper == "printed" else "kept")
    if paper != "printed":
        await glass.until_paper("kept")
        await glass.touch("finish")
    await glass.until_step("home")
    return face.number.label


async def test_a_real_centres_numbers_are_never_given_to_a_training_server(
    server: KioskServer, printer: VirtualPrinter, kiosk: RunningKiosk, glass: Glass
) -> None:
    await cut(server, kiosk)
    assert await take(glass) == "K101"
    real = server.centre
    server.centre = real.model_copy(update={"training": True})
    await server.start()
    await server.until(lambda: server.connections == 2)
    for _ in range(3):  # it is the same kiosk to whoever stands there, and gives its own numbers on
        await take(glass)
    assert given(server) == []
    assert not kiosk.kiosk.connected
    assert kiosk.outbox.undelivered == 4
    await server.stop()
    server.centre = real
    await server.start()
    await server.until(lambda: len(server.given) == 4)
    await until_settled(kiosk, server)


async def test_numbers_that_were_given_while_cut_off_come_to_the_server_once_each_in_order(
    server: KioskServer, printer: VirtualPrinter, kiosk: RunningKiosk, glass: Glass
) -> None:
    assert await take(glass) == "142"
    await until_settled(kiosk, server)
    await cut(server, kiosk)
    labels = [await take(glass) for _ in range(3)]
    assert labels == ["K101", "K102", "K103"]
    assert kiosk.outbox.undelivered == 3
    await server.start()
    await server.until(lambda: len(server.given) == 3)
    await until_settled(kiosk, server)
    told = given(server)
    assert [(each.label, each.paper, each.ticket) for each in told] == [
        (label, "done", None) for label in labels
    ]
    ages = [each.age_ms or 0 for each in told]
    assert ages == sorted(ages, reverse=True)
    assert len(printer.slips) == 4
    await server.until(lambda: server.statuses[-1].undelivered == 0)
    hellos = [each for each in server.frames(Hello) if isinstance(each, Hello)]
    assert hellos[0].series is None
    assert hellos[-1].series is not None
    assert (hellos[-1].series.letter, hellos[-1].series.first) == ("K", 101)


async def test_the_glass_and_the_health_page_say_that_the_line_is_cut_and_the_number_is_good(
    server: KioskServer, kiosk: RunningKiosk, glass: Glass
) -> None:
    await cut(server, kiosk)
    face = await glass.until(lambda face: "cut-off" in face.html)
    strict_fragment(face.html)
    assert "الشبكة مقطوعة الآن. خُذ رقمك كالمعتاد، ودورك محفوظ." in face.html
    await glass.touch("take")
    face = await glass.until_paper("printed")
    strict_fragment(face.html)
    assert "صدر والشبكة مقطوعة" in face.html
    assert "رقمك صحيح، ودورك محفوظ من وقت حضورك" in face.html
    assert "ك-١٠١" in face.html
    assert "الانتظار المتوقع" not in face.html
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{kiosk.url}/healthz") as answer,
    ):
        own = (await answer.json())["own_numbers"]
    assert (own["letter"], own["first"], own["last"]) == ("K", 101, 1000)
    assert (own["gives"], own["undelivered"]) == (True, 1)


async def test_a_command_without_an_answer_becomes_one_number_of_its_own(
    server: KioskServer, printer: VirtualPrinter, kiosk: RunningKiosk, glass: Glass
) -> None:
    server.answers_issue = False
    assert await take(glass) == "K101"
    (command,) = server.frames(Issue)
    assert isinstance(command, Issue)
    await server.until(lambda: len(server.given) == 1)
    await server.until(lambda: server.frames(Abandon) == [Abandon(key=command.key)])
    (told,) = given(server)
    assert told.abandons == command.key
    await server.answer(command)
    await until_settled(kiosk, server)
    assert sorted(server.states.values()) == ["void", "waiting/done"]
    assert len(printer.slips) == 1
    assert kiosk.outbox.keys_in_flight() == []


async def test_a_kiosk_that_starts_without_a_server_goes_on_with_what_it_knew(
    server: KioskServer, printer: VirtualPrinter, shell: Shell, tmp_path: Path
) -> None:
    async with running_kiosk(server.url, tmp_path, CLOCK, shell, printer=printer.url) as first:
        await until_printer(first, "ready")
        async with looking_at(first) as glass:
            await glass.until(lambda face: "take" in face.touches)
    await server.stop()
    for label in ("K101", "K102"):
        async with (
            running_kiosk(
                server.url, tmp_path, CLOCK, shell, printer=printer.url, patience=PATIENT
            ) as running,
            looking_at(running) as glass,
        ):
            await until_printer(running, "ready")
            for name in ("services", "group:1", "service:203"):
                await glass.until(lambda face, name=name: name in face.touches)  # type: ignore[misc]
                await glass.touch(name)
            assert await take(glass) == label
    await server.start()
    async with running_kiosk(server.url, tmp_path, CLOCK, shell, printer=printer.url) as running:
        await server.until(lambda: len(server.given) == 2)
        await until_settled(running, server)
    told = list(server.given.values())
    assert [(each.label, each.service, each.age_ms) for each in told] == [
        ("K101", "203", None),
        ("K102", "203", None),
    ]


async def test_a_kiosk_that_never_met_a_server_gives_none_and_says_so(
    server: KioskServer, shell: Shell, tmp_path: Path
) -> None:
    await server.stop()
    async with (
        running_kiosk(server.url, tmp_path, CLOCK, shell) as running,
        looking_at(running) as glass,
    ):
        face = await glass.until_step("home")
        assert "take" not in face.touches
        assert "تعذّر الاتصال، ولا تصدر أرقام من هنا الآن." in face.html
        assert running.kiosk.own_numbers is None


async def test_without_a_series_from_the_server_a_kiosk_gives_none_while_cut_off(
    server: KioskServer, kiosk: RunningKiosk, glass: Glass
) -> None:
    server.offline = None
    server.cut()
    await server.until(lambda: server.connections == 2)
    await cut(server, kiosk)
    face = await glass.until(lambda face: "take" not in face.touches)
    assert "cut-off" not in face.html


async def test_a_number_without_paper_that_nobody_kept_never_waits_at_the_server(
    server: KioskServer, shell: Shell, tmp_path: Path
) -> None:
    async with (
        running_kiosk(server.url, tmp_path, CLOCK, shell, patience=BRISK) as running,
        looking_at(running) as glass,
    ):
        await glass.until(lambda face: "take" in face.touches)
        server.answers_issue = False
        await glass.touch("take")
        await glass.until_step("number")
        await glass.until_step("notice")
        await server.until(lambda: len(server.given) == 1)
        await until_settled(running, server)
    (told,) = given(server)
    assert told.paper == "failed"
    assert set(server.states.values()) == {"void"}
    assert told.abandons in server.abandoned
    assert server.frames(Paper, Void) == []


async def test_paper_that_comes_after_the_server_knows_the_number_goes_under_its_name(
    server: KioskServer, printer: VirtualPrinter, kiosk: RunningKiosk, glass: Glass
) -> None:
    await cut(server, kiosk)
    printer.change(bytes_per_s=30_000)
    await glass.until(lambda face: "take" in face.touches)
    await glass.touch("take")

    async def has_begun() -> bool:
        return kiosk.kiosk.flow.slip is not None and kiosk.kiosk.flow.slip.state == "sending"

    await eventually(has_begun)
    printer.change(paper="out")
    await glass.until_paper("unsure")
    await server.start()
    await server.until(lambda: len(server.given) == 1)
    printer.change(paper="ok", bytes_per_s=0)
    await server.until(lambda: server.words() == ["done"])
    (told,) = given(server)
    (word,) = server.frames(Paper)
    assert isinstance(word, Paper)
    assert (told.paper, word.ticket) == ("held", server.known_as[told.key])
    assert len(printer.slips) == 1


async def test_another_epoch_hears_of_every_number_that_somebody_holds(
    server: KioskServer, kiosk: RunningKiosk, glass: Glass
) -> None:
    assert await take(glass) == "142"
    (issued,) = server.tickets.values()
    await until_settled(kiosk, server)
    await cut(server, kiosk)
    assert await take(glass) == "K101"
    await server.start()
    await server.until(lambda: len(server.given) == 1)
    await until_settled(kiosk, server)
    await cut(server, kiosk)
    server.epoch = NEXT_EPOCH
    server.given.clear()
    await server.start()
    await server.until(lambda: len(server.given) == 2)
    await until_settled(kiosk, server)
    restored = {each.label: each for each in server.given.values()}
    assert restored["142"].ticket == issued.id
    assert restored["142"].key in server.tickets
    assert restored["K101"].ticket is None


@pytest.mark.parametrize("is_lost", [True, False])
async def test_a_disk_that_was_damaged_or_replaced_gives_none_before_a_server_gave_it_a_range(
    server: KioskServer, shell: Shell, tmp_path: Path, is_lost: bool
) -> None:
    async with running_kiosk(server.url, tmp_path, CLOCK, shell) as running:
        await server.until(lambda: server.connections == 1)
        journal_id = running.outbox.journal_id
    await server.stop()
    spoil_outbox(tmp_path, is_lost=is_lost)
    async with (
        running_kiosk(server.url, tmp_path, CLOCK, shell) as running,
        looking_at(running) as glass,
    ):
        assert running.outbox.journal_id != journal_id
        assert "take" not in (await glass.until_step("home")).touches
        server.offline = OWN_SERIES.model_copy(update={"first": 1101, "last": 2000})
        await server.start()
        await glass.until(lambda face: "take" in face.touches)
        await cut(server, running)
        await glass.touch("take")
        face = await glass.until_step("number")
        assert face.number is not None
        assert face.number.label == "K1101"


async def test_a_number_that_was_lost_before_its_slip_is_void_after_a_kill(
    server: KioskServer, printer: VirtualPrinter, shell: Shell, tmp_path: Path
) -> None:
    printer.change(paper="out")
    async with running_kiosk(server.url, tmp_path, CLOCK, shell, printer=printer.url) as running:
        await until_printer(running, "not_ready")
        async with looking_at(running) as glass:
            await glass.until(lambda face: "take" in face.touches)
            await cut(server, running)
            await glass.touch("take")
            await glass.until_step("number")
    printer.change(paper="ok")
    await server.start()
    async with running_kiosk(server.url, tmp_path, CLOCK, shell, printer=printer.url) as running:
        await server.until(lambda: len(server.given) == 1)
        await until_printer(running, "ready")
        await until_settled(running, server)
    (told,) = server.given.values()
    assert (told.label, told.paper) == ("K101", "failed")
    assert printer.slips == []


async def test_after_a_kill_while_printing_the_number_is_delivered_as_doubtful(
    server: KioskServer, printer: VirtualPrinter, shell: Shell, tmp_path: Path
) -> None:
    printer.change(bytes_per_s=15_000)
    async with (
        running_kiosk(server.url, tmp_path, CLOCK, shell, printer=printer.url) as running,
        looking_at(running) as glass,
    ):
        await until_printer(running, "ready")
        await glass.until(lambda face: "take" in face.touches)
        await cut(server, running)
        await glass.touch("take")

        async def has_begun() -> bool:
            slip = running.kiosk.flow.slip
            return slip is not None and slip.state == "sending"

        await eventually(has_begun)
    printer.change(bytes_per_s=0)
    await server.start()
    async with running_kiosk(server.url, tmp_path, CLOCK, shell, printer=printer.url) as running:
        await server.until(lambda: len(server.given) == 1)
        await until_settled(running, server)
    (told,) = server.given.values()
    assert (told.label, told.paper) == ("K101", "unknown")
    assert len(printer.slips) <= 1
