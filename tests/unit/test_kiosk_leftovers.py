"""What a kiosk makes of the slips of an earlier run, with its print journal and without it."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from core_services.link.citizen_frames import IssuedTicket
from core_services.link.slip_frames import Paper
from kiosk.leftovers import PRINT_JOURNAL, leftovers
from kiosk.offline import Outbox
from kiosk.slips import JobState
from tests.support.clock import ManualClock
from tests.support.kiosk import ticket

HALF_A_DAY = timedelta(hours=12)


class Journal:
    """A print journal that knows some jobs."""

    def __init__(self, journal_id: str, states: Mapping[str, JobState] | None = None) -> None:
        self.journal_id = journal_id
        self._states = states or {}

    def state(self, job: str) -> JobState | None:
        return self._states.get(job)


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    outbox = Outbox.open(tmp_path / "outbox.sqlite3", ManualClock())
    yield outbox
    outbox.close()


def owed(outbox: Outbox) -> IssuedTicket:
    """A slip that was given to the printer, and of which no word was said."""
    issued = ticket()
    outbox.issued("key-1", issued)
    outbox.remember(PRINT_JOURNAL, "disk-1")
    return issued


def states(outbox: Outbox, journal: Journal | None) -> list[JobState]:
    return [slip.state for slip in leftovers(outbox, journal, late_word=HALF_A_DAY)]


def test_a_job_that_its_journal_knows_is_what_the_journal_says(outbox: Outbox) -> None:
    issued = owed(outbox)
    assert states(outbox, Journal("disk-1", {str(issued.id): "sent"})) == ["sent"]


def test_a_job_that_never_reached_its_journal_sent_no_byte(outbox: Outbox) -> None:
    owed(outbox)
    assert states(outbox, Journal("disk-1")) == ["failed"]


def test_with_another_journal_a_slip_may_be_in_somebodys_hand(outbox: Outbox) -> None:
    issued = owed(outbox)
    outbox.say(str(issued.id), Paper(ticket=issued.id, state="held"))
    outbox.reprint_ordered("copy-1", issued.id)
    assert states(outbox, Journal("disk-2")) == ["unknown", "unknown"]


def test_a_kiosk_whose_printer_was_taken_away_does_not_void_what_it_printed(
    outbox: Outbox,
) -> None:
    owed(outbox)
    assert states(outbox, None) == ["unknown"]


def test_a_kiosk_that_never_had_a_printer_sent_no_byte(outbox: Outbox) -> None:
    outbox.issued("key-1", ticket())
    assert states(outbox, None) == ["failed"]
