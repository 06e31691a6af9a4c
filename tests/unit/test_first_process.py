"""The process that serves a set-up: what its end means to its supervisor."""

import asyncio
import socket
from pathlib import Path

import pytest

from core_services.watchdog import Systemd
from queue_server.processes import supervisor
from queue_server.processes.errors import NotReady, ProcessesFailed
from queue_server.processes.words import Begin
from queue_server.settings import ServerSettings


class Ends:
    """A process that ends before it serves."""

    pid = 1

    def __init__(self, stop: asyncio.Event, *, is_told: bool) -> None:
        self._stop = stop
        self._is_told = is_told

    async def ready(self) -> None:
        if self._is_told:
            self._stop.set()
        raise NotReady("it ended")

    def let_go(self) -> None:
        """Nobody is at the other end."""


@pytest.mark.parametrize("is_told", [True, False])
async def test_one_that_ends_before_it_serves_is_a_failure_unless_all_are_told_to_stop(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, is_told: bool
) -> None:
    stop = asyncio.Event()

    async def start(*_: object) -> Ends:
        return Ends(stop, is_told=is_told)

    monkeypatch.setattr(supervisor, "start_share", start)
    with socket.socket() as listener:
        begun = supervisor._set_up_first(
            ServerSettings(data_dir=tmp_path), Begin(app_dsn=""), listener, Systemd(None), stop
        )
        if is_told:
            assert not await begun
        else:
            with pytest.raises(ProcessesFailed, match="it ended"):
                await begun
