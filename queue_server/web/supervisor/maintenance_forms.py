"""Reads what the technician's forms say; what no form of ours sends is taken as nothing said."""

from collections.abc import Mapping
from datetime import date

from core_services.l10n import western
from queue_server.maintenance.model import (
    COUNTERS,
    KINDS,
    EquipmentKind,
    Limit,
    NewPlan,
    Place,
    PlanUnit,
    Step,
)

Fields = Mapping[str, str]
NOWHERE = Place("machine")
"""No place is chosen: refused by name."""


def kind_in(fields: Fields) -> EquipmentKind | None:
    """Return the kind that was chosen."""
    return next((kind for kind in KINDS if kind == fields.get("kind")), None)


def place_in(fields: Fields) -> Place:
    """Return the place that was chosen: `machine:K1`, `window:5`, `room`, `shelf` …"""
    what, _, spot = fields.get("place", "").partition(":")
    match what:
        case "machine":
            return Place("machine", device=spot or None)
        case "window":
            return Place("window", window=number_in(spot))
        case "room":
            return Place("room", room=fields.get("room", ""))
        case "shelf" | "repair" | "scrapped":
            return Place(what)
    return NOWHERE


def number_in(text: str | None) -> int | None:
    """Return a whole number of at most eight digits, Eastern or Western."""
    digits = western((text or "").strip())
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 8 else None


def day_in(text: str | None) -> date | None:
    """Return a day as a browser's calendar sends it."""
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def steps_in(text: str) -> tuple[Step, ...]:
    """Return a step for each line that holds one; an English one follows after a bar."""
    lines = (line.partition("|") for line in text.splitlines())
    return tuple(Step(ar.strip(), en.strip()) for ar, _, en in lines if ar.strip())


def plan_in(fields: Fields) -> NewPlan:
    """Return the plan that a form describes, checked by whoever makes it."""
    units: dict[str, PlanUnit] = {"day": "day", "month": "month"}
    of = fields.get("of", "")
    kind = next((each for each in KINDS if each == of), None)
    return NewPlan(
        title_ar=fields.get("title_ar", ""),
        title_en=fields.get("title_en", ""),
        kind=kind,
        label=(of or None) if kind is None else None,
        every=number_in(fields.get("every")),
        unit=units.get(fields.get("unit", "")),
        limits=tuple(
            Limit(count, counter)
            for counter in COUNTERS
            if (count := number_in(fields.get(f"every_{counter}"))) is not None
        ),
        stops_work=fields.get("stops_work") == "yes",
        steps=steps_in(fields.get("steps", "")[:6000]),
    )
