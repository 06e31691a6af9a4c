"""Serial lines, here and behind a network: set up as said, counted, and heard to the end."""

import asyncio
import errno
import os
import socket
import termios
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from drivers.clock import SystemClock, within
from drivers.errors import LinkLost, OpenFailed
from drivers.transports.line_settings import LineSettings, line_settings_in
from drivers.transports.opening import check_url, open_transport
from drivers.transports.serial_errors import reason_of_serial
from drivers.transports.transport import Transport, write_all
from tests.drivers.links import LONGEST_S
from tests.support.device_server import DeviceServer

MUCH = bytes(range(256)) * 4096
"""1 MB, with every byte there is: the ones that telnet and flow control mean something by too."""


class Line:
    """The device's end of a serial line; `path` is ours."""

    def __init__(self) -> None:
        self.end, other = os.openpty()
        self.path = os.ttyname(other)
        os.close(other)
        os.set_blocking(self.end, False)

    def pull(self) -> None:
        os.close(self.end)
        self.end = -1

    async def read(self, count: int) -> bytes:
        data = b""
        async with asyncio.timeout(LONGEST_S):
            while len(data) < count:
                try:
                    data += os.read(self.end, 65_536)
                except (BlockingIOError, OSError):
                    await asyncio.sleep(0.001)
        return data


@pytest.fixture
def line() -> Iterator[Line]:
    line = Line()
    yield line
    with suppress(OSError):
        os.close(line.end)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Transport]:
    link = await open_transport(url, timeout_s=LONGEST_S)
    try:
        yield link
    finally:
        await link.close()


async def write_until_full(link: Transport, data: bytes) -> int:
    before = link.accepted
    with suppress(TimeoutError):
        while link.accepted - before < len(data):
            async with within(SystemClock(), 0.6):
                await link.write(memoryview(data)[link.accepted - before :])
    return link.accepted - before


async def test_a_serial_line_carries_every_byte_both_ways(line: Line) -> None:
    async with opened(f"serial://{line.path}") as link:
        every = bytes(range(256))
        assert link.carries_replies
        await write_all(link, every, SystemClock(), 1)
        assert await line.read(256) == every
        os.write(line.end, every)
        heard = b""
        while len(heard) < 256:
            heard += await link.read()
        assert heard == every


async def test_silence_is_not_taken_for_the_end(line: Line) -> None:
    async with opened(f"serial://{line.path}") as link:
        with pytest.raises(TimeoutError):
            async with within(SystemClock(), 0.05):
                await link.read()
        os.write(line.end, b"\x12")
        assert await link.read() == b"\x12"


async def test_what_a_line_accepted_is_exactly_what_can_be_read_later(line: Line) -> None:
    async with opened(f"serial://{line.path}") as link:
        accepted = await write_until_full(link, MUCH)
        assert 0 < accepted < len(MUCH)
        assert await line.read(accepted) == MUCH[:accepted]
        await write_all(link, b"more", SystemClock(), 1)
        assert await line.read(4) == b"more"


async def test_a_pulled_plug_is_heard_at_once_by_reader_and_writer(line: Line) -> None:
    async with opened(f"serial://{line.path}") as link:
        reading = asyncio.create_task(link.read())
        await asyncio.sleep(0)
        line.pull()
        began = time.monotonic()
        with pytest.raises(LinkLost):
            await reading
        with pytest.raises(LinkLost):
            await link.write(b"x")
        assert time.monotonic() - began < 0.5


async def test_closing_does_not_wait_for_a_device_that_takes_nothing(line: Line) -> None:
    async with opened(f"serial://{line.path}") as link:
        await write_until_full(link, MUCH)
        began = time.monotonic()
    assert time.monotonic() - began < 0.5


async def test_a_line_has_one_owner(line: Line) -> None:
    async with opened(f"serial://{line.path}"):
        with pytest.raises(OpenFailed, match="in use by another program"):
            await open_transport(f"serial://{line.path}")
    async with opened(f"serial://{line.path}"):
        pass


async def test_the_line_is_set_up_as_the_address_says(line: Line) -> None:
    said = "?baud=19200&bytes=8&stop=2&flow=xonxoff"
    async with opened(f"serial://{line.path}{said}"):
        iflag, oflag, cflag, lflag, _, speed, _ = termios.tcgetattr(line.end)
        assert speed == termios.B19200
        assert cflag & termios.CSIZE == termios.CS8
        assert cflag & termios.CSTOPB
        assert iflag & termios.IXON
        assert not oflag & termios.OPOST
        assert not lflag & (termios.ICANON | termios.ECHO)


@pytest.mark.parametrize(
    ("query", "settings"),
    [
        ("", LineSettings()),
        ("baud=9600", LineSettings(baud=9600)),
        (
            "baud=9600&bytes=7&parity=even&stop=1.5&flow=rtscts",
            LineSettings(9600, 7, "E", 1.5, rtscts=True),
        ),
        ("parity=odd&flow=xonxoff", LineSettings(parity="O", xonxoff=True)),
    ],
)
def test_an_address_is_read_as_it_is_written(query: str, settings: LineSettings) -> None:
    assert line_settings_in("serial:///dev/ttyS0", query) == settings


def test_pyserial_is_told_all_of_it() -> None:
    """Parity above all: a pseudo-terminal, unlike a line, has none to look at afterwards."""
    assert LineSettings(9600, 7, "E", 1.5, rtscts=True).for_pyserial() == {
        "baudrate": 9600,
        "bytesize": 7,
        "parity": "E",
        "stopbits": 1.5,
        "rtscts": True,
        "xonxoff": False,
    }


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("serial://", r"serial:///dev/ttyUSB0"),
        ("serial://ttyUSB0", r"serial:///dev/ttyUSB0"),
        ("serial:///dev/ttyS0?baud=11520", "baud=11520 is none of 300, "),
        ("serial:///dev/ttyS0?baud=fast", "baud=fast is none of"),
        ("serial:///dev/ttyS0?speed=9600", "'speed' is not known here; write baud, bytes"),
        ("serial:///dev/ttyS0?baud=9600&baud=19200", "'baud' is said twice"),
        ("serial:///dev/ttyS0?baud=", "'baud' has no value"),
        ("serial:///dev/ttyS0?parity=N", "parity=N is none of none, even, odd"),
        ("serial:///dev/ttyS0?bytes=9", "bytes=9 is none of 5, 6, 7, 8"),
        ("serial:///dev/ttyS0?stop=3", "stop=3 is none of"),
        ("serial:///dev/ttyS0?flow=yes", "flow=yes is none of none, rtscts, xonxoff"),
        ("rfc2217://host", "rfc2217://HOST:PORT"),
        ("rfc2217://host:2217/x", "rfc2217://HOST:PORT"),
        ("rfc2217://host:99999", "Port out of range"),
        ("rfc2217://host:2217?logging=debug", "'logging' is not known here"),
    ],
)
def test_a_wrong_address_is_refused_with_what_would_be_right(url: str, said: str) -> None:
    with pytest.raises(OpenFailed, match=said):
        check_url(url)


@pytest.mark.parametrize(
    ("path", "said"),
    [("/dev/no-such-line", "no such device"), ("/dev/null", "not a serial line")],
)
async def test_a_line_that_cannot_be_opened_says_why(path: str, said: str) -> None:
    with pytest.raises(OpenFailed, match=said):
        await open_transport(f"serial://{path}")


def test_pyserials_sentences_become_the_systems() -> None:
    assert reason_of_serial(OSError(errno.EACCES, "x")) == os.strerror(errno.EACCES)
    assert reason_of_serial(ValueError("Not a valid baudrate")) == "Not a valid baudrate"
    nested = OSError("connection failed (socket error): [Errno 32] Broken pipe")
    assert reason_of_serial(nested) == os.strerror(errno.EPIPE)


async def test_a_line_behind_a_network_carries_every_byte_and_is_set_up(line: Line) -> None:
    with DeviceServer(Path(line.path)) as server:
        async with opened(f"rfc2217://127.0.0.1:{server.port}?baud=19200&stop=2") as link:
            every = bytes(range(256))
            await write_all(link, every, SystemClock(), LONGEST_S)
            assert await line.read(256) == every
            os.write(line.end, every)
            heard = b""
            async with asyncio.timeout(LONGEST_S):
                while len(heard) < 256:
                    heard += await link.read()
            assert heard == every
    assert server.settings == [(19_200, 8, "N", 2)]


async def test_what_a_line_behind_a_network_accepted_is_never_less_than_what_left(
    line: Line,
) -> None:
    with DeviceServer(Path(line.path)) as server:
        async with opened(f"rfc2217://127.0.0.1:{server.port}") as link:
            accepted = await write_until_full(link, MUCH)
            assert 0 < accepted < len(MUCH)
            assert link.pending() > 0
            assert await line.read(accepted) == MUCH[:accepted]
            await write_all(link, b"more", SystemClock(), LONGEST_S)
            assert await line.read(4) == b"more"


async def test_a_device_server_that_goes_is_a_lost_link(line: Line) -> None:
    with DeviceServer(Path(line.path)) as server:
        link = await open_transport(f"rfc2217://127.0.0.1:{server.port}", timeout_s=LONGEST_S)
        reading = asyncio.create_task(link.read())
        await asyncio.sleep(0)
    async with asyncio.timeout(LONGEST_S):
        with pytest.raises(LinkLost, match="closed by the device"):
            await reading
        with pytest.raises(LinkLost, match="closed by the device"):
            await link.write(b"x")
    await link.close()
    await link.close()
    assert link.pending() == 0


async def test_a_server_that_does_not_speak_rfc_2217_is_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        with pytest.raises(OpenFailed, match=r"no answer within 0\.3 s"):
            await open_transport(f"rfc2217://127.0.0.1:{port}", timeout_s=0.3)
    with pytest.raises(OpenFailed, match="refused"):
        await open_transport(f"rfc2217://127.0.0.1:{port}", timeout_s=LONGEST_S)
