"""What the technician's forms are answered: on to a page that says what became of the act."""

from typing import Final
from urllib.parse import quote, urlencode

from aiohttp import web

from queue_server.maintenance.errors import UnknownEquipment
from queue_server.maintenance.model import Equipment
from queue_server.tickets.errors import CannotMaintain, UnknownMachine, UnknownWindow
from queue_server.web.redirects import see_other
from queue_server.web.supervisor.maintenance_view import PATH, Said

REFUSALS: Final = (CannotMaintain, UnknownEquipment, UnknownMachine, UnknownWindow)


def said_in(request: web.Request) -> Said | None:
    """Return what the address says became of an act."""
    what = request.query.get("said", "")
    return Said(what[:30], request.query.get("about", "")[:40]) if what else None


def why(refusal: Exception) -> tuple[str, str]:
    """Return what the page is to say of a refusal, and which label it is about."""
    match refusal:
        case CannotMaintain():
            return refusal.state, refusal.label or ""
        case UnknownEquipment():
            return "unknown-label", refusal.label
        case UnknownMachine():
            return "unknown-machine", refusal.name
    return "unknown-window", ""


def back(address: str, said: str, about: str = "") -> web.Response:
    """Lead to a page that says what became of an act."""
    query = {"said": said, **({"about": about} if about else {})}
    return see_other(f"{address}{'&' if '?' in address else '?'}{urlencode(query)}")


def address_of(piece: Equipment) -> str:
    """Return where a piece is shown."""
    return f"{PATH}/equipment/{quote(piece.label)}"
