"""Ids sort by the moment they were made and are never made twice; tokens cannot be guessed."""

import re
import threading
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import RFC_4122, UUID

from hypothesis import given
from hypothesis import strategies as st

from core_services.ids import UuidSeries, fold_token, new_id, new_token

MORNING: Final = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)


def moment_of(made: UUID) -> int:
    """Return the milliseconds since 1970 that the first 48 bits hold (RFC 9562 §5.7)."""
    return made.int >> 80


@given(at=st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)))
def test_an_id_is_a_version_7_uuid_of_its_moment(at: datetime) -> None:
    made = new_id(at)
    assert (made.version, made.variant) == (7, RFC_4122)
    assert moment_of(made) == int(at.timestamp() * 1000)


def test_ids_of_later_moments_sort_later() -> None:
    made = [new_id(MORNING + timedelta(milliseconds=nth)) for nth in range(200)]
    assert made == sorted(made)


@given(moments=st.lists(st.integers(0, 2**40), min_size=1, max_size=200))
def test_a_series_grows_strictly_whatever_the_clock_does(moments: list[int]) -> None:
    series = UuidSeries()
    made = [series.next(moment) for moment in moments]
    assert made == sorted(set(made))
    assert all((each.version, each.variant) == (7, RFC_4122) for each in made)
    assert moment_of(made[0]) == moments[0]


def test_a_millisecond_that_is_used_up_borrows_from_the_next() -> None:
    series = UuidSeries()
    made = [series.next(1_700_000_000_000) for _ in range(10_000)]
    assert made == sorted(set(made))
    assert moment_of(made[4095]) == 1_700_000_000_000
    assert moment_of(made[4096]) == 1_700_000_000_001


def test_threads_share_a_series_without_making_an_id_twice() -> None:
    series = UuidSeries()
    made: list[list[UUID]] = []

    def make() -> None:
        made.append([series.next() for _ in range(2000)])

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({each for part in made for each in part}) == 16_000
    assert all(part == sorted(part) for part in made)


def test_a_token_is_eighty_bits_in_sixteen_letters_and_digits() -> None:
    tokens = [new_token() for _ in range(2000)]
    assert len(set(tokens)) == 2000
    assert all(re.fullmatch("[A-Z2-7]{16}", token) for token in tokens)
    places = {letter for token in tokens for letter in enumerate(token)}
    assert len(places) == 16 * 32, "every place takes every letter"


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", min_size=16, max_size=16))
def test_a_token_is_found_in_whatever_case_it_was_typed(token: str) -> None:
    assert fold_token(f" {token.lower()}\n") == fold_token(token.title()) == token
