"""The virtual scanner's web page: hold a code before it."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from aiohttp import web

from drivers.virtual.page import Face, create_page
from drivers.virtual.scanner.faults import FaultChange
from drivers.virtual.scanner.head import Head
from drivers.virtual.scanner.words import ROWS, WORDS

KINDS = ("QR", "PDF417", "Code 128", "EAN")


def create_scanner_page(head: Head, url: str) -> web.Application:
    """Return the page's application; what it reads is posted to `/faults` as `scan` or `pick`."""

    def state() -> dict[str, Any]:
        return {
            "url": url,
            "faults": asdict(head.faults),
            "connected": head.is_connected,
            "looking": head.is_looking,
            "sent_scans": head.sent_scans,
            "missed_scans": head.missed_scans,
            "recent": list(head.recent),
        }

    return create_page(
        Face(
            folder=Path(__file__).parent,
            template="scanner.html",
            words=WORDS,
            rows=ROWS,
            kind=FaultChange,
            change=head.change,
            state=state,
            context=lambda: {"kinds": KINDS},
            files=("scanner.js", "scanner.css"),
        )
    )
