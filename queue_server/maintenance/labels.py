"""The labels of equipment: short codes that a technician sticks on, scans and types; pure."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from core_services.l10n import one_line, western
from queue_server.maintenance.model import EquipmentKind

LABEL_PATTERN: Final = "^[A-Z0-9]+(-[A-Z0-9]+)*$"
SHORTEST, LONGEST = 6, 16
"""A scanner that types is known by six signs that come at once."""
_LABEL: Final = re.compile(LABEL_PATTERN)
PREFIXES: Final[Mapping[EquipmentKind, str]] = {
    "printer": "PRN",
    "scanner": "SCN",
    "screen": "DSP",
    "kiosk_case": "KSK",
    "ups": "UPS",
    "card_terminal": "POS",
    "computer": "CMP",
}


def read_label(text: str) -> str | None:
    """Return the label that was scanned or typed; None for what can be none.

    Letters may be small, digits Eastern, the dash any of those on keyboards, or a space.
    """
    plain = western(one_line(text[:200])).upper()
    plain = re.sub(r"[\s_\u2010-\u2015\u2212\u0640]+", "-", plain)
    if not SHORTEST <= len(plain) <= LONGEST or _LABEL.fullmatch(plain) is None:
        return None
    return plain


def next_label(kind: EquipmentKind, given: Iterable[str]) -> str:
    """Return a label that was never given: the prefix of its kind and the next number."""
    prefix = PREFIXES[kind]
    numbers = (re.fullmatch(rf"{prefix}-([0-9]{{1,9}})", label) for label in given)
    return f"{prefix}-{max((int(found[1]) for found in numbers if found), default=0) + 1:03}"
