"""How a training centre is named: wherever its name stands, on glass or paper, it is told apart.

The marked name is kept in the database itself, so that also a program that knows nothing of
training shows and prints it.
"""

from collections.abc import Mapping
from typing import Final

from core_services.l10n import Language

_BEFORE: Final[Mapping[Language, str]] = {"ar": "تدريب – ", "en": "TRAINING – "}


def training_name(name: str, language: Language) -> str:
    """Return the name with the mark before it, once."""
    before = _BEFORE[language]
    return name if name.startswith(before) else before + name


def name_under_band(name: str, language: Language) -> str:
    """Return the name as it stands right under a band that says the same, where room is scarce."""
    return name.removeprefix(_BEFORE[language])
