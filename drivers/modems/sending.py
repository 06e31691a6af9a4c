"""Takes messages from the outbox through one conversation, part by part."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import structlog

from drivers.backoff import backoff_s
from drivers.clock import Clock
from drivers.errors import BadText, MessageError
from drivers.modems.addresses import normalised
from drivers.modems.at import Final
from drivers.modems.conversation import Answer, Conversation, Handover
from drivers.modems.model import (
    Message,
    MessageChange,
    MessageReason,
    MessageState,
    ModemReason,
    Patience,
)
from drivers.modems.outbox import Outbox
from drivers.modems.pdu import SubmitPdu, submit_pdus
from drivers.modems.refusals import name_of, trouble_in, verdict_before, verdict_on
from drivers.modems.splitting import Split, split

logger = structlog.get_logger()

MOST_PARTS = 10
"""A message of more is a mistake of whoever wrote it; a citizen pays nothing, the centre each."""
_MINUTE_S = 60.0


def prepared(to: str, text: str) -> tuple[str, Split]:
    """Return the number and the parts of a message. Raises BadNumber, BadText."""
    number = normalised(to)
    parts = split(text)
    if len(parts.parts) > MOST_PARTS:
        raise BadText(f"it would need {len(parts.parts)} parts")
    return number, parts


@dataclass(slots=True)
class _InHand:
    """The part that is being given to the modem."""

    message: Message
    part: int
    handover: Handover


class Sending:
    """Sends what is due; only one task calls it."""

    def __init__(
        self,
        outbox: Outbox,
        clock: Clock,
        patience: Patience,
        service_centre: str | None,
        on_message: Callable[[MessageChange], None],
    ) -> None:
        self._outbox = outbox
        self._clock = clock
        self._patience = patience
        self._service_centre = service_centre
        self._on_message = on_message
        self._in_hand: _InHand | None = None
        self._unheard: tuple[str, int] | None = None
        """The last part handed over, while nobody knows what became of it."""

    @property
    def is_waiting_for_network(self) -> bool:
        """Whether a part was handed over and its answer may come any moment."""
        return self._in_hand is not None and self._in_hand.handover.is_made

    def settle_leftovers(self) -> None:
        """Own up to messages that a killed process left behind: parts of them may be sent."""
        for message in self._outbox.messages("sending"):
            if self._outbox.is_in_the_air(message.message_id):
                self.tell(message.message_id, "unknown", reason="no_answer")
            else:
                self._requeue(message, 0)

    def expire(self) -> None:
        """Give up messages whose time has run out."""
        for message in self._outbox.overdue():
            self.tell(message.message_id, "failed", reason="expired")

    def next_in_s(self) -> float | None:
        """Return in how many seconds something may be sent; None while nothing waits."""
        message = self._outbox.first_due()
        if message is not None:
            return self._rate_wait_s(message.parts - message.accepted_parts)
        return self._outbox.next_due_in_s()

    async def send_next(self, talk: Conversation) -> ModemReason | bool:
        """Send the message whose turn it is; False: there is none, a reason: the modem can't.

        Raises NoReply, LinkLost, ModemRestarted; the message is settled then, too.
        """
        message = self._outbox.first_due()
        if message is None or self._rate_wait_s(message.parts - message.accepted_parts) > 0:
            return False
        self._outbox.begin(message.message_id)
        self._say(message.message_id)
        try:
            return await self._send(talk, message)
        finally:
            self._leave(message)

    def hear_late_answer(self, reference: int | None) -> None:
        """Take a `+CMGS` that comes when nobody waits for it any more."""
        if self._unheard is None or reference is None:
            return
        (message_id, part), self._unheard = self._unheard, None
        self._accept(message_id, part, reference)

    def tell(
        self,
        message_id: str,
        to: MessageState,
        *,
        reason: MessageReason | None = None,
        is_permanent: bool = False,
        code: int | None = None,
    ) -> None:
        """Take a message to a state, on disk, and say so."""
        self._outbox.settle(message_id, to, reason=reason, is_permanent=is_permanent, code=code)
        self._say(message_id)

    async def _send(self, talk: Conversation, message: Message) -> ModemReason | bool:
        for part, pdu in self._remaining(message):
            # A modem that began anew unnoticed is in text mode, and would send octets as a text.
            if not (mode := await talk.command("AT+CMGF=0")).is_ok:
                return self._postpone(message, mode.final)
            if message.parts > 1:
                await talk.command("AT+CMMS=1")
            hand = self._in_hand = _InHand(message, part, Handover(pdu))
            answer = await talk.send(hand.handover, before=partial(self._hand_over, hand))
            trouble = self._judge(hand, answer)
            self._in_hand = None
            if trouble is not None:
                return trouble
        return True

    def _remaining(self, message: Message) -> list[tuple[int, SubmitPdu]]:
        """Write the parts that the network does not have yet."""
        pdus = submit_pdus(
            message.to,
            split(self._outbox.text(message.message_id)),
            reference=message.sequence,
            valid_for=max(message.expires_at - self._clock.now(), timedelta(minutes=5)),
            service_centre=self._service_centre,
        )
        return list(enumerate(pdus, 1))[message.accepted_parts :]

    def _hand_over(self, hand: _InHand) -> None:
        self._unheard = None
        self._outbox.hand_over(hand.message.message_id, hand.part)

    def _judge(self, hand: _InHand, answer: Answer) -> ModemReason | bool | None:
        """Settle one part by its answer; None: go on with the next part."""
        message, final = hand.message, answer.final
        reference = _reference_in(answer)
        if final.is_ok and hand.handover.is_made and reference is not None:
            self._accept(message.message_id, hand.part, reference)
            return None
        # An OK that tells no reference is the answer to something else.
        verdict = verdict_on(final) if hand.handover.is_made else verdict_before(final)
        logger.warning(
            "message_refused",
            message=message.message_id,
            code=final.code,
            means=name_of(final.code) if final.kind == "cms" else final.kind,
            verdict=verdict,
        )
        if verdict == "uncertain":
            self._unheard = (message.message_id, hand.part)
            self.tell(message.message_id, "unknown", reason="no_answer", code=final.code)
            return True
        self._outbox.refuse(message.message_id, hand.part)
        if verdict == "modem":
            return self._postpone(message, final)
        begun = message.attempts + 1
        if verdict == "permanent" or begun >= self._patience.attempts:
            self.tell(
                message.message_id,
                "failed",
                reason="refused",
                is_permanent=verdict == "permanent",
                code=final.code,
            )
            return True
        pause_s = backoff_s(
            message.attempts,
            first_s=self._patience.retry_first_s,
            longest_s=self._patience.retry_longest_s,
        )
        self._requeue(message, pause_s)
        return True

    def _postpone(self, message: Message, final: Final) -> ModemReason:
        """Put a message back whose modem can't send: no fault of the message."""
        self._outbox.forgive(message.message_id)
        self._requeue(message, self._patience.poll_s)
        return trouble_in(final)

    def _leave(self, message: Message) -> None:
        """Decide what becomes of the part in hand when the conversation broke off."""
        hand, self._in_hand = self._in_hand, None
        known = self._outbox.get(message.message_id)
        if known is None or known.state != "sending":
            return
        if hand is not None and hand.handover.is_made:
            self._unheard = (message.message_id, hand.part)
            self.tell(message.message_id, "unknown", reason="no_answer")
            return
        if hand is not None:
            self._outbox.take_back(message.message_id, hand.part)
        self._outbox.forgive(message.message_id)
        self._requeue(message, 0)

    def _accept(self, message_id: str, part: int, reference: int) -> None:
        message = self._outbox.accept(message_id, part, reference)
        if message.state == "accepted":
            self._say(message_id)

    def _requeue(self, message: Message, after_s: float) -> None:
        self._outbox.requeue(message.message_id, after_s=after_s)
        self._say(message.message_id)

    def _say(self, message_id: str) -> None:
        message = self._outbox.get(message_id)
        if message is not None:
            self._on_message(change_of(message))

    def _rate_wait_s(self, parts: int) -> float:
        """Return for how long the operator's patience forbids to send so many parts."""
        sent = self._outbox.handed_over_within(_MINUTE_S)
        most = self._patience.per_minute
        excess = len(sent) + min(max(parts, 1), most) - most
        if excess <= 0:
            return 0.0
        return max(0.0, _MINUTE_S - (self._clock.now() - sent[excess - 1]).total_seconds())


def change_of(message: Message) -> MessageChange:
    """Return what others may know of a message."""
    return MessageChange(
        message.message_id,
        message.state,
        message.reason,
        message.is_permanent,
        message.code,
        message.parts,
    )


def reason_of_refusal(error: MessageError) -> MessageReason:
    """Name what is wrong with a message that can't even be written."""
    return "bad_text" if isinstance(error, BadText) else "bad_number"


def _reference_in(answer: Answer) -> int | None:
    """Read `+CMGS: mr`, which comes before the OK (27.005, 4.3)."""
    for line in answer.lines:
        reference = line.rest.split(",")[0].strip()
        if reference.isdecimal() and int(reference) < 256:
            return int(reference)
    return None
