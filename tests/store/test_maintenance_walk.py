"""Many technicians at once, in any order: each piece is in one place, and the chain is whole."""

import asyncio
import random
from collections import Counter
from itertools import pairwise
from typing import get_args
from uuid import uuid4

import pytest

from core_services.audit.verify import verify
from core_services.devices.register import add_device
from queue_server.maintenance.errors import UnknownEquipment
from queue_server.maintenance.lifecycle import TRANSITIONS
from queue_server.maintenance.maintenance import Maintenance
from queue_server.maintenance.model import OrderAct, Place
from queue_server.tickets.acts import Queue
from queue_server.tickets.errors import CannotMaintain
from queue_server.tickets.model import Actor
from tests.support.clock import ManualClock
from tests.support.queue import KEY

ACTS: tuple[OrderAct, ...] = get_args(OrderAct)
PLACES = (
    Place("machine", device="K1"),
    Place("machine", device="K2"),
    Place("window", window=5),
    Place("shelf"),
    Place("repair"),
)


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_technicians_do_at_once_each_kiosk_has_one_printer_and_each_act_its_event(
    queue: Queue, clock: ManualClock, seed: int
) -> None:
    chance = random.Random(seed)
    care = Maintenance(queue)
    for name in ("K1", "K2"):
        await add_device(
            queue.pool, centre_id=1, kind="kiosk", name=name, actor=KEY, at=clock.now()
        )
    labels = [
        (
            await care.add(
                uuid4(), kind="printer", model="X", place=Place("shelf"), actor=Actor("system")
            )
        ).label
        for _ in range(6)
    ]

    async def one_act(technician: Actor) -> bool:
        label, other = chance.choice(labels), chance.choice(labels)
        what = chance.choice(("move", "move", "swap", "swap", "open", "act", "act"))
        try:
            match what:
                case "move":
                    await care.move(label, chance.choice(PLACES), actor=technician)
                case "swap":
                    await care.swap(uuid4(), broken=label, spare=other, actor=technician)
                case "open":
                    await care.open_order(uuid4(), label, title="فحص", actor=technician)
                case "act":
                    orders = [each for each in await care.orders() if each.ended_at is None]
                    if orders:
                        order = chance.choice(orders)
                        act = chance.choice(ACTS)
                        await care.act(order.id, act, done_text="تم", actor=technician)
        except (CannotMaintain, UnknownEquipment):
            return False
        return True

    technicians = [Actor("staff", uuid4()) for _ in range(3)]
    done = 0
    for _ in range(30):
        await clock.advance(60)
        done += sum(await asyncio.gather(*(one_act(each) for each in technicians)))
        pieces = await care.all()
        kiosks = Counter(each.place.device for each in pieces if each.place.device)
        assert max(kiosks.values(), default=0) <= 1
        assert all((each.in_use_since is not None) == each.place.is_in_use for each in pieces)
    assert done > 20
    assert (await verify(queue.pool, 1)).is_whole
    lives = await queue.pool.fetch(
        "SELECT o.state, array_agg(e.to_state ORDER BY e.revision) AS states"
        "  FROM maintenance_order o JOIN maintenance_event e ON e.subject_id = o.id"
        " GROUP BY o.id, o.state"
    )
    for life in lives:
        states = ["none", *life["states"]]
        assert states[-1] == life["state"]
        steps = {(before, after) for _, before, after in TRANSITIONS}
        assert set(pairwise(states)) <= steps
    numbers = [each.number for each in await care.orders()]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
