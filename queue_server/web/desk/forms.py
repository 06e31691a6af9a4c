"""The forms of the desk's buttons: what they carry, and the claim under which they work once."""

import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated
from uuid import UUID

from aiohttp import web
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from queue_server.tickets.model import Claim
from queue_server.tickets.window_alarms import AlarmEnd, DeskCategory
from queue_server.tickets.windows import MESSAGE_LENGTH, NOTE_LENGTH, REPLY_LENGTH
from queue_server.web import idempotency
from queue_server.web.api.shapes import Code
from queue_server.web.bodies import read_fields
from queue_server.web.callers import Caller
from queue_server.web.desk.acts import (
    Act,
    CallReason,
    Outcome,
    ParkReason,
    PauseReason,
    TransferReason,
)
from queue_server.web.field_errors import input_error
from queue_server.web.labels import label_from

OnceKey = Annotated[str, StringConstraints(pattern=idempotency.PATTERN)]


def _label(text: object) -> object:
    """Read a number as people type it; what can be none stays as it is and is refused."""
    return (label_from(text) or text) if isinstance(text, str) else text


Label = Annotated[
    str, BeforeValidator(_label), StringConstraints(pattern=r"^[A-Z]?[0-9]{1,6}$", max_length=7)
]


def _with_plain_ends(text: object) -> object:
    """Count an end of a line as one letter, as the browser does before it sends two."""
    return text.replace("\r\n", "\n") if isinstance(text, str) else text


PlainEnds = BeforeValidator(_with_plain_ends)
Target = Annotated[
    str,
    StringConstraints(
        pattern=r"^(window:[1-9][0-9]?|queue:[A-Za-z0-9_-]{1,32}|staff:[0-9a-f-]{36})$"
    ),
]


class ActForm(BaseModel):
    """What every button carries."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    csrf: str = ""
    key: OnceKey
    ticket: UUID | None = None


class TicketForm(ActForm):
    """An act on the ticket that the clerk saw in hand, or chose from a list."""

    ticket: UUID


class FinishForm(TicketForm):
    """How the visit ended."""

    outcome: Outcome | None = None


class ParkForm(TicketForm):
    """What the citizen goes to fetch, and until when the number is kept."""

    reason: ParkReason
    minutes: Annotated[int, Field(ge=1, le=480)] = 15


class TransferForm(TicketForm):
    """Where the number goes, and why."""

    to: Target
    reason: TransferReason


class ServiceForm(TicketForm):
    """The service that the ticket turned out to be for."""

    service: Code


class NoteForm(TicketForm):
    """What the clerk writes down."""

    text: Annotated[
        str,
        PlainEnds,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=NOTE_LENGTH),
    ]


class ReturnForm(ActForm):
    """A number that did not come when called: chosen, or typed."""

    label: Label


class CallForm(ActForm):
    """A number called out of order, and why."""

    label: Label
    reason: CallReason


class WalkForm(ActForm):
    """What a citizen without a number comes for."""

    service: Code | None = None


class AdoptForm(ActForm):
    """The number of a slip that the system has not heard of."""

    label: Label


class PauseForm(ActForm):
    """Why the window pauses."""

    reason: PauseReason


class FaultForm(ActForm):
    """What does not work."""

    category: DeskCategory


class EmergencyForm(ActForm):
    """Whether the other desks are told too."""

    aloud: bool = False


class AlarmForm(ActForm):
    """Somebody goes to a colleague."""

    alarm: UUID


class SettleForm(AlarmForm):
    """How an alarm of one's own ended."""

    why: AlarmEnd


class ReadForm(ActForm):
    """The message that was read."""

    message: UUID


class MessageForm(ActForm):
    """A short text to the supervisor."""

    text: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MESSAGE_LENGTH)
    ]


class ReplyForm(BaseModel):
    """What a clerk says to the day's counts of a window."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    csrf: str = ""
    text: Annotated[
        str,
        PlainEnds,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=REPLY_LENGTH),
    ]


FORMS: Mapping[Act, type[ActForm]] = MappingProxyType(
    {
        "open": ActForm,
        "resume": ActForm,
        "pause": PauseForm,
        "close": ActForm,
        "offer": ActForm,
        "keep": ActForm,
        "call-next": ActForm,
        "finish-next": TicketForm,
        "start": TicketForm,
        "recall": TicketForm,
        "no-show": TicketForm,
        "park": ParkForm,
        "unpark": TicketForm,
        "transfer": TransferForm,
        "finish": FinishForm,
        "return": ReturnForm,
        "undo": TicketForm,
        "call": CallForm,
        "walk-direct": WalkForm,
        "adopt": AdoptForm,
        "service": ServiceForm,
        "note": NoteForm,
        "fault": FaultForm,
        "supervisor": ActForm,
        "emergency": EmergencyForm,
        "settle": SettleForm,
        "come": AlarmForm,
        "read": ReadForm,
        "message": MessageForm,
    }
)


async def read_form(request: web.Request, act: Act) -> ActForm:
    """Return the form of a press. Raises InvalidInputError."""
    fields = {name: value for name, value in (await read_fields(request)).items() if value != ""}
    try:
        return FORMS[act].model_validate(fields)
    except ValidationError as error:
        raise input_error("body", error) from error


def claim_of(caller: Caller, window: int, act: Act, form: ActForm) -> Claim:
    """Return the claim of a press: the same press on the same state works once, however often."""
    meaning = form.model_dump_json(exclude={"csrf", "key"})
    return Claim(
        credential=caller.credential,
        method="POST",
        path=f"/desk/{window}/{act}",
        key=form.key,
        fingerprint=hashlib.sha256(meaning.encode()).digest(),
    )
