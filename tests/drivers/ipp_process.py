"""A process that prints one A4 page and kills itself at a named state; run by the kill tests.

`python -m tests.drivers.ipp_process URL JOURNAL DIE_AT`: DIE_AT is a state, or `never`. Each change
of the page's state is one line on standard output.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from drivers.clock import SystemClock
from drivers.printers.ipp import IppPrinter
from drivers.printers.ipp_model import IppPatience
from drivers.printers.journal import Journal
from drivers.printers.model import JobChange

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 400 + b"\n%%EOF\n"
QUICK = IppPatience(poll_s=0.02, missing_s=0.2, backoff_first_s=0.01, backoff_longest_s=0.05)


async def main(url: str, path: Path, die_at: str) -> None:
    settled = asyncio.Event()

    def hear(change: JobChange) -> None:
        if change.job_id == "page":
            print(change.state, flush=True)
            if change.state == die_at:
                os.kill(os.getpid(), signal.SIGKILL)
        if change.state in ("done", "unknown") and change.job_id == "next":
            settled.set()

    with Journal(path) as journal:
        printer = IppPrinter(
            url,
            journal,
            SystemClock(),
            on_job=hear,
            on_status=lambda status: None,
            patience=QUICK,
        )
        printer.submit("page", PDF)
        if die_at == "queued":
            os.kill(os.getpid(), signal.SIGKILL)
        printer.submit("next", PDF)
        async with asyncio.TaskGroup() as tasks:
            owner = tasks.create_task(printer.run())
            await settled.wait()
            owner.cancel()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
