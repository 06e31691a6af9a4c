"""A workstation's program that kills itself at a named moment of a job; run by the kill tests.

`python -m tests.support.station_process SERVER DATA_DIR PRINTER DIE_AT`: DIE_AT is `entered` (in
the ledger), `fetched` (not in the journal yet), `told` (the last word is in the ledger), a state of
the print job, or `never`. Only jobs named `deadly-…` kill.
"""

import asyncio
import os
import signal
import sys
from functools import partial
from pathlib import Path
from uuid import UUID

from core_services.clock import SystemClock
from core_services.link.client import Link
from core_services.link.documents import fetch_document
from core_services.link.frames import Outcome, Paper
from core_services.paper.slip import SlipFacts
from drivers.printers.model import JobChange
from kiosk.station.ledger import Ledger
from kiosk.station.receipts import ReceiptPrinter
from kiosk.station.workstation import Workstation, hello
from tests.support.fonts import font_cache
from tests.support.kiosk_server import TOKEN
from tests.support.kiosk_site import PROFILE, QUICK


def die(job: str) -> None:
    """Go as by a power cut, unless the job is one of the harmless."""
    if job.startswith("deadly-"):
        os.kill(os.getpid(), signal.SIGKILL)


class MortalLedger(Ledger):
    """Dies once a job, or the last word about it, is on the disk."""

    die_at = "never"

    def enter(self, job: str, *, device: str, ticket: UUID | None = None) -> bool:
        is_new = super().enter(job, device=device, ticket=ticket)
        if self.die_at == "entered":
            die(job)
        return is_new

    def say(self, job: str, word: Paper | Outcome) -> None:
        super().say(job, word)
        if self.die_at == "told":
            die(job)


class MortalPrinter(ReceiptPrinter):
    """Dies when a job takes a state, before anybody else hears of it."""

    die_at = "never"

    def print_document(self, job: str, content: bytes) -> None:
        if self.die_at == "fetched":
            die(job)
        super().print_document(job, content)

    def print_slip(self, job: str, facts: SlipFacts) -> None:
        if self.die_at == "fetched":
            die(job)
        super().print_slip(job, facts)

    def _hear(self, change: JobChange) -> None:
        if change.state == self.die_at:
            die(change.job_id)
        super()._hear(change)


async def main(server: str, data_dir: Path, printer: str, die_at: str) -> None:
    clock = SystemClock()
    ledger = MortalLedger.open(data_dir / "ledger.sqlite3", clock)
    station = Workstation(
        link=Link(server=server, token=TOKEN, hello=hello("W1", ledger), clock=clock),
        ledger=ledger,
        fetch=partial(fetch_document, server, TOKEN),
        clock=clock,
    )
    receipts = MortalPrinter(
        "receipt",
        printer,
        PROFILE,
        width_dots=None,
        data_dir=data_dir / "receipt",
        cache_dir=font_cache(),
        clock=clock,
        on_news=station.on_news,
        on_state=station.on_state,
        on_open=station.on_open,
        patience=QUICK,
    )
    ledger.die_at = receipts.die_at = die_at
    station.attach(workers=[receipts])
    await station.run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], sys.argv[4]))
