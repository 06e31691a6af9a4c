"""The page of the virtual panels: what a person would see on each."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from aiohttp import web

from drivers.virtual.page import Face, create_page
from drivers.virtual.panel.faults import FaultChange
from drivers.virtual.panel.reading import Shown
from drivers.virtual.panel.wall import Wall
from drivers.virtual.panel.words import ROWS, WORDS

_BARS = "abcdefg"


def create_panel_page(wall: Wall, protocol: str) -> web.Application:
    """Return the page's application; `/state` tells what each address shows."""

    def state() -> dict[str, Any]:
        return {
            "protocol": protocol,
            "faults": asdict(wall.faults),
            "connected": wall.is_connected,
            "received_bytes": wall.received_bytes,
            "problems": wall.reader.problems,
            "panels": [_facts(address, shown) for address, shown in wall.shown()],
        }

    face = Face(
        folder=Path(__file__).parent,
        template="panel.html",
        words=WORDS,
        rows=ROWS,
        kind=FaultChange,
        change=wall.change,
        state=state,
        files=("panel.js", "panel.css"),
    )
    return create_page(face)


def _facts(address: int, shown: Shown) -> dict[str, Any]:
    return {
        "address": address,
        "text": shown.text,
        "digits": [_lit(each) for each in shown.bars],
        "dots": list(shown.dots),
        "flash": shown.flash,
        "dim": shown.dim,
        "beeps": shown.beeps,
    }


def _lit(bars: int) -> str:
    """Name the lit bars of a digit: a at the top, then clockwise, g in the middle, p the point."""
    return "".join(name for bit, name in enumerate(_BARS + "p") if bars >> bit & 1)
