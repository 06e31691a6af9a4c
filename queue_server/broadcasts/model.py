"""A message to the whole hall: what it says, on which glass, from when until when; values only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, Literal, get_args
from uuid import UUID

Kind = Literal["prayer", "closing", "breakdown", "notice", "emergency"]
Glass = Literal["board", "kiosk", "face", "phone", "desk"]

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
GLASSES: Final[tuple[Glass, ...]] = get_args(Glass)

TEXT_LENGTH: Final = 240
"""As much of an emergency as a hall screen holds so that it is read from ten metres."""
LINE_LENGTH: Final = 120
"""As much of any other message as its one line holds."""
FURTHEST: Final = timedelta(days=14)
"""So far ahead a message may begin or end."""
MOST_LINES: Final = 6
"""So many stand on a glass at a time, the gravest first: nobody reads more."""

WEIGHT: Final[Mapping[Kind, int]] = MappingProxyType(
    {"emergency": 0, "breakdown": 1, "closing": 2, "prayer": 3, "notice": 4}
)
"""The order in which they stand."""


@dataclass(frozen=True, slots=True)
class Broadcast:
    """One message, from whoever sent it to whoever ended it."""

    id: UUID
    kind: Kind
    phrase: str | None
    """The ready phrase that its text is, which a screen may speak; None: the sender's own words."""
    text_ar: str
    text_en: str
    """Empty: the Arabic is shown to everybody."""
    glasses: tuple[Glass, ...]
    calls_go_on: bool
    """False: while it stands no number is announced."""
    sent_at: datetime
    sent_by: UUID
    starts_at: datetime
    ends_at: datetime | None
    ended_at: datetime | None = None
    ended_by: UUID | None = None

    @property
    def is_full_screen(self) -> bool:
        """It stands over everything else."""
        return self.kind == "emergency"

    def stands(self, at: datetime) -> bool:
        """Say whether it is shown at a moment."""
        if self.ended_at is not None or at < self.starts_at:
            return False
        return self.ends_at is None or at < self.ends_at

    def is_open(self, at: datetime) -> bool:
        """Say whether it stands or is still to come."""
        return self.ended_at is None and (self.ends_at is None or at < self.ends_at)

    def order(self) -> tuple[int, datetime, UUID]:
        """Return what messages are sorted by: the gravest first, of these the latest."""
        return WEIGHT[self.kind], self.starts_at, self.id


@dataclass(frozen=True, slots=True)
class Wording:
    """What is to be said, and how, before it is sent."""

    kind: Kind
    text_ar: str
    text_en: str
    glasses: tuple[Glass, ...]
    phrase: str | None = None
    calls_go_on: bool = True
    starts_at: datetime | None = None
    """None: now."""
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A glass on which a message stood."""

    broadcast_id: UUID
    device_id: UUID
    shown_at: datetime
