"""The forms of the desk's buttons: what they carry, and the claim under which they work once."""

import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from queue_server.tickets.model import Claim
from queue_server.web import idempotency
from queue_server.web.api.shapes import Code
from queue_server.web.bodies import read_fields
from queue_server.web.callers import Caller
from queue_server.web.desk.acts import Act, PauseReason
from queue_server.web.field_errors import input_error

OnceKey = Annotated[str, StringConstraints(pattern=idempotency.PATTERN)]


class ActForm(BaseModel):
    """What every button carries."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    csrf: str = ""
    key: OnceKey
    ticket: UUID | None = None
    reason: str | None = None
    service: str | None = None


class TicketForm(ActForm):
    """An act on the ticket that the clerk saw in hand."""

    ticket: UUID


class ServiceForm(TicketForm):
    """The service that the ticket turned out to be for."""

    service: Code


class PauseForm(ActForm):
    """Why the window pauses."""

    reason: PauseReason


FORMS: Mapping[Act, type[ActForm]] = MappingProxyType(
    {
        "open": ActForm,
        "resume": ActForm,
        "pause": PauseForm,
        "close": ActForm,
        "call-next": ActForm,
        "finish-next": TicketForm,
        "start": TicketForm,
        "recall": TicketForm,
        "no-show": TicketForm,
        "finish": TicketForm,
        "service": ServiceForm,
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
    meaning = "\0".join(str(each or "") for each in (form.ticket, form.reason, form.service))
    return Claim(
        credential=caller.credential,
        method="POST",
        path=f"/desk/{window}/{act}",
        key=form.key,
        fingerprint=hashlib.sha256(meaning.encode()).digest(),
    )
