"""Which server processes run on a data folder: a file for each, locked as long as it lives."""

import asyncio
import fcntl
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

RUNNING: Final = "running"
_LOOK_EVERY_S: Final = 0.05


@contextmanager
def marked_as_running(data_dir: Path) -> Iterator[None]:
    """Hold this process's mark for the block; a kill frees it too."""
    folder = data_dir / RUNNING
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / str(os.getpid())
    with _alone(folder):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)


def running_servers(data_dir: Path) -> list[int]:
    """Return the processes whose marks are held; marks of the dead are removed. Blocks shortly."""
    folder = data_dir / RUNNING
    if not folder.is_dir():
        return []
    found = []
    with _alone(folder):
        for path in folder.iterdir():
            with suppress(FileNotFoundError, ValueError):
                if _is_held(path):
                    found.append(int(path.name))
                else:
                    path.unlink()
    return sorted(found)


async def stop_servers(data_dir: Path, *, within_s: float) -> list[int]:
    """Ask every server of the folder to end, and wait; return those that still run after that.

    A server tells its agents, finishes what it answers, and then stops a database of its own.
    """
    for pid in running_servers(data_dir):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    for _ in range(round(within_s / _LOOK_EVERY_S)):
        if not running_servers(data_dir):
            break
        await asyncio.sleep(_LOOK_EVERY_S)
    return running_servers(data_dir)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let nobody else make or judge a mark meanwhile: a new one is never taken for a dead one's."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _is_held(path: Path) -> bool:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
