"""From the hall's facts to a run, and from a run to what people are told: pure rules."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from queue_server.estimate.foreseen import Foreseen, InLine, Line, given_after, newcomers_of
from queue_server.estimate.model import InHand, Range, Standing
from queue_server.estimate.situation import LETS_WAIT_S, Expected, situation_of
from queue_server.estimate.store_situation import HallFacts, WindowFacts
from queue_server.estimate.store_truth import Said
from queue_server.estimate.told import shown, told_of
from queue_server.estimate.truth import DayTruth, Tally, tally_of, truth_of
from queue_server.tickets.breaks import BreakTime
from queue_server.tickets.foresight import Asked
from queue_server.tickets.model import Hall, QueueState, Told, Wait
from queue_server.tickets.opening import DaySpan

CAIRO: Final = ZoneInfo("Africa/Cairo")
NOON: Final = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
"""12:00 in Cairo."""
AT: Final = NOON.timestamp()
EPOCH: Final = UUID(int=1)
PRAYER: Final = BreakTime("صلاة الظهر", "Noon prayer", DaySpan(time(12, 10), time(12, 30)))
seconds = st.floats(min_value=0, max_value=20_000, allow_nan=False)


def window(number: int, **known: object) -> WindowFacts:
    facts = WindowFacts(
        number=number,
        state="open",
        since=AT - 3600,
        reason=None,
        priority_first=False,
        is_accessible=False,
        opened_by_staff=None,
        is_womans=False,
        queues=frozenset({"U"}),
        in_hand=InHand("U", None, AT - 60, AT - 50),
        freed_at=None,
    )
    return replace(facts, **known)  # type: ignore[arg-type]


def facts(*windows: WindowFacts, standing: tuple[Standing, ...] = (), away: int = 2) -> HallFacts:
    return HallFacts(
        epoch=EPOCH,
        revision=7,
        at=NOON,
        day=date(2026, 11, 22),
        standing=standing,
        windows=windows,
        booked=(),
        credit_s={"age65": 900.0},
        queues=("U",),
        away_at_most=away,
    )


def expected(**known: object) -> Expected:
    return replace(
        Expected(zone=CAIRO, began=AT - 9 * 3600),
        **known,  # type: ignore[arg-type]
    )


@given(seconds, seconds, seconds)
def test_a_range_is_shown_in_steps_of_five_minutes_around_itself(
    a: float, b: float, c: float
) -> None:
    low, likely, high = sorted((a, b, c))
    wait = shown(Range(low, likely, high))
    assert wait.low_s <= low
    assert high <= wait.high_s
    assert wait.low_s % 300 == wait.high_s % 300 == 0
    assert wait.low_s <= wait.likely_s <= wait.high_s
    assert abs(wait.likely_s - likely) <= 1
    assert low - wait.low_s < 300
    assert wait.high_s - wait.low_s >= 300


@given(seconds, seconds, seconds, seconds)
def test_a_wait_within_the_range_is_held_by_what_is_shown_of_it(
    a: float, b: float, c: float, wait_s: float
) -> None:
    low, likely, high = sorted((a, b, c))
    told = told_of(Range(low, likely, high), middle_s=likely, scale_s=60, model="run")
    if low <= wait_s <= high:
        assert told.wait.low_s <= wait_s <= told.wait.high_s
    assert told.raw_low_s <= told.raw_high_s


def test_in_the_rotas_next_break_as_many_windows_go_as_may_and_come_back() -> None:
    situation = situation_of(facts(*map(window, (3, 4, 5))), expected(breaks=(PRAYER,)))
    starts, ends = AT + 600, AT + 1800
    assert [(each.number, each.works_from, each.works_until) for each in situation.windows] == [
        (3, None, None),
        (4, None, starts),
        (4, ends, None),
        (5, None, starts),
        (5, ends, None),
    ]


def test_one_window_always_stays_and_without_a_rota_all_do() -> None:
    alone = situation_of(facts(window(3)), expected(breaks=(PRAYER,)))
    assert [each.works_until for each in alone.windows] == [None]
    no_rota = situation_of(facts(window(3), window(4), away=0), expected(breaks=(PRAYER,)))
    assert [each.works_until for each in no_rota.windows] == [None, None]


def test_a_paused_window_comes_back_with_the_break_and_a_fault_has_no_end() -> None:
    during = replace(PRAYER, span=DaySpan(time(11, 50), time(12, 20)))
    paused = window(3, state="paused", reason="prayer", since=AT - 300, in_hand=None)
    broken = window(4, state="paused", reason="fault", since=AT - 300, in_hand=None)
    situation = situation_of(facts(paused, broken), expected(breaks=(during,)))
    assert [(each.works_from, each.away_since) for each in situation.windows] == [
        (AT + 1200, None),
        (None, AT - 300),
    ]


def test_a_closed_window_is_expected_when_it_usually_opens_or_may_come_back() -> None:
    usual = window(3, state="closed", since=0.0, in_hand=None)
    lunch = window(4, state="closed", since=AT - 900, in_hand=None)
    never = window(5, state="closed", since=0.0, in_hand=None)
    situation = situation_of(facts(usual, lunch, never), expected(opens_at={3: AT + 1200}))
    assert [(each.number, each.works_from, each.away_since) for each in situation.windows] == [
        (3, AT + 1200, None),
        (4, None, AT - 900),
    ]


def test_a_window_that_lets_somebody_wait_is_away_whatever_it_says() -> None:
    waits = Standing(UUID(int=9), "U", "plain", AT - 200, since=AT - 200)
    idle = window(3, in_hand=None, freed_at=AT - 100)
    fresh = window(4, in_hand=None, freed_at=AT - LETS_WAIT_S + 1)
    busy = window(5)
    other = window(6, in_hand=None, freed_at=AT - 100, queues=frozenset({"X"}))
    situation = situation_of(facts(idle, fresh, busy, other, standing=(waits,)), expected())
    assert {each.number: each.away_since for each in situation.windows} == {
        3: AT - 100,
        4: None,
        5: None,
        6: None,
    }


def test_a_queue_is_left_to_women_only_where_one_works_now() -> None:
    hers = window(3, is_womans=True)
    his = window(4)
    situation = situation_of(facts(hers, his), expected())
    assert [each.left_to_women for each in situation.windows] == [frozenset(), frozenset({"U"})]
    away = replace(hers, state="paused", in_hand=None)
    situation = situation_of(facts(away, his), expected())
    assert situation.windows[1].left_to_women == frozenset()


def test_priorities_of_one_credit_are_asked_about_once() -> None:
    given_facts = replace(
        facts(window(3)), credit_s={"age65": 900.0, "disability": 900.0, "infant": 600.0}
    )
    situation = situation_of(given_facts, expected())
    asked = newcomers_of(situation, {3})
    assert [kinds for _, kinds in asked] == [
        (("U", "plain", "none"),),
        (("U", "priority", "age65"), ("U", "priority", "disability")),
        (("U", "priority", "infant"),),
    ]
    assert newcomers_of(situation, ()) == []


def foreseen(**known: object) -> Foreseen:
    def range_of(line: Line, kind: str) -> Range:
        wide = 2 if kind == "slow" else 1
        return Range(line.middle_s - line.scale_s, line.middle_s, line.middle_s * wide + 10)

    look = Foreseen(
        epoch=EPOCH,
        revision=7,
        at=NOON,
        model="run",
        first="U",
        tickets={},
        newcomers={("U", "plain", "none"): (Line(600, 100), Line(700, 100), None)},
        range_of=range_of,
    )
    return replace(look, **known)  # type: ignore[arg-type]


def hall(wait: Wait | None) -> Hall:
    line = QueueState("U", "موحد", "Unified", 4, 0, 2, wait)
    return Hall(EPOCH, 7, NOON, date(2026, 11, 22), (), (), (line,))


def test_who_comes_later_within_a_look_is_told_more_and_the_last_the_formulas() -> None:
    asked = Asked(None, "none", "plain")
    look = foreseen()
    told = [look.of_newcomer("U", asked, nth, 0) for nth in range(4)]
    assert [each and each.wait.likely_s for each in told] == [600, 700, None, None]
    service = look.of_newcomer("U", asked, 0, 0, "slow")
    assert service is not None
    assert (service.raw_high_s, service.middle_s) == (1210, 600)
    assert look.of_newcomer("X", asked, 0, 0) is None


def test_a_look_foresees_moments_so_that_who_asks_later_is_told_less() -> None:
    who, asked = UUID(int=9), Asked(None, "none", "plain")
    look = foreseen(tickets={who: InLine(Range(10, 500, 900), Line(480, 100))})
    told = look.of_ticket(who, 12)
    assert told == Told(Wait(0, 488, 900), 0, 888, 468, 100, "run")
    assert look.of_ticket(UUID(int=8), 0) is None
    comes = look.of_newcomer("U", asked, 0, 12)
    assert comes is not None
    assert (comes.middle_s, comes.scale_s, comes.raw_low_s) == (588, 100, 488)
    over = look.over(hall(Wait(300, 400, 600)), {}, 12).queues[0]
    assert over.told["none"] == comes
    long_after = look.of_newcomer("U", asked, 0, 3600)
    assert long_after is not None
    assert (long_after.middle_s, long_after.wait.likely_s) == (0, 0)


def test_a_hall_of_another_epoch_or_without_an_open_window_is_left_as_it_is() -> None:
    formula = Wait(300, 400, 600)
    over = foreseen().over(hall(formula), {}, 0)
    assert over.foreseen_at == NOON
    assert over.queues[0].wait == Wait(300, 600, 900)
    assert foreseen().over(hall(formula), {"U": 1}, 0).queues[0].wait == Wait(600, 700, 900)
    assert foreseen().over(hall(formula), {"U": 2}, 0) == hall(formula)
    assert foreseen(epoch=UUID(int=2)).over(hall(formula), {}, 0) == hall(formula)
    assert foreseen().over(hall(None), {}, 0) == hall(None)


def test_only_numbers_given_after_the_look_count() -> None:
    assert given_after([(5, "U"), (7, "U"), (8, "U"), (9, "X"), (10, "U")], 7) == {"U": 2, "X": 1}


def said(wait_s: float | None, **known: object) -> Said:
    one = Said(
        ticket=UUID(int=4),
        place="slip",
        at=NOON,
        queue="U",
        service="reconciliation",
        low_s=300,
        likely_s=500,
        high_s=900,
        raw_low_s=350,
        raw_high_s=800,
        wait_s=wait_s,
    )
    return replace(one, **known)  # type: ignore[arg-type]


def test_both_ends_of_the_range_are_within_it_and_who_was_never_called_has_no_wait() -> None:
    assert [tally_of(said(wait)).held for wait in (299, 300, 900, 901)] == [
        False,
        True,
        True,
        False,
    ]
    assert tally_of(said(299)).sooner
    assert tally_of(said(901)).later
    assert tally_of(said(None)) == Tally(uncalled=1)
    assert tally_of(said(850)).raw_held == 0
    by_formula = tally_of(said(400, raw_low_s=None, raw_high_s=None))
    assert (by_formula.raw_n, by_formula.share_held) == (0, 1.0)
    assert (by_formula.mean_error_s, by_formula.mean_bias_s) == (100, 100)


@given(st.lists(st.tuples(st.integers(0, 29), st.integers(0, 23), seconds), max_size=60))
def test_every_table_of_the_truth_has_the_same_sum(told: list[tuple[int, int, float]]) -> None:
    today = date(2026, 11, 22)
    by_day: dict[date, list[Said]] = {}
    for back, hour, wait_s in told:
        day = today - timedelta(days=back)
        at = datetime.combine(day, time(hour), tzinfo=CAIRO)
        by_day.setdefault(day, []).append(said(wait_s, at=at))
    truth = truth_of(
        [DayTruth.of(day, some, CAIRO) for day, some in by_day.items()], at=NOON, today=today
    )
    sums: list[Callable[[Tally], int]] = [
        lambda tally: int(tally.n),
        lambda tally: int(tally.held),
        lambda tally: int(tally.later),
    ]
    for count in sums:
        whole = count(truth.month)
        assert whole == sum(count(tally) for _, tally in truth.by_day)
        assert whole == sum(count(tally) for _, tally in truth.by_service)
        assert whole == sum(count(tally) for _, tally in truth.by_hour)
    assert truth.month.n == len(told) == truth.month.held + truth.month.sooner + truth.month.later
    assert truth.week.n == sum(back <= 1 for back, _, _ in told)
