"""The form of a plan of appointments: read into terms, or into what is to be mended; pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Final

from core_services.l10n import western
from queue_server.appointments.model import PlanKind, SlotTerms
from queue_server.appointments.slots import open_minutes

LIMITS: Final[Mapping[str, tuple[int, int]]] = {
    "slot_minutes": (5, 240),
    "capacity": (1, 200),
    "walk_in_percent": (0, 100),
    "horizon_days": (0, 90),
}
ANY_SERVICE: Final = "visit"
DROP_OFF: Final = "drop_off"
_SERVICE: Final = "service:"


@dataclass(frozen=True, slots=True)
class PlanForm:
    """What stands in the form's fields, and which of them are wrong."""

    values: Mapping[str, str]
    weekdays: frozenset[int]
    wrong: frozenset[str] = field(default_factory=frozenset)

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")


def empty_form(today: date) -> PlanForm:
    """Return the form of a new plan: the mornings of the week, half of it kept for walk-ins."""
    return PlanForm(
        {
            "for": ANY_SERVICE,
            "opens": "09:00",
            "closes": "13:00",
            "slot_minutes": "30",
            "capacity": "4",
            "walk_in_percent": "50",
            "horizon_days": "14",
            "valid_from": today.isoformat(),
            "valid_to": "",
        },
        frozenset({7, 1, 2, 3, 4}),
    )


def form_of(terms: SlotTerms) -> PlanForm:
    """Return the form of a plan as it is."""
    of = terms.kind if terms.service is None else f"{_SERVICE}{terms.service}"
    return PlanForm(
        {
            "for": of,
            "opens": terms.opens.isoformat("minutes"),
            "closes": terms.closes.isoformat("minutes"),
            "slot_minutes": str(terms.slot_minutes),
            "capacity": str(terms.capacity),
            "walk_in_percent": str(terms.walk_in_percent),
            "horizon_days": str(terms.horizon_days),
            "valid_from": terms.valid_from.isoformat(),
            "valid_to": "" if terms.valid_to is None else terms.valid_to.isoformat(),
        },
        terms.weekdays,
    )


def read_terms(
    fields: Mapping[str, str], services: Collection[str], cut_over: time
) -> tuple[SlotTerms | None, PlanForm]:
    """Return a plan's terms, or None and the form with what is wrong in it."""
    values = {name: western(value).strip() for name, value in fields.items()}
    weekdays = frozenset(day for day in range(1, 8) if values.get(f"weekday_{day}") == "yes")
    wrong = set() if weekdays else {"weekdays"}
    kind, service = _for(values.get("for", ""), services)
    if kind is None:
        wrong.add("for")
    opens, closes = _time(values.get("opens", "")), _time(values.get("closes", ""))
    numbers = {name: _number(values.get(name, ""), *limits) for name, limits in LIMITS.items()}
    wrong |= {name for name, number in numbers.items() if number is None}
    valid_from, valid_to = _day(values.get("valid_from", "")), _day(values.get("valid_to", ""))
    if valid_from is None:
        wrong.add("valid_from")
    if values.get("valid_to") and (valid_to is None or (valid_from and valid_to < valid_from)):
        wrong.add("valid_to")
    if opens is None or closes is None:
        wrong.add("opens" if opens is None else "closes")
    else:
        begin, end = open_minutes(opens, closes, cut_over)
        if end - begin < (numbers["slot_minutes"] or 0) or end <= begin:
            wrong.add("closes")
    form = PlanForm(values, weekdays, frozenset(wrong))
    if wrong or kind is None or opens is None or closes is None or valid_from is None:
        return None, form
    return (
        SlotTerms(
            kind=kind,
            service=service,
            weekdays=weekdays,
            opens=opens,
            closes=closes,
            slot_minutes=numbers["slot_minutes"] or 0,
            capacity=numbers["capacity"] or 0,
            walk_in_percent=numbers["walk_in_percent"] or 0,
            horizon_days=numbers["horizon_days"] or 0,
            valid_from=valid_from,
            valid_to=valid_to,
        ),
        form,
    )


def _for(text: str, services: Collection[str]) -> tuple[PlanKind | None, str | None]:
    if text == DROP_OFF:
        return "drop_off", None
    if text == ANY_SERVICE:
        return "visit", None
    service = text.removeprefix(_SERVICE)
    if text.startswith(_SERVICE) and service in services:
        return "visit", service
    return None, None


def _number(text: str, least: int, most: int) -> int | None:
    if not text.isdecimal() or len(text) > 4:
        return None
    return int(text) if least <= int(text) <= most else None


def _time(text: str) -> time | None:
    try:
        return time.fromisoformat(text).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        return None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
