"""The values a modem speaks of: its messages, their states, its own state; and who sends messages.

Program code that has a message for a citizen asks for a `MessageSender`; `Modem` is one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

MessageState = Literal["queued", "sending", "accepted", "delivered", "failed", "unknown"]
"""`queued` nothing was handed over, or the network said clearly that it did not take it ·
`sending` the modem has one of its parts, or may have · `accepted` the network took all parts ·
`delivered` the phone has all parts · `failed` given up, see the reason · `unknown` a part was
handed over and no answer was heard: never sent again by itself, a person decides."""

TRANSITIONS: Mapping[MessageState, frozenset[MessageState]] = {
    "queued": frozenset({"sending", "failed"}),
    "sending": frozenset({"queued", "accepted", "failed", "unknown"}),
    "accepted": frozenset({"delivered", "failed"}),
    "unknown": frozenset({"accepted", "delivered", "failed"}),
    "delivered": frozenset(),
    "failed": frozenset(),
}
"""Where each state may lead. `sending → queued` only when the part in hand was surely not taken;
`unknown` leads on only by what the network says late. Nothing leads back from `unknown` to
`queued`."""

MessageReason = Literal[
    "bad_number",  # no phone number
    "bad_text",  # nothing to say, or more than ten parts
    "cancelled",  # taken back in time
    "expired",  # its time ran out before it could be sent
    "refused",  # the network does not take it: number, subscription, content
    "not_delivered",  # the network took it and could not bring it to the phone
    "no_answer",  # handed over, and nothing was heard
]
"""Why a message is `failed` or `unknown`; `code` holds the network's or the modem's own number."""

DEFAULT_VALID_FOR_S = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class MessageChange:
    """A message took a new state. No text and no number: it may be logged and sent on."""

    message_id: str
    state: MessageState
    reason: MessageReason | None = None
    is_permanent: bool = False
    """Failed for good: the same message to the same number would fail again."""
    code: int | None = None
    """`+CMS ERROR` while sending, TP-Status in a report (3GPP TS 23.040, 9.2.3.15)."""
    parts: int = 1


@dataclass(frozen=True, slots=True)
class Message:
    """One message in the outbox, without its text."""

    sequence: int
    """Its place in the line of this outbox, from 1."""
    message_id: str
    to: str
    """+20…"""
    state: MessageState
    parts: int
    accepted_parts: int
    attempts: int
    """How often it was begun."""
    reason: MessageReason | None
    is_permanent: bool
    code: int | None
    queued_at: datetime
    changed_at: datetime
    expires_at: datetime


class MessageSender(Protocol):
    """Sends short messages; every change of state comes by the callback given to its maker.

    All methods are called in the loop of its owner. The callback is `on_message(MessageChange)`, in
    the same loop, also from within `submit` and `cancel`. It may come again after a restart, never
    for a state that the outbox has left.
    """

    def submit(
        self, message_id: str, to: str, text: str, *, valid_for_s: float = DEFAULT_VALID_FOR_S
    ) -> None:
        """Put a message in line, once per id; it is on disk when this returns.

        `to` is a number as people write it; an Egyptian mobile may be written 010… . A number or a
        text that can't be sent becomes `failed` at once. Not sent within `valid_for_s`: `failed`,
        `expired`; the network is told the same limit. Raises JournalError when the disk refuses.
        """
        ...

    def cancel(self, message_id: str) -> bool:
        """Take a message out of line; True: no part of it was or will be sent."""
        ...

    def message(self, message_id: str) -> Message | None:
        """Return what is known of a message; None when the outbox never had it or purged it."""
        ...


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message that somebody sent to the modem's number, whole."""

    sender: str
    """A number, +20…, or a name such as `Vodafone`."""
    text: str
    """A part that never came is shown as `[…]`."""
    sent_at: datetime
    """The network's time, with its offset."""


SimState = Literal["ready", "absent", "locked", "refused", "blocked", "broken", "unknown"]
"""`locked` wants a PIN that we don't have · `refused` our PIN was refused and is not tried again ·
`blocked` wants its PUK."""

Registration = Literal["home", "roaming", "searching", "denied", "none", "unknown"]

ModemReason = Literal[
    "no_link",
    "no_reply",
    "not_a_modem",
    "no_sim",
    "pin_missing",
    "pin_refused",
    "puk",
    "sim_error",
    "searching",
    "denied",
    "no_service_centre",
]


@dataclass(frozen=True, slots=True)
class ModemStatus:
    """What an agent shows and decides by."""

    ready: bool
    """A message sent now would be taken now."""
    link: Literal["up", "down"]
    sim: SimState
    registration: Registration
    signal_percent: int | None
    """0 to 100; None when it does not say."""
    operator: str | None
    reason: ModemReason | None
    """Why it is not ready; None when it is."""


LINK_DOWN = ModemStatus(
    ready=False,
    link="down",
    sim="unknown",
    registration="unknown",
    signal_percent=None,
    operator=None,
    reason="no_link",
)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a modem is waited for, and how often it is used; seconds unless said otherwise."""

    open_s: float = 5.0
    reply_s: float = 10.0
    """A plain command; some modems ask the SIM or the network before they answer."""
    attention_s: float = 1.0
    """One `AT` while the modem is being woken."""
    quiet_s: float = 0.3
    """After it woke: nothing more of an earlier conversation may come for this long."""
    prompt_s: float = 30.0
    """The `> ` after AT+CMGS; minutes have been seen, seconds are common."""
    answer_s: float = 120.0
    """From the end of the text to `+CMGS`: the network's own limit is about two minutes."""
    write_s: float = 10.0
    """A line that takes no bytes for this long is dead."""
    silence_s: float = 30.0
    """Asked and nothing heard for this long: the link is opened anew."""
    poll_s: float = 10.0
    """Between looks at an idle modem."""
    retry_first_s: float = 10.0
    retry_longest_s: float = 600.0
    """Between attempts at one message that the network did not take for now; doubling."""
    attempts: int = 8
    """So often one message is begun; then it has failed."""
    per_minute: int = 20
    """Parts; more looks like abuse to an operator, who then bars the SIM."""
    incoming_parts_s: float = 24 * 3600.0
    """The rest of a long incoming message is waited for this long."""
    backoff_first_s: float = 0.5
    backoff_longest_s: float = 30.0
    quiet_reopen_s: float = 5.0
