"""Looks at time: the centre's zone, the source of the machine's clock, whether two agree."""

import subprocess
from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core_services.doctor.machine import Machine, in_thread
from core_services.doctor.model import N_, Check, Finding, Words, broken, skipped, warning, well
from core_services.doctor.wheels import from_wheels

_NOTICEABLE: Final = timedelta(seconds=3)
_TOO_MUCH: Final = timedelta(seconds=60)
_SET_CLOCK: Final = ("timedatectl set-ntp true", "timedatectl status")
BY_HAND: Final = (
    "timedatectl set-ntp false",
    "timedatectl set-time '2026-11-22 09:14:00'",
)
"""The clock and what keeps it over a restart; systemd refuses while it follows a time server."""


def zone_check(zone: str) -> Check:
    """Look whether the wall of the centre's zone can be told."""
    return Check("zone", N_("Time zone"), in_thread(lambda: zone_findings(zone)))


def ntp_check(machine: Machine) -> Check:
    """Look whether the machine's clock follows a time server, as systemd says."""
    return Check("clock-source", N_("Clock's source"), in_thread(lambda: _ntp(machine.timedatectl)))


def zone_findings(zone: str) -> Sequence[Finding]:
    """Look for a zone in the tables of time."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, OSError):
        return [
            broken(
                N_("the zone {zone} is not known here", zone=zone),
                N_("Install the tables of time zones."),
                from_wheels("tzdata"),
                "apt-get install tzdata",
            )
        ]
    return [well(N_("{zone} is known", zone=zone))]


def clock_findings(ahead: timedelta, other: Words) -> Sequence[Finding]:
    """Judge by how much this machine's clock is ahead of another's; `other` names that one."""
    apart = abs(ahead)
    seconds = f"{apart.total_seconds():.0f}"
    if apart < _NOTICEABLE:
        return [well(N_("agrees with {other}", other=other))]
    seen = (
        N_("{seconds} s ahead of {other}", seconds=seconds, other=other)
        if ahead > timedelta()
        else N_("{seconds} s behind {other}", seconds=seconds, other=other)
    )
    remedy = N_("Let both follow the same time server; where there is none, set this one by hand.")
    if apart < _TOO_MUCH:
        return [warning(seen, remedy, *_SET_CLOCK)]
    return [broken(seen, remedy, *_SET_CLOCK, *BY_HAND)]


def _ntp(timedatectl: str) -> Sequence[Finding]:
    match _property(timedatectl, "NTPSynchronized"):
        case "yes":
            return [well(N_("follows a time server"))]
        case "no":
            return [
                warning(
                    N_("follows no time server"),
                    N_(
                        "Turn it on. In a network without the Internet name the network's own "
                        "time server first."
                    ),
                    *_lacking(timedatectl),
                    "sed -i 's/^#\\?NTP=.*/NTP=192.168.10.1/' /etc/systemd/timesyncd.conf",
                    "systemctl restart systemd-timesyncd",
                    *_SET_CLOCK,
                )
            ]
    return [skipped(N_("timedatectl does not answer here"))]


def _lacking(timedatectl: str) -> tuple[str, ...]:
    """Return what installs a program that follows a time server, where there is none."""
    has_none = _property(timedatectl, "CanNTP") == "no"
    return ("apt-get install -y systemd-timesyncd",) if has_none else ()


def _property(timedatectl: str, name: str) -> str | None:
    """Return what systemd says of the clock; None where it does not answer."""
    try:
        done = subprocess.run(
            [timedatectl, "show", f"--property={name}", "--value"],
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip()
