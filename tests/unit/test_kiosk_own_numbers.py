"""The kiosk's own numbers on its disk: given once, told of with their last word, forgotten late."""

import os
import signal
import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Self
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core_services.link.citizen_frames import Issue, IssuedTicket
from core_services.link.cut_off_frames import Abandon, Given
from core_services.link.slip_frames import Paper, Void
from kiosk.high_mark import HighMark
from kiosk.offline import Outbox
from kiosk.series import Series
from kiosk.steps import Command
from kiosk.wordbook import KeptWord
from tests.support.clock import ManualClock
from tests.support.kiosk import EPOCH, OWN_SERIES, services, ticket

NEXT_EPOCH = UUID("00000000-0000-4000-8000-0000000000e2")
SUNDAY = date(2026, 11, 22)
NINE = datetime(2026, 11, 22, 7, tzinfo=UTC)
SERIES = Series.told(OWN_SERIES)


class Disk:
    """One outbox file of a kiosk that met a server, opened as often as its program starts."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "outbox.sqlite3"
        self.clock = ManualClock()
        self.outbox = Outbox.open(self.path, self.clock)
        self.outbox.time.hear(NINE)
        self.outbox.hold_series(SERIES)

    @classmethod
    def again(cls, path: Path) -> Self:
        """Open the file of another process."""
        disk = cls.__new__(cls)
        disk.path, disk.clock = path, ManualClock()
        disk.outbox = Outbox.open(path, disk.clock)
        return disk

    def restart(self) -> Outbox:
        """Leave without closing, as after a kill, and open again."""
        self.outbox = Outbox.open(self.path, self.clock)
        return self.outbox

    def damage(self) -> Outbox:
        """Let the disk spoil the file, and open again."""
        self.outbox.close()
        self.path.write_bytes(b"not a database, " * 500)
        for suffix in ("-wal", "-shm"):
            Path(f"{self.path}{suffix}").unlink(missing_ok=True)
        return self.restart()

    def give(
        self, *, day: date = SUNDAY, was_sent: bool = False, key: str | None = None
    ) -> IssuedTicket:
        made = self.give_any(day=day, was_sent=was_sent, key=key)
        assert made is not None
        return made

    def give_any(
        self, *, day: date = SUNDAY, was_sent: bool = False, key: str | None = None
    ) -> IssuedTicket | None:
        if key is None:
            key = uuid4().hex
            if was_sent:
                self.outbox.asked(Issue(key=key))
        return self.outbox.give(
            Command(key, "203", "age65", "ar", requests=3),
            next(card for card in services() if card.code == "203"),
            day=day,
            at=self.outbox.time.now() or NINE,
            was_sent=was_sent,
            return_within_min=45,
        )

    def say(self, made: IssuedTicket, state: str) -> None:
        """Say a word about the slip of a number."""
        word = (
            Void(ticket=made.id)
            if state == "void"
            else Paper.model_validate({"ticket": made.id, "state": state})
        )
        self.outbox.say(str(made.id), word)

    def owed(self, epoch: UUID = EPOCH) -> list[KeptWord]:
        return self.outbox.unsettled(epoch)

    def numbers(self, epoch: UUID = EPOCH) -> list[Given]:
        return [each.frame for each in self.owed(epoch) if isinstance(each.frame, Given)]

    def settle_number(self, known_as: UUID | None, epoch: UUID = EPOCH) -> None:
        """Let the server answer the first number that it is owed."""
        word = next(each for each in self.owed(epoch) if isinstance(each.frame, Given))
        self.outbox.answered(word, epoch, known_as)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    disk = Disk(tmp_path)
    yield disk
    disk.outbox.close()


def test_numbers_count_up_from_the_first_of_the_range_and_anew_on_every_day(disk: Disk) -> None:
    labels = [disk.give().label for _ in range(3)]
    labels += [disk.give(day=SUNDAY + timedelta(days=1)).label, disk.give().label]
    assert labels == ["K101", "K102", "K103", "K101", "K104"]


def test_a_number_bears_what_its_slip_needs_and_nothing_that_nobody_knows(disk: Disk) -> None:
    made = disk.give()
    assert (made.label, made.display_label, made.series) == ("K101", "ك-١٠١", "K")
    assert (made.service, made.service_ar) == ("203", "ترميم وتدعيم")
    assert (made.position, made.wait, made.status_url) == (0, None, None)
    assert (made.priority, made.requests, made.return_within_min) == ("age65", 3, 45)
    assert made.cut_off
    assert made.papers_ar != []


def test_no_number_is_given_twice_after_any_number_of_kills(disk: Disk) -> None:
    labels = []
    for _ in range(20):
        labels.append(disk.give().label)
        disk.restart()
    assert labels == [f"K{101 + each}" for each in range(20)]


def killed_while_giving(disk: Disk, statement: int) -> bool:
    """Give a number in a child process that is killed before that statement; say if it was."""
    child = os.fork()
    if child == 0:
        beside = Disk.again(disk.path)
        seen = 0

        def kill(_text: str) -> None:
            nonlocal seen
            seen += 1
            if seen == statement:
                os.kill(os.getpid(), signal.SIGKILL)

        beside.outbox.asked(Issue(key="key-in-flight"))
        beside.outbox._connection.set_trace_callback(kill)
        beside.give(was_sent=True, key="key-in-flight")
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


@pytest.mark.filterwarnings("ignore:This process.*fork:DeprecationWarning")
def test_a_kill_at_any_statement_leaves_the_number_with_its_key_given_up_or_nothing(
    tmp_path: Path,
) -> None:
    for statement in range(1, 100):
        disk = Disk(tmp_path / str(statement))
        disk.outbox.close()
        was_killed = killed_while_giving(disk, statement)
        disk.restart()
        owed = [each.frame.type for each in disk.owed()]
        slips = [each.said for each in disk.outbox.slips(late_word=timedelta(hours=12))]
        if was_killed:
            assert disk.outbox.keys_in_flight() == ["key-in-flight"]
            assert (owed, slips, disk.outbox.undelivered) == ([], [], 0)
            assert disk.give().label == "K101"
        else:
            assert disk.outbox.keys_in_flight() == []
            assert (owed, slips, disk.outbox.undelivered) == (["abandon"], [None], 1)
            assert disk.give().label == "K102"
            break
        disk.outbox.close()
    disk.outbox.close()
    assert statement > 6, "every statement of it was tried"


def test_a_commit_that_the_disk_refuses_leaves_no_number_and_the_key_in_flight(
    disk: Disk,
) -> None:
    disk.outbox._connection.execute(
        "CREATE TRIGGER refuse BEFORE INSERT ON number BEGIN SELECT RAISE(ABORT, 'full'); END"
    )
    with pytest.raises(sqlite3.IntegrityError):
        disk.give(was_sent=True)
    assert len(disk.outbox.keys_in_flight()) == 1
    assert disk.owed() == []
    disk.outbox._connection.execute("DROP TRIGGER refuse")
    assert disk.give().label == "K101"


def test_at_the_end_of_the_range_there_is_none_and_the_key_is_given_up_all_the_same(
    disk: Disk,
) -> None:
    disk.outbox.hold_series(Series("K", "ك", 101, 102))
    assert [disk.give().label, disk.give().label] == ["K101", "K102"]
    assert not disk.outbox.has_number_for(SUNDAY)
    assert disk.outbox.has_number_for(SUNDAY + timedelta(days=1))
    assert disk.give_any(was_sent=True) is None
    assert disk.outbox.keys_in_flight() == []
    assert [each.frame.type for each in disk.owed()] == ["abandon"]


def test_a_new_range_goes_on_above_the_old_one_and_never_below_it(disk: Disk) -> None:
    disk.give()
    disk.outbox.hold_series(Series("K", "ك", 1101, 2000))
    assert disk.give().label == "K1101"
    disk.outbox.hold_series(SERIES)
    assert disk.give_any() is None, "what the counter has passed is not given again"


def test_a_disk_without_a_series_gives_none_after_a_restart_either(disk: Disk) -> None:
    disk.outbox.hold_series(None)
    assert disk.restart().series is None
    assert disk.give_any() is None


def test_the_series_and_the_time_outlive_a_restart(disk: Disk) -> None:
    disk.give()
    again = disk.restart()
    assert again.series == SERIES
    assert again.time.heard == NINE
    assert again.series is not None
    assert again.series.held.model_dump() == {"letter": "K", "first": 101}


def test_a_damaged_file_takes_the_series_with_it_since_its_numbers_are_lost(disk: Disk) -> None:
    disk.give()
    journal_id = disk.outbox.journal_id
    again = disk.damage()
    assert again.journal_id != journal_id
    assert (again.series, again.time.now()) == (None, None)
    assert disk.give_any() is None


def test_a_number_is_owed_once_its_paper_is_told_and_bears_the_last_word(disk: Disk) -> None:
    first, second = disk.give(), disk.give(was_sent=True)
    assert disk.numbers() == []
    disk.say(second, "held")
    disk.say(first, "done")
    disk.say(second, "done")
    told = disk.numbers()
    assert [(each.label, each.paper) for each in told] == [("K101", "done"), ("K102", "done")]
    assert told[0].abandons is None
    assert told[1].abandons is not None
    assert told[1].abandons != told[1].key
    assert (told[0].day, told[0].service, told[0].priority) == (SUNDAY, "203", "age65")
    assert [each.frame for each in disk.owed() if isinstance(each.frame, Paper | Void)] == []


def test_a_number_that_nobody_holds_is_told_as_such_and_its_key_given_up(disk: Disk) -> None:
    made = disk.give(was_sent=True)
    disk.say(made, "void")
    (told,) = disk.numbers()
    assert told.paper == "failed"
    assert Abandon(key=told.abandons or "") in [each.frame for each in disk.owed()]


def test_the_age_of_a_number_is_counted_by_a_clock_that_nobody_sets(disk: Disk) -> None:
    made = disk.give()
    disk.say(made, "done")
    disk.clock._elapsed += 90.5
    (told,) = disk.numbers()
    assert (told.taken_at, told.age_ms) == (NINE, 90_500)
    disk.restart()
    (told,) = disk.numbers()
    assert (told.taken_at, told.age_ms) == (NINE, None)


def test_what_is_heard_of_the_slip_later_goes_under_the_servers_name(disk: Disk) -> None:
    made, known_as = disk.give(), uuid4()
    disk.say(made, "held")
    assert disk.outbox.undelivered == 1
    disk.settle_number(known_as)
    assert (disk.numbers(), disk.outbox.undelivered) == ([], 0)
    disk.say(made, "done")
    (word,) = disk.owed()
    assert word.about == str(known_as)
    assert isinstance(word.frame, Paper)
    assert (word.frame.ticket, word.frame.state) == (known_as, "done")


def test_what_was_heard_while_the_answer_was_on_its_way_is_said_too(disk: Disk) -> None:
    made, known_as = disk.give(), uuid4()
    disk.say(made, "held")
    (sent,) = disk.owed()
    disk.say(made, "done")
    disk.outbox.answered(sent, EPOCH, known_as)
    (word,) = disk.owed()
    assert isinstance(word.frame, Paper)
    assert (word.frame.ticket, word.frame.state) == (known_as, "done")


def test_after_a_restart_the_last_word_is_said_once_more_since_an_earlier_one_may_have_come(
    disk: Disk,
) -> None:
    made, known_as = disk.give(), uuid4()
    disk.say(made, "held")
    disk.say(made, "done")
    disk.restart()
    disk.settle_number(known_as)
    (word,) = disk.owed()
    assert isinstance(word.frame, Paper)
    assert (word.frame.ticket, word.frame.state) == (known_as, "done")


def test_a_refused_number_is_not_offered_again_but_to_another_epoch(disk: Disk) -> None:
    made = disk.give()
    disk.say(made, "done")
    disk.settle_number(None)
    assert disk.owed() == []
    assert disk.outbox.undelivered == 0
    assert [each.label for each in disk.numbers(NEXT_EPOCH)] == ["K101"]


def test_a_new_epoch_is_offered_everything_that_somebody_holds_of_seven_days(disk: Disk) -> None:
    url = "https://q.example/t/jbswy3dpehpk3pxp"
    online = [ticket(142 + each, status_url=url, service="203") for each in range(3)]
    for each in online:
        disk.outbox.issued(f"online-{each.label}", each, EPOCH)
    own = disk.give()
    disk.say(online[0], "done")
    disk.say(online[1], "void")
    disk.say(own, "kept")
    disk.settle_number(uuid4())
    assert disk.numbers() == []
    told = disk.numbers(NEXT_EPOCH)
    assert [(each.label, each.ticket, each.paper) for each in told] == [
        ("142", online[0].id, "done"),
        ("K101", None, "kept"),
    ]
    assert (told[0].key, told[0].token) == ("online-142", "jbswy3dpehpk3pxp")
    assert told[0].taken_at == online[0].issued_at


def test_nothing_is_said_of_a_ticket_before_another_epoch_was_told_of_it(disk: Disk) -> None:
    online = ticket(142)
    disk.outbox.issued("online-142", online, EPOCH)
    disk.say(online, "done")
    assert [each.frame.type for each in disk.owed()] == ["paper"]
    assert [each.frame.type for each in disk.owed(NEXT_EPOCH)] == ["given"]
    disk.settle_number(online.id, NEXT_EPOCH)
    assert [each.frame.type for each in disk.owed(NEXT_EPOCH)] == ["paper"]


def test_numbers_are_forgotten_after_seven_days_and_counters_with_them(disk: Disk) -> None:
    made = disk.give()
    disk.say(made, "done")
    disk.clock._elapsed += timedelta(days=7).total_seconds()
    disk.outbox.time.hear(NINE + timedelta(days=7))
    disk.outbox.purge()
    assert disk.numbers() != []
    disk.outbox.time.hear(NINE + timedelta(days=8))
    disk.outbox.purge()
    assert disk.numbers() == []


@settings(max_examples=30, deadline=None)
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["give", "give after a key", "kill", "say", "settle", "damage"]),
            st.integers(-2, 2),
        ),
        max_size=25,
    )
)
def test_whatever_happens_no_label_is_given_twice_on_a_day(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    disk = Disk(tmp_path_factory.mktemp("disk"))
    first, labels, unsaid = 101, [], []
    for act, days in steps:
        match act:
            case "give" | "give after a key":
                day = SUNDAY + timedelta(days=days)
                made = disk.give(day=day, was_sent=act != "give")
                labels.append((day, made.label))
                unsaid.append(made)
            case "kill":
                disk.restart()
            case "say" if unsaid:
                disk.say(unsaid.pop(0), ("done", "kept", "held", "unknown", "void")[days + 2])
            case "settle" if disk.numbers():
                disk.settle_number(uuid4())
            case "damage":
                disk.damage()
                assert disk.give_any() is None
                first, unsaid = first + 1000, []
                disk.outbox.time.hear(NINE)
                disk.outbox.hold_series(Series("K", "ك", first, first + 899))
            case _:
                pass
    assert len(set(labels)) == len(labels)
    disk.outbox.close()


def test_a_commit_that_is_taken_from_the_disk_gives_no_number_twice(
    disk: Disk, tmp_path: Path
) -> None:
    disk.outbox._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = {path: path.read_bytes() for path in tmp_path.glob("outbox.sqlite3*")}
    assert [disk.give().label, disk.give().label] == ["K101", "K102"]
    disk.outbox.close()
    for path in tmp_path.glob("outbox.sqlite3*"):
        path.unlink()
    for path, bytes_before in before.items():
        path.write_bytes(bytes_before)
    disk.restart()
    assert disk.outbox.undelivered == 0, "the commits are gone"
    assert disk.give().label == "K103"


@pytest.mark.parametrize(
    "spoilt", [b"", b"[]", b'{"2026-11-22": "x"}', b'{"Sunday": 150}', b"\xff"]
)
def test_a_spoilt_mark_is_as_good_as_none(disk: Disk, tmp_path: Path, spoilt: bytes) -> None:
    disk.give()
    (tmp_path / "own-numbers.json").write_bytes(spoilt)
    disk.restart()
    assert disk.give().label == "K102"


def test_a_disk_that_takes_no_mark_gives_its_numbers_all_the_same(
    disk: Disk, tmp_path: Path
) -> None:
    (tmp_path / "own-numbers.json").mkdir()
    disk.restart()
    assert [disk.give().label, disk.give().label] == ["K101", "K102"]


def test_the_mark_keeps_a_week(disk: Disk, tmp_path: Path) -> None:
    mark = HighMark(tmp_path / "own-numbers.json")
    for day in range(10):
        mark.note(SUNDAY + timedelta(days=day), 101 + day)
    kept = HighMark(tmp_path / "own-numbers.json")
    assert [kept.reached(SUNDAY + timedelta(days=day)) for day in (0, 2, 3, 9)] == [0, 0, 104, 110]
