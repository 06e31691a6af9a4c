"""The mark beside a backup: when it was last found whole, and how closely it was looked at."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from core_services.files import write_durably

Depth = Literal["stored", "opened", "restored"]
"""Its bytes are those that were written; they open; they make a database with a whole chain."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A backup was found whole."""

    at: datetime
    depth: Depth


def mark_of(path: Path) -> Path:
    """Return where the mark of a backup lies."""
    return path.with_name(f"{path.name}.verified")


def write_mark(path: Path, mark: Mark) -> None:
    """Note that a backup was found whole. Raises OSError."""
    text = {"at": mark.at.isoformat(), "depth": mark.depth, **_seen(path)}
    write_durably(mark_of(path), (json.dumps(text) + "\n").encode())


def read_mark(path: Path) -> Mark | None:
    """Return when a backup was found whole; None for one that never was, or changed since."""
    try:
        text = json.loads(mark_of(path).read_text(encoding="utf-8"))
        if {name: text[name] for name in ("bytes", "changed_ns")} != _seen(path):
            return None
        return Mark(datetime.fromisoformat(text["at"]), text["depth"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _seen(path: Path) -> dict[str, int]:
    found = path.stat()
    return {"bytes": found.st_size, "changed_ns": found.st_mtime_ns}
