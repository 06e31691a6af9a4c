"""When something wrong becomes an alarm and when that is over: soon, and without flapping."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from queue_server.alarms.judging import PACES, USUAL, Changes, Memory, judge
from queue_server.alarms.model import Episode, Finding

START = datetime(2026, 11, 22, 7, tzinfo=UTC)
PAPER = Finding("paper-out", "K1")
WAIT = Finding("wait-over", "unified", level=1)


def episode(finding: Finding, *, level: int | None = None, seen: bool = False) -> Episode:
    return Episode(
        id=uuid4(),
        kind=finding.kind,
        subject=finding.subject,
        facts={},
        is_grave=finding.is_grave,
        level=finding.level if level is None else level,
        raised_at=START,
        worse_at=None,
        acknowledged_at=START if seen else None,
        acknowledged_by=uuid4() if seen else None,
        cleared_at=None,
    )


class Watch:
    """Judges second by second, with a book that does what is asked of it."""

    def __init__(self, *opened: Episode) -> None:
        self.memory = Memory()
        self.opened = {each.key: each for each in opened}
        self.at = START
        self.told: list[str] = []

    def look(self, *findings: Finding, seconds: float = 1.0) -> Changes:
        self.at += timedelta(seconds=seconds)
        self.memory, changes = judge(self.memory, findings, self.opened.values(), self.at)
        for finding in changes.raised:
            self.opened[finding.key] = episode(finding)
            self.told.append(f"raised {finding.subject}")
        for one, finding in changes.worse:
            self.opened[one.key] = replace(one, level=finding.level)
            self.told.append(f"worse {one.subject}")
        for one in changes.cleared:
            del self.opened[one.key]
            self.told.append(f"cleared {one.subject}")
        return changes


def test_what_lasts_a_moment_is_raised_and_what_comes_and_goes_is_not() -> None:
    watch = Watch()
    assert watch.look(PAPER).are_none
    assert watch.look().are_none
    assert watch.look(PAPER).are_none
    assert watch.look(PAPER).are_none
    assert watch.look(PAPER).raised == (PAPER,)


def test_every_finding_that_lasts_is_raised_within_ten_seconds() -> None:
    looks_s = 2.0
    for pace in (*PACES.values(), USUAL):
        assert pace.ripens.total_seconds() + looks_s <= 10


def test_an_alarm_is_over_only_when_its_cause_has_been_away_for_a_while() -> None:
    watch = Watch(episode(PAPER))
    for _ in range(20):
        watch.look(seconds=4)
        watch.look(PAPER)
    assert watch.told == []
    watch.look()
    watch.look(seconds=USUAL.rests.total_seconds())
    assert watch.told == ["cleared K1"]


def test_a_press_of_a_person_is_raised_at_once() -> None:
    assert Watch().look(Finding("emergency", "5")).raised


def test_only_what_is_worse_than_ever_asks_again() -> None:
    watch = Watch(episode(WAIT, seen=True))
    assert watch.look(replace(WAIT, level=0)).are_none
    assert watch.look(WAIT).are_none
    assert watch.look(replace(WAIT, level=2)).worse
    assert watch.look(replace(WAIT, level=1)).are_none
    assert watch.look(replace(WAIT, level=2)).are_none
    assert watch.told == ["worse unified"]


def test_of_two_findings_of_one_kind_and_subject_the_worse_counts() -> None:
    changes = Watch(episode(WAIT, level=0)).look(WAIT, replace(WAIT, level=3))
    assert [finding.level for _, finding in changes.worse] == [3]


def test_what_somebody_has_taken_up_in_its_own_way_counts_as_seen_once() -> None:
    taken = replace(PAPER, seen_by=uuid4())
    assert Watch(episode(PAPER)).look(taken).taken_up
    assert Watch(episode(PAPER, seen=True)).look(taken).are_none


@given(
    st.lists(st.lists(st.sampled_from([PAPER, WAIT]), max_size=2), max_size=80),
    st.floats(min_value=0.2, max_value=9.0),
)
def test_an_alarm_is_raised_and_cleared_in_turns_whatever_comes(
    looks: list[list[Finding]], step_s: float
) -> None:
    watch = Watch()
    for findings in looks:
        watch.look(*findings, seconds=step_s)
    for subject in ("K1", "unified"):
        told = [each.split()[0] for each in watch.told if each.endswith(subject)]
        assert told == ["raised", "cleared"] * (len(told) // 2) + ["raised"] * (len(told) % 2)
