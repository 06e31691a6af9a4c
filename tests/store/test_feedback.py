"""Citizens' answers against PostgreSQL: one a visit, changed for a while, told in sums alone."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest

from core_services.audit.verify import verify
from core_services.database.pool import Pool
from queue_server.feedback import store
from queue_server.feedback.answers import Answers
from queue_server.feedback.model import CHANGES_AT_MOST, TEXTS_KEPT, FeedbackReason, Given
from queue_server.feedback.publication import week_of
from queue_server.tickets.acts import Queue
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.model import Ticket
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.queue import KEY, open_windows

SATISFIED, FAIR, NOT = Given("satisfied"), Given("fair"), Given("unsatisfied")
WEEK_S = 7 * 86_400


@pytest.fixture
def answers(queue: Queue) -> Answers:
    return Answers(queue)


async def finished(
    queue: Queue, *, window: int = 5, service: str | None = "reconciliation"
) -> Ticket:
    """Serve one citizen at a window."""
    if not any(
        each.number == window and each.state == "open" for each in (await queue.hall()).windows
    ):
        await open_windows(queue, window)
    await queue.issue(IssueRequest(KEY, "api", service=service))
    ticket = await queue.call_next(window, actor=KEY, own_only=False)
    assert ticket is not None
    await queue.act(ticket.id, "start", actor=KEY, any_window=True)
    return await queue.act(ticket.id, "finish", actor=KEY, any_window=True)


async def many(answers: Answers, satisfied: int, not_satisfied: int) -> list[Ticket]:
    """Let so many citizens answer about one service."""
    tickets = []
    for given in [SATISFIED] * satisfied + [NOT] * not_satisfied:
        ticket = await finished(answers.queue)
        assert await answers.keep(ticket.id, given, channel="window") == "kept"
        tickets.append(ticket)
    return tickets


async def events(pool: Pool) -> list[tuple[str, str]]:
    rows = await pool.fetch("SELECT event, score FROM feedback_event ORDER BY revision")
    return [(row["event"], row["score"]) for row in rows]


async def test_one_visit_has_one_answer_however_often_it_is_sent(
    answers: Answers, queue: Queue, pool: Pool
) -> None:
    ticket = await finished(queue)
    said = await asyncio.gather(
        *(answers.keep(ticket.id, SATISFIED, channel="window") for _ in range(5))
    )
    assert sorted(said) == ["as-before"] * 4 + ["kept"]
    assert await events(pool) == [("answer", "satisfied")]


async def test_an_answer_is_changed_within_ten_minutes_and_not_after(
    answers: Answers, queue: Queue, pool: Pool, clock: ManualClock
) -> None:
    ticket = await finished(queue)
    await answers.keep(ticket.id, NOT, channel="phone")
    await clock.advance(599)
    assert await answers.keep(ticket.id, FAIR, channel="phone") == "kept"
    await clock.advance(2)
    assert await answers.keep(ticket.id, SATISFIED, channel="phone") == "closed"
    assert await events(pool) == [("answer", "unsatisfied"), ("change", "fair")]


async def test_an_answer_is_changed_only_so_often(
    answers: Answers, queue: Queue, pool: Pool
) -> None:
    ticket = await finished(queue)
    said = [
        await answers.keep(ticket.id, [SATISFIED, NOT][n % 2], channel="phone")
        for n in range(CHANGES_AT_MOST + 3)
    ]
    assert said == ["kept"] * (CHANGES_AT_MOST + 1) + ["closed"] * 2


async def test_a_visit_that_has_not_ended_is_not_answered_for(
    answers: Answers, queue: Queue
) -> None:
    await open_windows(queue, 5)
    ticket = await queue.issue(IssueRequest(KEY, "api"))
    assert await answers.keep(ticket.id, SATISFIED, channel="phone") == "closed"
    await queue.call_next(5, actor=KEY, own_only=False)
    assert await answers.keep(ticket.id, SATISFIED, channel="phone") == "closed"
    assert await answers.keep(uuid4(), SATISFIED, channel="phone") == "closed"
    assert await answers.visit(ticket.id) is None


async def test_the_window_takes_a_late_touch_for_two_minutes_and_the_phone_for_two_days(
    answers: Answers, queue: Queue, clock: ManualClock
) -> None:
    ticket = await finished(queue)
    await clock.advance(121)
    assert await answers.keep(ticket.id, SATISFIED, channel="window") == "closed"
    assert await answers.last_visit(5) is None
    other = await finished(queue)
    await clock.advance(48 * 3600 + 1)
    assert await answers.keep(other.id, SATISFIED, channel="phone") == "closed"


async def test_a_window_asks_about_its_own_last_visit_for_thirty_seconds(
    answers: Answers, queue: Queue, clock: ManualClock
) -> None:
    assert await answers.last_visit(5) is None
    first = await finished(queue)
    await finished(queue, window=6)
    visit = await answers.last_visit(5)
    assert visit is not None
    assert visit.ticket_id == first.id
    assert visit.asked_for_s(clock.now()) == 30.0
    await clock.advance(20)
    assert visit.asked_for_s(clock.now()) == 10.0
    await clock.advance(10)
    assert visit.asked_for_s(clock.now()) == 0.0
    second = await finished(queue)
    visit = await answers.last_visit(5)
    assert visit is not None
    assert visit.ticket_id == second.id
    await answers.keep(second.id, SATISFIED, channel="window")
    visit = await answers.last_visit(5)
    assert visit is not None
    assert visit.asked_for_s(clock.now()) == 0.0


async def test_the_faces_are_gone_when_the_next_visit_begins(
    answers: Answers, queue: Queue, clock: ManualClock
) -> None:
    await finished(queue)
    await queue.issue(IssueRequest(KEY, "api"))
    called = await queue.call_next(5, actor=KEY, own_only=False)
    assert called is not None
    visit = await answers.last_visit(5)
    assert visit is not None
    assert visit.asked_for_s(clock.now()) > 0
    await queue.act(called.id, "start", actor=KEY, any_window=True)
    visit = await answers.last_visit(5)
    assert visit is not None
    assert visit.asked_for_s(clock.now()) == 0.0


async def test_a_week_is_told_when_it_is_over_and_never_changes_after(
    answers: Answers, queue: Queue, clock: ManualClock
) -> None:
    await many(answers, satisfied=14, not_satisfied=6)
    week = week_of(queue.today()[0])
    last = week + timedelta(days=6)
    assert await answers.published(week, last) == ()
    await clock.advance(WEEK_S)
    (row,) = await answers.published(week, last)
    assert (row.week, row.service, row.told.answers) == (week, "reconciliation", 20)
    assert (row.told.satisfied_at_least, row.told.satisfied_at_most) == (14, 14)
    late = await finished(queue)
    await answers.keep(late.id, NOT, channel="phone")
    assert await answers.published(week, last) == (row,)


async def test_no_choice_of_days_tells_a_small_part(
    answers: Answers, queue: Queue, clock: ManualClock
) -> None:
    await many(answers, satisfied=10, not_satisfied=2)
    await clock.advance(86_400)
    await many(answers, satisfied=1, not_satisfied=0)
    day = queue.today()[0]
    await clock.advance(WEEK_S)
    told = set()
    for before in range(10):
        for after in range(10):
            first, last = day - timedelta(days=before), day + timedelta(days=after)
            told |= {
                (row.told.answers, row.told.satisfied_at_least, row.told.satisfied_at_most)
                for row in await answers.published(first, last)
            }
    assert told == {(13, 9, 13)}


async def test_the_sums_are_those_of_the_events(
    answers: Answers, queue: Queue, pool: Pool, clock: ManualClock
) -> None:
    tickets = await many(answers, satisfied=7, not_satisfied=4)
    await answers.keep(tickets[0].id, FAIR, channel="phone")
    unknown = await finished(queue, service=None)
    await answers.keep(unknown.id, SATISFIED, channel="window")
    start = clock.now() - timedelta(days=1)
    await clock.advance(WEEK_S)
    later = await finished(queue)
    await answers.keep(later.id, SATISFIED, channel="phone")
    bounds = [start, start + timedelta(days=7), start + timedelta(days=14)]
    counted = await store.count_answers(pool, 1, bounds=bounds)
    again = await store.count_answers_from_events(pool, 1, bounds=bounds)
    assert sorted(counted, key=repr) == sorted(again, key=repr)
    assert {(each.nth, each.service, each.answers, each.satisfied) for each in counted} == {
        (0, "reconciliation", 11, 6),
        (0, None, 1, 1),
        (1, "reconciliation", 1, 1),
    }


async def test_events_hold_no_words_and_nobody_who_served(
    answers: Answers, queue: Queue, pool: Pool
) -> None:
    ticket = await finished(queue)
    await answers.keep(ticket.id, Given("fair", ("waiting",), "طال الانتظار"), channel="phone")
    event = await pool.fetchval("SELECT to_jsonb(e) FROM feedback_event e")
    assert set(event) == {
        *("centre_id", "revision", "ticket_id", "at", "event", "score", "reasons", "service"),
        "channel",
    }
    assert "الانتظار" not in str(event)
    verdict = await verify(pool, 1)
    assert verdict.is_whole


async def test_words_are_changed_alone_taken_back_and_erased_in_time(
    answers: Answers, queue: Queue, pool: Pool, clock: ManualClock
) -> None:
    ticket = await finished(queue)
    await answers.keep(ticket.id, Given("fair", (), "كلام"), channel="phone")
    assert await answers.keep(ticket.id, Given("fair", (), "كلام آخر"), channel="phone") == "kept"
    assert await pool.fetchval("SELECT text FROM feedback_text") == "كلام آخر"
    assert await events(pool) == [("answer", "fair")]
    await answers.keep(ticket.id, Given("fair"), channel="phone")
    assert await pool.fetchval("SELECT count(*) FROM feedback_text") == 0
    other = await finished(queue)
    await answers.keep(other.id, Given("fair", (), "يُمحى"), channel="phone")
    await clock.advance((TEXTS_KEPT - timedelta(hours=1)).total_seconds())
    await answers.forget_texts()
    assert await pool.fetchval("SELECT count(*) FROM feedback_text") == 1
    await clock.advance(3601)
    await answers.forget_texts()
    assert await pool.fetchval("SELECT count(*) FROM feedback_text") == 0
    assert await pool.fetchval("SELECT count(*) FROM feedback") == 2


async def test_words_and_reasons_are_told_of_a_week_that_is_over_and_never_of_few(
    answers: Answers, queue: Queue, clock: ManualClock
) -> None:
    week = week_of(queue.today()[0])
    for n in range(5):
        ticket = await finished(queue)
        reasons: tuple[FeedbackReason, ...] = ("waiting", "papers") if n else ("waiting",)
        await answers.keep(ticket.id, Given("fair", reasons, f"كلام {n}"), channel="phone")
    assert await answers.texts(week) == ()
    assert await answers.reasons(week) == ()
    await clock.advance(WEEK_S)
    assert await answers.reasons(week) == (("waiting", 5),)
    assert sorted(await answers.texts(week)) == [f"كلام {n}" for n in range(5)]
    await finished(queue)
    next_week = week + timedelta(days=7)
    ticket = await finished(queue)
    await answers.keep(ticket.id, Given("fair", (), "وحيد"), channel="phone")
    await clock.advance(WEEK_S)
    assert await answers.texts(next_week) == ()


@pytest.mark.parametrize("table", ["feedback", "feedback_event", "feedback_text"])
async def test_the_reading_role_sees_no_answer(database: Database, table: str) -> None:
    connection = await asyncpg.connect(database.read_dsn)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch(f"SELECT * FROM {table}")
    finally:
        await connection.close()
