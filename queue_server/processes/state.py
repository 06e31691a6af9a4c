"""What a supervisor of server processes writes down for the commands of this machine."""

import os
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from core_services.files import write_durably

_BEGAN_AT: Final = 19
"""Of /proc/PID/stat after the name in brackets, `starttime` (proc(5), field 22)."""


class ProcessesState(BaseModel):
    """One server of several processes as it stands."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    supervisor: int
    began: int
    """Its start in the kernel's ticks, since its number may come to mean another program."""
    workers: tuple[int, ...] = ()
    """The processes that serve."""
    reloads_begun: int = 0
    reloads_done: int = 0
    problem: str | None = None
    """Why the latest reload was given up; None: it was not."""


def state_path(data_dir: Path, port: int) -> Path:
    """Return where the server of that port writes it."""
    return data_dir / f"server-{port}.json"


def write_state(path: Path, state: ProcessesState) -> None:
    """Put it down; raises OSError."""
    write_durably(path, state.model_dump_json().encode())


def read_state(path: Path) -> ProcessesState | None:
    """Return the state of a supervisor that lives, or None."""
    try:
        state = ProcessesState.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
    return state if began(state.supervisor) == state.began else None


def began(pid: int) -> int | None:
    """Return when a process began, in the kernel's ticks; None when there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return int(stat.rpartition(")")[2].split()[_BEGAN_AT])


def own_state() -> ProcessesState:
    """Return the state of this process as a supervisor with nobody yet."""
    return ProcessesState(supervisor=os.getpid(), began=began(os.getpid()) or 0)
