"""A server process that hangs: its supervisor ends it, however it hangs."""

import asyncio
import os
import signal
import socket
import time
from collections.abc import AsyncIterator

import pytest

from queue_server.processes import share
from queue_server.processes.errors import NotReady
from queue_server.processes.share import Share


@pytest.fixture
async def silent() -> AsyncIterator[Share]:
    """A process that lives and says nothing over its pair."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = await asyncio.create_subprocess_exec("sleep", "60", pass_fds=(theirs.fileno(),))
    held = Share(process, *await asyncio.open_connection(sock=ours))
    yield held
    await held.stop()


async def test_a_process_that_says_nothing_for_too_long_is_aborted(
    silent: Share, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(share, "SILENCE_S", 0.05)
    assert await silent.watched() == -signal.SIGABRT


async def test_a_process_that_cannot_even_abort_is_killed(
    silent: Share, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(share, "SILENCE_S", 0.05)
    monkeypatch.setattr(share, "_SAYS_WHERE_WITHIN_S", 0.05)
    os.kill(silent.pid, signal.SIGSTOP)
    assert await silent.watched() == -signal.SIGKILL


async def test_a_supervisor_that_stood_still_itself_hears_first_what_was_said_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(share, "SILENCE_S", 1.0)
    ours, theirs = socket.socketpair()
    process = await asyncio.create_subprocess_exec("sleep", "60")
    held = Share(process, *await asyncio.open_connection(sock=ours))
    watching = asyncio.create_task(held.watched())
    await asyncio.sleep(0)
    with theirs:
        theirs.send(b"WATCHDOG=1\n")
    time.sleep(1.1)  # noqa: ASYNC251 - the supervisor stands still
    await asyncio.sleep(0.1)
    process.terminate()
    assert await watching == -signal.SIGTERM
    await held.stop()


async def test_one_that_is_killed_with_a_word_unread_has_ended_like_any_other(
    silent: Share,
) -> None:
    leaving = asyncio.create_task(silent.leave())
    await asyncio.sleep(0)
    os.kill(silent.pid, signal.SIGKILL)
    assert await silent.watched() == -signal.SIGKILL
    await leaving


async def test_one_that_has_said_its_last_and_does_not_go_is_killed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(share, "STOPPED_WITHIN_S", 0.05)
    for is_awaited in (True, False):
        ours, theirs = socket.socketpair()
        process = await asyncio.create_subprocess_exec("sleep", "60")
        held = Share(process, *await asyncio.open_connection(sock=ours))
        theirs.close()
        if is_awaited:
            with pytest.raises(NotReady, match="code -9"):
                await held.ready()
        else:
            assert await held.watched() == -signal.SIGKILL


async def test_one_that_ends_just_when_its_time_is_over_is_not_killed_in_vain(
    silent: Share, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def too_late(_: float) -> bool:
        os.kill(silent.pid, signal.SIGTERM)
        await silent.ended()
        return False

    monkeypatch.setattr(silent, "_ended_within", too_late)
    await silent.stop()
    assert await silent.ended() == -signal.SIGTERM
