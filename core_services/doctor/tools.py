"""The programs that remedies call: those of any Debian, and the packages of the others."""

import os
import shutil
from collections.abc import Iterator
from typing import Final

USUAL: Final = frozenset(
    (
        *("apt-get", "cat", "chmod", "chown", "date", "df", "dmesg", "du", "findmnt", "getent"),
        *("grep", "install", "ip", "journalctl", "localectl", "ls", "mount", "mv", "nano", "ping"),
        *("ps", "rm", "runuser", "sed", "ss", "systemctl", "tail", "timedatectl"),
    )
)
"""On every Debian from its installation on (priority `required` or `important`)."""

PACKAGES: Final = {
    "aplay": "alsa-utils",
    "curl": "curl",
    "fuser": "psmisc",
    "ipptool": "cups-ipp-utils",
    "lpstat": "cups-client",
    "lsusb": "usbutils",
    "openssl": "openssl",
    "pg_dropcluster": "postgresql-common",
    "pg_isready": "postgresql-client",
    "pg_lsclusters": "postgresql-common",
    "pg_upgradecluster": "postgresql-common",
    "psql": "postgresql-client",
}
"""Whoever is told to call one may lack it."""

_ADMINISTRATORS: Final = "/usr/local/sbin:/usr/sbin:/sbin"


def with_tools(commands: tuple[str, ...]) -> Iterator[str]:
    """Give commands, before them what installs those programs that this machine lacks.

    What is done on another machine says so behind a `#`, and needs nothing of this one.
    """
    here = [each for each in commands if "  # " not in each]
    lacking = {PACKAGES[name] for each in here if (name := program_of(each)) in _missing()}
    if lacking:
        yield f"apt-get install -y {' '.join(sorted(lacking))}"
    yield from commands


def program_of(command: str) -> str:
    """Return the program that a command runs, as itself or as another user."""
    words = command.split()
    if words[:2] == ["runuser", "-u"] and "--" in words:
        words = words[words.index("--") + 1 :]
    return words[0] if words else ""


def _missing() -> set[str]:
    path = f"{os.environ.get('PATH', os.defpath)}:{_ADMINISTRATORS}"
    return {name for name in PACKAGES if shutil.which(name, path=path) is None}
