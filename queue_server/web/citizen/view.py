"""What a citizen's phone shows of a ticket, made from its place in line; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import ClassVar, Final, Literal

from core_services.paper.missed_call import WHOLE_DAY_MIN, missed_call_words
from queue_server.broadcasts.model import Broadcast
from queue_server.service_states.model import ALL_WORK, Outage, States
from queue_server.tickets.model import TicketState, Wait
from queue_server.tickets.store_citizen import Place
from queue_server.web.labels import label_words
from queue_server.web.words import Words

Stage = Literal[
    "far",
    "near",
    "held",
    "kept",
    "called",
    "serving",
    "parked",
    "finished",
    "no_show",
    "cancelled",
    "void",
    "lapsed",
]
"""`far`, `near` and `held` are in line; `held` while no open window serves the queue. `kept` is the
number of a later day."""

NEAR_AHEAD: Final = 3
NEAR_S: Final = 300
"""Whose turn comes after 3 people or about 5 minutes is told to be in the hall."""

_STAGES: Mapping[TicketState, Stage] = MappingProxyType(
    {
        "called": "called",
        "serving": "serving",
        "parked": "parked",
        "finished": "finished",
        "no_show": "no_show",
        "cancelled": "cancelled",
        "void": "void",
        "lapsed": "lapsed",
    }
)
_BEFORE_THE_WINDOW: Final = frozenset({"unconfirmed", "waiting", "parked", "called"})
_OVER: Final = frozenset({"finished", "cancelled", "void", "lapsed"})


@dataclass(frozen=True, slots=True)
class PhoneView:
    """One moment of a ticket, as anybody with its address may see it: nothing personal."""

    template: ClassVar[str] = "_ticket.html"

    label: Words
    service: Words | None
    stage: Stage
    ahead: int | None
    """People before it; None when it is not in line."""
    wait: Wait | None
    window: int | None
    calls: int
    """How often it was called to its window."""
    called_at: datetime | None
    call_id: int | None
    day: date | None
    """The day for which the number is kept; None when it is today's or over."""
    outage: Outage | None = None
    """Why its service does not work now, while it waits for it."""
    payment_is_down: bool = False
    return_within_min: int = WHOLE_DAY_MIN
    """So many minutes after a missed call reception takes its holder back into line; 0: not."""
    messages: tuple[Broadcast, ...] = ()
    """What was sent to the hall, the gravest first."""

    @property
    def is_over(self) -> bool:
        """Nothing will change any more."""
        return self.stage in _OVER

    @property
    def missed_call(self) -> Words:
        """What to do about a call that was missed."""
        return Words(
            missed_call_words(self.return_within_min, "ar"),
            missed_call_words(self.return_within_min, "en"),
        )

    @property
    def is_in_line(self) -> bool:
        return self.ahead is not None

    @property
    def size(self) -> Literal["usual", "long"]:
        """How wide the label is: four digits or a letter take smaller type."""
        return "usual" if len(self.label.ar) <= 3 else "long"


def phone_view(
    place: Place,
    today: date,
    states: States = ALL_WORK,
    *,
    return_within_min: int = WHOLE_DAY_MIN,
    messages: tuple[Broadcast, ...] = (),
) -> PhoneView:
    """Make the view of a place in line on that business day.

    Outages, and messages to the hall, concern those who are not served yet and come today.
    """
    ticket = place.ticket
    is_kept = place.ahead is not None and ticket.business_day > today
    is_concerned = ticket.state in _BEFORE_THE_WINDOW and not is_kept
    service = None
    if place.service_ar is not None and place.service_en is not None:
        service = Words(place.service_ar, place.service_en)
    return PhoneView(
        label=label_words(ticket.label),
        service=service,
        stage="kept" if is_kept else _stage(place),
        ahead=None if is_kept else place.ahead,
        wait=None if is_kept else place.wait,
        day=ticket.business_day if is_kept else None,
        window=ticket.window,
        calls=ticket.recalls + 1,
        called_at=ticket.called_at,
        call_id=ticket.call_id,
        outage=states.of(ticket.service) if is_concerned else None,
        payment_is_down=states.payment is not None and is_concerned,
        return_within_min=return_within_min,
        messages=messages if is_concerned or ticket.state == "serving" else (),
    )


def _stage(place: Place) -> Stage:
    if place.ahead is None:
        return _STAGES[place.ticket.state]
    if place.wait is None:
        return "held"
    is_near = place.ahead <= NEAR_AHEAD or place.wait.likely_s <= NEAR_S
    return "near" if is_near else "far"
