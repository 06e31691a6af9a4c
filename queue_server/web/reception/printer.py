"""The kiosk whose printer serves a phone at reception: chosen once, kept in the phone's browser."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from aiohttp import web

from queue_server.web.keys import QUEUE
from queue_server.web.supervisor.devices import DeviceRow
from queue_server.web.supervisor.slips import printers

COOKIE: Final = "reception_printer"
TRAINING_COOKIE: Final = "training_reception_printer"
"""Cookies know no ports: the real server's choice stays what it was."""
BY_HAND: Final = "by-hand"
"""The choice of no printer: numbers are written by hand or photographed."""
_KEPT_S: Final = 90 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Chosen:
    """Where slips come out now."""

    printers: tuple[DeviceRow, ...]
    """Every kiosk that prints, those that can do so at once first."""
    device: DeviceRow | None
    """None: no paper."""
    is_by_hand: bool
    """No paper because somebody chose that, not because there is no printer."""

    @property
    def is_ready(self) -> bool:
        return self.device is not None and self.device.is_ready

    @property
    def others(self) -> tuple[DeviceRow, ...]:
        """Those that could print instead, at once."""
        return tuple(each for each in self.printers if each.is_ready and each != self.device)


def chosen_printer(request: web.Request, devices: Sequence[DeviceRow]) -> Chosen:
    """Return what the phone's cookie says; a phone without one takes the first that is ready.

    A chosen kiosk that is not there any more counts as none chosen.
    """
    able = printers(devices)
    wanted = request.cookies.get(_cookie(request), "")
    if wanted == BY_HAND:
        return Chosen(able, None, is_by_hand=True)
    named = next((each for each in able if str(each.id) == wanted), None)
    return Chosen(able, named or (able[0] if able else None), is_by_hand=False)


def remember_printer(
    request: web.Request, response: web.StreamResponse, choice: UUID | None
) -> None:
    """Let the browser keep the choice for three months; None: by hand."""
    response.set_cookie(
        _cookie(request),
        BY_HAND if choice is None else str(choice),
        max_age=_KEPT_S,
        path="/reception",
        httponly=True,
        samesite="Strict",
        secure=request.secure,
    )


def _cookie(request: web.Request) -> str:
    return TRAINING_COOKIE if request.app[QUEUE].centre.is_training else COOKIE
