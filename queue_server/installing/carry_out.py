"""Carries an installation out: each file whole or not at all, then the commands."""

import subprocess
from collections.abc import Sequence

from core_services.files import write_durably
from queue_server.installing.plan import Plan

_COMMAND_S = 120.0


class InstallFailed(Exception):
    """A command did not do its work; the files are written."""

    def __init__(self, command: Sequence[str], why: str) -> None:
        super().__init__(command, why)
        self.command = tuple(command)
        self.why = why

    def __str__(self) -> str:
        return f"{' '.join(self.command)}: {self.why}; mend it and install again"


def carry_out(plan: Plan) -> None:
    """Write what is new or other, then run the commands; done again, it changes nothing.

    Raises OSError for a file that cannot be written (those before it are), and InstallFailed.
    """
    for step in plan.steps:
        if step.is_written:
            step.path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            write_durably(step.path, step.text.encode(), mode=step.mode)
    for command in plan.commands:
        _run(command)


def _run(command: Sequence[str]) -> None:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_COMMAND_S, check=False
        )
    except FileNotFoundError as error:
        raise InstallFailed(command, "there is no such program") from error
    except subprocess.TimeoutExpired as error:
        raise InstallFailed(command, f"not done within {_COMMAND_S:g} s") from error
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip() or f"exit code {done.returncode}"
        raise InstallFailed(command, said)
