"""Makes a data folder one demonstration's own, and ends what a killed one left running there."""

import fcntl
import os
import select
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from queue_server.demo.errors import DemoFailed

logger = structlog.get_logger()

LOCK = "lock"
_STARTED_AS = (
    {"shubbak", "serve", "server.toml"},
    {"shubbak-kiosk", "kiosk.toml"},
    {"shubbak-display", "display.toml"},
    {"shubbak-workstation", "workstation.toml"},
    {"shubbak-devices", "hall"},
    {"queue_server.demo.bots", "demo.json"},
)
"""The last parts of words that each program's command line has."""
_ENDS_WITHIN_MS = 5_000


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Hold the folder for the block, making it if need be; the kernel frees it if we are killed.

    Raises DemoFailed when a demonstration runs there already, OSError.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.read(descriptor, 32).decode(errors="replace").strip()
            raise DemoFailed(
                f"a demonstration runs in {folder} already (process {holder or 'unknown'}); stop "
                "it first, or choose another folder with --data"
            ) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(descriptor)


def end_remains(folder: Path) -> list[int]:
    """End the programs that a killed demonstration left running in a folder that we hold.

    They are found by what they were started with, so that a number that now means another process
    is never hit. All of them keep what they acknowledged when killed. The database is not ended:
    it is adopted. Returns the process ids.
    """
    ended = []
    for pid in _pids():
        try:
            handle = os.pidfd_open(pid)
        except OSError:
            continue
        try:
            if _is_ours(pid, folder):
                logger.warning("ending_remains", pid=pid)
                signal.pidfd_send_signal(handle, signal.SIGKILL)
                poll = select.poll()
                poll.register(handle, select.POLLIN)
                poll.poll(_ENDS_WITHIN_MS)
                ended.append(pid)
        except OSError:
            continue
        finally:
            os.close(handle)
    return ended


def _pids() -> list[int]:
    me = os.getpid()
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) != me]


def _is_ours(pid: int, folder: Path) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return False
    paths = [Path(word) for word in words]
    names = {path.name for path in paths}
    return any(folder in (path, path.parent) for path in paths) and any(
        marks <= names for marks in _STARTED_AS
    )
