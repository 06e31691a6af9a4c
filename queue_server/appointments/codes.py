"""The code of an appointment: eight digits that a citizen reads off a phone and types at a kiosk.

Digits alone, since many know no other letters than ١٢٣; never zero, which is a dot in Arabic and
reads like ٥ in bad light. 43 million codes against a few hundred live bookings, and a machine that
is told ten wrong ones rests.
"""

import secrets
from typing import Final

from core_services.l10n import Language, digits, western

LENGTH: Final = 8
_DIGITS: Final = "123456789"


def new_code() -> str:
    """Return a random code."""
    return "".join(secrets.choice(_DIGITS) for _ in range(LENGTH))


def code_from(text: str) -> str | None:
    """Read a code as people type it, in any digits, with spaces or dashes; None: it is none."""
    code = "".join(letter for letter in western(text) if letter not in " -–\u00a0\u200e\u200f")
    is_code = len(code) == LENGTH and all(letter in _DIGITS for letter in code)
    return code if is_code else None


def code_words(code: str, language: Language) -> str:
    """Return a code in two groups, in the reader's digits: `٤٧٢٩ ٨٣٨١`.

    The space between them is one that does not break: beside it alone do two groups of Eastern
    digits stand in their order whatever the direction of the line (UAX #9, W4).
    """
    return digits(f"{code[:4]}\u00a0{code[4:]}", language)
