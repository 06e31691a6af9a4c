"""Labels: the API's form (`142`, `A101`) and the form people read (`١٤٢`, `أ-١٠١`)."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SERIES_LETTERS: Mapping[str, str] = MappingProxyType(
    {
        "A": "أ",
        "J": "ج",
        "D": "د",
        "S": "س",
        "M": "م",
        "K": "ك",
        "L": "ل",
        "N": "ن",
        "W": "و",
        "Y": "ي",
        "T": "ط",
    }
)
"""API letter to Arabic letter. K, L, N, W and Y are reserved for the kiosks' offline series, T (ط,
as in طوارئ) for the emergency book."""

QUEUE_SERIES = ("", "A", "J", "D", "S", "M")
"""All that queues may count under; the first is the one without a letter."""

EMERGENCY_SERIES = "T"
"""The letter of pre-printed numbers; no queue and no kiosk counts under it."""

_LABEL: Final = re.compile("([A-Z]?)([1-9][0-9]{0,5})")
_EASTERN = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


def label_of(series: str, number: int) -> str:
    """Return the API's form: the series letter, if any, then the number without leading zeros."""
    return f"{series}{number}"


def parts_of(label: str) -> tuple[str, int] | None:
    """Return series and number of a label in the API's form; None for anything else."""
    found = _LABEL.fullmatch(label)
    return None if found is None else (found[1], int(found[2]))


def display_label(label: str) -> str:
    """Return the label for Arabic readers: Eastern digits, an Arabic letter before a dash."""
    letter = label[:1]
    if letter.isdigit():
        return label.translate(_EASTERN)
    return f"{SERIES_LETTERS.get(letter, letter)}-{label[1:].translate(_EASTERN)}"
