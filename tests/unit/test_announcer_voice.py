"""Spoken calls: each stands until its last word, no voice that fails can hold the hall up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from displays.announcer import ANSWER_S, BREATH_S, LATE_S, LEAD_S, Announcer, Pace, Say, Show
from displays.board import Call


def call(call_id: int, label: str = "", *, at: float = 0.0) -> Call:
    label = label or str(100 + call_id)
    return Call(call_id, label, label, 5, called_at=at)


class SpokenHall:
    """A hall whose page paints at once; the voice needs `words_s`, None: it never answers."""

    def __init__(self, words_s: float | None = 4.0, *, tells: bool = True) -> None:
        self.announcer = Announcer(Pace(voice=True))
        self.words_s = words_s
        self.tells = tells
        self.at = 0.0
        self.listed: list[Call] = []
        self.shows: list[tuple[float, int]] = []
        self.says: list[tuple[int, bool]] = []
        self._over: tuple[float, int] | None = None

    def calls(self, *new: Call) -> None:
        labels = {one.label for one in new}
        self.listed = [*reversed(new), *(one for one in self.listed if one.label not in labels)]
        self.announcer.hear(self.listed, (), self.at, reaches_back_to=0)
        self.step()

    def step(self) -> None:
        if self._over is not None and self.at >= self._over[0]:
            self.announcer.spoken(self._over[1], self.at)
            self._over = None
        for effect in self.announcer.step(self.at):
            if isinstance(effect, Show):
                self.shows.append((round(self.at, 1), effect.call.id))
                self.announcer.painted(effect.call.id, self.at)
            elif isinstance(effect, Say):
                self.says.append((effect.call.id, effect.hurried))
                if self.words_s is not None:
                    self.announcer.worded(effect.call.id, self.words_s, self.at)
                    if self.tells and self.words_s:
                        self._over = (self.at + LEAD_S + self.words_s, effect.call.id)

    def wait(self, seconds: float) -> None:
        for _ in range(round(seconds * 10)):
            self.at += 0.1
            self.step()


def test_a_call_is_spoken_once_and_in_full_when_nobody_waits() -> None:
    hall = SpokenHall()
    hall.calls(call(1))
    hall.wait(60)
    assert hall.says == [(1, False)]


def test_the_next_call_waits_for_the_last_word_and_a_breath() -> None:
    hall = SpokenHall(words_s=12.0)
    hall.calls(call(1), call(2))
    hall.wait(60)
    assert hall.shows[0] == (0.0, 1)
    assert hall.shows[1][0] == pytest.approx(LEAD_S + 12.0 + BREATH_S, abs=0.21)


def test_where_calls_are_spoken_one_that_waits_is_a_crowd() -> None:
    hall = SpokenHall(words_s=2.0)
    hall.calls(call(1), call(2))
    hall.wait(60)
    assert hall.shows == [(0.0, 1), (4.0, 2)]


def test_alone_a_call_stands_as_long_as_without_a_voice() -> None:
    hall = SpokenHall(words_s=2.0)
    hall.calls(call(1))
    hall.wait(7)
    hall.calls(call(2, at=hall.at))
    hall.wait(60)
    assert hall.shows[1][0] == pytest.approx(7.0, abs=0.11)


def test_a_call_that_others_wait_behind_or_that_waited_itself_is_hurried() -> None:
    hall = SpokenHall()
    hall.calls(call(1), call(2))
    hall.wait(2)
    hall.calls(call(3, at=hall.at))
    hall.wait(60)
    assert hall.says == [(1, True), (2, True), (3, True)]
    hall.calls(call(4, at=hall.at))
    assert hall.says[-1] == (4, False)


def test_a_page_that_never_says_it_spoke_is_waited_for_no_longer_than_its_words() -> None:
    hall = SpokenHall(words_s=6.0, tells=False)
    hall.calls(call(1), call(2))
    hall.wait(60)
    assert hall.shows[1][0] == pytest.approx(LEAD_S + 6.0 + LATE_S, abs=0.11)


def test_a_voice_that_never_answers_costs_four_seconds_and_not_the_day() -> None:
    hall = SpokenHall(words_s=None)
    hall.calls(call(1), call(2), call(3))
    hall.wait(60)
    assert [at for at, _ in hall.shows] == pytest.approx([0.0, ANSWER_S, 2 * ANSWER_S], abs=0.21)


def test_a_call_without_words_stands_as_long_as_any_other() -> None:
    hall = SpokenHall(words_s=0.0)
    hall.calls(call(1), call(2))
    hall.wait(60)
    assert hall.shows == [(0.0, 1), (4.0, 2)]


def test_words_said_anew_to_a_page_that_was_loaded_again_are_waited_for() -> None:
    hall = SpokenHall(words_s=5.0, tells=False)
    hall.calls(call(1), call(2))
    hall.wait(5)
    hall.announcer.worded(1, 5.0, hall.at)
    hall.wait(60)
    assert hall.shows[1][0] == pytest.approx(5 + LEAD_S + 5.0 + LATE_S, abs=0.11)


def test_a_withdrawn_call_is_spoken_to_its_end() -> None:
    hall = SpokenHall(words_s=9.0)
    one = call(1)
    hall.calls(one)
    hall.announcer.hear([], [1], hall.at, reaches_back_to=0)
    hall.wait(9.5)
    assert hall.announcer.standing == one
    hall.wait(2)
    assert hall.announcer.standing is None


def test_words_of_another_call_change_nothing() -> None:
    hall = SpokenHall(words_s=2.0)
    hall.calls(call(1), call(2))
    hall.announcer.worded(2, 50.0, 0.0)
    hall.announcer.spoken(2, 0.0)
    hall.wait(60)
    assert hall.shows == [(0.0, 1), (4.0, 2)]


def test_words_wait_for_a_page_to_paint_the_call() -> None:
    announcer = Announcer(Pace(voice=True))
    announcer.hear([call(1), call(2)], (), 0.0, reaches_back_to=0)
    announcer.step(0.0)
    announcer.worded(1, 6.0, 0.1)
    for tenth in range(300):
        assert announcer.step(tenth / 10, watched=False) == []
    announcer.painted(1, 30.0)
    assert announcer.step(30.0 + LEAD_S + 6.0) == []
    assert announcer.step(30.0 + LEAD_S + 6.0 + LATE_S)


@given(
    gaps=st.lists(st.sampled_from([0.0, 0.3, 2.0, 6.0, 15.5]), min_size=1, max_size=25),
    words=st.sampled_from([0.0, 2.5, 4.3, 8.0, None]),
    tells=st.booleans(),
)
def test_however_the_voice_behaves_every_call_is_shown_and_spoken_once_in_order(
    gaps: list[float], words: float | None, tells: bool
) -> None:
    hall = SpokenHall(words_s=words, tells=tells)
    hall.announcer = Announcer(Pace(voice=True, age_limit_s=1e6))
    for number, gap in enumerate(gaps, start=1):
        hall.wait(gap)
        hall.calls(call(number, at=hall.at))
    hall.wait(len(gaps) * 12)
    ids = list(range(1, len(gaps) + 1))
    assert [call_id for _, call_id in hall.shows] == ids
    assert [call_id for call_id, _ in hall.says] == ids
