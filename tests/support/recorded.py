"""Protocol 1 as the first programs spoke it: `tests/recorded/protocol-1`."""

import json
from pathlib import Path
from typing import Any, Final

RECORDED: Final = Path(__file__).parents[1] / "recorded" / "protocol-1"


def recorded(who: str) -> list[str]:
    """Return the messages of the `agent`s or of the `server`, as they lay on the wire."""
    return (RECORDED / f"{who}.jsonl").read_text(encoding="utf-8").splitlines()


def recorded_of(who: str, frame_type: str) -> list[dict[str, Any]]:
    """Return the recorded messages of a type."""
    frames = map(json.loads, recorded(who))
    return [frame for frame in frames if frame["type"] == frame_type]


def always_said(who: str, frame_type: str) -> set[str]:
    """Return the fields that every recorded message of a type has: others count on them."""
    return set.intersection(*(set(frame) for frame in recorded_of(who, frame_type)))
