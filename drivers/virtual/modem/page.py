"""The virtual modem's web page: the messages as phones show them."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from drivers.virtual.modem.faults import FaultChange
from drivers.virtual.modem.machine import Machine
from drivers.virtual.modem.network import CAIRO, Sent
from drivers.virtual.modem.words import ROWS, WORDS
from drivers.virtual.page import Face, create_page, refuse_other_origins

_SHOWN = 30


class IncomingForm(BaseModel):
    """A message that somebody writes to the modem's number."""

    model_config = ConfigDict(extra="forbid")

    sender: str = Field(min_length=3, max_length=20)
    text: str = Field(min_length=1, max_length=600)


def create_modem_page(machine: Machine) -> web.Application:
    """Return the page's application; `/messages` lists what was sent, `POST /incoming` writes."""

    def state() -> dict[str, Any]:
        return {
            "faults": asdict(machine.faults),
            "connected": machine.is_connected,
            "refused": len(machine.refused),
            "sent": len(machine.network.sent),
            "stored": len(machine.storage.places),
            "waiting": machine.waiting,
            "fates": [sent.fate for sent in machine.network.sent[-_SHOWN:]],
        }

    async def messages(request: web.Request) -> web.Response:
        return web.json_response([facts(sent) for sent in machine.network.sent])

    async def receive(request: web.Request) -> web.Response:
        refuse_other_origins(request)
        is_form = request.content_type == "application/x-www-form-urlencoded"
        try:
            wanted: Any = dict(await request.post()) if is_form else await request.json()
            form = IncomingForm.model_validate(wanted)
        except ValidationError as error:
            problems = error.json(include_url=False, include_input=False, include_context=False)
            return web.Response(status=422, text=problems, content_type="application/json")
        except ValueError as error:
            raise web.HTTPBadRequest(text="not JSON") from error
        machine.network.receive(form.sender, form.text)
        if is_form:
            language = "en" if request.query.get("lang") == "en" else "ar"
            raise web.HTTPSeeOther(f"/?lang={language}")
        return web.json_response(state())

    face = Face(
        folder=Path(__file__).parent,
        template="modem.html",
        words=WORDS,
        rows=ROWS,
        kind=FaultChange,
        change=machine.change,
        state=state,
        context=lambda: {
            "messages": [facts(sent) for sent in machine.network.sent[: -_SHOWN - 1 : -1]]
        },
        files=("modem.js", "modem.css"),
    )
    routes = [web.get("/messages", messages), web.post("/incoming", receive)]
    return create_page(face, routes)


def facts(sent: Sent) -> dict[str, Any]:
    """Return what a phone shows of a message, and what an engineer asks about it."""
    return {
        "number": sent.number,
        "to": sent.to,
        "text": sent.text,
        "at": sent.at.astimezone(CAIRO).strftime("%H:%M:%S"),
        "parts": sent.total,
        "coding": sent.coding,
        "fate": sent.fate,
    }
