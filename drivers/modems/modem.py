"""Owns one modem: only this task ever sends it a byte or moves its messages."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import structlog

from drivers.clock import Clock
from drivers.errors import MessageError, ModemRestarted, NoReply
from drivers.modems.at import Line
from drivers.modems.conversation import Conversation
from drivers.modems.inbox import Inbox
from drivers.modems.looking import SimPin, look
from drivers.modems.model import (
    DEFAULT_VALID_FOR_S,
    LINK_DOWN,
    Incoming,
    Message,
    MessageChange,
    ModemReason,
    ModemStatus,
    Patience,
)
from drivers.modems.outbox import Outbox
from drivers.modems.reports import Reports
from drivers.modems.sending import Sending, change_of, prepared, reason_of_refusal
from drivers.pulse import Pulse
from drivers.transports.keeping import LinkKeeper
from drivers.transports.transport import Transport

logger = structlog.get_logger()


class Modem:
    """One modem, its outbox and its link; `run` is its life. It is a `MessageSender`.

    A message once handed over is never handed over again: where no answer is heard it becomes
    `unknown`, and a person decides. All methods are called in the loop that runs `run`; the
    callbacks are called there too. Logs hold ids and codes, no number and no text.
    Raises UnknownScheme for an address that no transport opens.
    """

    def __init__(
        self,
        url: str,
        outbox: Outbox,
        clock: Clock,
        *,
        on_message: Callable[[MessageChange], None],
        on_status: Callable[[ModemStatus], None],
        on_incoming: Callable[[Incoming], None] | None = None,
        pin: SimPin | None = None,
        service_centre: str | None = None,
        patience: Patience | None = None,
        jitter: Callable[[], float] = random.random,
        pulse: Pulse | None = None,
    ) -> None:
        """`service_centre` is needed only where the SIM does not know its own."""
        self.url = url
        self.status = LINK_DOWN
        self._outbox = outbox
        self._clock = clock
        self._on_message = on_message
        self._on_status = on_status
        self._pin = pin
        self._patience = patience if patience is not None else Patience()
        self._sending = Sending(outbox, clock, self._patience, service_centre, on_message)
        self._reports = Reports(outbox, self._sending)
        self._inbox = Inbox(
            outbox,
            clock,
            self._patience,
            on_incoming=on_incoming,
            on_report=self._reports.hear,
        )
        self._keeper = LinkKeeper(
            url,
            clock,
            device="modem",
            attend=self._attend,
            on_lost=lambda: self._set_status(LINK_DOWN),
            open_s=self._patience.open_s,
            backoff_first_s=self._patience.backoff_first_s,
            backoff_longest_s=self._patience.backoff_longest_s,
            quiet_reopen_s=self._patience.quiet_reopen_s,
            jitter=jitter,
            pulse=pulse,
        )
        self._is_attentive = False
        self._is_set_up = False
        self._looked_at: float | None = None
        self._seen = LINK_DOWN
        """The last look at the modem."""
        self._refused_for: ModemReason | None = None
        """Why it took no message, though it looks well; holds until it takes one."""

    @property
    def dropped_incoming(self) -> int:
        """How many parts of messages came in and were deleted unread, for want of `on_incoming`."""
        return self._inbox.dropped

    def submit(
        self, message_id: str, to: str, text: str, *, valid_for_s: float = DEFAULT_VALID_FOR_S
    ) -> None:
        """See `MessageSender.submit`."""
        valid_for = timedelta(seconds=valid_for_s)
        try:
            number, parts = prepared(to, text)
        except MessageError as error:
            reason = reason_of_refusal(error)
            if self._outbox.add(message_id, to, "", parts=1, valid_for=valid_for, reason=reason):
                self._say(message_id)
            return
        if self._outbox.add(message_id, number, text, parts=len(parts.parts), valid_for=valid_for):
            self._keeper.wake()

    def cancel(self, message_id: str) -> bool:
        """See `MessageSender.cancel`."""
        message = self._outbox.get(message_id)
        if message is None or message.accepted_parts:
            return False
        if message.state == "queued":
            self._sending.tell(message_id, "failed", reason="cancelled")
            return True
        return message.state == "failed" and message.reason in ("cancelled", "expired")

    def message(self, message_id: str) -> Message | None:
        """See `MessageSender.message`."""
        return self._outbox.get(message_id)

    def wake(self) -> None:
        """Open the modem now, rather than when the present wait is over: it was plugged in."""
        self._keeper.wake()

    async def run(self) -> None:
        """Keep the modem open and its line moving, until cancelled."""
        self._sending.settle_leftovers()
        self._inbox.load()
        await self._keeper.run()

    async def _attend(self, link: Transport) -> None:
        talk = Conversation(
            link,
            self._clock,
            self._patience,
            on_unasked=self._hear,
            on_restart=self._begin_anew,
        )
        self._is_attentive = False
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(talk.listen())
            tasks.create_task(self._serve(talk))

    async def _serve(self, talk: Conversation) -> None:
        """Wake the modem, set it up, look at it, send what is due, rest, again."""
        while True:
            self._keeper.be_attentive()
            try:
                rest_s = await self._work(talk)
            except NoReply as silence:
                if self.status.reason != "no_reply":
                    logger.warning("modem_does_not_answer", detail=str(silence))
                self._is_attentive = False
                self._be_troubled("no_reply")
                continue
            except ModemRestarted:
                self._is_attentive = False
                continue
            if rest_s > 0:
                await self._keeper.rest(rest_s)

    async def _work(self, talk: Conversation) -> float:
        """Do what comes next; return how long nothing else needs doing."""
        self._sending.expire()
        if not self._is_attentive:
            await talk.attract(on_silence=lambda: self._be_troubled("no_reply"))
            self._is_attentive, self._is_set_up, self._looked_at = True, False, None
            await talk.turn_echo_off()
            await talk.command("AT+CMEE=1")
        await self._look(talk)
        if self._seen.sim != "ready":
            return self._patience.poll_s
        if not self._is_set_up and not await self._set_up(talk):
            self._be_troubled("not_a_modem")
            self._looked_at = None
            return self._patience.poll_s
        await self._inbox.fetch(talk)
        if not self._seen.ready:
            return self._patience.poll_s
        try:
            done = await self._sending.send_next(talk)
        finally:
            self._reports.settle_early()
        if isinstance(done, str):
            self._refused_for = done
            self._be_troubled(done)
            return self._patience.poll_s
        if done:
            self._refused_for = None
            self._set_status(self._seen)
            return 0
        next_s = self._sending.next_in_s()
        return self._patience.poll_s if next_s is None else min(next_s, self._patience.poll_s)

    async def _look(self, talk: Conversation) -> None:
        """See how the modem is, unless that was just done."""
        now = self._clock.monotonic()
        if self._looked_at is not None and now - self._looked_at < self._patience.poll_s:
            return
        self._seen = await look(talk, self._outbox, self._pin)
        self._looked_at = self._clock.monotonic()
        self._keeper.be_well()
        if self._seen.ready and self._refused_for is not None:
            self._be_troubled(self._refused_for)
        else:
            self._set_status(self._seen)

    async def _set_up(self, talk: Conversation) -> bool:
        """Tell the modem how we speak of messages; False: it knows no messages as octets."""
        if not (await talk.command("AT+CMGF=0")).is_ok:
            return False
        # Service 0: reports need no acknowledgement, without which others stop coming.
        await talk.command("AT+CSMS=0", "+CSMS")
        # Messages to the SIM with a notice; reports at once, or to the SIM, or not at all.
        for reports in ("1", "2", "0"):
            if (await talk.command(f"AT+CNMI=2,1,0,{reports},0")).is_ok:
                break
        if reports == "0":
            logger.warning("modem_gives_no_reports", modem=self.url)
        self._inbox.must_sweep()
        self._is_set_up = True
        return True

    def _hear(self, line: Line) -> None:
        """Take what the modem says unasked."""
        if line.head == "+CMGS":
            reference = line.rest.split(",")[0].strip()
            self._sending.hear_late_answer(int(reference) if reference.isdecimal() else None)
        elif self._inbox.hear(line):
            self._keeper.wake()

    def _begin_anew(self) -> None:
        if self._is_attentive:
            logger.warning("modem_restarted", modem=self.url)
        self._is_attentive = False
        self._keeper.wake()

    def _say(self, message_id: str) -> None:
        message = self._outbox.get(message_id)
        if message is not None:
            self._on_message(change_of(message))

    def _be_troubled(self, reason: ModemReason) -> None:
        self._set_status(replace(self._seen, ready=False, link="up", reason=reason))

    def _set_status(self, status: ModemStatus) -> None:
        if not status.ready:
            self._keeper.be_unwell()
        if status == self.status:
            return
        self.status = status
        self._on_status(status)
