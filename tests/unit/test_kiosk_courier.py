"""Words of an outbox on their way: each is settled by an answer to itself."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from core_services.link.frame import Frame
from core_services.link.slip_frames import Paper
from kiosk.courier import AT_ONCE, RESEND_S, RETRY_S, Courier
from kiosk.offline import Outbox
from tests.support.clock import ManualClock
from tests.support.kiosk import EPOCH


class Line:
    """Takes every frame."""

    def __init__(self) -> None:
        self.said: list[Frame] = []

    async def send(self, frame: Frame) -> bool:
        self.said.append(frame)
        return True


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    outbox = Outbox.open(tmp_path / "outbox.sqlite3", ManualClock())
    yield outbox
    outbox.close()


def say(outbox: Outbox, ticket: UUID, state: str) -> Paper:
    job = str(ticket)
    outbox.reprint_ordered(job, ticket)
    word = Paper.model_validate({"ticket": ticket, "state": state, "job": job})
    outbox.say(job, word)
    return word


async def test_a_second_answer_to_a_word_that_was_said_twice_settles_no_later_word(
    outbox: Outbox,
) -> None:
    line, clock, ticket = Line(), ManualClock(), uuid4()
    courier = Courier(outbox, line, clock)
    courier.line_up(EPOCH)
    held = say(outbox, ticket, "held")
    await courier._send_due()
    await clock.advance(RESEND_S)
    await courier._send_due()
    assert line.said == [held, held]
    done = say(outbox, ticket, "done")
    courier.settled(str(ticket))
    await courier._send_due()
    assert line.said == [held, held, done]
    courier.settled(str(ticket))
    assert [word.frame for word in outbox.unsettled(EPOCH)] == [done], "its own answer may be lost"
    courier.settled(str(ticket))
    assert outbox.unsettled(EPOCH) == []


async def test_a_word_that_is_asked_for_again_later_is_answered_once_each_time(
    outbox: Outbox,
) -> None:
    line, clock, ticket = Line(), ManualClock(), uuid4()
    courier = Courier(outbox, line, clock)
    courier.line_up(EPOCH)
    say(outbox, ticket, "held")
    await courier._send_due()
    assert courier.refused(str(ticket), 503)
    await clock.advance(RETRY_S)
    await courier._send_due()
    courier.settled(str(ticket))
    say(outbox, ticket, "done")
    await courier._send_due()
    courier.settled(str(ticket))
    assert outbox.unsettled(EPOCH) == []


async def test_words_that_the_server_fails_at_stand_in_nobodys_way(outbox: Outbox) -> None:
    line, clock = Line(), ManualClock()
    courier = Courier(outbox, line, clock)
    courier.line_up(EPOCH)
    stuck = [say(outbox, uuid4(), "done") for _ in range(AT_ONCE)]
    later = say(outbox, uuid4(), "done")
    await courier._send_due()
    assert line.said == stuck
    await clock.advance(RESEND_S)
    await courier._send_due()
    assert line.said == [*stuck, later, *stuck[:-1]]


async def test_a_token_of_another_kind_of_device_takes_no_word_away(outbox: Outbox) -> None:
    line, clock, ticket = Line(), ManualClock(), uuid4()
    courier = Courier(outbox, line, clock)
    courier.line_up(EPOCH)
    said = say(outbox, ticket, "done")
    await courier._send_due()
    assert courier.refused(str(ticket), 403)
    assert [word.frame for word in outbox.unsettled(EPOCH)] == [said]
