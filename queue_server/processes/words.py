"""What a supervisor and its server processes say to each other: lines over a pair of sockets.

A supervisor may be older than the processes that it starts, and the reverse never happens. Nothing
here is therefore removed, renamed or made required.
"""

import asyncio
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

LEAVE: Final = b"leave\n"
"""To a process: take no more connections, finish what you have, and end. A pair that is closed
means the same without patience: the supervisor stops, or is dead."""

READY: Final = b"READY=1\n"
"""From a process: connections are taken, and changes reach screens. It and its other lines are
those of sd_notify(3)."""

SILENCE_S: Final = 60.0
"""A process whose loop stands, or whose work of a second does not end, says `WATCHDOG=1` no more;
after so long without a word it is ended, as systemd ends a server of one process."""


class Begin(BaseModel):
    """The first line to a process: what it serves."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    app_dsn: str
    """The database as the supervisor reached it, or keeps it itself."""
    config: Path | None = None
    """The settings file, read anew by each process."""
    listen: str | None = None
    data_dir: Path | None = None
    processes: int | None = None
    """These three as the command line had them."""
    sets_up: bool = False
    """There is no centre yet: serve its set-up, reaching the database by yourself, and end with
    code 0 once there is one."""


async def next_line(reader: asyncio.StreamReader) -> bytes:
    """Return what the other end says next; b"" when it is gone, however it went.

    The kernel resets a pair whose end is gone before it read all that it was told.
    """
    try:
        return await reader.readline()
    except ConnectionError:
        return b""
