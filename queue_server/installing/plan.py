"""Compares what a machine of a role should have with what it has; changes nothing."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from queue_server.installing.model import Item, Role, items_for

Change = Literal["new", "same", "replace", "keep"]
"""`keep`: settings that the machine has already, whatever stands in them."""


@dataclass(frozen=True, slots=True)
class Step:
    """One file: what is to become of it."""

    path: Path
    change: Change
    text: str
    """What is packed with us."""
    present: str | None
    """What is there; None where nothing is."""
    mode: int = 0o644

    @property
    def is_written(self) -> bool:
        return self.change in ("new", "replace")

    def diff(self) -> Iterator[str]:
        """Yield the lines that differ from what is there."""
        return difflib.unified_diff(
            (self.present or "").splitlines(),
            self.text.splitlines(),
            f"{self.path} (as it is)",
            f"{self.path} (as it is packed)",
            lineterm="",
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """All that an installation would do."""

    root: Path
    roles: tuple[Role, ...]
    steps: tuple[Step, ...]
    commands: tuple[tuple[str, ...], ...]
    """Run in this order, once the files are there."""


def plan_for(roles: tuple[Role, ...], root: Path, programs: Path) -> Plan:
    """Return what is to be done on the machine, or in the image, below `root`.

    Raises OSError and UnicodeDecodeError where a file that is there cannot be read.
    """
    steps = tuple(_step(item, root, programs) for item in items_for(roles))
    return Plan(root, roles, steps, _commands(roles, root))


def _step(item: Item, root: Path, programs: Path) -> Step:
    path, text = root / item.target, item.content(programs)
    present = path.read_text(encoding="utf-8") if path.exists() else None
    change: Change
    if present is None:
        change = "new"
    elif present == text:
        change = "same"
    else:
        change = "keep" if item.is_settings else "replace"
    return Step(path, change, text, present, 0o755 if item.is_command else 0o644)


def _commands(roles: tuple[Role, ...], root: Path) -> tuple[tuple[str, ...], ...]:
    """Return what makes users and folders; on the machine itself also who must read anew."""
    is_image = root != Path("/")
    within = (f"--root={root}",) if is_image else ()
    commands: list[tuple[str, ...]] = [
        ("systemd-sysusers", *within, "shubbak.conf"),
        ("systemd-tmpfiles", *within, "--create", "shubbak.conf"),
    ]
    if not is_image:
        commands.append(("systemctl", "daemon-reload"))
        if set(roles) - {"server"}:
            # udevd sees by itself that its rules changed; what is plugged in is looked at again.
            matches = (f"--subsystem-match={each}" for each in ("usb", "usbmisc", "tty", "input"))
            commands.append(("udevadm", "trigger", *matches))
    return tuple(commands)
