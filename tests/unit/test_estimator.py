"""The estimate as it is said: learned, run forward, calibrated; the same wherever it is made."""

import random
from datetime import UTC, datetime
from uuid import UUID

from queue_server.estimate.model import (
    InHand,
    Newcomer,
    Range,
    Situation,
    Standing,
    Visit,
    WindowNow,
)
from queue_server.estimate.product import VERSION, Estimator, Told

MORNING = datetime(2026, 11, 22, 7, tzinfo=UTC).timestamp()
AT = MORNING + 86_400
U = frozenset({"U"})
LANES = frozenset({"plain", "priority"})
WINDOWS = [
    WindowNow(n, U, LANES, in_hand=InHand("U", "a", AT - 60 * n, AT - 50 * n)) for n in (1, 2, 3)
]
LINE = [
    Standing(UUID(int=n), "U", "plain", AT - 40 * n, "ab"[n % 2], since=AT - 40 * n)
    for n in range(1, 21)
]
HALL = Situation(AT, LINE, WINDOWS, credit_s={"none": 0, "age65": 900})
ASKED = (Newcomer("U", service="a"), Newcomer("U", priority="age65"), Newcomer("X"))


def lived() -> Estimator:
    """A morning of 200 numbers, each with what was said to it and what became of it."""
    chance = random.Random(8)
    estimator = Estimator({"a": 200, "b": 300})
    for number in range(200):
        came = MORNING + number * 60
        hold = chance.lognormvariate(5.4, 0.6)
        estimator.learn(
            Visit(str(number), "U", "ab"[number % 2], "none", came, came + 500, came + 510,
                  came + 500 + hold, 1 + number % 3, "finished")
        )  # fmt: skip
        situation = Situation(came, LINE[: number % 20], WINDOWS)
        ((told,),) = estimator.forecast(situation, ASKED[:1], standing=False).newcomers
        estimator.happened(told, told.middle_s * chance.uniform(0.8, 1.6), came + 500)
    return estimator


def test_what_was_lived_again_says_the_same() -> None:
    one, other = lived().forecast(HALL, ASKED, 3), lived().forecast(HALL, ASKED, 3)
    assert one == other
    assert one.version == VERSION


def test_everybody_is_told_a_range_and_whom_nobody_serves_is_told_none() -> None:
    said = lived().forecast(HALL, ASKED, 2)
    assert set(said.waits) == {each.id for each in LINE}
    plain, old, nowhere = said.newcomers
    for told in (*said.waits.values(), *plain, *old):
        assert told.range is not None
        assert 0 <= told.range.low_s <= told.range.likely_s <= told.range.high_s
    assert [told.range for told in nowhere] == [None, None]
    assert [told.never for told in nowhere] == [1.0, 1.0]


def test_waits_that_were_longer_than_said_lengthen_what_is_said() -> None:
    cautious = lived()
    ((told,),) = cautious.forecast(HALL, ASKED[:1], standing=False).newcomers
    for _ in range(300):
        cautious.happened(told, told.middle_s * 2, AT)
    ((later,),) = cautious.forecast(HALL, ASKED[:1], standing=False).newcomers
    assert told.range is not None
    assert later.range is not None
    assert later.middle_s == told.middle_s
    assert later.range.likely_s > told.range.likely_s * 1.2
    assert later.range.high_s > told.range.high_s


def test_who_was_told_nothing_teaches_nothing() -> None:
    estimator = lived()
    before = estimator.forecast(HALL, ASKED)
    estimator.happened(Told(None, float("inf"), 0.0, 1.0, "X", None), 900, AT)
    assert estimator.forecast(HALL, ASKED) == before


def test_a_day_begins_with_whatever_of_it_is_learned_first() -> None:
    visit = Visit("1", "U", "a", "none", MORNING, MORNING + 60, None, MORNING + 300, 1, "finished")
    told = Told(Range(0, 10, 20), 10.0, 5.0, 0.0, "U", "a")
    one, other = Estimator(), Estimator()
    one.happened(told, 60, MORNING + 60)
    one.learn(visit)
    other.learn(visit)
    other.happened(told, 60, MORNING + 60)
    assert one.calibration.level == other.calibration.level != Estimator().calibration.level
