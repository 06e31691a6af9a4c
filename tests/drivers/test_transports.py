"""Links count what was accepted to the byte, and say in words what is wrong."""

import asyncio
import os
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from drivers.clock import SystemClock, within
from drivers.errors import LinkLost, OpenFailed, UnknownScheme
from drivers.transports.memory import memory_device
from drivers.transports.opening import open_transport
from drivers.transports.transport import PIECE_BYTES, Transport, write_all
from tests.support.clock import ManualClock

MUCH = bytes(range(256)) * 8192
"""2 MB: more than any buffer between two programs here."""


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Transport]:
    link = await open_transport(url, timeout_s=2)
    try:
        yield link
    finally:
        await link.close()


@asynccontextmanager
async def tcp_peer() -> AsyncIterator[tuple[Transport, socket.socket]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        async with opened(f"tcp://127.0.0.1:{listener.getsockname()[1]}") as link:
            peer, _ = listener.accept()
            with peer:
                peer.setblocking(False)
                yield link, peer


async def write_until_full(link: Transport, data: bytes) -> int:
    accepted = 0
    while accepted < len(data):
        try:
            async with within(SystemClock(), 0.05):
                accepted += await link.write(memoryview(data)[accepted:])
        except TimeoutError:
            return accepted
    return accepted


async def read_exactly(peer: socket.socket, count: int) -> bytes:
    data = b""
    async with asyncio.timeout(5):
        while len(data) < count:
            data += await asyncio.get_running_loop().sock_recv(peer, 65_536)
    return data


async def test_tcp_carries_bytes_both_ways() -> None:
    async with tcp_peer() as (link, peer):
        assert link.carries_replies
        assert await link.write(b"hello") == 5
        assert await read_exactly(peer, 5) == b"hello"
        peer.send(b"\x12")
        assert await link.read() == b"\x12"


async def test_a_write_is_never_larger_than_a_piece() -> None:
    async with tcp_peer() as (link, _):
        assert await link.write(bytes(100_000)) == PIECE_BYTES


async def test_what_a_stalled_peer_accepted_is_exactly_what_it_can_read_later() -> None:
    async with tcp_peer() as (link, peer):
        accepted = await write_until_full(link, MUCH)
        assert 0 < accepted < len(MUCH)
        assert link.pending() > 0
        assert await read_exactly(peer, accepted) == MUCH[:accepted]
        with pytest.raises(BlockingIOError):
            peer.recv(1)
        assert await link.write(MUCH[accepted:]) > 0


async def test_a_connection_reset_is_a_lost_link_for_reader_and_writer() -> None:
    async with tcp_peer() as (link, peer):
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.close()
        with pytest.raises(LinkLost, match="reset"):
            await link.read()
        with pytest.raises(LinkLost):
            await link.write(b"x")


async def test_a_connection_closed_politely_is_a_lost_link_too() -> None:
    async with tcp_peer() as (link, peer):
        peer.close()
        with pytest.raises(LinkLost, match="closed by the device"):
            await link.read()


async def test_a_closed_link_says_so_and_closes_twice_in_peace() -> None:
    async with tcp_peer() as (link, _):
        await link.close()
        await link.close()
        with pytest.raises(LinkLost, match="closed by ourselves"):
            await link.write(b"x")


async def test_a_short_message_that_nobody_takes_is_given_up() -> None:
    async with tcp_peer() as (link, _):
        await write_until_full(link, MUCH)
        with pytest.raises(LinkLost, match=r"took no bytes for 0\.05 s"):
            await write_all(link, MUCH, SystemClock(), 0.05)


async def test_nobody_listening_is_told_as_such() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(OpenFailed, match="refused"):
        await open_transport(f"tcp://127.0.0.1:{port}")


async def test_a_host_that_never_answers_is_given_up_in_time() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        with socket.create_connection(address), pytest.raises(OpenFailed, match=r"within 0\.2 s"):
            await open_transport(f"tcp://127.0.0.1:{address[1]}", timeout_s=0.2)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("tcp://", "names no host"),
        ("tcp://host:99999", "Port out of range"),
        ("file://server/share", "an/absolute/path"),
        ("file:///dev/no-such-printer", "no such device"),
        ("file:///tmp", "neither a device"),
        ("memory://nobody", "no such device in this process"),
    ],
)
async def test_an_address_that_leads_nowhere_is_refused_with_the_reason(
    url: str, said: str
) -> None:
    with pytest.raises(OpenFailed, match=said):
        await open_transport(url)


@pytest.mark.parametrize("url", ["lpt://1", "/dev/usb/lp0", ""])
async def test_an_unknown_kind_of_address_names_the_known_ones(url: str) -> None:
    with pytest.raises(UnknownScheme, match=r"tcp://, file://, serial://, usb://, rfc2217://"):
        await open_transport(url)


async def test_a_fifo_counts_what_it_accepted_and_hears_by_a_second_one(tmp_path: Path) -> None:
    there, back = tmp_path / "there", tmp_path / "back"
    os.mkfifo(there)
    os.mkfifo(back)
    with pytest.raises(OpenFailed, match="No such device or address"):
        await open_transport(f"file://{there}")
    device = os.open(there, os.O_RDONLY | os.O_NONBLOCK)
    async with opened(f"file://{there}?replies={back}") as link:
        assert link.carries_replies
        accepted = await write_until_full(link, MUCH)
        assert link.pending() == accepted
        read = b""
        while len(read) < accepted:
            read += os.read(device, 65_536)
        assert read == MUCH[:accepted]
        answering = os.open(back, os.O_WRONLY | os.O_NONBLOCK)
        os.write(answering, b"\x16")
        assert await link.read() == b"\x16"
        os.close(answering)
        os.close(device)
        with pytest.raises(LinkLost, match="Broken pipe"):
            await link.write(b"x")


async def test_a_plain_file_is_appended_to_and_never_answers(tmp_path: Path) -> None:
    path = tmp_path / "with space" / "port"
    path.parent.mkdir()
    for _ in range(2):
        async with opened(f"file://{tmp_path}/with%20space/port") as link:
            assert not link.carries_replies
            assert await link.write(b"abc") == 3
            assert link.pending() == 0
    assert path.read_bytes() == b"abcabc"


async def test_a_device_that_is_called_ready_and_takes_nothing_is_not_asked_without_a_pause(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """usblp does so when a printer has no paper."""
    asked = 0

    def refuse(fd: int, data: bytes) -> int:
        nonlocal asked
        asked += 1
        raise BlockingIOError

    async with tcp_peer() as (link, _):
        with monkeypatch.context() as patched:
            patched.setattr(os, "write", refuse)
            with pytest.raises(TimeoutError):
                async with within(SystemClock(), 0.3):
                    await link.write(b"slip")
        assert 1 < asked < 12
        assert link.accepted == 0


async def test_every_link_counts_what_it_accepted_since_it_was_opened(tmp_path: Path) -> None:
    async with tcp_peer() as (link, _), opened(f"file://{tmp_path}/paper") as paper:
        for each in (link, paper):
            assert each.accepted == 0
            await each.write(b"hello")
            assert await each.write(bytes(100_000)) == PIECE_BYTES
            assert each.accepted == 5 + PIECE_BYTES
    with memory_device("counted") as device:
        device.window_bytes = 10
        async with opened("memory://counted") as link:
            await link.write(bytes(25))
            assert link.accepted == 10


async def test_the_null_device_takes_everything() -> None:
    async with opened("file:///dev/null") as link:
        assert not link.carries_replies
        assert await write_until_full(link, MUCH) == len(MUCH)


async def test_a_terminal_device_speaks_both_ways_and_ends_when_unplugged() -> None:
    master, slave = os.openpty()
    os.set_blocking(master, False)
    async with opened(f"file://{os.ttyname(slave)}") as link:
        os.close(slave)
        assert link.carries_replies
        await write_all(link, b"hello", SystemClock(), 1)
        assert os.read(master, 64) == b"hello"
        os.write(master, b"well\n")
        assert await link.read() == b"well\n"
        os.close(master)
        with pytest.raises(LinkLost):
            await link.read()


async def test_a_memory_link_has_one_user_and_a_window() -> None:
    with memory_device("till") as device:
        device.window_bytes = 10
        async with opened("memory://till") as link:
            with pytest.raises(OpenFailed, match="busy"):
                await open_transport("memory://till")
            assert await link.write(bytes(25)) == 10
            with pytest.raises(TimeoutError):
                async with within(SystemClock(), 0.01):
                    await link.write(b"more")
            assert await device.read() == bytes(10)
            assert await link.write(b"more") == 4
        device.is_present = False
        with pytest.raises(OpenFailed, match="not there"):
            await open_transport("memory://till")
    with memory_device("till") as device:
        link = await open_transport("memory://till")
        device.drop()
        with pytest.raises(LinkLost, match="plug was pulled"):
            await link.read()


async def test_a_bounded_wait_ends_by_the_clock_it_was_given() -> None:
    clock = ManualClock()
    outcome: list[str] = []

    async def wait() -> None:
        try:
            async with within(clock, 10):
                await asyncio.get_running_loop().create_future()
        except TimeoutError:
            outcome.append("late")

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(wait())
        await clock.advance(9.9)
        assert outcome == []
        await clock.advance(0.2)
        assert outcome == ["late"]


async def test_a_name_whose_device_is_gone_is_no_file_to_make(tmp_path: Path) -> None:
    name = tmp_path / "printer"
    name.symlink_to("/dev/shm/shubbak-no-such-device")
    with pytest.raises(OpenFailed, match="no such device"):
        await open_transport(f"file://{name}")
    assert not gone(name)


def gone(name: Path) -> bool:
    """Tell whether something was made where the name leads."""
    return name.exists()
