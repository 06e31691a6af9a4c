"""The virtual printer's web page: the paper as it comes."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from aiohttp import web

from drivers.virtual.page import Face, create_page
from drivers.virtual.printer.faults import FaultChange
from drivers.virtual.printer.mechanism import Mechanism
from drivers.virtual.printer.slips import Slip, Slips
from drivers.virtual.printer.words import ROWS, WORDS

_SHOWN_SLIPS = 12


def create_printer_page(mechanism: Mechanism, slips: Slips, profile_name: str) -> web.Application:
    """Return the page's application; `/slips` lists the paper, `/slips/1.png` is one slip."""

    def state() -> dict[str, Any]:
        kept = slips.all()
        return {
            "profile": profile_name,
            "faults": asdict(mechanism.faults),
            "connected": mechanism.is_connected,
            "received_bytes": mechanism.received_bytes,
            "kept_bytes": mechanism.kept_bytes,
            "unrecognised_bytes": mechanism.unrecognised_bytes,
            "last_slip": kept[-1].number if kept else 0,
        }

    async def list_slips(request: web.Request) -> web.Response:
        return web.json_response([_facts(slip) for slip in slips.all()])

    async def slip(request: web.Request) -> web.StreamResponse:
        path = slips.path(int(request.match_info["number"]))
        if path is None:
            raise web.HTTPNotFound(text="there is no such slip")
        return web.FileResponse(path)

    face = Face(
        folder=Path(__file__).parent,
        template="printer.html",
        words=WORDS,
        rows=ROWS,
        kind=FaultChange,
        change=mechanism.change,
        state=state,
        context=lambda: {"slips": slips.all()[: -_SHOWN_SLIPS - 1 : -1]},
        files=("printer.js", "printer.css"),
    )
    routes = [web.get("/slips", list_slips), web.get(r"/slips/{number:\d{1,9}}.png", slip)]
    return create_page(face, routes)


def _facts(slip: Slip) -> dict[str, Any]:
    return {**asdict(slip), "at": slip.at.isoformat()}
