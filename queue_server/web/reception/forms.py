"""The forms of reception: what they carry, and the claim under which a press works once."""

import hashlib
from collections.abc import Mapping
from typing import Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from queue_server.tickets.model import Claim, Need, Priority
from queue_server.web.bodies import read_fields
from queue_server.web.callers import Caller
from queue_server.web.desk.forms import OnceKey
from queue_server.web.field_errors import input_error
from queue_server.web.reception.view import NEEDS, IssueDraft

NEED_FIELD = "need-"


class IssueForm(BaseModel):
    """A number along the line; the button that was pressed says the priority."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    key: OnceKey
    priority: Priority = "none"
    language: Literal["ar", "en"] = "ar"
    requests: int = Field(default=1, ge=1, le=3)
    service: str = Field(default="", max_length=120)
    needs: tuple[Need, ...] = ()

    @property
    def draft(self) -> IssueDraft:
        """The choices, for a form that is shown again."""
        return IssueDraft(self.language, self.requests, frozenset(self.needs), self.service)


async def read_issue(request: web.Request) -> IssueForm:
    """Return the form of a number. Raises InvalidInputError."""
    fields = await read_fields(request)
    needs = tuple(need for need in NEEDS if fields.get(NEED_FIELD + need))
    try:
        return IssueForm.model_validate({**fields, "needs": needs})
    except ValidationError as error:
        raise input_error("body", error) from error


def claim_of(caller: Caller, path: str, key: str, fields: Mapping[str, object]) -> Claim:
    """Return the claim of a press: the same press works once, however often it is sent."""
    meaning = "\0".join(f"{name}={value}" for name, value in sorted(fields.items()))
    return Claim(
        credential=caller.credential,
        method="POST",
        path=path,
        key=key,
        fingerprint=hashlib.sha256(meaning.encode()).digest(),
    )
