"""What a citizen may answer after a visit, for how long, and what became of an answer; pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

Score = Literal["satisfied", "fair", "unsatisfied"]
FeedbackReason = Literal["waiting", "treatment", "papers", "cleanliness", "other"]
FeedbackChannel = Literal["window", "phone"]

SHOWN_AT_WINDOW: Final = timedelta(seconds=30)
"""The three faces stand before a citizen who leaves so long, then they are gone."""
WINDOW_ANSWERS: Final = timedelta(minutes=2)
"""A late touch at the window still counts for so long, never for the next citizen's visit."""
PHONE_ANSWERS: Final = timedelta(hours=48)
"""The slip's page takes an answer so long after the visit."""
CHANGEABLE: Final = timedelta(minutes=10)
CHANGES_AT_MOST: Final = 5
TEXT_LETTERS: Final = 300
TEXTS_KEPT: Final = timedelta(days=90)
"""A citizen's own words are personal data and erased after this."""

Outcome = Literal["kept", "as-before", "closed"]
"""What became of an answer: `closed` is too late, too often, or about no visit that ended."""


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as the citizen gives it."""

    score: Score
    reasons: tuple[FeedbackReason, ...] = ()
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """A ticket whose visit has ended, and whether it was answered for; never how."""

    ticket_id: UUID
    label: str
    finished_at: datetime
    answered_at: datetime | None
    changes: int
    next_started_at: datetime | None = None
    """When the same window began its next visit; None while it has not."""

    @property
    def is_answered(self) -> bool:
        return self.answered_at is not None

    def may_answer(self, channel: FeedbackChannel, at: datetime) -> bool:
        """Say whether an answer is taken now, the first one or a change of it."""
        limit = WINDOW_ANSWERS if channel == "window" else PHONE_ANSWERS
        if at - self.finished_at > limit:
            return False
        if self.answered_at is None:
            return True
        return at - self.answered_at <= CHANGEABLE and self.changes < CHANGES_AT_MOST

    def asked_for_s(self, at: datetime) -> float:
        """Return for how many seconds more the window's screen asks by itself; 0: not any more."""
        if self.is_answered or self.next_started_at is not None:
            return 0.0
        return max(0.0, (self.finished_at + SHOWN_AT_WINDOW - at).total_seconds())
