"""The question after each new roll, «هل الرقم ظاهر على الورقة؟».

Paper put in the wrong way round stays white, and no sensor of any printer knows. Pure, like the
flow that it is part of. It is asked on the first page only: whoever changed the roll stands there,
and no citizen is interrupted.
"""

from dataclasses import dataclass, replace
from typing import Literal

from kiosk.slips import JobState

RollJudgement = Literal["good", "blank", "unchecked"]

ROLL_TOUCHES = ("roll:yes", "roll:no", "roll:later")
"""The number is seen · it is not · somebody else is to look."""


@dataclass(frozen=True, slots=True)
class RollTest:
    """One test slip, from its order until a person looked at it."""

    job: str
    number: str
    since: float
    """When its present state began."""
    state: Literal["printing", "asked", "blank"] = "printing"
    """`blank`: a person saw white paper, and reads what to do."""

    def due(self, answer_s: float) -> float:
        """Return when it is over without a person."""
        return self.since + answer_s


@dataclass(frozen=True, slots=True)
class RollVerdict:
    """The test after an event, None when it is over; and what to note of the roll."""

    test: RollTest | None
    judgement: RollJudgement | None = None


def slip_changed(test: RollTest, state: JobState, now: float) -> RollVerdict:
    """The printer tells of the test slip: asked about once it is out, or may be."""
    if test.state != "printing":
        return RollVerdict(test)
    if state in ("done", "unknown"):
        return RollVerdict(replace(test, state="asked", since=now))
    if state == "failed":
        return RollVerdict(None, "unchecked")
    return RollVerdict(test)


def answered(test: RollTest, touch: str, now: float) -> RollVerdict:
    """A person at the glass answers, or has read what to do."""
    if test.state == "blank":
        return RollVerdict(None)
    match touch:
        case "roll:yes":
            return RollVerdict(None, "good")
        case "roll:no":
            return RollVerdict(replace(test, state="blank", since=now), "blank")
        case _:
            return RollVerdict(None, "unchecked")


def nobody_answered(test: RollTest) -> RollVerdict:
    """Its time is over: the kiosk goes on, and the supervisor reads that nobody looked."""
    return RollVerdict(None, None if test.state == "blank" else "unchecked")
