"""One call at a time on the glass: how long, in which order, and never twice."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core_services.link.board_frames import LISTED_CALLS
from displays.announcer import Announcer, Chime, Effect, Pace, Show, Shown, Stood
from displays.board import Call

TICK_S = 0.25


def call(call_id: int, label: str = "", window: int = 5, *, at: float = 0.0) -> Call:
    return Call(
        id=call_id,
        label=label or str(call_id),
        display_label=label or str(call_id),
        window=window,
        called_at=at,
    )


def begins(one: Call) -> list[Effect]:
    return [Chime(one.id), Show(one)]


class Hall:
    """Drives an announcer over time; every listed call is heard again at each change."""

    def __init__(self, announcer: Announcer) -> None:
        self.announcer = announcer
        self.at = 0.0
        self.listed: list[Call] = []
        self.log: list[tuple[float, Effect]] = []
        self.watched = True

    def calls(self, *new: Call) -> None:
        labels = {one.label for one in new}
        kept = [one for one in self.listed if one.label not in labels]
        self.listed = sorted([*new, *kept], key=lambda one: one.id, reverse=True)[:LISTED_CALLS]
        self.hear()

    def withdraws(self, one: Call) -> None:
        self.listed.remove(one)
        self.hear(one.id)

    def hear(self, *withdrawn: int) -> None:
        full = len(self.listed) >= LISTED_CALLS
        self.announcer.hear(
            self.listed,
            withdrawn,
            self.at,
            reaches_back_to=self.listed[-1].id if full else 0,
        )
        self.step()

    def step(self) -> None:
        for effect in self.announcer.step(self.at, watched=self.watched):
            self.log.append((self.at, effect))

    def wait(self, seconds: float) -> None:
        for _ in range(round(seconds / TICK_S)):
            self.at += TICK_S
            self.step()

    @property
    def shows(self) -> list[tuple[float, int]]:
        return [(at, effect.call.id) for at, effect in self.log if isinstance(effect, Show)]

    @property
    def chimes(self) -> list[int]:
        return [effect.call_id for _, effect in self.log if isinstance(effect, Chime)]


@pytest.fixture
def hall() -> Hall:
    return Hall(Announcer(Pace()))


def test_a_call_is_shown_at_once_with_a_chime(hall: Hall) -> None:
    one = call(7)
    hall.calls(one)
    assert [effect for _, effect in hall.log] == begins(one)
    assert hall.announcer.standing == one


def test_the_next_call_waits_until_the_current_one_has_had_eight_seconds(hall: Hall) -> None:
    hall.calls(call(1))
    hall.wait(2)
    hall.calls(call(2))
    hall.wait(30)
    assert hall.shows == [(0.0, 1), (8.0, 2)]


def test_while_two_others_wait_four_seconds_are_enough(hall: Hall) -> None:
    hall.calls(call(1), call(2), call(3))
    hall.wait(60)
    assert hall.shows == [(0.0, 1), (4.0, 2), (12.0, 3)]


def test_nine_calls_within_two_seconds_each_stand_their_time_once(hall: Hall) -> None:
    for call_id in range(1, 10):
        hall.calls(call(call_id, at=hall.at))
        hall.wait(0.25)
    hall.wait(90)
    times = [at for at, _ in hall.shows]
    assert [call_id for _, call_id in hall.shows] == list(range(1, 10))
    assert all(later - earlier >= 4 for earlier, later in itertools.pairwise(times))
    assert hall.chimes == list(range(1, 10))


def test_the_last_call_stays_until_another_comes(hall: Hall) -> None:
    hall.calls(call(1))
    hall.wait(600)
    assert hall.announcer.standing == call(1)


def test_a_recall_is_announced_again_by_its_own_id(hall: Hall) -> None:
    hall.calls(call(1, "101"))
    hall.wait(45)
    hall.calls(call(2, "101", at=hall.at))
    assert hall.chimes == [1, 2]


def test_a_call_heard_again_and_again_is_announced_once(hall: Hall) -> None:
    hall.calls(call(1))
    for _ in range(20):
        hall.hear()
        hall.wait(5)
    assert hall.chimes == [1]


def test_a_ticket_called_again_while_it_waits_is_announced_once_at_its_newest_window(
    hall: Hall,
) -> None:
    hall.calls(call(1))
    hall.calls(call(2, "102", window=5))
    hall.calls(call(3, "103"))
    hall.calls(call(4, "102", window=3))
    hall.wait(60)
    assert [call_id for _, call_id in hall.shows] == [1, 4, 3]


def test_a_withdrawn_call_that_waits_is_dropped(hall: Hall) -> None:
    second = call(2)
    hall.calls(call(1))
    hall.calls(second)
    hall.withdraws(second)
    hall.wait(60)
    assert hall.chimes == [1]


def test_a_withdrawn_current_call_ends_after_its_time_and_not_before(hall: Hall) -> None:
    one = call(1)
    hall.calls(one)
    hall.withdraws(one)
    hall.wait(7.75)
    assert hall.announcer.standing == one
    hall.wait(0.25)
    assert hall.announcer.standing is None


def test_a_call_missing_from_a_list_that_reaches_further_back_is_withdrawn(hall: Hall) -> None:
    hall.calls(call(1))
    hall.calls(call(2), call(3), call(4))
    hall.listed = [call(4), call(2)]
    hall.hear()
    assert [one.id for one in hall.announcer.pending] == [2, 4]


def test_a_call_older_than_a_full_list_still_waits_for_its_turn(hall: Hall) -> None:
    hall.calls(call(1))
    hall.calls(call(2), call(3))
    hall.calls(*(call(call_id) for call_id in range(4, 4 + LISTED_CALLS)))
    assert [one.id for one in hall.announcer.pending][:2] == [2, 3]


def test_a_call_withdrawn_while_the_display_was_cut_off_is_not_announced(hall: Hall) -> None:
    hall.calls(call(1))
    hall.calls(call(2), call(3), call(4))
    hall.listed = [call(5), call(4)]
    hall.hear()
    hall.wait(60)
    assert hall.chimes == [1, 4, 5]


def test_a_withdrawal_taken_back_brings_a_waiting_call_back(hall: Hall) -> None:
    second = call(2)
    hall.calls(call(1))
    hall.calls(second)
    hall.withdraws(second)
    hall.calls(second)
    hall.wait(60)
    assert hall.chimes == [1, 2]


def test_a_call_too_old_by_the_servers_clock_is_not_announced(hall: Hall) -> None:
    hall.calls(call(1, at=-60.5), call(2, at=-59.5))
    hall.wait(60)
    assert hall.chimes == [2]


def test_a_call_that_waited_too_long_here_is_passed_over() -> None:
    hall = Hall(Announcer(Pace(minimum_s=50, crowded_s=50)))
    hall.calls(call(1), call(2), call(3), call(4))
    hall.wait(300)
    assert hall.chimes == [1, 2]


def test_after_a_cut_only_new_and_young_calls_are_announced(hall: Hall) -> None:
    hall.calls(call(1))
    hall.wait(120)
    hall.calls(*(call(call_id, at=call_id * 10) for call_id in range(2, 12)))
    hall.wait(120)
    assert hall.chimes == [1, 6, 7, 8, 9, 10, 11]


def test_nothing_is_announced_to_an_unlit_glass(hall: Hall) -> None:
    hall.watched = False
    hall.calls(call(1))
    hall.wait(30)
    assert hall.log == []
    hall.watched = True
    hall.step()
    assert hall.chimes == [1]


def test_a_glass_lit_too_late_leaves_out_what_is_old(hall: Hall) -> None:
    hall.watched = False
    hall.calls(call(1))
    hall.wait(61)
    hall.watched = True
    hall.wait(30)
    assert hall.chimes == []


def test_a_glass_lit_again_does_not_keep_a_call_older_than_those_it_missed(hall: Hall) -> None:
    hall.calls(call(1))
    hall.announcer.painted(1, hall.at)
    hall.wait(10)
    hall.watched = False
    hall.calls(call(2, at=hall.at))
    hall.wait(70)
    hall.watched = True
    hall.step()
    assert hall.announcer.standing is None
    assert hall.announcer.pending == ()


def test_a_call_has_its_time_from_its_first_painting(hall: Hall) -> None:
    hall.calls(call(1))
    hall.wait(3)
    assert hall.announcer.painted(1, hall.at) == [Shown(1)]
    hall.calls(call(2))
    hall.wait(7.75)
    assert hall.announcer.painted(1, hall.at) == []
    hall.wait(5)
    assert hall.shows == [(0.0, 1), (11.0, 2)]


def test_a_call_whose_page_died_before_painting_it_waits_for_the_next_page(hall: Hall) -> None:
    hall.calls(call(1))
    hall.watched = False
    hall.calls(call(2))
    hall.wait(30)
    assert hall.announcer.standing == call(1)
    hall.watched = True
    hall.announcer.painted(1, hall.at)
    hall.wait(20)
    assert hall.shows == [(0.0, 1), (38.0, 2)]


def test_only_the_current_call_can_be_painted(hall: Hall) -> None:
    hall.calls(call(1))
    assert hall.announcer.painted(2, 1.0) == []


def test_a_restart_announces_nothing_again(hall: Hall) -> None:
    hall.calls(call(1), call(2))
    hall.wait(60)
    stood = [effect.call_id for _, effect in hall.log if isinstance(effect, Stood)]
    again = Hall(Announcer(Pace(), chimed=hall.chimes, stood=stood))
    again.calls(*hall.listed)
    again.wait(60)
    assert again.log == []


def test_a_call_cut_short_by_a_restart_gets_its_time_without_a_second_chime() -> None:
    again = Hall(Announcer(Pace(), chimed=[1]))
    again.calls(call(1), call(2))
    again.wait(60)
    assert again.shows == [(0.0, 1), (8.0, 2)]
    assert again.chimes == [2]


def test_a_new_epoch_makes_old_ids_new(hall: Hall) -> None:
    hall.calls(call(1))
    hall.announcer.reset()
    assert hall.announcer.standing is None
    hall.calls(call(1, "500"))
    assert hall.chimes == [1, 1]


@given(
    gaps=st.lists(st.sampled_from([0.0, 0.0, 0.25, 1.0, 5.0, 15.5]), min_size=1, max_size=30),
    repeats=st.lists(st.integers(0, 5), min_size=30, max_size=30),
    pace=st.sampled_from([Pace(age_limit_s=1e6), Pace(3.0, 3.0, 1e6), Pace(10.0, 1.0, 1e6)]),
)
def test_however_calls_come_each_is_announced_once_in_order_for_its_time(
    gaps: list[float], repeats: list[int], pace: Pace
) -> None:
    hall = Hall(Announcer(pace))
    for number, (gap, again) in enumerate(zip(gaps, repeats, strict=False), start=1):
        hall.wait(gap)
        hall.calls(call(number, at=hall.at))
        for _ in range(again):
            hall.hear()
    hall.wait(len(gaps) * 11)
    assert [call_id for _, call_id in hall.shows] == list(range(1, len(gaps) + 1))
    assert hall.chimes == list(range(1, len(gaps) + 1))
    times = [at for at, _ in hall.shows]
    least = min(pace.crowded_s, pace.minimum_s)
    assert all(later - earlier >= least for earlier, later in itertools.pairwise(times))


@given(
    acts=st.lists(
        st.tuples(st.sampled_from("cwrp"), st.integers(0, 8), st.sampled_from([0.0, 0.5, 3.0])),
        max_size=40,
    )
)
def test_no_call_is_chimed_for_twice_whatever_happens(acts: list[tuple[str, int, float]]) -> None:
    hall = Hall(Announcer(Pace()))
    next_id = 1
    for act, choice, pause in acts:
        match act:
            case "c":
                hall.calls(call(next_id, str(100 + choice), at=hall.at))
                next_id += 1
            case "w" if hall.listed:
                hall.withdraws(hall.listed[choice % len(hall.listed)])
            case "p":
                hall.watched = not hall.watched
            case _:
                hall.hear()
        hall.wait(pause)
        assert len(hall.announcer.pending) <= len({one.label for one in hall.listed})
    assert len(hall.chimes) == len(set(hall.chimes))
    times = [at for at, _ in hall.shows]
    assert all(later - earlier >= 4 for earlier, later in itertools.pairwise(times))


def test_what_stood_when_the_display_was_cut_off_goes_on_before_what_was_called_meanwhile() -> None:
    # 475 was called again (id 12) and took its first call's place in line, before 476 and 478.
    again = Hall(Announcer(Pace(), chimed=[12], stood=[7]))
    again.calls(call(7, "474"), call(8, "476"), call(9, "478"), call(12, "475"))
    assert again.announcer.standing == call(12, "475")
    assert [one.label for one in again.announcer.pending] == ["476", "478"]
    assert again.chimes == []
