"""Figures are exact where they can be, and say how far they may be off where they cannot."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from queue_server.figures.aggregate import QUANTILES, added, aggregate, durations_of
from queue_server.figures.facts import Act, life_of
from queue_server.figures.histogram import exact_quantile_us, histogram, merged, quantile_us

START = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
TICKET = UUID("01930000-0000-7000-8000-000000000009")

durations = st.lists(st.integers(0, 6 * 3600 * 1_000_000), min_size=1, max_size=300)


@given(durations, st.sampled_from([*QUANTILES, 0.0, 1.0]))
def test_a_quantile_from_buckets_lies_within_two_percent_and_half_a_second(
    values: list[int], p: float
) -> None:
    exact = exact_quantile_us(sorted(values), p)
    found = quantile_us(histogram(values), p)
    assert exact is not None
    assert found is not None
    assert abs(found - exact) <= 0.02 * exact + 500_000 + 1


@given(st.lists(durations, min_size=1, max_size=6))
def test_histograms_of_days_add_up_to_the_histogram_of_all(days: list[list[int]]) -> None:
    assert merged(map(histogram, days)) == histogram([us for day in days for us in day])


def acts(*told: tuple[int, str, str, str], **issue: object) -> list[Act]:
    """Acts by their minute, event and states, at window 3; revisions are their order from 1."""
    said = {"priority": "none", "channel": "kiosk", "label": "101", **issue}
    return [
        Act(
            revision=nth,
            at=START + timedelta(minutes=minute),
            event=event,
            from_state=before,
            to_state=after,
            queue="U",
            window=3,
            undoes=nth - 1 if event == "undo" else None,
            **(said if event == "issue" else {}),  # type: ignore[arg-type]
        )
        for nth, (minute, event, before, after) in enumerate(told, start=1)
    ]


ISSUE = (0, "issue", "none", "waiting")
CALL = (10, "call", "waiting", "called")
START_IT = (11, "start", "called", "serving")
FINISH = (16, "finish", "serving", "finished")


def test_a_served_number_waited_until_its_call_walked_until_its_start_and_was_served_then() -> None:
    life = life_of(TICKET, acts(ISSUE, CALL, START_IT, FINISH))
    assert life is not None
    assert (life.outcome, life.wait_us, life.total_us) == ("served", 600_000_000, 960_000_000)
    [stay] = life.stays
    assert (stay.walk_us, stay.service_us, stay.busy_us) == (60_000_000, 300_000_000, 360_000_000)


def test_a_call_that_was_undone_is_no_call_and_ends_no_wait() -> None:
    undone = (11, "undo", "called", "waiting")
    again = (20, "call", "waiting", "called")
    life = life_of(TICKET, acts(ISSUE, CALL, undone, again, (21, "no_show", "called", "no_show")))
    assert life is not None
    assert (life.outcome, life.wait_us, len(life.stays)) == ("no_show", 1_200_000_000, 1)


def test_who_leaves_the_line_is_told_from_who_is_cancelled_after_a_call() -> None:
    left = life_of(TICKET, acts(ISSUE, (30, "cancel", "waiting", "cancelled")))
    cancelled = life_of(TICKET, acts(ISSUE, CALL, (12, "cancel", "called", "cancelled")))
    assert left is not None
    assert cancelled is not None
    assert (left.outcome, left.gone_us, left.wait_us) == ("left", 1_800_000_000, None)
    assert (cancelled.outcome, cancelled.gone_us) == ("cancelled", None)


def test_numbers_that_stood_in_line_before_the_system_knew_have_no_wait() -> None:
    for said in ({"channel": "emergency"}, {"channel": "carried"}, {"came_before": True}):
        life = life_of(TICKET, acts(ISSUE, CALL, START_IT, FINISH, **said))
        assert life is not None
        assert (life.is_marked, life.wait_us, life.total_us) == (True, None, None)
        assert life.stays[0].service_us == 300_000_000


def test_a_number_counts_in_each_slice_and_a_call_in_its_own_hour() -> None:
    life = life_of(
        TICKET, acts(ISSUE, (70, "call", "waiting", "called"), (71, "start", "called", "serving"))
    )
    clerk = uuid4()
    assert life is not None
    figures = aggregate(
        [life], zone=UTC, target_us=70 * 60 * 1_000_000, clerk_of=lambda window, revision: clerk
    )
    assert figures["hour", "", 7].counted.came == 1
    assert figures["hour", "", 8].counted.calls == 1
    assert figures["hour", "", 7].counted.calls == 0
    assert figures["hour", "", 7].counted.within_target == 1
    assert figures["service", "", -1].counted.open == 1
    assert figures["clerk", str(clerk), -1].wait.n == figures["window", "3", -1].wait.n == 1


@given(st.lists(durations, min_size=2, max_size=4))
def test_sums_over_days_are_exact_and_a_day_alone_keeps_its_quantiles(
    days: list[list[int]],
) -> None:
    from queue_server.figures.aggregate import Figures

    single = [Figures(wait=durations_of(day)) for day in days]
    assert added(single[:1]) == single[0]
    whole = added(single).wait
    everything = [us for day in days for us in day]
    assert (whole.n, whole.sum_us, whole.max_us) == (
        len(everything), sum(everything), max(everything),
    )  # fmt: skip
    exact = exact_quantile_us(sorted(everything), 0.8)
    assert exact is not None
    assert abs((whole.quantile_us(0.8) or 0) - exact) <= 0.02 * exact + 500_000 + 1
