"""The counts that are shown are those of the events: a second walk, second by second, agrees."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from random import Random

from core_services.database.pool import Pool
from queue_server.tickets import emergency, windows
from queue_server.tickets.acts import Queue
from queue_server.tickets.emergency import Noted
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.model import Actor, Claim, PlainAct
from queue_server.tickets.opening import DaySpan, Hours
from queue_server.tickets.window_counts import BREATH
from tests.support.clock import ManualClock
from tests.support.queue import KEY, OTHER, STAFF, next_time

WINDOWS = {1: STAFF, 2: OTHER}


async def a_day(queue: Queue, clock: ManualClock, chance: Random, steps: int) -> None:
    """Let two clerks work as people do: with pauses, faults, profiles and hand-overs."""
    for number, actor in WINDOWS.items():
        await queue.act_on_window(number, "open", actor=actor, actor_name="x", any_window=False)
    for _ in range(steps):
        await clock.advance(chance.randint(1, 45))
        if chance.random() < 0.45:
            service = chance.choice(["reconciliation", "reconciliation", "collection"])
            await queue.issue(IssueRequest(KEY, "api", service=service))
            continue
        number = chance.choice([1, 2])
        actor = WINDOWS[number]
        [window] = [each for each in (await queue.hall()).windows if each.number == number]
        if window.ticket is not None:
            acts: dict[str, list[PlainAct]] = {
                "called": ["start", "start", "recall", "no_show"],
                "serving": ["finish"],
            }
            act = chance.choice(acts[window.ticket.state])
            await queue.act(window.ticket.id, act, actor=actor, any_window=True, window=number)
        elif window.state == "paused":
            await queue.act_on_window(number, "open", actor=actor, actor_name="x", any_window=False)
        else:
            await at_an_idle_window(queue, clock, number, actor, chance)


async def at_an_idle_window(
    queue: Queue, clock: ManualClock, number: int, actor: Actor, chance: Random
) -> None:
    dice = chance.random()
    if dice < 0.6:
        await queue.call_next(number, actor=actor, own_only=True)
    elif dice < 0.75:
        await queue.act_on_window(
            number, "pause", actor=actor, actor_name="x", any_window=False,
            reason=chance.choice(["prayer", "break"]),
        )  # fmt: skip
    elif dice < 0.85:
        profile = chance.choice(["unified", "rare"])
        await windows.set_profile(queue, number, profile=profile, actor=OTHER)
    else:
        alarm = await windows.raise_alarm(queue, number, "fault", category="printer", actor=actor)
        if chance.random() < 0.6:
            await clock.advance(chance.randint(5, 40))
            await windows.close_alarm(queue, alarm.id, why="handled", actor=actor, any_window=False)


async def idle_second_by_second(
    pool: Pool, number: int, start: datetime, end: datetime
) -> tuple[int, int]:
    """Ask the events of every second anew whether the window was idle while somebody waited.

    Returns the seconds beyond each stretch's first breath, and the seconds of all of them.
    """
    rows = await pool.fetch(
        """
        SELECT s.at, (state.to_state = 'open' AND NOT hand.is_full AND NOT fault.stands
                      AND line.waits) AS is_idle
          FROM generate_series($2::timestamptz, $3::timestamptz - interval '1 second',
                               interval '1 second') s(at)
         CROSS JOIN LATERAL (
               SELECT coalesce((SELECT e.to_state FROM window_event e
                  WHERE e.window_number = $1 AND e.at <= s.at
                  ORDER BY e.revision DESC LIMIT 1), 'closed') AS to_state,
                  coalesce((SELECT e.detail ->> 'to' FROM window_event e
                  WHERE e.window_number = $1 AND e.at <= s.at AND e.event = 'profile'
                  ORDER BY e.revision DESC LIMIT 1),
                  CASE $1 WHEN 1 THEN 'first' ELSE 'unified' END) AS profile) state
         CROSS JOIN LATERAL (
               SELECT EXISTS (SELECT 1 FROM (
                  SELECT DISTINCT ON (e.ticket_id) e.to_state, e.window_number FROM ticket_event e
                   WHERE e.at <= s.at ORDER BY e.ticket_id, e.revision DESC) last
                  WHERE last.window_number = $1 AND last.to_state IN ('called', 'serving'))
                  AS is_full) hand
         CROSS JOIN LATERAL (
               SELECT coalesce((SELECT e.event = 'raised' FROM window_alarm_event e
                  WHERE e.window_number = $1 AND e.at <= s.at
                  ORDER BY e.revision DESC LIMIT 1), false) AS stands) fault
         CROSS JOIN LATERAL (
               SELECT EXISTS (SELECT 1 FROM (
                  SELECT DISTINCT ON (e.ticket_id) e.to_state, e.queue FROM ticket_event e
                   WHERE e.at <= s.at ORDER BY e.ticket_id, e.revision DESC) last
                   JOIN work_profile_queue q ON q.profile = state.profile AND q.queue = last.queue
                  WHERE last.to_state = 'waiting') AS waits) line
         ORDER BY s.at
        """,
        number,
        start,
        end,
    )
    stretches, stretch = [], 0
    for row in rows:
        if row["is_idle"]:
            stretch += 1
        elif stretch:
            stretches.append(stretch)
            stretch = 0
    stretches.append(stretch)
    breath = int(BREATH.total_seconds())
    return sum(max(0, each - breath) for each in stretches), sum(stretches)


async def test_what_is_shown_is_what_the_events_say_second_by_second(
    queue: Queue, pool: Pool, clock: ManualClock
) -> None:
    start = clock.now()
    await a_day(queue, clock, Random(20261122), 160)
    end = clock.now() + timedelta(seconds=200)
    await clock.advance(200)
    shown = {each.window: each for each in await windows.counts_of_day(queue)}
    for number, actor in WINDOWS.items():
        idle_s, whole_s = await idle_second_by_second(pool, number, start, end)
        assert shown[number].idle_s == idle_s
        assert whole_s > idle_s > 0, "the day must hold stretches longer than a breath"
        assert shown[number].person == actor.id
        tallies = await pool.fetchrow(
            "SELECT count(*) FILTER (WHERE event = 'finish') AS served,"
            " count(*) FILTER (WHERE event = 'no_show') AS no_shows"
            " FROM ticket_event WHERE window_number = $1",
            number,
        )
        assert tallies is not None
        assert (shown[number].served, shown[number].no_shows) == tuple(tallies)
        pauses = await pool.fetch(
            "SELECT reason, count(*) AS n FROM window_event WHERE window_number = $1"
            " AND event = 'pause' GROUP BY reason",
            number,
        )
        assert {reason: each.times for reason, each in shown[number].pauses.items()} == {
            row["reason"]: row["n"] for row in pauses
        }


async def test_yesterdays_counts_do_not_change_with_today(queue: Queue, clock: ManualClock) -> None:
    day, _ = queue.today()
    await a_day(queue, clock, Random(7), 40)
    for number, actor in WINDOWS.items():
        hall = await queue.hall()
        [window] = [each for each in hall.windows if each.number == number]
        if window.ticket is not None:
            if window.ticket.state == "called":
                await queue.act(window.ticket.id, "start", actor=actor, any_window=True)
            await queue.act(window.ticket.id, "finish", actor=actor, any_window=True)
        await queue.act_on_window(number, "close", actor=actor, actor_name="x", any_window=False)
    before = await windows.counts_of_day(queue, day)
    await clock.advance(86400)
    assert await windows.counts_of_day(queue, day) == before
    assert await windows.counts_of_day(queue) == ()


def with_hours(queue: Queue, opens: time, closes: time) -> Queue:
    """The same queue in a centre that is open every day between these times."""
    hours = Hours(week=(DaySpan(opens, closes),) * 7)
    return replace(queue, hours=lambda: hours)


def until(queue: Queue, hour: int, minute: int = 0) -> float:
    """Return the seconds to the next time the wall reads that."""
    return (next_time(queue, hour, minute) - queue.clock.now()).total_seconds()


async def test_a_window_that_somebody_forgot_stands_neither_open_nor_idle_for_the_night(
    queue: Queue, clock: ManualClock
) -> None:
    queue = with_hours(queue, time(8), time(14))
    await clock.advance(until(queue, 13, 30))
    day, _ = queue.today()
    for number, actor in WINDOWS.items():
        await queue.act_on_window(number, "open", actor=actor, actor_name="x", any_window=False)
    await queue.issue(IssueRequest(KEY, "reception"))
    await clock.advance(600)
    await queue.act_on_window(
        2, "pause", actor=OTHER, actor_name="x", any_window=False, reason="break"
    )
    await clock.advance(until(queue, 2))
    first, second = await windows.counts_of_day(queue, day)
    assert (first.open_s, first.idle_s) == (1800, 1800 - 60)
    assert (second.open_s, second.idle_s) == (600, 600 - 60)
    assert second.pauses["break"].seconds == 1200
    await clock.advance(until(queue, 9))
    today = await windows.counts_of_day(queue)
    assert [(each.open_s, each.idle_s) for each in today] == [(3600, 0), (0, 0)]


async def test_a_fault_of_yesterday_that_stands_keeps_a_window_from_being_idle(
    queue: Queue, clock: ManualClock
) -> None:
    for number, actor in WINDOWS.items():
        await queue.act_on_window(number, "open", actor=actor, actor_name="x", any_window=False)
    alarm = await windows.raise_alarm(queue, 1, "fault", category="network", actor=STAFF)
    await clock.advance(until(queue, 3, 30))
    await queue.issue(IssueRequest(KEY, "reception"))
    await clock.advance(600)
    first, second = await windows.counts_of_day(queue)
    assert (first.idle_s, second.idle_s) == (0, 540)
    await windows.close_alarm(queue, alarm.id, why="handled", actor=STAFF, any_window=False)
    await clock.advance(100)
    first, second = await windows.counts_of_day(queue)
    assert (first.idle_s, second.idle_s) == (40, 640)


async def test_a_fault_that_is_raised_again_aloud_is_one_fault(
    queue: Queue, clock: ManualClock
) -> None:
    await queue.act_on_window(1, "open", actor=STAFF, actor_name="x", any_window=False)
    await queue.issue(IssueRequest(KEY, "reception"))
    await windows.raise_alarm(queue, 1, "fault", category="printer", actor=STAFF, is_silent=True)
    alarm = await windows.raise_alarm(queue, 1, "fault", category="printer", actor=STAFF)
    await windows.close_alarm(queue, alarm.id, why="handled", actor=STAFF, any_window=False)
    await clock.advance(100)
    [counts] = await windows.counts_of_day(queue)
    assert counts.idle_s == 40


async def test_what_is_keyed_in_from_paper_takes_no_number_out_of_a_windows_hand(
    queue: Queue, clock: ManualClock
) -> None:
    day, _ = queue.today()
    await emergency.print_book(queue, for_day=day, count=100, actor=STAFF)
    await clock.advance(7200)
    await queue.act_on_window(1, "open", actor=STAFF, actor_name="x", any_window=False)
    for _ in range(2):
        await queue.issue(IssueRequest(KEY, "reception"))
    assert await queue.call_next(1, actor=STAFF, own_only=True) is not None
    came = clock.now() - timedelta(hours=1)
    noted = Noted(
        day=day, number=101, arrived_at=came, outcome="served", window=1,
        started_at=came + timedelta(minutes=2), finished_at=came + timedelta(minutes=9),
    )  # fmt: skip
    claim = Claim("staff", "POST", "/reception/book", "k", b"x" * 32)
    await emergency.key_in(queue, noted, actor=OTHER, claim=claim)
    await clock.advance(600)
    [counts] = await windows.counts_of_day(queue)
    assert (counts.idle_s, counts.served) == (0, 0)
