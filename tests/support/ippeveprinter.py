"""Starts OpenPrinting's `ippeveprinter`, an IPP Everywhere printer that shares no code with us."""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

_SYSTEM_PYTHON = "/usr/bin/python3"
_ANNOUNCER = Path(__file__).with_name("dnssd_stand_in.py")
_START_S = 20.0
_COMMAND = """#!/bin/sh
# Prints a job: waits for a hand while a file `out-of-paper` lies beside it.
here="$(dirname "$0")"
if [ -e "$here/out-of-paper" ]; then
  echo "STATE: +media-empty" >&2
  while [ -e "$here/out-of-paper" ]; do sleep 0.05; done
  echo "STATE: -media-empty" >&2
fi
cp "$1" "$here/printed-$IPP_JOB_NAME.pdf"
echo "$IPP_COPIES $IPP_MEDIA" > "$here/printed-$IPP_JOB_NAME.facts"
"""


@dataclass(frozen=True, slots=True)
class EvePrinter:
    """A running printer: its address and the folder in which its paper lies."""

    url: str
    folder: Path

    def printed(self) -> dict[str, bytes]:
        """Return the documents that were printed, by their job-names."""
        return {
            path.stem.removeprefix("printed-"): path.read_bytes()
            for path in self.folder.glob("printed-*.pdf")
        }

    def take_paper_out(self) -> None:
        (self.folder / "out-of-paper").touch()

    def put_paper_in(self) -> None:
        (self.folder / "out-of-paper").unlink()


def why_not() -> str | None:
    """Say what this machine lacks for it; None when all is there."""
    for program in ("ippeveprinter", "dbus-daemon"):
        if shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin") is None:
            return f"{program} is not installed (Debian: cups-ipp-utils, dbus)"
    if not Path(_SYSTEM_PYTHON).exists() or not list(
        Path("/usr/lib/python3/dist-packages").glob("gi")
    ):
        return "the system's Python has no GLib (Debian: python3-gi)"
    return None


@asynccontextmanager
async def eve_printer(folder: Path, *, takes: str = "application/pdf") -> AsyncIterator[EvePrinter]:
    """Run a printer on the loopback, with a message bus and an announcer of its own."""
    command = folder / "print"
    command.write_text(_COMMAND)
    command.chmod(0o700)
    (folder / "spool").mkdir()
    address = f"unix:path={folder / 'bus'}"
    environment = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": address}
    port = _free_port()
    started: list[Process] = []
    try:
        bus = ("dbus-daemon", "--session", "--nofork", "--print-address", f"--address={address}")
        started.append(await _start(environment, *bus))
        await _hear(started[-1], b"unix:")
        started.append(await _start(environment, _SYSTEM_PYTHON, "-W", "ignore", str(_ANNOUNCER)))
        await _hear(started[-1], b"ready")
        printer = (
            "/usr/sbin/ippeveprinter",
            *("-n", "localhost", "-p", str(port), "-d", str(folder / "spool")),
            *("-f", takes, "-c", str(command), "A4"),
        )
        started.append(await _start(environment, *printer))
        await _until_it_listens(port)
        yield EvePrinter(f"ipp://localhost:{port}/ipp/print", folder)
    finally:
        for process in reversed(started):
            # With its script, which may wait for paper and print into a folder that is going.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.communicate()


async def _start(environment: dict[str, str], *command: str) -> Process:
    return await asyncio.create_subprocess_exec(
        *command, env=environment, stdout=PIPE, stderr=STDOUT, start_new_session=True
    )


async def _hear(process: Process, word: bytes) -> None:
    assert process.stdout is not None
    async with asyncio.timeout(_START_S):
        while word not in (line := await process.stdout.readline()):
            if not line:
                raise RuntimeError(f"{sys.argv[0]}: a process of the printer ended at its start")


async def _until_it_listens(port: int) -> None:
    async with asyncio.timeout(_START_S):
        while True:
            try:
                _, writer = await asyncio.open_connection("localhost", port)
            except OSError:
                await asyncio.sleep(0.02)
                continue
            writer.close()
            return


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
