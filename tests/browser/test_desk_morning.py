"""A clerk's morning by the keyboard alone: every act among its citizens, each press counted."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from statistics import median
from typing import Final

import pytest
from playwright.async_api import Page, expect

from queue_server.tickets import windows
from queue_server.tickets.model import Actor
from tests.support.desk_page import all_keys_given, hand, is_ready, sign_in
from tests.support.desk_site import DeskSite
from tests.support.desk_site import site as site
from tests.support.eventually import eventually

ENTER: Final = "NumpadEnter"
REPORT: Final = Path(__file__).parents[2] / "test-output" / "desk-keys.txt"


class Morning:
    """Mona at window 5, her keyboard, and what she does with one citizen after another."""

    def __init__(self, site: DeskSite, page: Page, citizens: int) -> None:
        self.site, self.page, self.citizens = site, page, citizens
        self.counts: Counter[str] = Counter()
        """Presses by the label of whom they were for."""
        self.citizen = "door"
        self.returned = ""
        self.parked = ""

    async def press(self, *keys: str) -> None:
        """Press keys one by one, each as soon as the desk takes it."""
        for key in keys:
            await is_ready(self.page)
            await self.page.keyboard.press(key)
            await all_keys_given(self.page)
            self.counts[self.citizen] += 1

    async def write(self, text: str) -> None:
        await self.page.keyboard.type(text)
        self.counts[self.citizen] += len(text)

    async def shows(self, state: str) -> None:
        await expect(hand(self.page, state)).to_be_visible(timeout=15_000)

    async def says(self, words: str) -> None:
        await expect(self.page.locator("#main")).to_contain_text(words, timeout=15_000)

    async def call_next(self) -> None:
        """Call whoever is next; the press is for them."""
        self.citizen = "next"
        await self.press(ENTER)

    async def meet(self) -> str:
        """Note whose number is in hand: what is pressed from here on is for them."""

        async def another_is_in_hand() -> bool:
            ticket = (await self.site.window()).ticket
            return ticket is not None and ticket.label != self.citizen

        await eventually(another_is_in_hand, within_s=20)
        number = (await self.site.in_hand()).label
        await expect(self.page.locator(".hand__number")).to_have_text(number, timeout=15_000)
        self.citizen = number
        self.counts[number] += self.counts.pop("next", 0)
        return number

    async def start(self) -> None:
        await self.press(ENTER)
        await self.shows("serving")

    async def serve(self) -> None:
        """What nearly everybody comes for: start; finish and call the next."""
        await self.start()
        await self.press(ENTER)

    async def finish(self, outcome: str = "Numpad1") -> None:
        """Finish without calling, saying how it ended."""
        await self.press("Numpad5", outcome)
        await self.shows("idle")

    async def recall(self) -> None:
        await self.press("Numpad1")
        await self.says("called 2 times")
        await self.serve()

    async def no_show(self) -> None:
        """Wait until the policy allows it: the button counts the seconds."""
        late = self.page.locator("#act-no-show")
        await expect(late).to_have_attribute("aria-disabled", "true")
        await expect(late).to_contain_text(" s")
        self.site.clock.jump(25)
        await self.site.issue()
        await expect(late).not_to_have_attribute("aria-disabled", "true", timeout=15_000)
        await self.press("Numpad2")
        await self.shows("idle")
        self.returned = self.citizen

    async def give_back(self) -> None:
        """Return the one who missed the call, between two others, chosen by one key."""
        await self.start()
        mine, self.citizen = self.citizen, self.returned
        await self.press("Numpad6", "Numpad1")
        await self.says("The number is back in the line.")
        self.citizen = mine
        await self.press(ENTER)

    async def park(self) -> None:
        await self.start()
        await self.press("Numpad3", "NumpadAdd", "Numpad1")
        await self.shows("idle")
        await expect(self.page.locator(".hall__parked")).to_contain_text(self.citizen)
        self.parked = self.citizen

    async def unpark(self) -> None:
        """The paper has come: the number waits for this window and is called first."""
        await self.start()
        await self.finish()
        self.citizen = self.parked
        await self.press("Numpad3", "Numpad1")
        await expect(self.page.locator(".hall__parked")).to_have_count(0)
        await self.call_next()
        assert await self.meet() == self.parked
        await self.serve()

    async def transfer(self) -> None:
        await self.start()
        await self.press("Numpad4", "Numpad3", "Numpad2")
        await self.shows("idle")

    async def note(self) -> None:
        await self.start()
        await self.press("NumpadDecimal")
        await self.write("ok")
        await self.press("Enter")
        await self.says("Note: ok")
        await self.press(ENTER)

    async def service(self) -> None:
        await self.press("NumpadDivide")
        await self.write("fence")
        await self.press("Enter")
        await self.shows("serving")
        await self.press(ENTER)

    async def undo(self) -> None:
        """Finish too early, take it back, finish again."""
        await self.start()
        await self.finish("Numpad2")
        await self.press("Numpad7")
        await self.shows("serving")
        await self.press(ENTER)

    async def out_of_order(self) -> None:
        await self.start()
        await self.finish()
        self.citizen = label = str(100 + self.citizens - 5)
        await self.press("NumpadMultiply")
        await self.write(label)
        await self.press("Enter", "Numpad2")
        await self.shows("called")
        await expect(self.page.locator(".hand__number")).to_have_text(label)
        await self.serve()

    async def walk_direct(self) -> None:
        await self.start()
        await self.finish()
        self.citizen = "next"
        await self.press("NumpadAdd")
        await self.write("reconc")
        await self.press("Enter")
        await self.shows("serving")
        await self.meet()
        await self.press(ENTER)

    async def prayer(self) -> None:
        await self.start()
        await self.finish()
        await self.press("Numpad8", "Numpad1")
        await self.shows("paused")
        await self.press(ENTER)
        await self.shows("idle")

    async def fault(self) -> None:
        await self.start()
        await self.press("Numpad9", "Numpad2")
        await self.says("Reported: The printer.")
        await self.press(ENTER)

    async def emergency(self) -> None:
        await self.start()
        await is_ready(self.page)
        await self.page.keyboard.down("Numpad0")
        await asyncio.sleep(1.2)
        await self.page.keyboard.up("Numpad0")
        self.counts[self.citizen] += 1
        await self.says("The supervisor has been told.")
        await self.press(ENTER)

    async def message(self) -> None:
        await self.start()
        boss = Actor("staff", (await self.site.add_staff("hoda", "supervisor", "هدى", "Hoda")).id)
        await windows.send_message(
            self.site.queue, "Come to me.", toward="window", window=5, actor=boss
        )
        await self.says("Come to me.")
        await self.press("Numpad0")
        await expect(self.page.locator("#act-read")).to_have_count(0)
        await self.press(ENTER)

    async def hand_over(self) -> None:
        await self.start()
        await self.press("Numpad8", "Numpad9")
        await self.says("A colleague who opens this window has it")
        await self.press("Numpad8", "Numpad9")
        await self.press(ENTER)

    @property
    def plan(self) -> Mapping[int, Callable[[], Awaitable[None]]]:
        """What the nth citizen needs, as evenly spread as so many allow; all others are served."""
        acts = (
            self.recall,
            self.no_show,
            self.give_back,
            self.park,
            self.unpark,
            self.transfer,
            self.note,
            self.service,
            self.undo,
            self.out_of_order,
            self.walk_direct,
            self.prayer,
            self.fault,
            self.emergency,
            self.message,
            self.hand_over,
        )
        apart = self.citizens // len(acts)
        return {apart * nth: act for nth, act in enumerate(acts, 1)}


@pytest.mark.timeout(900)
@pytest.mark.parametrize("citizens", [36, pytest.param(90, marks=pytest.mark.soak)])
async def test_a_mornings_citizens_cost_three_keys_each_at_most_and_no_mouse(
    site: DeskSite, page: Page, citizens: int
) -> None:
    page.set_default_timeout(20_000)
    await site.queue.pool.execute(
        "INSERT INTO policy_now (centre_id, no_show_after_s) VALUES (1, 20)"
    )
    await site.open(3)
    await site.issue(citizens)
    await sign_in(site, page, language="en")
    morning = Morning(site, page, citizens)
    await morning.press(ENTER)
    await morning.shows("idle")
    for turn in range(1, citizens + 1):
        if (await site.window()).ticket is None:
            await morning.call_next()
        await morning.meet()
        await morning.plan.get(turn, morning.serve)()
    if (await site.window()).ticket is not None:
        await morning.meet()
        await morning.start()
        await morning.finish()
    morning.citizen = "door"
    await morning.press("NumpadSubtract")
    await morning.shows("choice")
    await tell(morning)
    await every_act_is_an_event(site)


async def tell(morning: Morning) -> None:
    """Write down what each citizen cost, and hold the median."""
    costs = {label: n for label, n in morning.counts.items() if label not in ("door", "next")}
    middle = median(costs.values())
    REPORT.parent.mkdir(exist_ok=True)
    spread = sorted(Counter(costs.values()).items())
    REPORT.write_text(
        f"{len(costs)} citizens, {sum(costs.values())} keys, median {middle:g} a citizen\n"
        + "".join(f"{keys} keys: {people} citizens\n" for keys, people in spread),
        encoding="utf-8",
    )
    print(REPORT.read_text(encoding="utf-8"))
    assert len(costs) >= morning.citizens
    assert middle <= 3


async def every_act_is_an_event(site: DeskSite) -> None:
    """What was pressed is what the books say, and every act of the desk is among it."""
    pool = site.queue.pool
    acts = await pool.fetchval(
        "SELECT array_agg(DISTINCT event) FROM ticket_event WHERE actor_kind = 'staff'"
    )
    assert {
        "call", "recall", "start", "finish", "no_show", "park", "resume", "transfer", "return",
        "undo", "set_service",
    } <= set(acts)  # fmt: skip
    at_window = await pool.fetchval(
        "SELECT array_agg(DISTINCT event) FROM window_event WHERE window_number = 5"
    )
    assert {"open", "pause", "resume", "offer", "keep", "close"} <= set(at_window)
    alarms = await pool.fetch("SELECT kind FROM window_alarm ORDER BY kind")
    assert [row["kind"] for row in alarms] == ["emergency", "fault"]
    assert await pool.fetchval("SELECT count(*) FROM window_message_read") == 1
    assert await pool.fetchval("SELECT count(*) FROM ticket_note") == 1
    reasons = await pool.fetch(
        "SELECT event, reason FROM ticket_event WHERE window_number = 5 AND reason IS NOT NULL"
        " AND event IN ('call', 'park', 'transfer', 'no_show') ORDER BY event"
    )
    assert [tuple(row) for row in reasons] == [
        ("call", "health"),
        ("no_show", "absent"),
        ("park", "copy"),
        ("transfer", "needs_specialist"),
    ]
    counts = {each.window: each for each in await windows.counts_of_day(site.queue)}
    assert (counts[5].out_of_order, counts[5].no_shows, counts[5].undos) == (1, 1, 1)
