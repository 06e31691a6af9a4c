"""All steps of a set-up read together: which are done, and what centre they describe; pure."""

from collections.abc import Mapping
from typing import Final

from queue_server.centre_file import CentreFile, CentreMistakes, centre_of
from queue_server.setup import step_administrator, step_centre, step_hours, step_windows
from queue_server.setup.draft import STEPS, Draft, Step
from queue_server.setup.form import Reading
from queue_server.setup.offer import QUEUE, Offer
from queue_server.web.words import Words

CHOSEN: Final = "s-"
"""Before a service's code: the name of its box."""

TITLES: Final[Mapping[Step, Words]] = {
    "centre": Words("المركز", "The centre"),
    "hours": Words("ساعات العمل", "Hours"),
    "windows": Words("الشبابيك", "Windows"),
    "services": Words("الخدمات", "Services"),
    "administrator": Words("مدير النظام", "Administrator"),
}


def first_typed(step: Step, offer: Offer) -> Mapping[str, str]:
    """Return what stands in a step's fields before anybody has typed."""
    match step:
        case "hours":
            return step_hours.FIRST
        case "services":
            return {f"{CHOSEN}{code}": "yes" for code in offer.codes}
        case "centre":
            fields = step_centre.FIELDS
        case "windows":
            fields = step_windows.FIELDS
        case "administrator":
            fields = step_administrator.FIELDS
    return {each.name: each.first for each in fields}


def names_of(step: Step, offer: Offer) -> tuple[str, ...]:
    """Return the names of a step's fields that are kept."""
    match step:
        case "hours":
            return step_hours.NAMES
        case "services":
            return tuple(f"{CHOSEN}{code}" for code in offer.codes)
        case "centre":
            fields = step_centre.FIELDS
        case "windows":
            fields = step_windows.FIELDS
        case "administrator":
            fields = step_administrator.FIELDS
    return tuple(each.name for each in fields if each.name not in step_administrator.SECRET)


def read_step(step: Step, typed: Mapping[str, str], offer: Offer) -> Reading:
    """Read what was typed in one step."""
    match step:
        case "centre":
            return step_centre.read_centre(typed)
        case "hours":
            return step_hours.read_hours(typed)
        case "windows":
            return step_windows.read_windows(typed)
        case "services":
            return _read_services(typed, offer)
        case "administrator":
            return step_administrator.read_names(typed)


def done_steps(draft: Draft, offer: Offer) -> frozenset[Step]:
    """Return the steps that need nothing more; the last one is done with the act itself."""
    return frozenset(
        step
        for step in STEPS[:-1]
        if step in draft.typed and read_step(step, draft.typed[step], offer).is_right
    )


def describe(draft: Draft, offer: Offer) -> CentreFile:
    """Return the centre that a draft describes, checked as a file is. Raises CentreMistakes."""
    readings = {step: read_step(step, draft.typed.get(step, {}), offer) for step in STEPS[:-1]}
    unread = [((step,), "is not done") for step, each in readings.items() if not each.is_right]
    if unread:
        raise CentreMistakes(unread)
    return centre_of(
        {
            "centre": readings["centre"].values,
            "queues": [{"code": QUEUE, "name": {"ar": "موحّد", "en": "Unified"}}],
            **readings["windows"].values,
            **readings["services"].values,
            **readings["hours"].values,
        },
        offer.catalogue.services,
    )


def _read_services(typed: Mapping[str, str], offer: Offer) -> Reading:
    chosen = [code for code in offer.codes if typed.get(f"{CHOSEN}{code}") == "yes"]
    if not chosen:
        return Reading(
            wrong={"services": Words("اختر خدمة واحدة على الأقل", "Choose one service at least")}
        )
    return Reading(
        values={
            "services": {
                code: {"queue": QUEUE, "target_s": offer.target_s(code)} for code in chosen
            }
        }
    )
