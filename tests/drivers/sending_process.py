"""A process that sends one message and kills itself at a named moment; run by the kill tests.

`python -m tests.drivers.sending_process URL OUTBOX DIE_AT PARTS`: DIE_AT is a state, `begun` (on
disk, nothing handed over), `handed` (on disk, the last byte not yet written), `first_part`, or
`never`. Each change of the message's state is one line on standard output.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from drivers.clock import SystemClock
from drivers.modems.model import Message, MessageChange
from drivers.modems.modem import Modem
from drivers.modems.outbox import Outbox
from tests.drivers.modem_rigs import NEAR, NUMBER, QUICK

FOLLOWING = "the next message"


class MortalOutbox(Outbox):
    """An outbox whose process dies right after a change is on the disk."""

    die_at = "never"

    def begin(self, message_id: str) -> None:
        super().begin(message_id)
        self._die("begun")

    def hand_over(self, message_id: str, part: int) -> None:
        super().hand_over(message_id, part)
        self._die("handed")

    def accept(self, message_id: str, part: int, reference: int) -> Message:
        message = super().accept(message_id, part, reference)
        if part == 1:
            self._die("first_part")
        return message

    def _die(self, moment: str) -> None:
        if moment == self.die_at:
            os.kill(os.getpid(), signal.SIGKILL)


async def main(url: str, path: Path, die_at: str, parts: int) -> None:
    settled = asyncio.Event()

    def hear(change: MessageChange) -> None:
        if change.message_id == "one":
            print(change.state, flush=True)
            if change.state == die_at:
                os.kill(os.getpid(), signal.SIGKILL)
        if change.state in ("delivered", "unknown") and change.message_id == "next":
            settled.set()

    with MortalOutbox(path) as outbox:
        outbox.die_at = die_at
        modem = Modem(
            url,
            outbox,
            SystemClock(),
            on_message=hear,
            on_status=lambda status: None,
            patience=QUICK,
        )
        modem.submit("one", NUMBER, NEAR * parts)
        if die_at == "queued":
            os.kill(os.getpid(), signal.SIGKILL)
        modem.submit("next", "01112345678", FOLLOWING)
        async with asyncio.TaskGroup() as tasks:
            owner = tasks.create_task(modem.run())
            await settled.wait()
            owner.cancel()
        message = outbox.get("one")
        print("in the end:", message.state if message else None, flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])))
