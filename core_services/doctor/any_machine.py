"""The looks that every machine has, and those that every agent has, in the order they are told."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from core_services.clock import Clock
from core_services.doctor.disks import disk_check, folder_check, keeping_check
from core_services.doctor.machine import Machine, locale_check, memory_check, program_check
from core_services.doctor.model import Check, Role
from core_services.doctor.ports import port_check
from core_services.doctor.private import secrets_check
from core_services.doctor.server_line import ServerLine
from core_services.doctor.timekeeping import ntp_check, zone_check
from core_services.doctor.units import units_check

ZONE = "Africa/Cairo"
"""Of every centre, unless its own file says otherwise."""


class AgentSettings(Protocol):
    """What the settings of every agent have."""

    @property
    def name(self) -> str: ...

    @property
    def server(self) -> str: ...

    @property
    def server_ca(self) -> Path | None: ...

    @property
    def token_file(self) -> Path: ...

    @property
    def port(self) -> int: ...

    @property
    def data_dir(self) -> Path: ...


def whole_machine_checks(role: Role, units: Sequence[str], machine: Machine) -> list[Check]:
    """Return the looks that need no settings; `units` are the program's, its own first."""
    return [
        program_check(),
        locale_check(),
        memory_check(machine),
        zone_check(ZONE),
        ntp_check(machine),
        units_check(units, role, machine),
    ]


def data_checks(folder: Path, role: Role, machine: Machine) -> list[Check]:
    """Return the looks at the folder that a program keeps its data in."""
    return [folder_check(folder, role), disk_check(folder), keeping_check(folder, machine)]


def agent_checks(
    settings: AgentSettings,
    clock: Clock,
    machine: Machine,
    *,
    kind: Role,
    file: Path | None,
    secrets: Sequence[Path] = (),
) -> list[Check]:
    """Return the looks that every agent has; `secrets` are files beside its token."""
    where = str(file or f"/etc/shubbak/{kind}.toml")
    line = ServerLine(
        settings.server,
        settings.token_file,
        clock,
        kind=kind,
        name=settings.name,
        settings=where,
        server_ca=settings.server_ca,
    )
    return [
        *data_checks(settings.data_dir, kind, machine),
        secrets_check([settings.token_file, *secrets], kind, data_dir=settings.data_dir),
        *line.checks(),
        port_check(
            settings.port,
            host="127.0.0.1",
            unit=f"shubbak-{kind}.service",
            setting=f"port, {where}",
        ),
    ]
