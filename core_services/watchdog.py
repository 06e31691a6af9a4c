"""Tells systemd that a program is ready, how it stands, that it lives, and that it stops.

sd_notify(3): datagrams of assignments to the socket that `NOTIFY_SOCKET` names. Where it names none
(a terminal, the demonstration, a test) nothing is told and nothing else changes.
"""

import asyncio
import faulthandler
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from typing import Final

import structlog

from core_services.clock import Clock
from core_services.pulse import Pulse

logger = structlog.get_logger()

LOOK_EVERY_S: Final = 5.0
"""How often a program looks at itself where systemd wants to hear of it less often."""
_READY_LOOK_S: Final = 0.1

IsReady = Callable[[], Awaitable[bool]]
Status = Callable[[], str]


class Systemd:
    """The service manager that started this process, if one did."""

    def __init__(self, address: str | None = None, watchdog_s: float | None = None) -> None:
        """`address`: a path, or an abstract name behind `@`. `watchdog_s`: the silence that it
        bears; None where it does not watch."""
        self.watchdog_s = watchdog_s
        self._address = address
        self._is_deaf = False

    @classmethod
    def of(cls, environment: MutableMapping[str, str]) -> "Systemd":
        """Take what is ours from the environment, so that no program we start speaks for us."""
        address = environment.pop("NOTIFY_SOCKET", None)
        microseconds = environment.pop("WATCHDOG_USEC", "")
        watched = environment.pop("WATCHDOG_PID", str(os.getpid()))
        if not microseconds.isdecimal() or watched != str(os.getpid()):
            return cls(address)
        return cls(address, int(microseconds) / 1_000_000 or None)

    @property
    def is_there(self) -> bool:
        return bool(self._address)

    def tell(self, *assignments: str) -> None:
        """Send assignments such as `READY=1`; one that cannot be sent is logged, once."""
        if not self._address:
            return
        name = f"\0{self._address[1:]}" if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
                out.setblocking(False)
                out.sendto("\n".join(assignments).encode(), name)
        except OSError as error:
            if not self._is_deaf:
                logger.warning("systemd_does_not_hear", why=str(error))
            self._is_deaf = True
        else:
            self._is_deaf = False


@asynccontextmanager
async def watched(
    systemd: Systemd,
    pulse: Pulse,
    *,
    is_ready: IsReady,
    status: Status,
    clock: Clock,
    is_last: Callable[[], bool] = lambda: True,
) -> AsyncIterator[None]:
    """Tell systemd of this program for the block, and that it stops when the block ends.

    A program that goes on after the block with another one says so by `is_last`.

    `READY=1` once `is_ready` says so; from then on `WATCHDOG=1` twice in each time that systemd
    bears, as long as nothing in `pulse` is overdue. `status` is one line for `systemctl status`.
    Killed for its silence (SIGABRT), the process says on standard error where each thread stood.
    """
    if not systemd.is_there:
        yield
        return
    if not faulthandler.is_enabled():
        faulthandler.enable()
    telling = asyncio.create_task(_keep_telling(systemd, pulse, is_ready, status, clock))
    try:
        yield
    finally:
        if is_last():
            systemd.tell("STOPPING=1", "STATUS=stopping")
        telling.cancel()
        await asyncio.wait({telling})


async def _keep_telling(
    systemd: Systemd, pulse: Pulse, is_ready: IsReady, status: Status, clock: Clock
) -> None:
    while not await is_ready():
        await clock.sleep(_READY_LOOK_S)
    said = status()
    systemd.tell("READY=1", f"STATUS={said}")
    pause_s = LOOK_EVERY_S
    if systemd.watchdog_s is not None:
        pause_s = min(pause_s, systemd.watchdog_s / 2)
    before: frozenset[str] = frozenset()
    hanging: frozenset[str] = frozenset()
    while True:
        overdue = pulse.overdue()
        # Twice in a row: a machine that was suspended looks late once, and is not.
        hanging = _tell_of(overdue & before, hanging)
        before = overdue
        if not hanging:
            systemd.tell("WATCHDOG=1")
        now = f"hangs: {', '.join(sorted(hanging))}" if hanging else status()
        if now != said:
            said = now
            systemd.tell(f"STATUS={said}")
        await clock.sleep(pause_s)


def _tell_of(hanging: frozenset[str], was: frozenset[str]) -> frozenset[str]:
    """Log what began to hang and what goes on again; return what hangs."""
    for what in sorted(hanging - was):
        logger.error("task_hangs", task=what, advice="the watchdog is no longer fed")
    for what in sorted(was - hanging):
        logger.info("task_goes_on", task=what)
    return hanging
