"""What the glass shows of a national ID that is being typed: dots, and never the digits aloud."""

from functools import partial

from core_services.egypt import NationalIdFault
from core_services.l10n import Language, Messages, digits
from kiosk.state import ID_DIGITS

DOT = "•"
SHOWN = 4
"""So many of the last digits are shown once all are typed."""


def masked_cells(typed: str, language: Language) -> list[str]:
    """Return the pad's cells: a dot for each digit but the one just typed, or but the last four."""
    shown = SHOWN if len(typed) == ID_DIGITS else 1
    masked = DOT * max(0, len(typed) - shown)
    return [*masked, *digits(typed[len(masked) :], language), *([""] * (ID_DIGITS - len(typed)))]


def typed_words(typed: str, language: Language, messages: Messages) -> str:
    """Say how many digits stand there, for who listens: the digits themselves are not spoken."""
    return messages.gettext(language, "Digits typed: {count} of {all}").format(
        count=digits(str(len(typed)), language), all=digits(str(ID_DIGITS), language)
    )


def id_fault_words(
    fault: NationalIdFault | None, language: Language, messages: Messages
) -> str | None:
    """Say which digits to look at again; None while all may be right."""
    _ = partial(messages.gettext, language)
    match fault:
        case "century":
            return _("The number begins with 2 or 3. Erase it and look at the first digit.")
        case "birth_date":
            return _("Digits 2 to 7 are the birth date: year, month, day. Erase and look again.")
        case "governorate":
            return _("Digits 8 and 9 are the governorate. Erase them and look again.")
        case _:
            return None
