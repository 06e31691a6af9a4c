"""The virtual clock: nothing is slept through, and nothing moves while somebody works."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from queue_server.simulation.agenda import Agenda
from queue_server.simulation.virtual_clock import VirtualClock

OPENING = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)


async def rest() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def doing(work: Callable[[], Awaitable[None]], clock: VirtualClock, until_s: float) -> None:
    task = asyncio.ensure_future(work())
    await clock.advance(until_s, rest)
    task.cancel()
    await asyncio.wait([task])


async def test_whoever_sleeps_wakes_at_the_very_moment() -> None:
    clock, woken = VirtualClock(OPENING), []

    async def sleeper() -> None:
        for seconds in (0.25, 2.0, 7.5):
            await clock.sleep(seconds)
            woken.append((clock.monotonic(), clock.now()))

    await doing(sleeper, clock, 60.0)
    moments = [0.25, 2.25, 9.75]
    assert woken == [(at, OPENING + timedelta(seconds=at)) for at in moments]
    assert clock.monotonic() == 60.0


async def test_looks_that_come_again_and_again_are_gathered_on_the_grid() -> None:
    clock, woken = VirtualClock(OPENING, grain_s=10.0), []

    async def looking(every_s: float) -> None:
        while True:
            await clock.sleep(every_s)
            woken.append(clock.monotonic())

    async def both() -> None:
        await asyncio.gather(looking(1.0), looking(5.0))

    await doing(both, clock, 35.0)
    assert woken == [10.0, 10.0, 20.0, 20.0, 30.0, 30.0]


async def test_a_short_sleep_is_to_the_instant_even_on_a_grid() -> None:
    clock, woken = VirtualClock(OPENING, grain_s=10.0), []

    async def pacing() -> None:
        await clock.sleep(0.2)
        woken.append(clock.monotonic())

    is_pacing = [clock.is_pacing]
    task = asyncio.ensure_future(pacing())
    await rest()
    is_pacing.append(clock.is_pacing)
    await clock.advance(1.0, rest)
    await task
    is_pacing.append(clock.is_pacing)
    assert woken == [0.2]
    assert is_pacing == [False, True, False]


async def test_time_waits_until_whoever_woke_has_come_to_rest() -> None:
    clock, seen = VirtualClock(OPENING), []
    is_calm = asyncio.Event()
    is_calm.set()

    async def worker() -> None:
        await clock.sleep(1.0)
        is_calm.clear()
        for _ in range(50):
            await asyncio.sleep(0)
        seen.append(clock.monotonic())
        is_calm.set()

    async def until_calm() -> None:
        await rest()
        await is_calm.wait()

    task = asyncio.ensure_future(worker())
    await clock.advance(100.0, until_calm)
    await task
    assert seen == [1.0]


async def test_a_sleeper_that_was_cancelled_is_forgotten() -> None:
    clock = VirtualClock(OPENING)
    task = asyncio.ensure_future(clock.sleep(5.0))
    await rest()
    task.cancel()
    await asyncio.wait([task])
    await clock.advance(10.0, rest)
    assert clock.monotonic() == 10.0


async def test_what_is_due_at_one_moment_is_taken_in_its_order_with_what_comes_to_it() -> None:
    agenda, done = Agenda(), []

    def act(name: str) -> Callable[[], Awaitable[None]]:
        async def work() -> None:
            done.append(name)

        return work

    agenda.put(2.0, act("later"))
    agenda.put(1.0, act("first"))
    off = agenda.put(1.0, act("called off"))
    agenda.put(1.0, act("second"))
    off.is_off = True
    for number, entry in enumerate(agenda.take()):
        if not entry.is_off:
            await entry.act()
        if number == 0:
            agenda.put(1.0, act("put down meanwhile"))
    assert done == ["first", "second", "put down meanwhile"]
    assert agenda.next_s == 2.0
