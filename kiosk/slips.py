"""What becomes of each slip: which word about its ticket is owed to the server, and when.

Pure: times are passed in. A slip that not one byte left for, and whose number nobody kept, is void;
one whose bytes the printer took is never void, since the paper may be in somebody's hand.
"""

from dataclasses import dataclass, replace
from typing import Literal
from uuid import UUID

JobState = Literal["queued", "sending", "sent", "done", "held", "unknown", "failed"]
"""The states of a print job; in `queued` and `failed` not one byte was accepted."""

Word = Literal["done", "kept", "held", "unknown", "failed", "void"]

NOT_ONE_BYTE: frozenset[JobState] = frozenset({"queued", "failed"})


@dataclass(frozen=True, slots=True)
class Slip:
    """One piece of paper about one ticket."""

    job: str
    ticket: UUID
    reprint: bool = False
    """Ordered by a person at the desk: never void, its failure is told."""
    state: JobState = "queued"
    said: Word | None = None
    """The last word that the server is told."""
    give_up_at: float | None = None
    """When to take the paper back unless the number is kept; None once that is over."""
    forget_at: float | None = None
    """Until when a late word of the printer is waited for; None while other changes may come."""

    @property
    def is_settled(self) -> bool:
        """Nothing more is owed, unless paper comes out after all."""
        return self.said is not None

    @property
    def is_good(self) -> bool:
        """The citizen has the number, on paper or by heart."""
        return self.said in ("done", "kept")

    @property
    def is_over(self) -> bool:
        """No change that may still come would be told.

        A job in line is not over before its cancel is answered: it may be on its way already.
        """
        if self.said == "done":
            return True
        return self.said in ("kept", "void", "failed") and self.state == "failed"

    def is_forgotten(self, now: float) -> bool:
        """Nothing more is told of the slip: it is over, or it is too late for a late word."""
        return self.is_over or (self.forget_at is not None and now >= self.forget_at)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The slip after an event, the word to say if there is one, and whether to stop its job."""

    slip: Slip
    word: Word | None = None
    cancel: bool = False


def job_changed(slip: Slip, state: JobState) -> Verdict:
    """The printer tells how far the job has come.

    A job whose time is over may fall back into line, with not one byte accepted: it is taken back,
    or it would come out unmarked when nobody stands there any more.
    """
    slip = replace(slip, state=state)
    if state == "done":
        return _say(slip, "done")
    if state == "queued":
        return Verdict(slip, cancel=slip.give_up_at is None and not slip.reprint)
    if state in ("held", "unknown") and slip.said in (None, "held", "unknown"):
        return _say(slip, state)
    if state == "failed" and not slip.is_settled:
        if slip.reprint:
            return _say(slip, "failed")
        if slip.give_up_at is None:
            return _say(slip, "void")
    return Verdict(slip)


def number_kept(slip: Slip) -> Verdict:
    """The citizen touched «حفظت الرقم»: the number is good without paper."""
    if slip.reprint or slip.said in ("done", "kept", "void"):
        return Verdict(slip)
    cancel = slip.state == "queued"
    return replace(_say(replace(slip, give_up_at=None), "kept"), cancel=cancel)


def patience_extended(slip: Slip, give_up_at: float) -> Slip:
    """Somebody stands there: give them until `give_up_at`."""
    if slip.give_up_at is None or slip.is_settled:
        return slip
    return replace(slip, give_up_at=max(slip.give_up_at, give_up_at))


def time_passed(slip: Slip, now: float) -> Verdict:
    """Give the paper up when its time has come and nobody kept the number."""
    if slip.is_settled or slip.give_up_at is None or now < slip.give_up_at:
        return Verdict(slip)
    slip = replace(slip, give_up_at=None)
    if slip.state == "failed":
        return _say(slip, "void")
    return Verdict(slip, cancel=slip.state == "queued")


def late_word_awaited(slip: Slip, now: float, longest_s: float) -> Slip:
    """Bound how long a printer may still tell of a job whose fate is unknown and told."""
    if slip.state != "unknown" or not slip.is_settled or slip.forget_at is not None:
        return slip
    return replace(slip, forget_at=now + longest_s)


def job_cancelled(slip: Slip, *, never_printed: bool) -> Verdict:
    """The printer answers a cancel; only its yes makes the number void."""
    if not never_printed:
        return Verdict(slip)
    return job_changed(slip, "failed")


def _say(slip: Slip, word: Word) -> Verdict:
    if slip.said == word:
        return Verdict(slip)
    return Verdict(replace(slip, said=word, give_up_at=None), word)
