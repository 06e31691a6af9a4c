"""A workstation's program that kills itself at a named moment of a job; run by the kill tests.

`python -m tests.support.station_process SERVER DATA_DIR KIND DEVICE DIE_AT`: KIND is `receipt`,
`page` or `message`, DEVICE the address of what does it. DIE_AT is `entered` (in the ledger),
`fetched` (not in the journal yet), `told` (the last word is in the ledger), `handed` (of a message:
on disk, its last byte not written yet), a state of the job in its device's own words, or `never`.
Only jobs named `deadly-…` kill.
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
from core_services.link.slip_frames import Paper
from core_services.link.work_frames import Outcome, WorkMessage
from core_services.paper.slip import SlipFacts
from drivers.modems.model import MessageChange
from drivers.modems.outbox import Outbox
from drivers.printers.model import JobChange
from kiosk.station import messages
from kiosk.station.ledger import Ledger
from kiosk.station.messages import MessageModem
from kiosk.station.model import Worker
from kiosk.station.pages import PagePrinter
from kiosk.station.receipts import ReceiptPrinter
from kiosk.station.workstation import Workstation, hello
from tests.drivers.modem_rigs import QUICK as QUICK_MODEM
from tests.support.fonts import font_cache
from tests.support.kiosk_server import TOKEN
from tests.support.kiosk_site import PROFILE, QUICK
from tests.support.station_devices import QUICK_PAGES


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


class MortalPages(PagePrinter):
    """Dies as the receipt printer does."""

    die_at = "never"

    def print_document(self, job: str, content: bytes) -> None:
        if self.die_at == "fetched":
            die(job)
        super().print_document(job, content)

    def _hear(self, change: JobChange) -> None:
        if change.state == self.die_at:
            die(change.job_id)
        super()._hear(change)


class MortalModem(MessageModem):
    """Dies when a message takes a state, before anybody else hears of it."""

    die_at = "never"

    def send(self, job: str, message: WorkMessage) -> None:
        if self.die_at == "fetched":
            die(job)
        super().send(job, message)

    def _hear(self, change: MessageChange) -> None:
        if change.state == self.die_at:
            die(change.message_id)
        super()._hear(change)


class MortalOutbox(Outbox):
    """Dies when it is on the disk that the modem may have a part from now on."""

    def hand_over(self, message_id: str, part: int) -> None:
        super().hand_over(message_id, part)
        if MortalModem.die_at == "handed":
            die(message_id)


def device(kind: str, url: str, data_dir: Path, station: Workstation, die_at: str) -> Worker:
    """Return the one device of this workstation."""
    clock = SystemClock()
    if kind == "page":
        MortalPages.die_at = die_at
        return MortalPages(
            "a4",
            url,
            data_dir=data_dir / "a4",
            clock=clock,
            on_news=station.on_news,
            on_state=station.on_state,
            on_open=station.on_open,
            patience=QUICK_PAGES,
        )
    if kind == "message":
        MortalModem.die_at = die_at
        vars(messages)["Outbox"] = MortalOutbox
        return MortalModem(
            "modem",
            url,
            data_dir=data_dir / "modem",
            clock=clock,
            on_news=station.on_news,
            on_state=station.on_state,
            on_open=station.on_open,
            patience=QUICK_MODEM,
        )
    MortalPrinter.die_at = die_at
    return MortalPrinter(
        "receipt",
        url,
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


async def main(server: str, data_dir: Path, kind: str, url: str, die_at: str) -> None:
    clock = SystemClock()
    ledger = MortalLedger.open(data_dir / "ledger.sqlite3", clock)
    station = Workstation(
        link=Link(server=server, token=TOKEN, hello=hello("W1", ledger), clock=clock),
        ledger=ledger,
        fetch=partial(fetch_document, server, TOKEN),
        clock=clock,
    )
    ledger.die_at = die_at
    station.attach(workers=[device(kind, url, data_dir, station, die_at)])
    await station.run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], sys.argv[4], sys.argv[5]))
