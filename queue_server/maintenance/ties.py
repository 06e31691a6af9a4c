"""Which reported faults a piece of equipment may be behind, and which pieces a fault; pure."""

from collections.abc import Iterable, Mapping
from typing import Final

from queue_server.faults.model import Fault, FaultKind
from queue_server.maintenance.model import Equipment, EquipmentKind

BEHIND: Final[Mapping[EquipmentKind, frozenset[FaultKind]]] = {
    "printer": frozenset({"printer", "kiosk"}),
    "scanner": frozenset({"scanner", "kiosk"}),
    "screen": frozenset({"screen", "kiosk"}),
    "kiosk_case": frozenset({"kiosk"}),
    "ups": frozenset({"power"}),
    "card_terminal": frozenset({"payment"}),
    "computer": frozenset({"computer", "kiosk"}),
}
"""The faults that a piece of a kind may be behind."""


def is_at(piece: Equipment, fault: Fault) -> bool:
    """Say whether a piece is where a fault was reported."""
    if piece.device_id is not None:
        return piece.device_id == fault.device_id
    return any(piece.place.window == each.number for each in fault.standing)


def faults_behind(piece: Equipment, faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Return the open faults that a piece may be behind: those of its kind, where it is."""
    return tuple(
        each
        for each in faults
        if each.is_open and is_at(piece, each) and each.kind in BEHIND[piece.kind]
    )


def pieces_behind(fault: Fault, pieces: Iterable[Equipment]) -> tuple[Equipment, ...]:
    """Return the pieces in use, the likeliest first: where it is and of its kind, where it is, and
    of its kind elsewhere; what is neither is left out."""

    def weight(piece: Equipment) -> int:
        return 2 * (not is_at(piece, fault)) + (fault.kind not in BEHIND[piece.kind])

    in_use = (each for each in pieces if each.place.is_in_use)
    return tuple(sorted((each for each in in_use if weight(each) < 3), key=weight))
