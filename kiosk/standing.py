"""What the glass says of a scanned slip: where its number stands, what to do; nothing private."""

from dataclasses import dataclass
from functools import partial
from typing import Literal

from core_services.l10n import Language, Messages, digits, format_date_words
from core_services.link.citizen_frames import Found
from core_services.paper.missed_call import missed_call_words

Look = Literal["good", "busy", "bad"]


@dataclass(frozen=True, slots=True)
class StandingWords:
    """One number's standing."""

    large: str
    """The number as the language's readers know it."""
    small: str
    """The same in the other digits."""
    look: Look
    now: str
    """How it stands, in a few words."""
    to_do: str
    noted: str | None
    """That its holder is noted as here; None for a number of today."""
    ahead: int | None
    service: str | None


def standing_words(found: Found, language: Language, messages: Messages) -> StandingWords:
    """Say where a number stands; a stage of a later server sends to reception."""
    _ = partial(messages.gettext, language)
    arabic = language == "ar"
    look, now, to_do = _stage(found, language, messages)
    return StandingWords(
        large=found.display_label if arabic else found.label,
        small=found.label if arabic else found.display_label,
        look=look,
        now=now,
        to_do=to_do,
        noted=_("You are noted as here: your number is kept from an earlier day.")
        if found.checked_in
        else None,
        ahead=found.ahead,
        service=found.service_ar if arabic else found.service_en,
    )


def _stage(found: Found, language: Language, messages: Messages) -> tuple[Look, str, str]:
    _ = partial(messages.gettext, language)
    window = "" if found.window is None else digits(str(found.window), language)
    match found.stage:
        case "far":
            return (
                "good",
                _("Your number is in line"),
                _("Watch the screen and listen for your call."),
            )
        case "near":
            return (
                "good",
                _("Your turn is near"),
                _("Stay in the hall and have your ID card and a copy of it ready."),
            )
        case "held":
            return (
                "busy",
                _("Your place is kept"),
                _("No window serves this line now. Watch the screen."),
            )
        case "kept" if found.day is not None:
            day = format_date_words(found.day, language)
            return (
                "good",
                _("Your number is kept for another day"),
                _("Come on {day} before 10 am and bring this slip.").format(day=day),
            )
        case "called":
            return (
                "good",
                _("It is your turn now"),
                _("Go to window {window} now.").format(window=window),
            )
        case "serving":
            return (
                "good",
                _("This number is at its window"),
                _("It is being served at window {window}.").format(window=window),
            )
        case "parked":
            return (
                "busy",
                _("Your place is kept"),
                _("Bring the paper you were asked for to its window."),
            )
        case "no_show":
            return (
                "bad",
                _("This number was called and nobody came"),
                f"{missed_call_words(found.return_within_min, language)}.",
            )
        case "finished":
            return (
                "busy",
                _("This number has been served"),
                _("For another request take a new number."),
            )
        case "cancelled" | "void" | "lapsed":
            return (
                "bad",
                _("This number does not hold any more"),
                _("Take a new number, or speak to reception."),
            )
        case _:
            return ("busy", _("Ask at reception about this number"), "")
