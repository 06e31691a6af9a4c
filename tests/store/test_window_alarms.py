"""Alarms, messages, notes: rows with events, once each, and texts that are forgotten in time."""

from datetime import timedelta
from uuid import uuid4

import pytest

from core_services.audit.verify import verify
from core_services.database.pool import Pool
from queue_server.tickets import windows
from queue_server.tickets.acts import Queue
from queue_server.tickets.errors import ActNotAllowed, UnknownAlarm, UnknownWindow, WindowOfAnother
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.model import Claim
from tests.support.clock import ManualClock
from tests.support.queue import KEY, OTHER, STAFF, open_windows

CLAIM = Claim("staff", "POST", "/desk/5/emergency", "k", b"x" * 32)


async def told(pool: Pool) -> list[tuple[str, str | None]]:
    rows = await pool.fetch("SELECT event, reason FROM window_alarm_event ORDER BY revision")
    return [(row["event"], row["reason"]) for row in rows]


async def test_an_alarm_is_raised_accepted_and_closed_once_each(
    queue: Queue, pool: Pool, clock: ManualClock
) -> None:
    await open_windows(queue, 5, actor=STAFF)
    for _ in range(3):
        alarm = await windows.raise_alarm(
            queue, 5, "emergency", actor=STAFF, is_silent=True, claim=CLAIM
        )
    again = await windows.raise_alarm(queue, 5, "emergency", actor=STAFF, is_silent=True)
    assert again.id == alarm.id
    assert [each.id for each in await windows.open_alarms(queue)] == [alarm.id]
    await clock.advance(7)
    accepted = await windows.accept_alarm(queue, alarm.id, actor=OTHER, any_window=True)
    assert accepted.accepted_by == OTHER.id
    assert (
        await windows.accept_alarm(queue, alarm.id, actor=STAFF, any_window=True)
    ).accepted_by == OTHER.id
    await clock.advance(60)
    closed = await windows.close_alarm(queue, alarm.id, why="handled", actor=OTHER, any_window=True)
    assert (closed.closed_why, closed.is_open) == ("handled", False)
    await windows.close_alarm(queue, alarm.id, why="other", actor=OTHER, any_window=True)
    assert await windows.open_alarms(queue) == ()
    assert await told(pool) == [("raised", None), ("accepted", None), ("closed", "handled")]
    assert (await verify(pool, 1)).is_whole


async def test_a_silent_alarm_raised_again_aloud_is_told_to_everyone(
    queue: Queue, pool: Pool
) -> None:
    await open_windows(queue, 5, actor=STAFF)
    silent = await windows.raise_alarm(queue, 5, "emergency", actor=STAFF, is_silent=True)
    assert silent.is_silent
    aloud = await windows.raise_alarm(queue, 5, "emergency", actor=STAFF)
    assert (aloud.id, aloud.is_silent) == (silent.id, False)
    assert await told(pool) == [("raised", None), ("raised", "aloud")]


async def test_only_whoever_has_the_window_raises_its_alarms_and_withdraws_them(
    queue: Queue,
) -> None:
    await open_windows(queue, 5, actor=STAFF)
    with pytest.raises(WindowOfAnother):
        await windows.raise_alarm(queue, 5, "supervisor", actor=OTHER)
    alarm = await windows.raise_alarm(queue, 5, "supervisor", actor=STAFF)
    with pytest.raises(WindowOfAnother):
        await windows.close_alarm(queue, alarm.id, why="handled", actor=OTHER, any_window=False)
    closed = await windows.close_alarm(
        queue, alarm.id, why="withdrawn", actor=STAFF, any_window=False
    )
    assert not closed.is_open
    with pytest.raises(UnknownAlarm):
        await windows.accept_alarm(queue, uuid4(), actor=OTHER, any_window=True)


async def test_faults_of_several_kinds_stand_side_by_side(queue: Queue) -> None:
    await open_windows(queue, 5, actor=STAFF)
    printer = await windows.raise_alarm(queue, 5, "fault", category="printer", actor=STAFF)
    network = await windows.raise_alarm(queue, 5, "fault", category="network", actor=STAFF)
    same = await windows.raise_alarm(queue, 5, "fault", category="printer", actor=STAFF)
    assert same.id == printer.id != network.id
    assert {each.category for each in await windows.open_alarms(queue)} == {"printer", "network"}


async def test_a_message_is_unread_until_its_reader_has_read_it(
    queue: Queue, pool: Pool, clock: ManualClock
) -> None:
    assert STAFF.id is not None
    assert OTHER.id is not None
    await open_windows(queue, 5, actor=STAFF)
    to_all = await windows.send_message(
        queue, "صلاة الظهر بعد ١٠ دقائق", toward="window", window=None, actor=KEY
    )
    await clock.advance(1)
    to_five = await windows.send_message(queue, "كلّمني", toward="window", window=5, actor=KEY)
    at_five = await windows.unread_messages(queue, 5, STAFF.id)
    assert [each.id for each in at_five] == [to_all, to_five]
    assert [each.id for each in await windows.unread_messages(queue, 6, OTHER.id)] == [to_all]
    await clock.advance(3)
    with pytest.raises(WindowOfAnother):
        await windows.mark_read(queue, to_all, window=5, actor=OTHER)
    await windows.mark_read(queue, to_five, window=None, actor=OTHER)
    await windows.mark_read(queue, to_five, window=6, actor=OTHER, any_window=True)
    for _ in range(2):
        await windows.mark_read(queue, to_all, window=5, actor=STAFF)
    assert [each.id for each in await windows.unread_messages(queue, 5, STAFF.id)] == [to_five]
    newest, oldest = await windows.last_messages(queue, limit=10)
    assert (newest.read_at_windows, oldest.read_at_windows) == ((), (5,))
    assert oldest.read_by == (STAFF.id,)
    rows = await pool.fetch("SELECT * FROM window_message_event ORDER BY revision")
    assert [row["event"] for row in rows] == ["sent", "sent", "read"]
    assert all("صلاة" not in str(dict(row)) for row in rows)
    with pytest.raises(UnknownWindow):
        await windows.send_message(queue, "?", toward="window", window=100, actor=KEY)
    assert (await verify(pool, 1)).is_whole


async def test_texts_are_forgotten_in_their_time_and_their_events_stay(
    queue: Queue, pool: Pool, clock: ManualClock
) -> None:
    await open_windows(queue, 5, actor=STAFF)
    ticket = await queue.issue(IssueRequest(KEY, "api"))
    await queue.call_next(5, actor=STAFF, own_only=True)
    await windows.write_note(
        queue, ticket.id, window=5, text="أحضر صورة البطاقة", actor=STAFF, claim=CLAIM
    )
    sent = await windows.send_message(queue, "تم", toward="supervisor", window=5, actor=STAFF)
    await windows.mark_read(queue, sent, window=None, actor=OTHER)
    await clock.advance(windows.MESSAGES_KEPT.total_seconds() - 1)
    await windows.forget_texts(queue)
    assert await pool.fetchval("SELECT count(*) FROM window_message") == 1
    await clock.advance(2)
    await windows.forget_texts(queue)
    assert await pool.fetchval("SELECT count(*) FROM window_message") == 0
    assert await pool.fetchval("SELECT count(*) FROM window_message_read") == 0
    assert await pool.fetchval("SELECT count(*) FROM window_message_event") == 2
    assert len(await windows.notes(queue, ticket.id)) == 1
    await clock.advance((windows.NOTES_KEPT - windows.MESSAGES_KEPT + timedelta(1)).total_seconds())
    await windows.forget_texts(queue)
    assert await windows.notes(queue, ticket.id) == ()
    assert (await verify(pool, 1)).is_whole


async def test_a_note_is_written_once_on_what_the_window_has_in_hand(queue: Queue) -> None:
    await open_windows(queue, 5, 6, actor=STAFF)
    first = await queue.issue(IssueRequest(KEY, "api"))
    with pytest.raises(ActNotAllowed):
        await windows.write_note(queue, first.id, window=5, text="x", actor=STAFF, claim=None)
    await queue.call_next(5, actor=STAFF, own_only=True)
    for _ in range(2):
        await windows.write_note(
            queue, first.id, window=5, text="يراجع الأملاك", actor=STAFF, claim=CLAIM
        )
    [note] = await windows.notes(queue, first.id)
    assert (note.text, note.window, note.written_by) == ("يراجع الأملاك", 5, STAFF.id)


async def test_what_people_wrote_is_hidden_from_those_who_only_read(pool: Pool) -> None:
    for table in ("window_message", "window_message_read", "ticket_note", "window_reply"):
        assert not await pool.fetchval(
            "SELECT has_table_privilege('shubbak_read', $1, 'SELECT')", table
        )
    for table in ("window_alarm_event", "window_message_event", "writing_event"):
        assert not await pool.fetchval(
            "SELECT has_table_privilege('shubbak_app', $1, 'UPDATE, DELETE')", table
        )


async def test_a_message_comes_only_from_the_window_of_whoever_writes_it(
    queue: Queue, clock: ManualClock
) -> None:
    await open_windows(queue, 5, actor=STAFF)
    with pytest.raises(WindowOfAnother):
        await windows.send_message(queue, "x", toward="supervisor", window=5, actor=OTHER)
    for nth in range(70):
        sent = await windows.send_message(
            queue, f"{nth}", toward="supervisor", window=5, actor=STAFF
        )
        await clock.advance(1)
        if nth:
            await windows.mark_read(queue, sent, window=None, actor=OTHER)
    assert [each.text for each in await windows.unread_of_windows(queue)] == ["0"]


async def test_whoever_took_a_window_over_closes_its_alarm(queue: Queue) -> None:
    await open_windows(queue, 5, actor=STAFF)
    alarm = await windows.raise_alarm(queue, 5, "fault", category="scanner", actor=STAFF)
    await windows.hand_over(queue, 5, offers=True, actor=STAFF)
    await queue.act_on_window(5, "open", actor=OTHER, actor_name="Karim", any_window=False)
    closed = await windows.close_alarm(
        queue, alarm.id, why="handled", actor=OTHER, any_window=False
    )
    assert not closed.is_open


async def test_a_colleague_goes_to_an_emergency_that_all_are_told_of_and_to_nothing_else(
    queue: Queue,
) -> None:
    await open_windows(queue, 5, actor=STAFF)
    fault = await windows.raise_alarm(queue, 5, "fault", category="power", actor=STAFF)
    alarm = await windows.raise_alarm(queue, 5, "emergency", actor=STAFF, is_silent=True)
    for each in (fault, alarm):
        with pytest.raises(UnknownAlarm):
            await windows.accept_alarm(queue, each.id, actor=OTHER, any_window=False)
    await windows.raise_alarm(queue, 5, "emergency", actor=STAFF)
    accepted = await windows.accept_alarm(queue, alarm.id, actor=OTHER, any_window=False)
    assert accepted.accepted_by == OTHER.id


async def test_notes_and_replies_are_events_without_their_words(
    queue: Queue, pool: Pool, clock: ManualClock
) -> None:
    await open_windows(queue, 5, actor=STAFF)
    ticket = await queue.issue(IssueRequest(KEY, "api"))
    await queue.call_next(5, actor=STAFF, own_only=True)
    with pytest.raises(WindowOfAnother):
        await windows.write_note(queue, ticket.id, window=5, text="x", actor=OTHER, claim=None)
    await windows.write_note(queue, ticket.id, window=5, text="سرّ", actor=STAFF, claim=CLAIM)
    for text in ("كنت في الأرشيف", "كنت في الأرشيف", "كنت في الحفظ"):
        await clock.advance(1)
        await windows.write_reply(queue, 5, text, actor=STAFF)
    [reply] = await windows.replies(queue)
    assert (reply.text, reply.at) == ("كنت في الحفظ", clock.now())
    rows = await pool.fetch("SELECT to_jsonb(e) AS body FROM writing_event e ORDER BY revision")
    assert [(row["body"]["event"], row["body"]["ticket_id"]) for row in rows] == [
        ("note", str(ticket.id)),
        ("reply", None),
        ("reply", None),
    ]
    assert (await verify(pool, 1)).is_whole
