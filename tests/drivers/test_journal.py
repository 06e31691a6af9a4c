"""The journal keeps each paper's fate, on disk, along the allowed ways only."""

import itertools
import os
import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from drivers.errors import JournalError, JournalInUse, WrongTransition
from drivers.printers.journal import Journal
from drivers.printers.model import TRANSITIONS, JobState
from tests.support.clock import ManualClock

STATES: list[JobState] = list(TRANSITIONS)
ROUTES: dict[JobState, tuple[JobState, ...]] = {
    "queued": (),
    "sending": ("sending",),
    "sent": ("sending", "sent"),
    "held": ("sending", "held"),
    "done": ("sending", "sent", "done"),
    "unknown": ("sending", "unknown"),
    "failed": ("failed",),
}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def journal(tmp_path: Path, clock: ManualClock) -> Iterator[Journal]:
    with Journal(tmp_path / "jobs.sqlite", clock) as journal:
        yield journal


def walk(journal: Journal, job_id: str, to: JobState) -> None:
    for state in ROUTES[to]:
        go(journal, job_id, state)


def go(journal: Journal, job_id: str, state: JobState) -> None:
    journal.move(job_id, state, confirmed_by="echo" if state == "done" else None)


@pytest.mark.parametrize(("start", "to"), list(itertools.product(STATES, STATES)))
def test_a_job_moves_only_along_the_table(journal: Journal, start: JobState, to: JobState) -> None:
    journal.add("slip", b"data", b"copy")
    walk(journal, "slip", start)
    if to in TRANSITIONS[start]:
        go(journal, "slip", to)
        job = journal.get("slip")
        assert job is not None
        assert job.state == to
    else:
        with pytest.raises(WrongTransition, match=f"job slip is {start} and cannot become {to}"):
            go(journal, "slip", to)


def test_no_way_leads_from_accepted_bytes_back_to_the_line() -> None:
    reachable: set[JobState] = {"sent", "held", "unknown", "done"}
    for _ in STATES:
        reachable |= {to for state in reachable for to in TRANSITIONS[state]}
    assert not reachable & {"queued", "sending", "failed"}


def test_the_disk_itself_refuses_a_queued_job_with_accepted_bytes(journal: Journal) -> None:
    journal.add("slip", b"data", b"copy")
    journal.move("slip", "sending", accepted_bytes=10)
    with pytest.raises(JournalError, match="CHECK constraint"):
        journal.move("slip", "queued")
    journal.move("slip", "queued", accepted_bytes=0)


def test_done_needs_a_confirmation_and_nothing_else_has_one(journal: Journal) -> None:
    journal.add("slip", b"data", b"copy")
    walk(journal, "slip", "sent")
    with pytest.raises(JournalError, match="CHECK constraint"):
        journal.move("slip", "done")
    journal.move("slip", "done", confirmed_by="gs_r")
    job = journal.get("slip")
    assert job is not None
    assert job.confirmed_by == "gs_r"


def test_a_job_is_known_by_its_id_once(journal: Journal) -> None:
    assert journal.add("slip", b"first", b"copy")
    assert not journal.add("slip", b"second", b"copy")
    assert journal.paper("slip") == b"first"


def test_a_copy_takes_the_marked_bytes_and_only_of_what_was_sent(journal: Journal) -> None:
    journal.add("slip", b"data", b"copy")
    for state in ("queued", "sending"):
        with pytest.raises(WrongTransition):
            journal.add_copy("again", "slip")
        if state == "queued":
            journal.move("slip", "sending")
    journal.move("slip", "sent")
    assert journal.add_copy("again", "slip")
    assert not journal.add_copy("again", "slip")
    job = journal.get("again")
    assert job is not None
    assert job.is_copy
    assert journal.paper("again") == b"copy"
    with pytest.raises(WrongTransition, match="there is no job ghost"):
        journal.add_copy("other", "ghost")


def test_facts_are_kept_with_their_times(journal: Journal, clock: ManualClock) -> None:
    journal.add("slip", b"data", b"copy")
    queued_at = clock.now()
    for _ in range(2):
        journal.move("slip", "sending")
        journal.move("slip", "queued", accepted_bytes=0)
    clock._elapsed += 5
    journal.move("slip", "sending")
    journal.move("slip", "unknown", accepted_bytes=77)
    job = journal.get("slip")
    assert job is not None
    assert (job.attempts, job.accepted_bytes, job.sequence) == (3, 77, 1)
    assert job.queued_at == queued_at
    assert job.changed_at == queued_at + timedelta(seconds=5)


def test_jobs_are_counted_and_listed_in_order(journal: Journal, clock: ManualClock) -> None:
    for number in range(5):
        journal.add(f"job-{number}", b"", b"")
    walk(journal, "job-1", "done")
    walk(journal, "job-3", "unknown")
    assert journal.counts() == {"queued": 3, "done": 1, "unknown": 1}
    assert journal.counts(since=clock.now() + timedelta(seconds=1)) == {}
    assert [job.job_id for job in journal.jobs("queued")] == ["job-0", "job-2", "job-4"]
    assert len(journal.jobs()) == 5
    first = journal.first_queued()
    assert first is not None
    assert first.job_id == "job-0"


def test_only_finished_jobs_are_ever_purged(journal: Journal, clock: ManualClock) -> None:
    for state in STATES:
        journal.add(state, b"data", b"copy")
        walk(journal, state, state)
    assert journal.purge(clock.now()) == 0
    assert journal.purge(clock.now() + timedelta(days=7)) == 3
    assert {job.state for job in journal.jobs()} == {"queued", "sending", "sent", "held"}


def test_a_journal_has_one_owner_and_keeps_its_name(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite"
    with Journal(path) as journal:
        name = journal.journal_id
        with pytest.raises(JournalInUse, match="one device has one owner"):
            Journal(path)
    with Journal(path) as journal:
        assert journal.journal_id == name
    with Journal(tmp_path / "other.sqlite") as other:
        assert other.journal_id != name


def test_others_cannot_read_what_was_printed(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite"
    with Journal(path) as journal:
        journal.add("slip", b"data", b"copy")
        for file in tmp_path.iterdir():
            assert os.stat(file).st_mode & 0o077 == 0, file


def zeros_in(data: bytes) -> bytes:
    """Lose a page in the middle, as a dying disk does; the head still says that it is SQLite."""
    return data[:4096] + bytes(4096) + data[8192:]


@pytest.mark.parametrize("damaged", [lambda _: b"not a database, " * 200, zeros_in])
def test_a_damaged_journal_is_set_aside_and_a_new_one_made(
    tmp_path: Path, clock: ManualClock, damaged: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "jobs.sqlite"
    with Journal(path, clock) as journal:
        name = journal.journal_id
        for number in range(50):
            journal.add(f"job-{number}", os.urandom(500), b"copy")
    found = damaged(path.read_bytes())
    path.write_bytes(found)
    with Journal(path, clock) as journal:
        assert journal.journal_id != name
        assert journal.jobs() == []
        assert journal.add("slip", b"data", b"copy")
        with pytest.raises(JournalInUse):
            Journal(path, clock)
    aside = tmp_path / "jobs.sqlite.damaged-20261122T070000"
    assert aside.read_bytes() == found


def test_a_disk_that_refuses_for_now_sets_nothing_aside(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="No such file or directory"):
        Journal(tmp_path / "missing" / "jobs.sqlite")
    (tmp_path / "jobs.sqlite").mkdir()
    with pytest.raises(JournalError):
        Journal(tmp_path / "jobs.sqlite")
    assert (tmp_path / "jobs.sqlite").is_dir()


def test_jobs_are_counted_from_a_moment_in_any_zone(journal: Journal, clock: ManualClock) -> None:
    cairo = ZoneInfo("Africa/Cairo")
    journal.add("yesterday", b"", b"")
    clock._elapsed += 60
    journal.add("today", b"", b"")
    assert journal.counts(since=clock.now().astimezone(cairo)) == {"queued": 1}


def test_the_journal_writes_through_to_the_disk(journal: Journal) -> None:
    assert journal._file.row("PRAGMA synchronous")[0] == 2
    assert journal._file.row("PRAGMA journal_mode")[0] == "wal"


def test_a_purge_means_the_same_moment_in_whichever_zone_it_is_written(tmp_path: Path) -> None:
    clock = ManualClock()
    with Journal(tmp_path / "jobs.sqlite", clock) as journal:
        journal.add("one", b"paper", b"")
        journal.move("one", "failed")
        cairo = timezone(timedelta(hours=3))
        assert journal.purge((clock.now() - timedelta(hours=1)).astimezone(cairo)) == 0
        west = timezone(timedelta(hours=-5))
        assert journal.purge((clock.now() + timedelta(hours=1)).astimezone(west)) == 1


def test_a_file_that_can_not_be_read_any_more_is_told_in_one_way_whatever_is_asked(
    journal: Journal,
) -> None:
    journal._file.database.execute("DROP VIEW job_facts")
    journal._file.database.execute("ALTER TABLE jobs RENAME TO elsewhere")
    for ask in (journal.jobs, journal.counts, journal.first_queued):
        with pytest.raises(JournalError, match="no such table"):
            ask()


def test_a_journal_that_could_not_be_begun_can_be_opened_once_the_disk_is_mended(
    tmp_path: Path,
) -> None:
    path = tmp_path / "jobs.sqlite"
    with sqlite3.connect(path) as foreign:
        foreign.execute("CREATE TABLE journal (something_else TEXT)")
    foreign.close()
    with pytest.raises(JournalError, match="column"):
        Journal(path)
    for file in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        file.unlink(missing_ok=True)
    Journal(path).close()
