"""Words that several frames share: labels, tokens, languages, waits."""

from typing import Final, Literal

from core_services.link.frame import Frame

TOKEN_PATTERN: Final = "^[A-Za-z2-7]{16}$"
"""80 random bits in base32, as at the end of public addresses."""

LABEL_PATTERN: Final = "^[A-Z]?[1-9][0-9]{0,5}$"
"""A label in the API form: the letter of its series, if any, and its number."""

Priority = Literal["none", "age65", "disability", "infant"]

Language = Literal["ar", "en"]


class WaitRange(Frame):
    """An honest wait in seconds, rounded outward to 5 minutes at its ends."""

    low_s: int
    likely_s: int
    high_s: int
