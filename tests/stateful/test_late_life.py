"""Hypothesis delivers, adopts and writes numbers down in any order: each label is one ticket.

The model is a dictionary of labels. What was done to a number is never lost, whatever is heard of
it later, and whoever hears the same key again gets the same ticket.
"""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from core_services.audit.verify import verify
from core_services.database.pool import open_pool
from queue_server.tickets import emergency
from queue_server.tickets.acts import Queue
from queue_server.tickets.adoption import Slip, adopt
from queue_server.tickets.emergency import Noted
from queue_server.tickets.errors import LabelTaken
from queue_server.tickets.model import Claim, Ticket
from tests.support.clock import ManualClock
from tests.support.cut_off import MINUTE, CutOff, a_cut_off_kiosk
from tests.support.database import Database
from tests.support.queue import KEY, STAFF, make_centre, open_queue, open_windows

NUMBERS = st.integers(101, 106)
_centres = count(7000)
_presses = count(1)


@dataclass(slots=True)
class Known:
    """What the model knows of a label."""

    ticket: UUID
    state: str
    key: str | None = None
    """By which its kiosk delivered it; None: it was made at a desk, and its kiosk is awaited."""


class LateLife(RuleBasedStateMachine):
    """One kiosk that was cut off, two server processes, a window and a reception."""

    dsn = ""
    owner_dsn = ""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.clock = ManualClock()
        self.known: dict[int, Known] = {}

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    @initialize()
    def open(self) -> None:
        centre_id = next(_centres)
        self.run(make_centre(self.owner_dsn, centre_id))
        self.pool = self.run(open_pool(self.dsn, size=2, application_name="stateful"))
        self.queues: list[Queue] = [
            self.run(
                self.stack.enter_async_context(
                    open_queue(self.pool, self.dsn, self.clock, centre_id)
                )
            )
            for _ in range(2)
        ]
        self.queue = self.queues[0]
        self.kiosk: CutOff = self.run(a_cut_off_kiosk(self.queue))
        self.run(open_windows(self.queue, 5))

    @rule(
        number=NUMBERS,
        which=st.sampled_from(["", "another-"]),
        process=st.integers(0, 1),
        minutes=st.integers(0, 119),
        mark=st.sampled_from(["printed", "printed", "failed"]),
    )
    def deliver(self, number: int, which: str, process: int, minutes: int, mark: str) -> None:
        key = f"{which}offline-{number}"
        said = self.kiosk.number(number, self.clock.now() - minutes * MINUTE, key=key, mark=mark)
        told = self.run(_told(self.queues[process].give(said)))
        known = self.known.get(number)
        if known is None:
            state = "void" if mark == "failed" else "waiting"
            self.known[number] = Known(self._made(told).id, state, key)
        elif known.key in (None, key):
            known.key = key
            assert self._made(told).id == known.ticket
        else:
            assert isinstance(told, LabelTaken)

    @rule(number=NUMBERS)
    def adopt(self, number: int) -> None:
        told = self.run(_told(adopt(self.queue, Slip(f"K{number}"), actor=STAFF)))
        if number in self.known:
            assert isinstance(told, LabelTaken)
        else:
            self.known[number] = Known(self._made(told).id, "waiting")

    @rule(number=NUMBERS)
    def write_down(self, number: int) -> None:
        came = self.clock.now() - 90 * MINUTE
        noted = Noted(
            day=self.queue.today()[0],
            series="K",
            number=number,
            arrived_at=came,
            outcome="served",
            window=6,
            started_at=came + 5 * MINUTE,
            finished_at=came + 9 * MINUTE,
        )
        press = str(next(_presses))
        claim = Claim("staff:1", "POST", "/reception/book", press, press.encode().ljust(32))
        told = self.run(_told(emergency.key_in(self.queue, noted, actor=STAFF, claim=claim)))
        known = self.known.get(number)
        if known is None:
            self.known[number] = Known(self._made(told).id, "finished")
        elif known.state in ("waiting", "no_show"):
            assert self._made(told).id == known.ticket
            known.state = "finished"
        else:
            assert isinstance(told, LabelTaken)

    @rule(end=st.sampled_from(["no_show", "finish"]))
    def call(self, end: str) -> None:
        called = self.run(self.queue.call_next(5, actor=KEY, own_only=False))
        waiting = [each for each in self.known.values() if each.state == "waiting"]
        assert (called is None) == (not waiting)
        if called is None:
            return
        known = self.known[called.number]
        assert (known.ticket, known.state) == (called.id, "waiting")
        acts = ["no_show"] if end == "no_show" else ["start", "finish"]
        for act in acts:
            self.run(self.queue.act(called.id, act, actor=KEY, any_window=True))  # type: ignore[arg-type]
        known.state = "no_show" if end == "no_show" else "finished"

    @rule(seconds=st.sampled_from([7.0, 300.0]))
    def go_on(self, seconds: float) -> None:
        self.run(self.clock.advance(seconds))

    @invariant()
    def each_label_is_one_ticket_in_its_state(self) -> None:
        if not hasattr(self, "queue"):
            return
        tickets = self.run(self.queue.tickets())
        assert {each.number: (each.id, each.state) for each in tickets} == {
            number: (known.ticket, known.state) for number, known in self.known.items()
        }
        assert len(tickets) == len(self.known)
        waiting = sum(known.state == "waiting" for known in self.known.values())
        assert self.run(self.queue.hall()).waiting == waiting

    def teardown(self) -> None:
        if hasattr(self, "queue"):
            assert self.run(verify(self.pool, self.queue.centre.id)).is_whole
            self.run(self.stack.aclose())
            self.run(self.pool.close())
        self.runner.close()

    def _made(self, told: Ticket | LabelTaken) -> Ticket:
        assert isinstance(told, Ticket), told
        return told


async def _told(work: Any) -> Ticket | LabelTaken:
    try:
        ticket: Ticket = await work
    except LabelTaken as refused:
        return refused
    return ticket


@pytest.fixture
def machine(database: Database) -> type[LateLife]:
    dsns = {"dsn": database.app_dsn, "owner_dsn": database.owner_dsn}
    return type("Machine", (LateLife,), dsns)


def _settings(examples: int, steps: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )


def test_in_whatever_order_it_is_heard_of_a_label_is_one_ticket(machine: type[LateLife]) -> None:
    run_state_machine_as_test(machine, settings=_settings(6, 20))


@pytest.mark.soak
def test_in_whatever_order_it_is_heard_of_over_many_days(machine: type[LateLife]) -> None:
    run_state_machine_as_test(machine, settings=_settings(200, 80))
