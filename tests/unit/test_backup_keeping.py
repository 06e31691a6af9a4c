"""Which backups stay, and from which number a restored centre goes on."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queue_server.backup.files import files_of
from queue_server.backup.keeping import Keep, moment_in, name_of, outlived
from queue_server.backup.numbers import next_start
from queue_server.backup.swap import READY, clear_staging, finish_swap, staging_in, swap_in
from queue_server.settings import ServerSettings

EVENING = datetime(2026, 11, 22, 20, 30, tzinfo=UTC)


def nightly(nights: int) -> list[str]:
    return [name_of(["KFS"], EVENING - timedelta(days=night)) for night in range(nights)]


def test_fourteen_days_and_eight_weeks_of_a_year_of_nights_stay() -> None:
    names = nightly(365)
    gone = outlived(names, Keep(daily=14, weekly=8))
    kept = [name for name in names if name not in gone]
    assert kept[:14] == names[:14]
    ages = [(EVENING - moment).days for name in kept if (moment := moment_in(name)) is not None]
    # Sunday 22 November and the Sundays before it end their ISO weeks.
    assert ages == [*range(14), 14, 21, 28, 35, 42, 49]


def test_of_several_backups_of_one_day_the_newest_stays() -> None:
    names = [name_of(["KFS"], EVENING - timedelta(hours=hour)) for hour in range(20)]
    assert outlived(names, Keep(daily=1, weekly=0)) == names[:0:-1]


def test_files_of_other_names_are_never_removed() -> None:
    strange = ["notes.txt", "shubbak-KFS-now.shubbak", ".hidden", "shubbak-KFS-20260101T000000Z"]
    assert outlived([*strange, *nightly(3)], Keep(daily=1, weekly=0)) == nightly(3)[:0:-1]


@given(st.sets(st.integers(0, 400)), st.integers(1, 20), st.integers(0, 10))
def test_the_newest_always_stays_and_no_more_than_was_asked_for(
    nights: set[int], daily: int, weekly: int
) -> None:
    names = [name_of(["KFS"], EVENING - timedelta(days=night)) for night in nights]
    kept = set(names) - set(outlived(names, Keep(daily, weekly)))
    assert len(kept) <= daily + weekly
    assert len(kept) >= min(len(names), daily)
    if nights:
        assert name_of(["KFS"], EVENING - timedelta(days=min(nights))) in kept


@pytest.mark.parametrize(
    ("known", "start"),
    [(0, 1101), (101, 1101), (999, 1101), (1000, 2101), (1100, 2101), (1250, 2101), (2100, 3101)],
)
def test_numbers_go_on_in_the_next_thousand(known: int, start: int) -> None:
    assert next_start(known) == start


@pytest.mark.parametrize(
    ("known", "busiest", "start"),
    [(0, 350, 1101), (0, 600, 2101), (0, 3000, 5101), (800, 3000, 5101), (5150, 3000, 6101)],
)
def test_numbers_go_on_above_what_a_centre_may_have_given_on_a_day_like_its_busiest(
    known: int, busiest: int, start: int
) -> None:
    assert next_start(known, busiest=busiest) == start


@given(st.integers(0, 8000), st.integers(0, 8000))
def test_a_day_that_leaves_no_room_above_it_is_passed_over(known: int, busiest: int) -> None:
    start = next_start(known, busiest=busiest)
    assert known < start <= 9999
    assert start > 101 + busiest * 3 // 2 or start == next_start(known)


@given(st.integers(0, 8000))
def test_numbers_go_on_above_all_that_is_known_with_room_for_a_hundred_unknown(known: int) -> None:
    assert next_start(known) > known + 100


def test_every_file_below_the_data_folder_is_a_secret_unless_it_is_known_not_to_be(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    for name in (
        "keys/persons.json",
        "tls/ca.pem",
        "exports/a.csv",
        "unheard-of/b",
        "cache/c",
        "database/d",
        "backups/e.shubbak",
        "before-20261101T000000Z/keys/persons.json",
    ):
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_text(name)
    config = tmp_path / "server.toml"
    config.write_text("")
    (tmp_path / "centre.toml").write_text("")
    (tmp_path / "secrets.toml").write_text("")
    settings = ServerSettings(data_dir=data, secrets_file=tmp_path / "secrets.toml")
    found = {(each.root, each.path): each.is_secret for each in files_of(settings, config)}
    assert found == {
        ("data", "exports/a.csv"): False,
        ("data", "keys/persons.json"): True,
        ("data", "tls/ca.pem"): True,
        ("data", "unheard-of/b"): True,
        ("configuration", "secrets.toml"): True,
        ("configuration", "server.toml"): False,
        ("configuration", "centre.toml"): False,
    }


def prepared(tmp_path: Path) -> Path:
    """A data folder with something there and something prepared to take its place."""
    for name in ("database/cluster", "keys/old", "exports/kept"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("old")
    staging = clear_staging(tmp_path)
    for name in ("database/cluster", "keys/new"):
        (staging / name).parent.mkdir()
        (staging / name).write_text("new")
    return tmp_path


def is_swapped(data: Path) -> bool:
    aside = data / "before-20261122T203000Z"
    return (
        (data / "database/cluster").read_text() == "new"
        and [path.name for path in (data / "keys").iterdir()] == ["new"]
        and (aside / "database/cluster").read_text() == "old"
        and (aside / "keys/old").read_text() == "old"
        and (data / "exports/kept").read_text() == "old"
        and not staging_in(data).exists()
    )


def test_what_is_restored_takes_the_place_of_what_was_there(tmp_path: Path) -> None:
    data = prepared(tmp_path)
    assert finish_swap(data) is None
    assert (data / "database/cluster").read_text() == "old"
    assert swap_in(data, "20261122T203000Z") == data / "before-20261122T203000Z"
    assert is_swapped(data)
    assert finish_swap(data) is None


@pytest.mark.parametrize("step", range(4))
def test_a_swap_that_is_cut_off_at_any_step_is_carried_through_by_whoever_comes_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    data = prepared(tmp_path)
    left = iter(range(step))
    rename = Path.rename

    def cut(path: Path, target: Path) -> Path:
        if next(left, None) is None:
            raise KeyboardInterrupt
        return rename(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", cut)
        with pytest.raises(KeyboardInterrupt):
            swap_in(data, "20261122T203000Z")
    assert (staging_in(data) / READY).exists()
    assert finish_swap(data) == data / "before-20261122T203000Z"
    assert is_swapped(data)
