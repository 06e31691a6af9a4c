"""Those who ask at once share an answer; nobody gets one that was begun before."""

import asyncio

import pytest

from queue_server.web.together import Together


class Maker:
    """Makes 1, 2, 3 …, each when the test lets it."""

    def __init__(self) -> None:
        self.begun = 0
        self.may_end = asyncio.Event()
        self.fails = False

    async def make(self) -> int:
        self.begun += 1
        mine = self.begun
        await self.may_end.wait()
        if self.fails:
            self.fails = False
            raise LookupError
        return mine


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_who_asks_while_an_answer_is_made_waits_for_the_next_and_shares_it() -> None:
    maker = Maker()
    together = Together(maker.make)
    async with asyncio.TaskGroup() as tasks:
        first = tasks.create_task(together.get())
        await settled()
        later = [tasks.create_task(together.get()) for _ in range(5)]
        await settled()
        assert maker.begun == 1
        maker.may_end.set()
    assert first.result() == 1
    assert {each.result() for each in later} == {2}
    assert maker.begun == 2
    assert await together.get() == 3


async def test_a_making_that_fails_or_is_given_up_is_made_anew_for_the_others() -> None:
    maker = Maker()
    together = Together(maker.make)
    maker.fails = True
    async with asyncio.TaskGroup() as tasks:
        failing = asyncio.create_task(together.get())
        given_up = tasks.create_task(together.get())
        others = [tasks.create_task(together.get()) for _ in range(3)]
        await settled()
        given_up.cancel()
        maker.may_end.set()
        with pytest.raises(LookupError):
            await failing
    assert {each.result() for each in others} == {2}
