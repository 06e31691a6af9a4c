"""Two hours of messages while everything goes wrong: each is sent once, or failed, or unknown."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from drivers.modems.model import Patience
from drivers.modems.outbox import Outbox
from tests.drivers.links import settle
from tests.drivers.modem_rigs import Bench, modem_bench
from tests.support.clock import ManualClock

STEP_S = 5.0
WELL: dict[str, object] = {
    "sim": "ready",
    "network": "home",
    "prompt": "at_once",
    "answers": "at_once",
    "cms": 0,
    "reports": "at_once",
    "noise": False,
    "replies": True,
    "restarts": "never",
    "power": "on",
}


@pytest.mark.parametrize("seed", range(2))
async def test_no_message_of_a_bad_day_is_sent_twice_or_forgotten(
    tmp_path: Path, seed: int
) -> None:
    await day(tmp_path, seed, hours=2.0)


@pytest.mark.soak
async def test_no_message_of_many_bad_days_is_sent_twice_or_forgotten(tmp_path: Path) -> None:
    for seed in range(100, 160):
        folder = tmp_path / str(seed)
        folder.mkdir()
        await day(folder, seed, hours=2.0)


async def day(folder: Path, seed: int, *, hours: float) -> None:
    chance = random.Random(seed)
    async with modem_bench(folder, patience=Patience(per_minute=10)) as bench:
        submitted = 0
        for _ in range(int(hours * 3600 / STEP_S)):
            if chance.random() < 0.25:
                submit(bench, submitted, chance)
                submitted += 1
            if chance.random() < 0.06:
                chance.choice(acts(bench, chance, submitted))()
            if chance.random() < 0.05:
                mend(bench)
            for _ in range(chance.randrange(3)):  # stop the tasks at odd moments
                await asyncio.sleep(0)
            await bench.advance(STEP_S, STEP_S)
        mend(bench)
        while bench.desk.outbox.counts().keys() & {"queued", "sending"}:
            await bench.advance(STEP_S, STEP_S)
            assert bench.clock.monotonic() < hours * 3600 + 12 * 3600, "it never came to an end"
        await bench.advance(70, 10)
        check(bench, submitted, f"seed {seed}")


def submit(bench: Bench, number: int, chance: random.Random) -> None:
    # Few recipients, so that reports could be taken for another message's.
    to = f"+20101234567{chance.randrange(4)}"
    filler = "ش" * 80 if chance.random() < 0.2 else ""
    bench.desk.modem.submit(
        f"{number}",
        to,
        f"<{number}> {filler}",
        valid_for_s=chance.choice([600, 3600, 86400]),
    )


def acts(bench: Bench, chance: random.Random, submitted: int) -> list[Callable[[], object]]:
    fault, pick = bench.rig.fault, chance.choice
    return [
        lambda: fault(sim=pick(["absent", "puk"])),
        lambda: fault(network=pick(["searching", "denied"])),
        lambda: fault(prompt=pick(["slow", "never"])),
        lambda: fault(answers=pick(["slow", "lost", "never"])),
        lambda: fault(cms=pick([1, 41, 42, 304, 330, 332, 500, 521])),
        lambda: fault(reports=pick(["early", "late", "failed", "never"])),
        lambda: fault(noise=True),
        lambda: fault(replies=False),
        lambda: fault(restarts=pick(["before_sending", "after_sending"])),
        lambda: fault(power=pick(["cycle", "restart"])),
        lambda: bench.device.drop(),
        lambda: setattr(bench.device, "is_present", False),
        lambda: bench.device.resume(pick([0, 1, 10])),
        lambda: bench.desk.modem.cancel(f"{chance.randint(0, submitted)}"),
        lambda: bench.rig.machine.network.receive("+201112345678", "incoming " * 12),
        lambda: bench.device.send(pick([b"\r\nOK\r\n", b"\r\nERROR\r\n", b"\xff> \x00", b"> "])),
    ]


def mend(bench: Bench) -> None:
    bench.rig.fault(**WELL)
    bench.device.is_present = True
    bench.device.resume(65_536)


def check(bench: Bench, submitted: int, which: str) -> None:
    machine, messages = bench.rig.machine, bench.desk.outbox.messages()
    assert len(messages) == submitted, f"{which}: a message is forgotten"
    parts = Counter((part.to, part.text) for part in machine.network.parts if "<" in part.text)
    assert max(parts.values()) == 1, f"{which}: a part was sent twice"
    assert machine.accidents == 0, f"{which}: octets were sent as text"
    seen = Counter(part.text.partition(">")[0].removeprefix("<") for part in machine.network.parts)
    ends = Counter(message.state for message in messages)
    assert ends["accepted"] + ends["delivered"] > submitted / 3, f"{which}: {ends}"
    for message in messages:
        number = message.message_id
        whole = [sent for sent in machine.network.sent if sent.text.startswith(f"<{number}> ")]
        if message.state in ("accepted", "delivered"):
            assert [sent.text.count("[…]") for sent in whole] == [0], f"{which}: {message}"
        elif message.state == "failed" and message.reason != "not_delivered":
            # Parts may have gone before the last was refused; a message of one part has not.
            assert message.parts > 1 or seen[number] == 0, f"{which}: {message}"
        else:
            assert message.state in ("failed", "unknown"), f"{which}: {message}"
    history = bench.desk.changes
    for change in history:
        assert change.message_id.isdecimal()


async def test_an_outbox_that_a_dead_process_left_is_taken_up_in_the_same_state(
    tmp_path: Path,
) -> None:
    clock = ManualClock()
    with Outbox(tmp_path / "outbox.sqlite", clock) as outbox:
        async with modem_bench(tmp_path, outbox=outbox) as bench:
            bench.rig.fault(network="searching")
            for number in range(200):
                submit(bench, number, random.Random(number))
            await settle()
    with Outbox(tmp_path / "outbox.sqlite", clock) as outbox:
        assert [message.message_id for message in outbox.messages("queued")] == [
            f"{number}" for number in range(200)
        ]
