"""A process that prints one slip and kills itself at a named state; run by the kill tests.

`python -m tests.drivers.printing_process URL JOURNAL DIE_AT BUS_PORT`: DIE_AT is a state, or
`never`; BUS_PORT is where a USB printer's bus is, else 0. Each change of the slip's state is one
line on standard output.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from drivers.clock import SystemClock
from drivers.printers.journal import Journal
from drivers.printers.model import JobChange
from drivers.printers.printer import Printer
from drivers.printers.profiles import PROFILES
from drivers.transports.opening import OPENERS
from tests.drivers.links import openers_of_bus
from tests.drivers.rigs import QUICK

PROFILE = PROFILES["epson-576"]


async def main(url: str, path: Path, die_at: str, bus_port: int) -> None:
    settled = asyncio.Event()

    def hear(change: JobChange) -> None:
        if change.job_id == "slip":
            print(change.state, flush=True)
            if change.state == die_at:
                os.kill(os.getpid(), signal.SIGKILL)
        if change.state in ("done", "unknown") and change.job_id == "next":
            settled.set()

    with Journal(path) as journal:
        printer = Printer(
            url,
            PROFILE,
            journal,
            SystemClock(),
            on_job=hear,
            on_status=lambda status: None,
            patience=QUICK,
            openers=openers_of_bus(bus_port) if bus_port else OPENERS,
        )
        printer.submit("slip", path.with_suffix(".slip").read_bytes(), b"")
        if die_at == "queued":
            os.kill(os.getpid(), signal.SIGKILL)
        printer.submit("next", path.with_suffix(".next").read_bytes(), b"")
        async with asyncio.TaskGroup() as tasks:
            owner = tasks.create_task(printer.run())
            await settled.wait()
            owner.cancel()
        slip = journal.get("slip")
        print("in the end:", slip.state if slip else None, flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])))
