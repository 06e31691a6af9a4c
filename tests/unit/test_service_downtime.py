"""How long services were down, from events alone."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from queue_server.service_states.downtime import Downtime, downtimes
from queue_server.service_states.model import PAYMENT, StateEvent, StateEventKind, Subject

DAY = date(2026, 11, 22)
START = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
DAYS = {DAY + timedelta(days=n): [(START + timedelta(days=n), START + timedelta(days=n + 1))]
        for n in (0, 1)}  # fmt: skip
GROUP_OF = {"new": "building", "renewal": "building", "shop": "shops"}
SERVICES = tuple(GROUP_OF)
NEW, BUILDING = Subject("service", "new"), Subject("group", "building")


def said(*words: tuple[Subject, StateEventKind, int]) -> list[StateEvent]:
    """Return events at so many minutes after the day's beginning."""
    return [
        StateEvent(
            revision=number,
            subject=subject,
            at=START + timedelta(minutes=minute),
            event=event,
            reason=None if event == "up" else "network",
            expected=None,
            actor_kind="staff",
            actor_id=None,
        )
        for number, (subject, event, minute) in enumerate(words, start=1)
    ]


def counted(events: list[StateEvent], *, until_min: int = 2880) -> dict[tuple[date, str], int]:
    found = downtimes(
        events,
        days=DAYS,
        services=SERVICES,
        group_of=GROUP_OF,
        until=START + timedelta(minutes=until_min),
    )
    return {(each.day, each.subject.code): each.minutes for each in found}


def test_a_group_that_is_down_takes_all_its_services_with_it() -> None:
    events = said((BUILDING, "down", 60), (BUILDING, "up", 90))
    assert counted(events) == {(DAY, "new"): 30, (DAY, "renewal"): 30}


def test_time_in_which_a_service_and_its_group_are_down_counts_once() -> None:
    events = said((BUILDING, "down", 60), (NEW, "down", 80), (BUILDING, "up", 90), (NEW, "up", 100))
    assert counted(events) == {(DAY, "new"): 40, (DAY, "renewal"): 30}


def test_a_change_of_the_reason_neither_ends_nor_begins_anything() -> None:
    events = said((NEW, "down", 10), (NEW, "change", 20), (NEW, "up", 40))
    assert counted(events) == {(DAY, "new"): 30}


def test_an_outage_over_the_turn_of_the_day_counts_in_both_days() -> None:
    events = said((PAYMENT, "down", 1430), (PAYMENT, "up", 1460))
    assert counted(events) == {(DAY, "e-payment"): 10, (DAY + timedelta(days=1), "e-payment"): 20}


def test_what_is_still_down_counts_until_now() -> None:
    assert counted(said((NEW, "down", 10)), until_min=25) == {(DAY, "new"): 15}


def test_an_up_that_nothing_went_before_counts_nothing() -> None:
    assert counted(said((NEW, "up", 10), (PAYMENT, "up", 20))) == {}


def test_minutes_are_rounded_to_the_nearest() -> None:
    assert [Downtime(DAY, NEW, seconds).minutes for seconds in (29, 30, 89, 90)] == [0, 1, 1, 2]


@given(
    st.lists(
        st.tuples(
            st.sampled_from([NEW, BUILDING]),
            st.sampled_from(["down", "change", "up"]),
            st.integers(0, 2000),
        ),
        max_size=30,
    )
)
def test_minutes_down_are_those_in_which_the_last_word_was_down(
    words: list[tuple[Subject, StateEventKind, int]],
) -> None:
    words = sorted(words, key=lambda word: word[2])
    down: set[Subject] = set()
    minutes = 0
    for minute in range(2880):
        for subject, event, at in words:
            if at == minute and event == "down":
                down.add(subject)
            elif at == minute and event == "up":
                down.discard(subject)
        minutes += bool(down)
    found = counted(said(*words))
    assert sum(count for (_, code), count in found.items() if code == "new") == minutes


def test_an_outage_left_standing_for_the_night_counts_in_the_hours_alone() -> None:
    hours = {
        day: [(start + timedelta(hours=6), start + timedelta(hours=12))]
        for day, [(start, _)] in DAYS.items()
    }
    found = downtimes(
        said((PAYMENT, "down", 11 * 60), (PAYMENT, "up", 31 * 60)),
        days=hours,
        services=SERVICES,
        group_of=GROUP_OF,
        until=START + timedelta(days=2),
    )
    assert [(each.day, each.minutes) for each in found] == [
        (DAY, 60),
        (DAY + timedelta(days=1), 60),
    ]
