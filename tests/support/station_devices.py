"""The devices of a workstation besides its receipt printers, each with a virtual one behind it."""

import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp.test_utils import TestServer

from core_services.clock import SystemClock
from core_services.link.work_frames import Work, WorkDocument, WorkMessage
from drivers.printers.ipp_model import IppPatience
from drivers.scanners.options import read_framing
from drivers.virtual.escl.faults import FaultChange
from drivers.virtual.escl.machine import Machine
from drivers.virtual.escl.page import create_scanner_page
from kiosk.station.documents import DocumentScanner
from kiosk.station.messages import MessageModem
from kiosk.station.opening import Devices
from kiosk.station.pages import PagePrinter
from kiosk.station.scanning import WindowScanner
from kiosk.station.workstation import Workstation
from tests.drivers.modem_rigs import QUICK as QUICK_MODEM
from tests.support.kiosk_server import KioskServer
from tests.support.kiosk_site import QUICK_SCANNER
from tests.support.work import PAGE

CLOCK = SystemClock()
QUICK_PAGES = IppPatience(poll_s=0.05, missing_s=0.3, backoff_first_s=0.02, backoff_longest_s=0.1)
NUMBER = "+201012345678"
TEXT = "دورك قرّب: رقم ١٤٢ وقبلك ٣. خليك في الصالة."


@dataclass
class VirtualDocuments:
    """A document scanner in software."""

    machine: Machine
    url: str

    def change(self, **changes: object) -> None:
        """Put paper in, break or mend it."""
        self.machine.change(FaultChange.model_validate(changes))


@asynccontextmanager
async def virtual_documents() -> AsyncIterator[VirtualDocuments]:
    """Serve a document scanner on a free port."""
    machine = Machine(CLOCK)
    async with TestServer(create_scanner_page(machine)) as server:
        yield VirtualDocuments(machine, f"http://127.0.0.1:{server.port}/eSCL")


def devices(
    folder: Path,
    *,
    a4: str | None = None,
    modem: str | None = None,
    scanner: str | None = None,
    documents: str | None = None,
) -> Callable[[Workstation], Devices]:
    """Return what attaches these devices, at these addresses, to a workstation."""

    def attach(station: Workstation) -> Devices:
        attached = Devices([], [])
        if a4 is not None:
            attached.workers.append(
                PagePrinter(
                    "a4",
                    a4,
                    data_dir=folder / "a4",
                    clock=CLOCK,
                    on_news=station.on_news,
                    on_state=station.on_state,
                    on_open=station.on_open,
                    patience=QUICK_PAGES,
                )
            )
        if modem is not None:
            attached.workers.append(
                MessageModem(
                    "modem",
                    modem,
                    data_dir=folder / "modem",
                    clock=CLOCK,
                    on_news=station.on_news,
                    on_state=station.on_state,
                    on_open=station.on_open,
                    patience=QUICK_MODEM,
                )
            )
        if scanner is not None:
            attached.others.append(
                WindowScanner(
                    "desk",
                    scanner,
                    window=5,
                    framing=read_framing(scanner),
                    clock=CLOCK,
                    on_scan=station.on_scan,
                    on_unreadable=station.on_unreadable,
                    on_state=station.on_state,
                    patience=QUICK_SCANNER,
                )
            )
        if documents is not None:
            attached.others.append(
                DocumentScanner(
                    "adf", documents, clock=CLOCK, on_state=station.on_state, look_s=0.1
                )
            )
        return attached

    return attach


def page_order(server: KioskServer, job: str, content: bytes = PAGE.content) -> Work:
    """Return an order of an A4 document that the server has."""
    server.documents[job] = content
    document = WorkDocument(
        sha256=hashlib.sha256(content).hexdigest(),
        bytes=len(content),
        media_type="application/pdf",
    )
    return Work(job=job, kind="page", title_ar="دفتر", title_en="Book", document=document)


def message_order(job: str, to: str = NUMBER, text: str = TEXT) -> Work:
    """Return an order of a message."""
    message = WorkMessage(to=to, text=text)
    return Work(job=job, kind="message", title_ar="رسالة", title_en="Message", message=message)
