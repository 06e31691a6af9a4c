"""What a training centre begins with, and what its makers are told."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

Start = dict[str, list[dict[str, Any]]]
"""Rows by table, as the real centre had them: how it is set up, who works there. Nothing of
citizens, no number, no device, no password."""


@dataclass(frozen=True, slots=True)
class MadeTraining:
    """A training centre that was made."""

    settings: Path
    """Its server's settings file."""
    code: str
    windows: int
    services: int
    accounts: tuple[str, ...]
    """Who signs in there: the names of the real centre's accounts."""
