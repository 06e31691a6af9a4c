"""What a printer says by itself between four answers is newer than they are."""

import asyncio

from drivers.clock import SystemClock
from drivers.printers.conversation import Conversation
from drivers.printers.model import Patience
from drivers.printers.profiles import PROFILES
from drivers.printers.status import Condition
from drivers.transports.memory import memory_device
from drivers.virtual.printer.faults import Faults, auto_status, real_time_answer


async def test_a_cover_that_closes_between_two_answers_is_not_open_once_more() -> None:
    with memory_device("closing") as device:
        heard: list[Condition] = []
        talk = Conversation(
            device.connect("memory://closing"),
            PROFILES["epson-576"],
            SystemClock(),
            Patience(),
            on_condition=heard.append,
            on_echo=lambda echoed: None,
        )

        async def answer() -> None:
            for question in (1, 2, 3, 4):
                await device.read()
                faults = Faults(cover="open" if question < 3 else "closed")
                if question == 3:
                    device.send(auto_status(faults))
                device.send(bytes([real_time_answer(question, faults)]))

        async with asyncio.TaskGroup() as tasks:
            listening = tasks.create_task(talk.listen())
            tasks.create_task(answer())
            condition = await talk.ask_condition()
            listening.cancel()
        assert condition.cover_open is False
        assert [each.cover_open for each in heard] == [False]
