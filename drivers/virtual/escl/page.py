"""The page of the virtual document scanner: its feeder, its jobs, and what may go wrong."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from aiohttp import web

from drivers.virtual.escl.faults import FaultChange
from drivers.virtual.escl.machine import Machine
from drivers.virtual.escl.service import escl_routes
from drivers.virtual.escl.words import JOB_STATES, ROWS, WORDS
from drivers.virtual.page import Face, create_page


def create_scanner_page(machine: Machine) -> web.Application:
    """Return the application: the page, and eSCL below `/eSCL`."""

    def state() -> dict[str, Any]:
        return {
            "faults": asdict(machine.faults),
            "connected": machine.is_scanning,
            "scanned": machine.scanned,
            "jammed": machine.is_jammed,
            "cancelled": machine.cancelled,
            "jobs": [
                {
                    "id": job.id,
                    "state": job.state,
                    "pages": job.given,
                    "source": job.order.source,
                    "dpi": job.order.dpi,
                }
                for job in reversed(machine.jobs.values())
            ],
        }

    face = Face(
        folder=Path(__file__).parent,
        template="scanner.html",
        words=WORDS,
        rows=ROWS,
        kind=FaultChange,
        change=machine.change,
        state=state,
        context=lambda: {"job_states": JOB_STATES},
        files=("document_scanner.js", "document_scanner.css"),
    )
    return create_page(face, escl_routes(machine))
