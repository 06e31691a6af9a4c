"""Looks at systemd's units: those of this program's release, started with the machine."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from core_services.doctor.machine import Machine, in_thread
from core_services.doctor.model import N_, Check, Finding, Role, broken, skipped, warning, well

SHIPPED: Final = Path(__file__).parents[2] / "queue_server" / "installing" / "material"
"""The files that `shubbak install` writes; only read, since libraries know no program."""
_USUAL_PROGRAMS: Final = "/opt/shubbak/bin/"
_TIMEOUT_S: Final = 10
_OFTEN: Final = 5
"""A program that systemd had to start again so often since it was last started by hand."""


def units_check(names: Sequence[str], role: Role, machine: Machine) -> Check:
    """Look at the units and rules with these names; the first of them is the program's own."""
    return Check("units", N_("Units of systemd"), in_thread(lambda: _units(names, role, machine)))


def as_installed(name: str) -> str:
    """Return a packed file as it is written on this machine: units run the programs of this one.

    Raises OSError for a file that is not packed.
    """
    text = (SHIPPED / name).read_text(encoding="utf-8")
    return text.replace(_USUAL_PROGRAMS, f"{sys.prefix}/bin/")


def _units(names: Sequence[str], role: Role, machine: Machine) -> Sequence[Finding]:
    if not machine.systemd.is_dir():
        return [skipped(N_("systemd does not run this machine"))]
    if not SHIPPED.is_dir():
        return [skipped(N_("this installation came without units"))]
    findings = [finding for name in names for finding in _wrong_with(name, role, machine)]
    findings += _life(names[0])
    return findings or [well(N_("as this release brings them"))]


def _wrong_with(name: str, role: Role, machine: Machine) -> Iterator[Finding]:
    folder = machine.rules if name.endswith(".rules") else machine.units
    remedy = N_("Let this release write its own; changes belong into `systemctl edit`.")
    install = f"shubbak install --role {role} --apply"
    try:
        found = (folder / name).read_text(encoding="utf-8", errors="replace")
    except OSError:
        yield broken(N_("{name} is not installed", name=name), remedy, install)
        return
    if found != as_installed(name):
        yield warning(
            N_("{name} is not the one of this release", name=name),
            remedy,
            f"shubbak install --role {role} --print",
            install,
        )


def _life(unit: str) -> Iterator[Finding]:
    """Ask systemd whether the unit comes up with the machine, and how it fares."""
    try:
        done = subprocess.run(
            ["systemctl", "show", unit, "--property=UnitFileState,ActiveState,NRestarts"],
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return
    state = dict(line.partition("=")[::2] for line in done.stdout.splitlines())
    if state.get("UnitFileState") == "disabled":
        yield warning(
            N_("{name} does not start with the machine", name=unit),
            N_("Enable it, so that it comes back after a power cut."),
            f"systemctl enable --now {unit}",
        )
    restarts = state.get("NRestarts", "0")
    if restarts.isdigit() and int(restarts) >= _OFTEN:
        yield warning(
            N_("{name} had to be started again {count} times", name=unit, count=restarts),
            N_("See why it ended."),
            f"journalctl -u {unit} -p warning -n 50 --no-pager",
        )
