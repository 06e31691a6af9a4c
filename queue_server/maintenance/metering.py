"""How much a printer has printed, added up from what its machine tells; pure.

A kiosk counts slips by business day and paper by roll, each from nought; on a new disk both begin
anew. A piece keeps its own sum, in whichever kiosk it stands.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self

from queue_server.maintenance.model import Counts


@dataclass(frozen=True, slots=True)
class Reading:
    """What a machine had counted at one moment."""

    device_id: str
    journal_id: str | None
    """Of the disk that counts."""
    day: date
    """The business day that its slips are of."""
    slips: int
    roll: str | None
    """When the roll was put in, as the machine says it; None: it cannot tell."""
    used_m: float

    def as_json(self) -> dict[str, Any]:
        """Return it as it is kept."""
        return {
            "device": self.device_id,
            "journal": self.journal_id,
            "day": self.day.isoformat(),
            "slips": self.slips,
            "roll": self.roll,
            "used_m": self.used_m,
        }

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> Self:
        """Read what `as_json` gave."""
        return cls(
            kept["device"],
            kept["journal"],
            date.fromisoformat(kept["day"]),
            kept["slips"],
            kept["roll"],
            kept["used_m"],
        )


def reading_of(
    device_id: str,
    journal_id: str | None,
    day: date,
    jobs: Mapping[str, int] | None,
    roll: Mapping[str, Any] | None,
) -> Reading:
    """Return the reading that a heartbeat holds."""
    roll = roll or {}
    loaded = roll.get("loaded_at")
    return Reading(
        device_id,
        journal_id,
        day,
        int((jobs or {}).get("done", 0)),
        str(loaded) if isinstance(loaded, (str, datetime)) else None,
        float(roll.get("used_m") or 0.0),
    )


def advance(counts: Counts, seen: Reading | None, now: Reading) -> Counts:
    """Return the sum with what was printed since `seen`; None: this is where counting begins.

    Every slip and metre that both readings tell of is in it once; nothing is ever taken off.
    """
    if seen is None or seen.device_id != now.device_id:
        return counts
    is_same_disk = seen.journal_id == now.journal_id
    goes_on = is_same_disk and seen.day == now.day and now.slips >= seen.slips
    slips = now.slips - seen.slips if goes_on else now.slips
    is_same_roll = is_same_disk and seen.roll == now.roll and now.used_m >= seen.used_m
    metres, rolls = now.used_m, 0
    if is_same_roll:
        metres = now.used_m - seen.used_m
    elif is_same_disk and now.roll is not None and seen.roll is not None:
        rolls = 1  # a new disk knows no roll and assumes one
    return Counts(counts.slips + slips, counts.metres + metres, counts.rolls + rolls)
