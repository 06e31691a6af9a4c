"""Labels of tickets as people write and read them, in both languages."""

import re
from typing import Final

from core_services.l10n import western
from queue_server.tickets.numbering import SERIES_LETTERS, display_label
from queue_server.web.words import Words

_LABEL: Final = re.compile(r"[A-Z]?[0-9]{1,6}")
_LETTERS: Final = str.maketrans(
    {arabic: latin for latin, arabic in SERIES_LETTERS.items()}
    | {"ا": "A", "إ": "A", "آ": "A", "ى": "Y", " ": "", "-": "", "–": "", "ـ": ""}
)


def label_words(label: str) -> Words:
    """Return a label as each language writes it."""
    return Words(display_label(label), label)


def is_label(text: str) -> bool:
    """Say whether a text is the API's form of a label."""
    return _LABEL.fullmatch(text) is not None


def label_from(text: str) -> str | None:
    """Read a label as people type it: `١٤٢`, `142`, `أ-١٠١`, `a 101`; None for anything else."""
    label = western(text).strip().upper().translate(_LETTERS)
    return label if is_label(label) else None
