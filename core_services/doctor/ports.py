"""Looks who listens where a program serves: itself, nobody, or a stranger with a name."""

import asyncio
import os
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

from core_services.doctor.model import N_, Check, Finding, broken, warning, well
from core_services.link.probe import ProbeFailed, ask
from core_services.link.trust import believing_anybody

_TABLES: Final = ("/proc/net/tcp", "/proc/net/tcp6")
_LISTENS: Final = "0A"


def port_check(
    port: int,
    *,
    host: str,
    unit: str,
    setting: str,
    path: str = "/healthz",
    is_tls: bool = False,
) -> Check:
    """Look at the port that a program serves on; `unit` runs it, `setting` is where it is set."""
    look = partial(_look, port, host=host, unit=unit, setting=setting, path=path, is_tls=is_tls)
    return Check("port", N_("Port"), look)


async def _look(
    port: int, *, host: str, unit: str, setting: str, path: str, is_tls: bool
) -> Sequence[Finding]:
    where = f"{host}:{port}"
    holders = await asyncio.to_thread(listeners, port)
    try:
        # Whose certificate it shows is looked at apart; no secret goes this way.
        answer = await ask(own_address(host, port, is_tls=is_tls), path, tls=believing_anybody())
    except ProbeFailed as failed:
        if failed.stage == "tls":
            return [_speaks_plain(where, unit)]
        if failed.stage == "answer" or holders:
            return [_taken(port, where, holders, unit, setting)]
        return [
            warning(
                N_("nothing serves {where}: the program is not running", where=where),
                N_("Start it; if it ends again, see why."),
                f"systemctl start {unit}",
                f"journalctl -u {unit} -n 50 --no-pager",
            )
        ]
    if answer.status == 200 and answer.headers.get("content-type", "").startswith(
        "application/json"
    ):
        return [well(N_("the program answers at {where}", where=where))]
    return [_taken(port, where, holders, unit, setting)]


def _taken(port: int, where: str, holders: Sequence[str], unit: str, setting: str) -> Finding:
    return broken(
        N_(
            "{where} is taken by another program: {holder}",
            where=where,
            holder=", ".join(holders) or N_("not to be seen by this user"),
        ),
        N_("End that program, or set another port: {setting}. Then start ours.", setting=setting),
        f"ss -ltnp 'sport = :{port}'",
        f"systemctl restart {unit}",
    )


def _speaks_plain(where: str, unit: str) -> Finding:
    return broken(
        N_("what answers at {where} does not speak TLS, as the settings want it", where=where),
        N_("Start the server again, so that it takes the certificate up."),
        f"systemctl restart {unit}",
        f"journalctl -u {unit} -n 50 --no-pager",
    )


def own_address(host: str, port: int, *, is_tls: bool) -> str:
    """Return where this machine asks its own program."""
    return f"{'https' if is_tls else 'http'}://{_local(host)}:{port}"


def _local(host: str) -> str:
    """Return the address by which this machine reaches a host that it listens on."""
    if host in ("0.0.0.0", "localhost"):
        return "127.0.0.1"
    return "[::1]" if host in ("::", "::1") else f"[{host}]" if ":" in host else host


def listeners(port: int) -> list[str]:
    """Return the programs that listen on a TCP port, as `name (process 123)`.

    Those of other users are seen by root alone. Blocks for some milliseconds.
    """
    inodes = _inodes(port)
    if not inodes:
        return []
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if any(_link_of(each) in inodes for each in (process / "fd").iterdir()):
                name = (process / "comm").read_text().strip()
                found.append(f"{name} (process {process.name})")
    return sorted(found)


def _link_of(descriptor: Path) -> str:
    """Return what a descriptor of a process is; empty for one that was closed meanwhile."""
    try:
        return os.readlink(descriptor)
    except OSError:
        return ""


def _inodes(port: int) -> set[str]:
    wanted = f":{port:04X}"
    inodes = set()
    for table in _TABLES:
        with suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                words = line.split()
                if words[3] == _LISTENS and words[1].endswith(wanted):
                    inodes.add(f"socket:[{words[9]}]")
    return inodes
