"""Takes one job through one conversation: sends its bytes, then waits for proof of paper."""

import asyncio
from collections.abc import Callable

from drivers.clock import Clock, within
from drivers.errors import LinkLost, NoReply
from drivers.printers.conversation import Conversation
from drivers.printers.model import Confirmation, Patience, Reason


class Delivery:
    """One attempt at one job. `accepted_bytes` is exact at every moment, also after a failure."""

    def __init__(
        self,
        job_id: str,
        process_id: bytes,
        paper: bytes,
        clock: Clock,
        patience: Patience,
        *,
        on_held: Callable[[], None],
        on_trouble: Callable[[Reason], None],
    ) -> None:
        self.job_id = job_id
        self.process_id = process_id
        self.accepted_bytes = 0
        self._accepted_before = 0
        self.echoed = asyncio.Event()
        """Set by whoever hears this job's process id."""
        self._paper = paper
        self._is_echoed = False
        self._clock = clock
        self._patience = patience
        self._on_held = on_held
        self._on_trouble = on_trouble

    async def send(self, talk: Conversation) -> None:
        """Have every byte accepted. Raises LinkLost; `accepted_bytes` then tells the rest."""
        self._is_echoed = talk.echoes
        rest = memoryview(self._paper + talk.proof_request(self.process_id))
        self._accepted_before = talk.link.accepted
        try:
            while rest:
                rest = rest[await self._offer(talk, rest) :]
        finally:
            self._count(talk)

    async def confirm(self, talk: Conversation) -> Confirmation | None:
        """Wait for the proof; None when a healthy printer stays silent about it. Raises LinkLost.

        A fault holds the job for as long as it lasts: the printer has the bytes and prints them
        after the refill, so nothing is ever sent again.
        """
        proof = self.echoed if self._is_echoed else talk.read_answered
        well_since: float | None = None
        has_answered = False
        while True:
            if await talk.wait(proof, self._patience.confirm_step_s):
                if self._is_echoed:
                    return "echo"
                well_since = well_since if has_answered else None
                has_answered = True
                await self._clock.sleep(self._patience.confirm_step_s)
            is_well = await self._is_well(talk)
            if is_well is None:
                continue
            if not is_well:
                self._on_held()
                well_since = None
                continue
            now = self._clock.monotonic()
            well_since = now if well_since is None else well_since
            if has_answered and now - well_since >= self._patience.settle_s:
                return "gs_r"
            if now - well_since >= self._patience.echo_s:
                return None

    async def _is_well(self, talk: Conversation) -> bool | None:
        """Look at the printer; None while it still takes bytes, or did not answer this time."""
        if talk.link.pending():
            self._wait_on(talk, talk.silent_s())
            return None
        try:
            condition = await talk.ask_condition()
        except NoReply:
            if talk.silent_s() >= self._patience.alarm_s:
                self._on_trouble("no_reply")
            talk.must_be_alive()
            return None
        return condition.reason is None

    async def _offer(self, talk: Conversation, rest: memoryview) -> int:
        """Offer bytes until at least one is accepted; raises LinkLost when patience ends."""
        began = self._clock.monotonic()
        while True:
            try:
                async with within(self._clock, self._patience.stall_step_s):
                    return await talk.link.write(rest)
            except TimeoutError:
                self._count(talk)
                self._wait_on(talk, self._clock.monotonic() - began)

    def _count(self, talk: Conversation) -> None:
        """Ask the link, since a call that was cancelled or failed may have had bytes accepted."""
        self.accepted_bytes = talk.link.accepted - self._accepted_before

    def _wait_on(self, talk: Conversation, stalled_s: float) -> None:
        """Go on waiting for a printer that takes no bytes, or raise LinkLost."""
        if stalled_s < self._patience.stall_step_s:
            return
        condition = talk.condition
        has_reason = condition is not None and condition.reason is not None
        longest_s = self._patience.hold_s if has_reason else self._patience.stall_s
        if stalled_s >= longest_s:
            raise LinkLost(talk.link.url, f"took no bytes for {stalled_s:g} s")
        if self.accepted_bytes:
            self._on_held()
        if not has_reason:
            self._on_trouble("stalled")
