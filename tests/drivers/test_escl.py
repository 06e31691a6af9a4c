"""Scanning documents: whole, checked pages or none; against the virtual scanner and its faults."""

import asyncio
import io
import itertools
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from aiohttp import web
from PIL import Image, ImageDraw

from drivers.clock import SystemClock
from drivers.errors import (
    FeederEmpty,
    OpenFailed,
    PageDamaged,
    ScanError,
    ScanLost,
    ScannerBusy,
    ScannerRefused,
    UnknownScheme,
)
from drivers.scanners.escl import EsclScanner, scan_document
from drivers.scanners.escl_http import Patience
from drivers.scanners.escl_xml import (
    NotEscl,
    ScanSettings,
    read_capabilities,
    read_status,
    write_settings,
)
from drivers.scanners.pages import check_page
from drivers.virtual.escl.faults import FaultChange
from drivers.virtual.escl.machine import Machine
from drivers.virtual.escl.page import create_scanner_page
from tests.drivers.links import until

QUICK = Patience(connect_s=2.0, silence_s=2.0, busy_s=5.0, retry_s=0.02, cancel_s=1.0)
FEEDER = ScanSettings(dpi=75)
GLASS = ScanSettings(source="Platen", dpi=75)


class QuickClock(SystemClock):
    """The machine's clock, on which a wait takes a hundredth of its time."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / 100)


@dataclass
class Desk:
    """A scanner under test, and the machine that it drives."""

    scanner: EsclScanner
    machine: Machine
    url: str

    def fault(self, **change: object) -> None:
        self.machine.change(FaultChange.model_validate(change))


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/eSCL"
    finally:
        await runner.cleanup()


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    machine = Machine(SystemClock())
    async with serving(create_scanner_page(machine)) as url:
        yield Desk(EsclScanner(url, QuickClock(), patience=QUICK), machine, url)


async def test_what_the_scanner_can_do_is_read(desk: Desk) -> None:
    found = await desk.scanner.capabilities()
    assert found.model == "Shubbak Virtual"
    assert found.platen is not None
    assert found.feeder is not None
    assert found.duplex is None
    assert found.feeder.resolutions == (75, 100, 200, 300, 600)
    assert found.feeder.media_types == ("image/jpeg", "application/pdf")


@pytest.mark.parametrize("location", ["relative", "absolute", "foreign"])
async def test_all_pages_of_the_feeder_come_in_their_order_whatever_the_job_is_called(
    desk: Desk, location: str
) -> None:
    desk.fault(pages=5, location=location)
    pages = await desk.scanner.scan(FEEDER)
    assert len(pages) == 5
    assert len({page.sha256 for page in pages}) == 5
    assert [blocks(page.data) for page in pages] == [1, 2, 3, 4, 5]
    assert {(page.media_type, page.dpi, page.is_blank) for page in pages} == {
        ("image/jpeg", 75, False)
    }
    assert {(page.width_px, page.height_px) for page in pages} == {(620, 877)}
    assert desk.machine.cancelled == 0


def blocks(jpeg: bytes) -> int:
    """Count the blocks at the foot of a page: its number."""
    image = Image.open(io.BytesIO(jpeg)).convert("L")
    row = image.height - 75 + 75 // 10
    dark = [image.getpixel((x, row)) < 128 for x in range(image.width)]  # type: ignore[operator]
    return sum(here and not before for before, here in itertools.pairwise(dark))


@pytest.mark.parametrize("media_type", ["image/jpeg", "application/pdf"])
@pytest.mark.parametrize("colour", ["RGB24", "Grayscale8"])
async def test_the_glass_gives_one_page_in_the_form_that_was_asked_for(
    desk: Desk, media_type: str, colour: str
) -> None:
    settings = ScanSettings("Platen", 100, colour, media_type)  # type: ignore[arg-type]
    [page] = await desk.scanner.scan(settings)
    assert page.media_type == media_type
    assert (page.width_px, page.height_px, page.dpi, page.is_blank) == (827, 1169, 100, False)
    if media_type == "image/jpeg":
        assert Image.open(io.BytesIO(page.data)).mode == ("RGB" if colour == "RGB24" else "L")
    assert desk.machine.jobs.popitem()[1].state == "Completed"


@pytest.mark.parametrize("media_type", ["image/jpeg", "application/pdf"])
async def test_a_blank_page_is_marked_and_kept(desk: Desk, media_type: str) -> None:
    desk.fault(pages=3, blank=2)
    pages = await desk.scanner.scan(ScanSettings(dpi=75, media_type=media_type))  # type: ignore[arg-type]
    assert [page.is_blank for page in pages] == [False, True, False]


async def test_an_empty_feeder_is_told_before_anything_is_begun(desk: Desk) -> None:
    desk.fault(pages=0)
    with pytest.raises(FeederEmpty, match="no paper in the feeder"):
        await desk.scanner.scan(FEEDER)
    assert desk.machine.job_requests == 0


async def test_a_busy_scanner_is_asked_again(desk: Desk) -> None:
    desk.fault(pages=2, busy=3)
    assert len(await desk.scanner.scan(FEEDER)) == 2


async def test_a_scanner_that_stays_busy_is_given_up_in_words(desk: Desk) -> None:
    desk.fault(busy=1_000_000)
    desk.scanner = EsclScanner(desk.url, QuickClock(), patience=Patience(busy_s=0.2, retry_s=0.05))
    with pytest.raises(ScannerBusy, match="busy for"):
        await desk.scanner.scan(FEEDER)


@pytest.mark.parametrize(
    ("fault", "error", "said"),
    [
        ({"jam": 2}, ScanLost, "jammed"),
        ({"jam": 1}, ScanLost, "jammed"),
        ({"cut": 2}, PageDamaged, "cut off"),
        ({"forgets": 2}, ScanLost, "paper left in the feeder"),
    ],
)
async def test_a_scan_that_breaks_gives_no_page_and_says_why(
    desk: Desk, fault: dict[str, int], error: type[ScanError], said: str
) -> None:
    desk.fault(pages=3, **fault)
    with pytest.raises(error, match=said):
        await desk.scanner.scan(FEEDER)
    assert not desk.machine.is_scanning, "the job is cancelled, and the next may begin"
    desk.fault(pages=3, jam=0, cut=0, forgets=0)
    assert len(await desk.scanner.scan(FEEDER)) == 3


async def test_a_scanner_that_loses_its_power_is_told_as_lost(desk: Desk) -> None:
    desk.fault(power="off")
    with pytest.raises(ScanLost):
        await desk.scanner.scan(GLASS)


async def test_nobody_at_the_address_is_told_as_not_there(unused_tcp_port: int) -> None:
    scanner = EsclScanner(f"http://127.0.0.1:{unused_tcp_port}/eSCL", QuickClock())
    with pytest.raises(OpenFailed):
        await scanner.scan(GLASS)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (ScanSettings(dpi=1200), "it can at 75, 100, 200, 300, 600"),
        (ScanSettings(dpi=75, colour="BlackAndWhite1"), "it can in RGB24, Grayscale8"),
        (ScanSettings(dpi=75, duplex=True), "no feeder for that"),
    ],
)
async def test_what_the_scanner_cannot_do_is_refused_in_words_before_a_job(
    desk: Desk, settings: ScanSettings, said: str
) -> None:
    with pytest.raises(ScannerRefused, match=said):
        await desk.scanner.scan(settings)
    assert desk.machine.job_requests == 0


async def test_a_page_larger_than_allowed_is_given_up_while_it_comes(desk: Desk) -> None:
    desk.scanner = EsclScanner(
        desk.url, QuickClock(), patience=Patience(largest_page_bytes=5000, retry_s=0.02)
    )
    with pytest.raises(PageDamaged, match="larger than 5000 bytes"):
        await desk.scanner.scan(FEEDER)
    assert desk.machine.cancelled == 1


async def test_a_scanner_that_never_ends_is_ended(desk: Desk) -> None:
    desk.fault(pages=50)
    desk.scanner = EsclScanner(desk.url, QuickClock(), patience=Patience(most_pages=4))
    with pytest.raises(ScanLost, match="more than 4 pages"):
        await desk.scanner.scan(FEEDER)


async def test_a_scan_that_is_cancelled_cancels_its_job(desk: Desk) -> None:
    desk.fault(pages=400)
    scan = asyncio.get_running_loop().create_task(desk.scanner.scan(FEEDER))
    await until(lambda: desk.machine.scanned >= 2)
    scan.cancel()
    with pytest.raises(asyncio.CancelledError):
        await scan
    assert desk.machine.cancelled == 1
    assert not desk.machine.is_scanning


async def test_two_scans_of_one_scanner_come_one_after_the_other(desk: Desk) -> None:
    desk.fault(pages=3)
    async with asyncio.TaskGroup() as tasks:
        first = tasks.create_task(desk.scanner.scan(FEEDER))
        second = tasks.create_task(desk.scanner.scan(GLASS))
    assert (len(first.result()), len(second.result())) == (3, 1)


async def test_a_desk_takes_the_feeder_and_else_the_glass(desk: Desk) -> None:
    desk.fault(pages=2)
    assert len(await scan_document(desk.url, QuickClock())) == 2
    assert len(await scan_document(desk.url, QuickClock())) == 1
    assert len(await scan_document(desk.url, QuickClock(), GLASS)) == 1


@pytest.mark.parametrize("url", ["tcp://scanner:9100", "scanner", "http://"])
def test_an_address_that_is_not_http_is_refused(url: str) -> None:
    with pytest.raises(UnknownScheme):
        EsclScanner(url, QuickClock())


Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]

STATUS = "<a:ScannerStatus xmlns:a='x'><a:State>Idle</a:State></a:ScannerStatus>"
CAPABILITIES = """<s:ScannerCapabilities xmlns:s="http://other/namespace"><s:Platen>
<s:PlatenInputCaps><s:MaxWidth>2550</s:MaxWidth><s:MaxHeight>3508</s:MaxHeight>
<s:XResolutionRange><s:Min>75</s:Min><s:Max>300</s:Max></s:XResolutionRange></s:PlatenInputCaps>
</s:Platen></s:ScannerCapabilities>"""


@asynccontextmanager
async def odd_scanner(**answers: Answer) -> AsyncIterator[EsclScanner]:
    """Run a scanner that differs from what is usual in the answers that are given."""

    async def status(request: web.Request) -> web.StreamResponse:
        return web.Response(text=STATUS)

    async def capabilities(request: web.Request) -> web.StreamResponse:
        return web.Response(text=CAPABILITIES)

    async def job(request: web.Request) -> web.StreamResponse:
        return web.Response(status=201, headers={"Location": "/odd/job/1/"})

    async def document(request: web.Request) -> web.StreamResponse:
        return web.Response(status=404)

    usual: dict[str, Answer] = {
        "status": status,
        "capabilities": capabilities,
        "job": job,
        "document": document,
    }
    usual.update(answers)
    app = web.Application()
    app.router.add_get("/eSCL/ScannerStatus", usual["status"])
    app.router.add_get("/eSCL/ScannerCapabilities", usual["capabilities"])
    app.router.add_post("/eSCL/ScanJobs", usual["job"])
    app.router.add_get("/odd/job/1/NextDocument", usual["document"])
    async with serving(app) as url:
        yield EsclScanner(url, QuickClock(), patience=QUICK)


def saying(text: str = "", status: int = 200, **headers: str) -> Answer:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(text=text, status=status, headers=headers)

    return answer


@pytest.mark.parametrize(
    ("answers", "error", "said"),
    [
        ({"capabilities": saying("<html></html>")}, ScannerRefused, "not ScannerCapabilities"),
        ({"capabilities": saying("{}")}, ScannerRefused, "not XML"),
        ({"capabilities": saying("<!DOCTYPE x>")}, ScannerRefused, "no document type"),
        ({"capabilities": saying("x" * 1_100_000)}, ScannerRefused, "has no end"),
        ({"status": saying(status=401)}, ScannerRefused, "401"),
        (
            {"status": saying("<ScannerStatus><State>Stopped</State></ScannerStatus>")},
            ScannerRefused,
            "it has stopped",
        ),
        ({"job": saying(status=500)}, ScannerRefused, "500"),
        ({"job": saying(status=302, Location="http://192.0.2.1/")}, ScannerRefused, "302"),
        ({"job": saying(status=201)}, ScanLost, "did not say where"),
        ({}, ScanLost, "it gave no page"),
        ({"document": saying(status=500)}, ScanLost, "500"),
        ({"document": saying("")}, PageDamaged, "the page is empty"),
        ({"document": saying("<html>sign in</html>")}, PageDamaged, "neither JPEG"),
        ({"document": saying("%PDF-1.4 half")}, PageDamaged, "cut off"),
    ],
)
async def test_an_odd_scanner_is_refused_or_lost_in_words(
    answers: dict[str, Answer], error: type[ScanError], said: str
) -> None:
    async with odd_scanner(**answers) as scanner:
        with pytest.raises(error, match=said):
            await scanner.scan(GLASS)


async def test_a_scanner_that_falls_silent_amid_a_page_is_lost() -> None:
    async def silent(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        answer.content_length = 100
        await answer.prepare(request)
        await asyncio.sleep(30)
        return answer

    async with odd_scanner(document=silent) as scanner:
        scanner = EsclScanner(scanner.url, QuickClock(), patience=Patience(silence_s=0.2))
        with pytest.raises(ScanLost, match="fell silent"):
            await scanner.scan(GLASS)


def paper(
    mark: Callable[[ImageDraw.ImageDraw], None] = lambda pen: None, shade: int = 245
) -> bytes:
    """Return a page of 200 dpi in grey with the noise of a real scanner."""
    noise = random.Random(4)
    image = Image.new("L", (1654, 2339), shade)
    grain = Image.frombytes("L", (827, 1170), noise.randbytes(827 * 1170))
    dark = Image.new("L", image.size, max(0, shade - 24))
    image.paste(dark, mask=grain.resize(image.size).point(lambda each: each // 3))
    mark(ImageDraw.Draw(image))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=75)
    return out.getvalue()


@pytest.mark.parametrize("shade", [250, 225, 190])
def test_noise_edges_and_the_colour_of_paper_leave_a_page_blank(shade: int) -> None:
    def edges(pen: ImageDraw.ImageDraw) -> None:
        pen.rectangle((0, 0, 40, 2339), fill=60)

    page = check_page(paper(edges, shade), "x", 200)
    assert page.is_blank is True
    assert (page.width_px, page.height_px, page.dpi) == (1654, 2339, 200)


@pytest.mark.parametrize(
    "mark",
    [
        lambda pen: pen.line((800, 1800, 1100, 1760), fill=70, width=4),  # a signature
        lambda pen: pen.ellipse((700, 900, 900, 1100), outline=110, width=5),  # a stamp
        lambda pen: pen.rectangle((200, 300, 520, 316), fill=40),  # one line of text
    ],
)
def test_a_signature_a_stamp_or_one_line_of_text_is_not_blank(
    mark: Callable[[ImageDraw.ImageDraw], None],
) -> None:
    assert check_page(paper(mark), "x", 200).is_blank is False


@pytest.mark.parametrize("kept", [0.3, 0.9, 0.999])
def test_a_page_that_was_cut_off_is_found_out(kept: float) -> None:
    whole = paper()
    with pytest.raises(PageDamaged, match="cut off"):
        check_page(whole[: int(len(whole) * kept)], "x", 200)


def test_a_page_with_its_middle_missing_is_found_out_or_has_its_size() -> None:
    with pytest.raises(PageDamaged):
        check_page(paper()[:200] + b"\xff\xd9", "x", 200)


def test_a_page_that_claims_to_be_enormous_is_refused_without_being_decoded() -> None:
    small = bytearray(paper())
    at = small.index(b"\xff\xc0")
    small[at + 5 : at + 9] = bytes((0x22, 0x00, 0x26, 0x00))  # 8704 by 9728
    with pytest.raises(PageDamaged, match="too large"):
        check_page(bytes(small), "x", 200)


def test_a_pdf_of_several_pages_is_counted_and_its_blankness_left_open() -> None:
    pages = [Image.new("L", (827, 1169), 240) for _ in range(3)]
    out = io.BytesIO()
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:], resolution=100)
    page = check_page(out.getvalue(), "x", 100)
    assert (page.page_count, page.is_blank) == (3, None)
    assert (page.width_px, page.height_px) == (827, 1169)


def test_a_feeders_state_is_read_whatever_a_maker_calls_it() -> None:
    for said, state in (
        ("ScannerAdfLoaded", "loaded"),
        ("ScannerAdfDoorOpen", "open"),
        ("ScannerAdfMultipickDetected", "jam"),
        ("ScannerAdfSinging", "unknown"),
    ):
        document = f"<ScannerStatus><AdfState>{said}</AdfState></ScannerStatus>"
        assert read_status(document.encode()).adf == state


def test_a_range_of_resolutions_is_read_as_the_usual_ones_in_it() -> None:
    found = read_capabilities(CAPABILITIES.encode()).platen
    assert found is not None
    assert found.resolutions == (75, 100, 150, 200, 300)
    assert b"<pwg:Width>2550</pwg:Width>" in write_settings(GLASS, found, "")


def test_xml_with_a_document_type_is_never_expanded() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><ScannerStatus>&a;</ScannerStatus>'
    with pytest.raises(NotEscl):
        read_status(bomb)
