"""From the touch to the printer: a real kiosk and server, stamped on the way to the printer."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median
from uuid import UUID

import aiohttp
import typst
from PIL import Image

from benchmarks.agents import PROFILE, KioskPage, bench_kiosk, bench_printer, kiosk_page
from benchmarks.centre import BenchServer, bench_centre, bench_server
from benchmarks.effort import Effort
from benchmarks.findings import Finding, below, quantile
from benchmarks.processes import BenchmarkError
from core_services.link.citizen_frames import IssuedTicket
from core_services.link.greeting_frames import CentreNames
from core_services.link.vocabulary import WaitRange
from core_services.paper.slip import SlipPress, slip_facts
from drivers.printers.escpos import compose
from drivers.printers.profiles import PROFILES

ROW = "paper"
JOB_START = b"\x1b@"
DOUBLE_TOUCH_S = 0.55
"""The kiosk takes two touches within half a second for one."""
_RASTERS = 60


@dataclass(slots=True)
class _Wire:
    """What passes between the kiosk and its printer."""

    port: int = 0
    first_byte: asyncio.Event = field(default_factory=asyncio.Event)
    stamped_at: float = 0.0

    def see(self, data: bytes) -> None:
        if not self.first_byte.is_set() and JOB_START in data:
            self.stamped_at = time.perf_counter()
            self.first_byte.set()


@dataclass(slots=True)
class _Rounds:
    touch_p95_ms: list[float] = field(default_factory=list)
    parts_p95_ms: list[float] = field(default_factory=list)
    raster_ms: list[float] = field(default_factory=list)
    blank_ms: list[float] = field(default_factory=list)


async def measure(effort: Effort) -> list[Finding]:
    """Touch, and wait for the first byte; beside it the parts that no kiosk can do without."""
    rounds, wire = _Rounds(), _Wire()
    async with (
        bench_centre() as centre,
        bench_server(centre) as server,
        bench_printer(centre) as printer,
        _relay(wire, printer),
        bench_kiosk(centre, server, printer_port=wire.port) as kiosk,
        kiosk_page(kiosk) as page,
    ):
        press = await asyncio.to_thread(SlipPress, centre.folder / "kiosk" / "cache")
        await _take_slip(page, wire)
        for number in range(effort.rounds):
            effort.say(f"paper: round {number + 1} of {effort.rounds}")
            await centre.rest()
            slips = max(5, effort.samples // 20)
            taken = [await _take_slip(page, wire) for _ in range(slips)]
            rounds.touch_p95_ms.append(quantile(taken, 0.95))
            issued = await _issue(server, slips)
            rasters, job = await asyncio.to_thread(_raster, press)
            rounds.raster_ms.append(median(rasters))
            rounds.blank_ms.append(await asyncio.to_thread(_blank, centre.folder, job.size))
            rounds.parts_p95_ms.append(quantile(issued, 0.95) + quantile(rasters, 0.95))
    return _findings(rounds, job.size, len(compose(job, PROFILES[PROFILE])))


@asynccontextmanager
async def _relay(wire: _Wire, printer_port: int) -> AsyncIterator[None]:
    """Stand between kiosk and printer, and stamp the first byte of a job."""

    async def pass_on(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, watched: bool
    ) -> None:
        while data := await reader.read(65536):
            if watched:
                wire.see(data)
            writer.write(data)
            await writer.drain()
        writer.close()

    async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", printer_port)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(pass_on(reader, back, watched=True))
                tasks.create_task(pass_on(there, writer, watched=False))
        except* ConnectionError:
            pass  # the kiosk ended
        finally:
            writer.close()
            back.close()

    server = await asyncio.start_server(join, "127.0.0.1", 0)
    wire.port = server.sockets[0].getsockname()[1]
    try:
        yield
    finally:
        server.close()


async def _take_slip(page: KioskPage, wire: _Wire) -> float:
    """Take one number by one touch; return ms from the touch to the printer's first byte."""
    await page.until(lambda face: face["step"] == "home" and "take" in face["touches"])
    await asyncio.sleep(DOUBLE_TOUCH_S)
    wire.first_byte.clear()
    began = time.perf_counter()
    await page.touch("take")
    try:
        async with asyncio.timeout(10):
            await wire.first_byte.wait()
    except TimeoutError:
        raise BenchmarkError("no byte reached the printer within 10 s") from None
    taken = (wire.stamped_at - began) * 1000
    await page.until(lambda face: "finish" in face["touches"])
    await asyncio.sleep(DOUBLE_TOUCH_S)
    await page.touch("finish")
    return taken


async def _issue(server: BenchServer, count: int) -> list[float]:
    """Return ms of issuing a ticket over HTTP, one after the other."""
    taken = []
    async with aiohttp.ClientSession(headers=server.headers) as client:
        for _ in range(count):
            began = time.perf_counter()
            async with client.post(f"{server.url}/api/v1/tickets", json={}) as response:
                await response.read()
            taken.append((time.perf_counter() - began) * 1000)
    return taken


def _raster(press: SlipPress) -> tuple[list[float], Image.Image]:
    """Return ms of rendering the usual slip, each with a number of its own, and the last one."""
    taken = []
    for number in range(_RASTERS):
        began = time.perf_counter()
        image = press.render(slip_facts(_usual_ticket(142 + number), _NAMES, "Africa/Cairo"), 576)
        taken.append((time.perf_counter() - began) * 1000)
    return taken, image


def _blank(folder: Path, size: tuple[int, int]) -> float:
    """Return ms that typst takes for an empty page of the same size."""
    width, height = (dots / 8 for dots in size)
    page = folder / "blank.typ"
    page.write_text(f"#set page(width: {width}mm, height: {height}mm, margin: 0mm)\n")
    compiler = typst.Compiler(page)
    taken = []
    for _ in range(_RASTERS):
        began = time.perf_counter()
        compiler.compile(format="png", ppi=25.4 * 8)
        taken.append((time.perf_counter() - began) * 1000)
    return median(taken)


def _usual_ticket(number: int) -> IssuedTicket:
    return IssuedTicket(
        id=UUID(int=number),
        label=str(number),
        display_label=str(number).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")),
        number=number,
        series="",
        queue="U",
        service="reconciliation",
        service_ar="طلب تصالح",
        service_en="Reconciliation request",
        papers_ar=["أصل البطاقة وصورتها"],
        papers_en=["Your ID card and a copy of it"],
        priority="none",
        position=13,
        wait=WaitRange(low_s=1200, likely_s=1500, high_s=1800),
        issued_at=datetime(2026, 11, 22, 7, 14, tzinfo=UTC),
        business_day=date(2026, 11, 22),
        language="ar",
        status_url=None,
    )


_NAMES = CentreNames(
    code="KFS",
    name_ar="المركز التكنولوجي لخدمة المواطنين",
    name_en="Technology Centre for Citizen Service",
    unit_ar="الوحدة المحلية لمركز ومدينة كفر صقر",
    unit_en="Local Unit of Kafr Saqr Centre and City",
    governorate_ar="محافظة الشرقية",
    governorate_en="Sharqia Governorate",
)


def _findings(rounds: _Rounds, size: tuple[int, int], job_bytes: int) -> list[Finding]:
    dots_kb = size[0] // 8 * size[1] / 1024
    return [
        Finding(
            row=ROW,
            what="touch → first byte at the printer, p95",
            unit="ms",
            figures=tuple(rounds.touch_p95_ms),
            limits=tuple(rounds.parts_p95_ms),
            against="one ticket over HTTP and one raster alone, their p95 added",
            target=below(60),
        ),
        Finding(
            row=ROW,
            what="raster of the usual slip, 576 dots, p50",
            unit="ms",
            figures=tuple(rounds.raster_ms),
            limits=tuple(rounds.blank_ms),
            against="typst, an empty page of that size",
            target=below(15),
        ),
        Finding(
            row=ROW,
            what=f"its job ({size[0]} by {size[1]} dots)",
            unit="KB",
            figures=(job_bytes / 1024,),
            limits=(dots_kb,),
            against="its dots alone, 8 a byte",
            target=below(45),
        ),
    ]
