"""Where a machine keeps what an examination reads, and the looks at the machine as a whole."""

import asyncio
import os
import platform
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core_services.doctor.examination import VERSION
from core_services.doctor.model import N_, Check, Finding, broken, skipped, warning, well

OLDEST_PYTHON: Final = (3, 11)
_LITTLE_MEMORY: Final = 200 * 1024**2
_NO_MEMORY: Final = 60 * 1024**2
"""A kiosk takes 130 MB, typst among it."""


@dataclass(frozen=True, slots=True)
class Machine:
    """The paths and programs of a machine; Debian's own by default."""

    units: Path = Path("/etc/systemd/system")
    rules: Path = Path("/etc/udev/rules.d")
    systemd: Path = Path("/run/systemd/system")
    """There while systemd runs the machine."""
    meminfo: Path = Path("/proc/meminfo")
    mounts: Path = Path("/proc/self/mountinfo")
    sound_cards: Path = Path("/proc/asound/cards")
    timedatectl: str = "timedatectl"


def in_thread(
    look: Callable[[], Sequence[Finding]],
) -> Callable[[], Awaitable[Sequence[Finding]]]:
    """Return a look whose blocking work is done in a thread."""

    async def looking() -> Sequence[Finding]:
        return await asyncio.to_thread(look)

    return looking


def program_check() -> Check:
    """Say what runs here, for whoever is told about it."""
    return Check("program", N_("Program"), in_thread(_program))


def memory_check(machine: Machine) -> Check:
    """Look whether there is memory left."""
    return Check("memory", N_("Memory"), in_thread(lambda: _memory(machine.meminfo)))


def locale_check() -> Check:
    """Look whether names of files may be Arabic."""
    return Check("locale", N_("Locale"), in_thread(_locale))


def _program() -> list[Finding]:
    python = platform.python_version()
    seen = N_("Shubbak {version}, Python {python}", version=VERSION, python=python)
    if sys.version_info < OLDEST_PYTHON:
        oldest = ".".join(map(str, OLDEST_PYTHON))
        return [
            broken(
                seen,
                N_("Python {oldest} or later is needed.", oldest=oldest),
                "apt-get install python3",
            )
        ]
    return [well(seen)]


def _memory(meminfo: Path) -> list[Finding]:
    try:
        lines = meminfo.read_text(encoding="ascii").splitlines()
    except OSError:
        return [skipped(N_("this machine does not tell"))]
    free = next((int(line.split()[1]) * 1024 for line in lines if "MemAvailable" in line), None)
    if free is None:
        return [skipped(N_("this machine does not tell"))]
    seen = N_("{free} are free", free=size_words(free))
    remedy = N_("See which programs take the most, and end or move what does not belong here.")
    command = "ps -eo rss,pid,args --sort=-rss | head"
    if free < _NO_MEMORY:
        return [broken(seen, remedy, command)]
    if free < _LITTLE_MEMORY:
        return [warning(seen, remedy, command)]
    return [well(seen)]


def _locale() -> list[Finding]:
    encoding = sys.getfilesystemencoding()
    if encoding.lower().replace("-", "") != "utf8":
        return [
            broken(
                N_("names of files are {encoding} here, so Arabic ones fail", encoding=encoding),
                N_("Set a locale of UTF-8, then sign in again."),
                "localectl set-locale LANG=C.UTF-8",
            )
        ]
    language = os.environ.get("LC_ALL") or os.environ.get("LANG") or "C"
    return [well(N_("{language}, names of files are UTF-8", language=language))]


def size_words(size: int) -> str:
    """Return bytes as people read them: `3.2 GB`, `120 MB`."""
    if size >= 1024**3:
        return f"{size / 1024**3:.1f} GB"
    return f"{size / 1024**2:.0f} MB" if size >= 1024**2 else f"{size / 1024:.0f} kB"
