"""Slips that people hold and the server has not heard of: made live at a desk, or written down.

A slip of a kiosk that was cut off may be shown before the kiosk is back, and one of the normal
series after the server was put back to an older backup. The desk makes its ticket; the kiosk's word
merges into it later (`store_given`).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core_services.devices.offline import OFFLINE_LETTERS, is_offline_number
from core_services.ids import new_id
from queue_server.tickets import store_adopt
from queue_server.tickets.acts import Queue
from queue_server.tickets.errors import LabelNotGiven, OfTheBook, Refused
from queue_server.tickets.model import Actor, Claim, Language, Priority, Ticket
from queue_server.tickets.numbering import EMERGENCY_SERIES, parts_of

FURTHEST: Final = 500
"""A number of a queue's series is taken for a slip of before a restore up to so far above the last
that was given today; beyond that somebody mistyped it."""


@dataclass(frozen=True, slots=True)
class Slip:
    """What stands on a slip, and what its holder says."""

    label: str
    """In the API's form."""
    service: str | None = None
    priority: Priority = "none"
    language: Language = "ar"
    arrived_at: datetime | None = None
    """None: nobody knows; the kiosk tells it later."""


async def adopt(
    queue: Queue,
    slip: Slip,
    *,
    actor: Actor,
    window: int | None = None,
    any_window: bool = False,
    claim: Claim | None = None,
) -> Ticket:
    """Make a live ticket of a slip: served at a window at once, or in line without one.

    Raises LabelTaken for a label that the server knows, LabelNotGiven, OfTheBook, UnknownService,
    UnknownWindow, WindowOfAnother, WindowNotOpen, WindowBusy, KeyReused.
    """
    day, at = queue.today()
    series, number = kept_series_of(slip.label)
    return await store_adopt.adopt(
        queue.pool,
        queue.centre.id,
        day=day,
        at=at,
        adopted=store_adopt.Adopted(
            ticket_id=new_id(at),
            series=series,
            number=number,
            service=slip.service,
            priority=slip.priority,
            language=slip.language,
            arrived_at=None if slip.arrived_at is None else min(slip.arrived_at, at),
            furthest=FURTHEST,
        ),
        actor=actor,
        window=window,
        any_window=any_window,
        claim=claim,
    )


def may_be_a_slip(label: str) -> bool:
    """Say whether a label that is not known may stand on somebody's slip."""
    try:
        kept_series_of(label)
    except Refused:
        return False
    return True


def kept_series_of(label: str) -> tuple[str, int]:
    """Return series and number of what may stand on a machine's slip.

    Raises LabelNotGiven, OfTheBook.
    """
    parts = parts_of(label)
    if parts is None:
        raise LabelNotGiven(state="unknown", label=label)
    series, number = parts
    if series == EMERGENCY_SERIES:
        raise OfTheBook(state="unknown", label=label)
    if series in OFFLINE_LETTERS and not is_offline_number(series, number):
        raise LabelNotGiven(state="unknown", label=label)
    return series, number
