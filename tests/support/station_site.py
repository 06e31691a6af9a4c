"""A whole workstation on the loopback, with virtual printers behind it."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from core_services.clock import Clock, SystemClock
from core_services.l10n import Messages
from core_services.link.client import Link
from core_services.link.documents import fetch_document
from core_services.link.work_frames import Work, WorkDocument
from core_services.paper.fonts import static_fonts
from kiosk.cli import LOCALE
from kiosk.screen import serving
from kiosk.station.ledger import Ledger
from kiosk.station.opening import Devices
from kiosk.station.receipts import ReceiptPrinter
from kiosk.station.screen import StationShell, create_station_screen
from kiosk.station.workstation import Workstation, hello
from tests.support.eventually import eventually
from tests.support.fonts import font_cache
from tests.support.kiosk_server import TOKEN, KioskServer
from tests.support.kiosk_site import PROFILE, QUICK
from tests.support.work import picture

CLOCK = SystemClock()


@dataclass(frozen=True, slots=True)
class RunningStation:
    """A workstation at work."""

    station: Workstation
    ledger: Ledger
    port: int
    printers: Mapping[str, ReceiptPrinter]
    work: asyncio.Task[None]
    """Done once the workstation has ended by itself."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def state(self, name: str) -> str:
        """Return how a device stands."""
        return {each.name: each.state for each in self.station.devices()}[name]

    async def until(self, name: str, state: str) -> None:
        """Wait until a device stands so."""

        async def is_so() -> bool:
            return self.state(name) == state

        await eventually(is_so)


@asynccontextmanager
async def running_station(
    server: str,
    data_dir: Path,
    printers: Mapping[str, str],
    *,
    shell: StationShell | None = None,
    more: Callable[[Workstation], Devices] | None = None,
    clock: Clock = CLOCK,
    token: str = TOKEN,
) -> AsyncIterator[RunningStation]:
    """Run a workstation of that server until the end of the block; leaving it is like a kill.

    `printers` are URLs by name; `more` makes its other devices. Its fonts are there already.
    """
    await asyncio.to_thread(static_fonts, font_cache())
    ledger = Ledger.open(data_dir / "ledger.sqlite3", clock)
    station = Workstation(
        link=Link(server=server, token=token, hello=hello("W1", ledger), clock=clock),
        ledger=ledger,
        fetch=partial(fetch_document, server, token),
        clock=clock,
    )
    receipts = {
        name: ReceiptPrinter(
            name,
            url,
            PROFILE,
            width_dots=None,
            data_dir=data_dir / name,
            cache_dir=font_cache(),
            clock=clock,
            on_news=station.on_news,
            on_state=station.on_state,
            on_open=station.on_open,
            patience=QUICK,
        )
        for name, url in printers.items()
    }
    others = Devices([], []) if more is None else more(station)
    station.attach(workers=[*receipts.values(), *others.workers], others=others.others)
    async with asyncio.TaskGroup() as tasks:
        work = tasks.create_task(station.run())
        try:
            if shell is None:
                yield RunningStation(station, ledger, 0, receipts, work)
            else:
                app = create_station_screen(station, "W1", shell, Messages.load(LOCALE))
                async with serving(app, 0) as port:
                    yield RunningStation(station, ledger, port, receipts, work)
        finally:
            work.cancel()
    ledger.close()


def receipt(server: KioskServer, job: str, *, on: str | None = None, width: int = 576) -> Work:
    """Return an order of a receipt whose picture the server has."""
    content = picture(width=width).content
    server.documents[job] = content
    return Work(
        job=job,
        kind="receipt",
        title_ar="إيصال",
        title_en="Receipt",
        on=on,
        document=WorkDocument(
            sha256=hashlib.sha256(content).hexdigest(), bytes=len(content), media_type="image/png"
        ),
    )
