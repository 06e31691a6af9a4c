"""What the kiosk keeps on its disk: keys, slips and words, across crashes and epochs."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4

import pytest

from core_services.link.citizen_frames import Issue
from core_services.link.cut_off_frames import Abandon
from core_services.link.slip_frames import Paper, Void
from kiosk.offline import Outbox
from kiosk.place import Place
from tests.support.clock import ManualClock
from tests.support.kiosk import EPOCH, KAFR_SAQR, ticket

HALF_A_DAY = timedelta(hours=12)
NEXT_EPOCH = UUID("00000000-0000-4000-8000-0000000000e2")


class Disk:
    """One outbox file, opened as often as a program starts."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "outbox.sqlite3"
        self.clock = ManualClock()
        self.outbox = Outbox.open(self.path, self.clock)

    def restart(self) -> Outbox:
        """Leave without closing, as after a kill, and open again."""
        self.outbox = Outbox.open(self.path, self.clock)
        return self.outbox

    def pass_days(self, days: float) -> None:
        self.clock._elapsed += timedelta(days=days).total_seconds()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    disk = Disk(tmp_path)
    yield disk
    disk.outbox.close()


def test_a_key_is_in_flight_until_its_outcome_is_known(disk: Disk) -> None:
    outbox = disk.outbox
    for key in ("key-issued", "key-refused", "key-abandoned", "key-unknown"):
        outbox.asked(Issue(key=key))
        outbox.asked(Issue(key=key))
    outbox.issued("key-issued", ticket())
    outbox.refused("key-refused")
    outbox.abandon("key-abandoned")
    assert disk.restart().keys_in_flight() == ["key-unknown"]


def test_an_abandoned_key_is_told_even_after_a_kill(disk: Disk) -> None:
    disk.outbox.asked(Issue(key="key-abandoned"))
    disk.outbox.abandon("key-abandoned")
    (word,) = disk.restart().unsettled(EPOCH)
    assert (word.about, word.frame) == ("key-abandoned", Abandon(key="key-abandoned"))


def test_a_word_is_offered_until_it_is_settled(disk: Disk) -> None:
    issued = ticket()
    disk.outbox.issued("key-1", issued)
    disk.outbox.say(str(issued.id), Paper(ticket=issued.id, state="done", confirmed_by="echo"))
    (word,) = disk.outbox.unsettled(EPOCH)
    assert disk.restart().unsettled(EPOCH) == [word]
    disk.outbox.settle(word.sequence, EPOCH)
    assert disk.restart().unsettled(EPOCH) == []


def test_a_settled_word_is_offered_again_to_a_new_epoch(disk: Disk) -> None:
    issued = ticket()
    disk.outbox.issued("key-1", issued)
    disk.outbox.say(str(issued.id), Void(ticket=issued.id))
    (word,) = disk.outbox.unsettled(EPOCH)
    disk.outbox.settle(word.sequence, EPOCH)
    disk.pass_days(6.9)
    assert disk.restart().unsettled(NEXT_EPOCH) == [word]


def test_a_word_is_forgotten_after_seven_days(disk: Disk) -> None:
    issued = ticket()
    disk.outbox.issued("key-1", issued)
    disk.outbox.say(str(issued.id), Void(ticket=issued.id))
    disk.pass_days(7.1)
    disk.outbox.purge()
    assert disk.outbox.unsettled(NEXT_EPOCH) == []
    assert disk.outbox.slips(late_word=HALF_A_DAY) == []


def test_words_about_one_ticket_are_offered_one_at_a_time_in_their_order(disk: Disk) -> None:
    first, second = ticket(142), ticket(143)
    for key, issued in (("key-1", first), ("key-2", second)):
        disk.outbox.issued(key, issued)
    disk.outbox.say(str(first.id), Paper(ticket=first.id, state="held"))
    disk.outbox.say(str(second.id), Paper(ticket=second.id, state="done", confirmed_by="gs_r"))
    disk.outbox.say(str(first.id), Paper(ticket=first.id, state="done", confirmed_by="echo"))
    words = disk.outbox.unsettled(EPOCH)
    assert [(word.about, word.frame.type) for word in words] == [
        (str(first.id), "paper"),
        (str(second.id), "paper"),
    ]
    disk.outbox.settle(words[0].sequence, EPOCH)
    again = {word.about: word.frame for word in disk.outbox.unsettled(EPOCH)}
    frame = again[str(first.id)]
    assert isinstance(frame, Paper)
    assert frame.state == "done"


def test_the_same_word_is_written_once(disk: Disk) -> None:
    issued = ticket()
    disk.outbox.issued("key-1", issued)
    for _ in range(2):
        disk.outbox.say(str(issued.id), Paper(ticket=issued.id, state="kept"))
    assert len(disk.outbox.unsettled(EPOCH)) == 1
    disk.outbox.settle(disk.outbox.unsettled(EPOCH)[0].sequence, EPOCH)
    assert disk.outbox.unsettled(EPOCH) == []


def test_slips_without_a_last_word_are_found_after_a_restart(disk: Disk) -> None:
    made = [ticket(142 + index) for index in range(4)]
    for index, issued in enumerate(made):
        disk.outbox.issued(f"key-{index:04}", issued)
    disk.outbox.say(str(made[0].id), Paper(ticket=made[0].id, state="done"))
    disk.outbox.say(str(made[1].id), Void(ticket=made[1].id))
    disk.outbox.say(str(made[2].id), Paper(ticket=made[2].id, state="unknown"))
    assert disk.outbox.reprint_ordered("copy-1", made[0].id)
    assert not disk.outbox.reprint_ordered("copy-1", made[0].id)
    slips = disk.restart().slips(late_word=HALF_A_DAY)
    found = {slip.job: (slip.ticket, slip.reprint, slip.said) for slip in slips}
    assert found == {
        str(made[2].id): (made[2].id, False, "unknown"),
        str(made[3].id): (made[3].id, False, None),
        "copy-1": (made[0].id, True, None),
    }


def test_the_journal_id_stays_with_the_file(disk: Disk, tmp_path: Path) -> None:
    journal_id = disk.outbox.journal_id
    assert disk.restart().journal_id == journal_id
    other = Outbox.open(tmp_path / "other.sqlite3", disk.clock)
    assert other.journal_id != journal_id
    other.close()


def test_a_damaged_file_is_set_aside_and_the_kiosk_starts(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite3"
    path.write_bytes(b"not a database, " * 500)
    outbox = Outbox.open(path, ManualClock())
    assert outbox.keys_in_flight() == []
    assert [each.name for each in tmp_path.glob("*damaged*")] == [
        "outbox.sqlite3.damaged-20261122T070000"
    ]
    outbox.close()


def test_many_words_are_offered_in_rounds(disk: Disk) -> None:
    for _ in range(300):
        key = uuid4().hex
        disk.outbox.asked(Issue(key=key))
        disk.outbox.abandon(key)
    rounds = 0
    while words := disk.outbox.unsettled(EPOCH, limit=128):
        rounds += 1
        for word in words:
            disk.outbox.settle(word.sequence, EPOCH)
    assert rounds == 3


def test_a_place_is_remembered_for_a_start_without_the_server(disk: Disk) -> None:
    place = Place(centre=KAFR_SAQR, cut_over=time(4, 30))
    disk.outbox.remember("place", place.to_json())
    assert Place.remembered(disk.restart().recall("place")) == place
    assert Place.remembered(disk.outbox.recall("nothing")) == Place()
    assert Place.remembered({"centre": {"code": 3}, "zone": "Nowhere/At all"}) == Place()
    assert Place.remembered({**place.to_json(), "cut_over": 4}) == Place()
    early = {name: value for name, value in place.to_json().items() if name != "cut_over"}
    assert Place.remembered(early) == Place(centre=KAFR_SAQR)


def test_a_day_begins_at_the_cut_over_of_the_centres_zone() -> None:
    place = Place()
    evening, night = datetime(2026, 11, 22, 20, tzinfo=UTC), datetime(2026, 11, 23, 0, tzinfo=UTC)
    began = datetime(2026, 11, 22, 1, tzinfo=UTC)
    assert place.day_began(evening) == began
    assert place.day_began(night) == began
    assert place.day_began(night + timedelta(hours=1)) == began + timedelta(days=1)


class FullAtCommit:
    """A connection whose disk is full when everything is to be kept."""

    def __init__(self, real: sqlite3.Connection) -> None:
        self.real = real

    def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
        if statement == "COMMIT":
            raise sqlite3.OperationalError("database or disk is full")
        return self.real.execute(statement, *values)

    @property
    def in_transaction(self) -> bool:
        return self.real.in_transaction


def test_a_commit_that_the_disk_refused_leaves_nothing_half_done(disk: Disk) -> None:
    outbox = disk.outbox
    real = outbox._connection
    outbox._connection = cast(sqlite3.Connection, FullAtCommit(real))
    with pytest.raises(sqlite3.OperationalError, match="full"):
        outbox.asked(Issue(key="key-refused-by-disk"))
    outbox._connection = real
    outbox.asked(Issue(key="key-after-room-was-made"))
    assert outbox.keys_in_flight() == ["key-after-room-was-made"]
