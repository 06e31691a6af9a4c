"""What an earlier run left on its disks: the slips whose fate is still to be told."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Protocol

import structlog

from kiosk.offline import Outbox
from kiosk.slips import JobState
from kiosk.steps import SlipFound

logger = structlog.get_logger()

PRINT_JOURNAL = "print_journal"
"""Under this name the outbox remembers the journal that its slips were given to."""


class Jobs(Protocol):
    """What is asked of the printer's journal."""

    @property
    def journal_id(self) -> str: ...

    def state(self, job: str) -> JobState | None: ...


def leftovers(outbox: Outbox, jobs: Jobs | None, *, late_word: timedelta) -> Iterator[SlipFound]:
    """Return the slips that may still be printed or told of, each with what became of its job.

    A job that the journal does not know never reached it, so that not one byte left. Of another
    journal than the one before, since that was lost or damaged, nothing can be said: the slip may
    be in somebody's hand, and a person decides.
    """
    unheard_of: JobState = "unknown" if _is_another(outbox, jobs) else "failed"
    for slip in outbox.slips(late_word=late_word):
        state = (None if jobs is None else jobs.state(slip.job)) or unheard_of
        logger.info("slip_found", job=slip.job, state=state, said=slip.said)
        yield SlipFound(slip.job, slip.ticket, slip.reprint, state, slip.said)


def _is_another(outbox: Outbox, jobs: Jobs | None) -> bool:
    before = outbox.recall(PRINT_JOURNAL)
    now = None if jobs is None else jobs.journal_id
    if before is None or before == now:
        return False
    logger.error("print_journal_lost", before=before, now=now)
    return True
