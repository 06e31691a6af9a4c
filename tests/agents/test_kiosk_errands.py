"""What a supervisor has a kiosk do for its own care: really done, once, and remembered."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from core_services.link.citizen_frames import Issue
from core_services.link.errand_frames import DeviceNotice, Errand, OutOfService, PictureTaken
from core_services.link.glass_picture import GlassPicture
from core_services.link.work_frames import Outcome
from kiosk.shell import Shell
from tests.support.eventually import eventually
from tests.support.kiosk_scene import BRISK, CLOCK, until_printer, until_slips
from tests.support.kiosk_scene import glass as glass
from tests.support.kiosk_scene import kiosk as kiosk
from tests.support.kiosk_scene import printer as printer
from tests.support.kiosk_scene import server as server
from tests.support.kiosk_scene import shell as shell
from tests.support.kiosk_server import KioskServer
from tests.support.kiosk_site import (
    Glass,
    RunningKiosk,
    VirtualPrinter,
    looking_at,
    running_kiosk,
)
from tests.support.webp import WEBP

OUT = OutOfService(text_ar="هذا الجهاز خارج الخدمة الآن.", text_en="Out of service.")


def said(server: KioskServer, job: str) -> list[tuple[str, str | None]]:
    """Return what a kiosk said of an errand: how it went, and why."""
    return [
        (frame.state, frame.reason)
        for frame in server.frames(Outcome)
        if isinstance(frame, Outcome) and frame.job == job
    ]


async def until_said(server: KioskServer, job: str, *words: tuple[str, str | None]) -> None:
    await server.until(lambda: said(server, job)[-len(words) :] == list(words))


@asynccontextmanager
async def a_kiosk(
    server: KioskServer, shell: Shell, folder: Path, printer: VirtualPrinter | None = None
) -> AsyncIterator[RunningKiosk]:
    url = None if printer is None else printer.url
    async with running_kiosk(
        server.url, folder, CLOCK, shell, printer=url, patience=BRISK
    ) as running:
        yield running


async def test_a_trial_slip_comes_out_once_however_often_it_is_ordered(
    server: KioskServer, printer: VirtualPrinter, kiosk: RunningKiosk
) -> None:
    order = Errand(job="trial-000001", do="trial")
    await server.send(order, order)
    await until_said(server, order.job, ("done", None))
    await server.send(order)
    await until_said(server, order.job, ("done", None), ("done", None))
    assert len(printer.slips) == 1
    assert printer.slips[0].height > 300
    confirmed = [frame for frame in server.frames(Outcome) if isinstance(frame, Outcome)]
    assert confirmed[0].confirmed_by == "echo"


async def test_a_trial_slip_of_a_printer_that_is_not_ready_says_why(
    server: KioskServer, printer: VirtualPrinter, kiosk: RunningKiosk
) -> None:
    printer.change(paper="out")
    await until_printer(kiosk, "not_ready")
    await server.send(Errand(job="trial-000002", do="trial"))
    await until_said(server, "trial-000002", ("failed", "paper_out"))
    assert printer.slips == []


async def test_a_restart_ends_this_run_and_is_answered_by_the_next_and_never_again(
    server: KioskServer, shell: Shell, tmp_path: Path
) -> None:
    order = Errand(job="restart-00001", do="restart")
    server.orders = [order]
    async with a_kiosk(server, shell, tmp_path) as first:
        await asyncio.wait_for(first.work, 10)
        assert said(server, order.job) == []
    async with a_kiosk(server, shell, tmp_path) as second:
        await until_said(server, order.job, ("done", None))
        await server.send(order)
        await until_said(server, order.job, ("done", None), ("done", None))
        assert not second.work.done()


async def test_a_restart_waits_for_the_citizen_who_stands_there(
    server: KioskServer, kiosk: RunningKiosk, glass: Glass
) -> None:
    await glass.touch("services")
    await glass.until_step("groups")
    await server.send(
        Errand(job="restart-00002", do="restart"), Errand(job="dance-000002", do="dance")
    )
    await until_said(server, "dance-000002", ("failed", "unknown_kind"))
    assert not kiosk.work.done()
    await glass.touch("home")
    await asyncio.wait_for(kiosk.work, 10)


async def test_a_kiosk_out_of_service_says_so_in_both_languages_and_gives_no_numbers(
    server: KioskServer, kiosk: RunningKiosk, glass: Glass
) -> None:
    await server.send(Errand(job="duty-000001", do="duty", out_of_service=OUT))
    face = await glass.until_step("out")
    assert OUT.text_ar in face.html
    assert OUT.text_en in face.html
    assert face.touches == ["help"]
    await until_said(server, "duty-000001", ("done", None))
    await glass.touch("take")
    await glass.touch("help")
    await glass.until(lambda face: "أُبلغ" in face.html)
    assert server.frames(Issue) == []
    await server.send(Errand(job="duty-000002", do="duty"))
    assert "take" in (await glass.until_step("home")).touches


async def test_out_of_service_outlives_the_program_also_without_a_server(
    server: KioskServer, shell: Shell, tmp_path: Path
) -> None:
    server.out_of_service = OUT
    async with a_kiosk(server, shell, tmp_path) as first, looking_at(first) as glass:
        await glass.until_step("out")
    await server.stop()
    async with a_kiosk(server, shell, tmp_path) as second, looking_at(second) as glass:
        assert glass.face.step == "out"
        server.out_of_service = None
        await server.start()
        await glass.until_step("home")
    async with a_kiosk(server, shell, tmp_path) as third, looking_at(third) as glass:
        assert glass.face.step == "home"


async def test_a_number_on_the_glass_is_its_citizens_before_the_kiosk_goes_out_of_service(
    server: KioskServer, printer: VirtualPrinter, kiosk: RunningKiosk, glass: Glass
) -> None:
    await glass.touch("take")
    await glass.until_step("number")
    await server.send(Errand(job="duty-000003", do="duty", out_of_service=OUT))
    await until_said(server, "duty-000003", ("done", None))
    await until_slips(printer, 1)
    face = await glass.until(lambda face: "finish" in face.touches)
    assert face.step == "number"
    await glass.touch("finish")
    await glass.until_step("out")


async def test_a_line_stands_on_one_kiosk_until_its_end_and_through_a_restart(
    server: KioskServer, shell: Shell, tmp_path: Path
) -> None:
    text = "الفني في الطريق"
    notice = DeviceNotice(text_ar=text, until=CLOCK.now() + timedelta(seconds=4))
    async with a_kiosk(server, shell, tmp_path) as first, looking_at(first) as glass:
        await glass.until_step("home")
        await server.until(lambda: server.connections == 1)
        await server.send(Errand(job="notice-00001", do="notice", notice=notice))
        await glass.until(lambda face: text in face.html)
        await until_said(server, "notice-00001", ("done", None))
    async with a_kiosk(server, shell, tmp_path) as second, looking_at(second) as glass:
        assert text in glass.face.html
        await glass.until(lambda face: text not in face.html)


async def test_a_line_can_be_taken_away_before_its_end(
    server: KioskServer, kiosk: RunningKiosk, glass: Glass
) -> None:
    until = CLOCK.now() + timedelta(hours=1)
    notice = DeviceNotice(text_ar="سطر", text_en="A line", until=until)
    await server.send(Errand(job="notice-00002", do="notice", notice=notice))
    await glass.until(lambda face: "سطر" in face.html)
    await server.send(Errand(job="notice-00003", do="notice"))
    await glass.until(lambda face: "سطر" not in face.html)


async def test_an_errand_of_a_later_server_has_failed(
    server: KioskServer, kiosk: RunningKiosk
) -> None:
    await server.send(Errand(job="dance-000001", do="dance"))
    await until_said(server, "dance-000001", ("failed", "unknown_kind"))


async def test_no_picture_is_taken_without_devtools_and_the_answer_says_so(
    server: KioskServer, kiosk: RunningKiosk
) -> None:
    await server.send(Errand(job="picture-0001", do="picture"))
    await until_said(server, "picture-0001", ("failed", "no_devtools"))


async def test_no_picture_is_taken_while_something_of_a_citizens_stands_on_the_glass(
    server: KioskServer, kiosk: RunningKiosk, glass: Glass
) -> None:
    steps = ("home", "home")

    async def take() -> GlassPicture:
        return GlassPicture(WEBP, steps)

    kiosk.kiosk._errands._take_picture = take
    await server.show(server.hall.model_copy(update={"asks_national_id": True, "revision": 2}))
    await glass.until(lambda face: "take" in face.touches)
    await glass.touch("take")
    await glass.until_step("idpad")
    await server.send(Errand(job="picture-0002", do="picture"))
    await until_said(server, "picture-0002", ("failed", "citizen_there"))
    await glass.touch("home")
    await glass.until_step("home")
    await server.send(Errand(job="picture-0003", do="picture"))
    await until_said(server, "picture-0003", ("failed", "citizen_there"))

    async def is_taken() -> bool:
        await server.send(Errand(job="picture-0004", do="picture"))
        return bool(server.frames(PictureTaken))

    await eventually(is_taken, within_s=5)
    steps = ("idpad", "home")
    await server.send(Errand(job="picture-0005", do="picture"))
    await until_said(server, "picture-0005", ("failed", "citizen_there"))
