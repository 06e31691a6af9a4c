"""The bodies and answers about the person behind a ticket."""

from pydantic import ConfigDict

from queue_server.tickets.model import Priority
from queue_server.web.api.shapes import (
    NationalIdText,
    PersonShape,
    Phone,
    TicketShape,
    WindowNumber,
)
from queue_server.web.operations import ApiModel, PlainText


class PersonBody(ApiModel):
    """Who stands at the window; at least one of both."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"required": [name], "properties": {name: {"type": "string"}}}
                for name in ("national_id", "phone")
            ]
        }
    )

    national_id: NationalIdText | None = None
    phone: Phone | None = None
    window: WindowNumber | None = None


class TicketWithPerson(TicketShape):
    """A ticket and what may be shown of its person."""

    person: PersonShape | None


class PriorityBody(ApiModel):
    """The priority that is a ticket's own, and why it is corrected."""

    priority: Priority
    reason: PlainText
    window: WindowNumber | None = None
