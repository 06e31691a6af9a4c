"""A whole kiosk on the loopback with a virtual printer, and a page without a browser for it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import aiohttp
from PIL import Image

from core_services.clock import Clock, SystemClock
from core_services.l10n import Messages
from core_services.link.client import Link
from core_services.link.glass_picture import DevTools
from core_services.link.glass_watch import GlassWatch
from core_services.paper.fonts import static_fonts
from drivers.printers import model
from drivers.printers.profiles import PROFILES, Profile
from drivers.scanners.model import Patience as ScannerPatience
from drivers.scanners.scanner import Scanner
from drivers.virtual.lines import RECEIVE_BUFFER_BYTES, serve
from drivers.virtual.path_line import serve_path
from drivers.virtual.printer.faults import FaultChange
from drivers.virtual.printer.mechanism import Mechanism
from drivers.virtual.program import listening_socket
from drivers.virtual.scanner.faults import FaultChange as ScannerChange
from drivers.virtual.scanner.head import Head
from drivers.virtual.scanner.speech import LineSpeech
from drivers.virtual.scanner.spilling import attend_spilling
from drivers.virtual.serial_line import SerialLine
from drivers.voices.voice import Voice
from kiosk.agent import Kiosk, hello
from kiosk.audience import Audience
from kiosk.cli import LOCALE
from kiosk.offline import Outbox
from kiosk.printing import Printing
from kiosk.screen import create_screen, serving
from kiosk.shell import Shell
from kiosk.steps import Patience
from kiosk.view import Face, Painter
from tests.support.fonts import font_cache
from tests.support.kiosk_server import TOKEN

PROFILE = PROFILES["epson-576"]
QUICK = model.Patience(
    poll_s=0.1,
    confirm_step_s=0.1,
    echo_s=4.0,
    settle_s=0.2,
    stall_step_s=0.2,
    silence_s=4.0,
    backoff_first_s=0.1,
    backoff_longest_s=0.3,
)
"""A printer owner that does not make a test wait; every rule stays."""


QUICK_SCANNER = ScannerPatience(
    steady_s=0.05, stale_s=0.01, backoff_first_s=0.02, backoff_longest_s=0.1
)


@dataclass(slots=True)
class VirtualPrinter:
    """A printer in software on a TCP port, and the slips that came out of it."""

    mechanism: Mechanism
    url: str
    slips: list[Image.Image] = field(default_factory=list)

    def change(self, **changes: object) -> None:
        """Break or mend it."""
        self.mechanism.change(FaultChange.model_validate(changes))


@asynccontextmanager
async def virtual_printer(
    clock: Clock | None = None, *, profile: Profile = PROFILE
) -> AsyncIterator[VirtualPrinter]:
    """Stand a virtual printer on a free port."""
    slips: list[Image.Image] = []
    mechanism = Mechanism(profile, clock or SystemClock(), on_slip=slips.append)
    listener = listening_socket("127.0.0.1", 0, receive_buffer_bytes=RECEIVE_BUFFER_BYTES)
    url = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
    async with asyncio.TaskGroup() as tasks:
        running = [
            tasks.create_task(serve(mechanism.attend, listener, has_power=mechanism.has_power)),
            tasks.create_task(mechanism.run()),
        ]
        try:
            yield VirtualPrinter(mechanism, url, slips)
        finally:
            for task in running:
                task.cancel()


@dataclass(frozen=True, slots=True)
class VirtualScanner:
    """A scanner in software at a serial line."""

    head: Head
    url: str

    def hold(self, text: str, kind: str = "QR") -> None:
        """Hold a code before it."""
        self.head.scan(text, kind)

    def change(self, **changes: object) -> None:
        """Break or mend it."""
        self.head.change(ScannerChange.model_validate(changes))


@asynccontextmanager
async def virtual_scanner(folder: Path) -> AsyncIterator[VirtualScanner]:
    """Stand a virtual scanner at a serial line with a name in the folder."""
    line, clock = SerialLine(folder / "scanner"), SystemClock()
    head = Head(clock, LineSpeech())
    attend = partial(attend_spilling, head.attend, clock=clock)
    async with asyncio.TaskGroup() as tasks:
        running = [
            tasks.create_task(serve_path(attend, line, has_power=head.is_plugged)),
            tasks.create_task(head.run()),
        ]
        try:
            yield VirtualScanner(head, f"serial://{line.name}")
        finally:
            for task in running:
                task.cancel()


@dataclass(frozen=True, slots=True)
class RunningKiosk:
    """A kiosk that serves its pages; `work` is done once it has ended by itself."""

    kiosk: Kiosk
    outbox: Outbox
    port: int
    work: asyncio.Task[None]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@asynccontextmanager
async def running_kiosk(
    server: str,
    data_dir: Path,
    clock: Clock,
    shell: Shell,
    *,
    printer: str | None = None,
    patience: Patience | None = None,
    port: int = 0,
    token: str = TOKEN,
    scanner: str | None = None,
    voice: Voice | None = None,
    name: str = "K1",
    devtools: str | None = None,
) -> AsyncIterator[RunningKiosk]:
    """Run a kiosk of that server until the end of the block; leaving it is like a kill.

    Its fonts are there already, as they are at every start but a machine's first.
    """
    if printer is not None:
        await asyncio.to_thread(static_fonts, font_cache())
    outbox, audience = Outbox.open(data_dir / "outbox.sqlite3", clock), Audience()
    kiosk = Kiosk(
        link=Link(server=server, token=token, hello=partial(hello, name, outbox), clock=clock),
        outbox=outbox,
        open_printing=None
        if printer is None
        else partial(
            Printing,
            printer,
            PROFILE,
            width_dots=None,
            data_dir=data_dir,
            cache_dir=font_cache(),
            clock=clock,
            patience=QUICK,
        ),
        open_scanner=None
        if scanner is None
        else partial(Scanner, scanner, clock, patience=QUICK_SCANNER),
        audience=audience,
        glass_watch=GlassWatch(data_dir / "lit"),
        clock=clock,
        patience=patience or Patience(),
        name=name,
        take_picture=None if devtools is None else DevTools(devtools, f"http://127.0.0.1:{port}/"),
    )
    painter = Painter(
        Messages.load(LOCALE), shell.templates, shell.version, listens=voice is not None
    )
    app = create_screen(kiosk=kiosk, audience=audience, shell=shell, painter=painter, voice=voice)
    async with serving(app, port) as bound, asyncio.TaskGroup() as tasks:
        work = tasks.create_task(kiosk.run())
        try:
            yield RunningKiosk(kiosk, outbox, bound, work)
        finally:
            work.cancel()
    outbox.close()


class Glass:
    """A page without a browser: keeps the latest face and touches buttons by name."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self.faces: list[Face] = []

    @property
    def face(self) -> Face:
        return self.faces[-1]

    async def touch(self, name: str) -> None:
        await self._socket.send_json({"touch": name})

    async def send(self, text: str) -> None:
        await self._socket.send_str(text)

    async def until(self, is_so: Callable[[Face], bool], *, within_s: float = 10.0) -> Face:
        """Read faces until one is so; the present one counts."""
        async with asyncio.timeout(within_s):
            while not self.faces or not is_so(self.face):
                self.faces.append(Face.model_validate_json(await self._socket.receive_str()))
        return self.face

    async def until_step(self, step: str) -> Face:
        return await self.until(lambda face: face.step == step)

    async def until_paper(self, paper: str) -> Face:
        return await self.until(lambda face: face.number is not None and face.number.paper == paper)


@asynccontextmanager
async def looking_at(kiosk: RunningKiosk) -> AsyncIterator[Glass]:
    """Open the kiosk's socket as its page does."""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{kiosk.url}/ws", origin=kiosk.url) as socket,
    ):
        glass = Glass(socket)
        await glass.until(lambda _face: True)
        yield glass
