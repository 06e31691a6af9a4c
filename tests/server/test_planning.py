"""Planning and suggested moves, asked of the server: a new centre, a morning, who may ask."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from math import inf
from types import SimpleNamespace
from typing import Any, cast

import pytest

from core_services.people.api_keys import add_key
from queue_server.estimate.model import Range
from queue_server.planning.arrivals import Expected
from queue_server.planning.day_plan import DayToCome
from queue_server.planning.model import HourWaits, Move, SimulatedDay, Suggestion
from queue_server.planning.planner import Planner
from queue_server.planning.staffing import HourLoad, Target, hour_need
from queue_server.planning.watch import FRESH_S, MoveWatch
from queue_server.policy.body import Credit, Credits, First, OpeningHours, Span, Targets, Week
from queue_server.policy.model import Version
from queue_server.policy.present import Coming
from queue_server.tickets.acts import Queue
from queue_server.tickets.gate import HoursToCome
from queue_server.tickets.opening import DaySpan, Hours
from queue_server.web.keys import MOVES
from queue_server.web.supervisor.planning import HourRow, chosen_windows
from tests.support.clock import ManualClock
from tests.support.eventually import eventually
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import Visitor
from tests.support.planned_hall import live_weeks
from tests.support.site import By

PAGE = "/supervisor/planning"


async def key_of(scene: HallScene) -> dict[str, str]:
    made = await add_key(
        scene.pool,
        centre_id=1,
        name="panel",
        scopes=["read"],
        actor=By(),
        at=scene.site.clock.now(),
    )
    return {"Authorization": f"Bearer {made.text}"}


async def test_a_centre_without_a_past_is_told_so_and_nothing_is_suggested(
    scene: HallScene,
) -> None:
    hoda = await scene.site.sign_in("hoda")
    assert "لا توجد أيام عمل سابقة" in (await hoda.get(PAGE)).words()
    assert (await hoda.get(f"{PAGE}/waits")).status == 404
    assert "ما الذي يقلل الانتظار الآن؟" not in (await hoda.get("/supervisor")).words()
    answer = await scene.site.client.get("/api/v1/moves", headers=await key_of(scene))
    assert (await answer.json())["items"] == []


async def test_plans_and_moves_are_for_supervisors(scene: HallScene) -> None:
    mona = await scene.site.sign_in("mona")
    assert (await mona.get(PAGE)).status == 403
    assert (await mona.get(f"{PAGE}/waits")).status == 403
    assert (await scene.site.client.get("/api/v1/moves")).status == 401


async def test_page_api_and_event_say_the_same_of_a_short_staffed_morning(
    scene: HallScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    await live_weeks(scene.site, days=8)
    watch = scene.site.client.app[MOVES]

    async def are_said() -> bool:
        return bool(await watch.read())

    await eventually(are_said, within_s=30)
    answer = await scene.site.client.get("/api/v1/moves", headers=await key_of(scene))
    told = await answer.json()
    (move, *_) = told["items"]
    assert (move["kind"], move["window"]) == ("open", 4)
    assert move["before"]["likely"] > move["after"]["likely"]
    assert move["after"]["low"] <= move["after"]["likely"] <= move["after"]["high"]
    hoda = await scene.site.sign_in("hoda", "en")
    page = await hoda.get("/supervisor")
    before, after = (round(move[each]["likely"] / 60) for each in ("before", "after"))
    assert f"brings the wait of 80 % of people from {before} to {after} minutes." in page.words()
    rows = await scene.pool.fetch("SELECT * FROM move_event WHERE kind = 'open' ORDER BY revision")
    assert rows[0]["window_number"] == 4
    assert rows[0]["until"].isoformat() == move["until"].replace("Z", "+00:00")

    planning = await hoda.get(PAGE)
    assert "Recommended windows:" in planning.words()
    days = re.findall(r"day=(\d{4}-\d\d-\d\d)", planning.text)
    assert days[0] == "2026-11-23"
    assert "2026-11-27" not in days, "Friday is closed: nobody ever came on one"
    fewer = await hoda.client.get(f"{PAGE}/waits?day=2026-11-23&all=4&lang=en")
    assert "Chosen windows:" in await fewer.text()

    planner = watch._planner
    monday = date(2026, 11, 23)
    await _says_that_some_wait_without_end(planner, hoda, monkeypatch)
    await _asks_anew_when_other_hours_hold(planner, monday)
    await _plans_a_day_by_the_rules_that_will_hold_on_it(planner, monday)


async def _says_that_some_wait_without_end(
    planner: Planner, hoda: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the chosen windows serve a line not at all its people wait without end."""
    lived = Planner.what_if

    async def endless(self: Planner, day: DayToCome, windows: Sequence[int]) -> SimulatedDay:
        said = await lived(self, day, windows)
        hours = tuple(
            replace(each, wait_80_s=inf, low_80_s=inf, high_80_s=inf) for each in said.hours
        )
        return replace(said, hours=hours, wait_80_s=inf, low_80_s=inf, high_80_s=inf)

    with monkeypatch.context() as patched:
        patched.setattr(Planner, "what_if", endless)
        answer = await hoda.client.get(f"{PAGE}/waits?day=2026-11-23&all=1&lang=en")
        assert answer.status == 200
        assert "more than 600 minutes" in await answer.text()


async def _asks_anew_when_other_hours_hold(planner: Planner, day: date) -> None:
    before = await planner.plan(day)
    configuration = planner._configuration()
    opens = DaySpan(time(11), time(13))
    later = replace(configuration, plan=replace(configuration.plan, hours=Hours(week=(opens,) * 7)))
    planner._configuration = lambda: later
    after = await planner.plan(day)
    planner._configuration = lambda: configuration
    assert before is not None
    assert after is not None
    assert [each.hour for each in after[0].hours] == [11, 12]
    assert len(before[0].hours) > 2


async def _plans_a_day_by_the_rules_that_will_hold_on_it(planner: Planner, day: date) -> None:
    """Ramadan hours, a credit, a target and a window that takes priority first are published
    today and hold from a later day."""
    configuration = planner._configuration()
    now = configuration.policy.body
    span = Span(opens=time(11), closes=time(13))
    week = Week(sunday=span, monday=span, tuesday=span, wednesday=None, thursday=span)
    body = now.model_copy(
        update={
            "hours": OpeningHours(applies=True, week=week),
            "credits": Credits(infant=Credit(minutes=45)),
            "targets": Targets(wait_minutes=12),
            "first": First(profiles=("unified",)),
        }
    )
    version = cast(Version, SimpleNamespace(version=9, body=body))

    def coming(holds_from: date) -> Coming:
        return Coming(version, holds_from, configuration.sentence)

    async def planned(holds_from: date | None) -> DayToCome:
        to_come = None if holds_from is None else HoursToCome(holds_from, body.opening_hours())
        later = replace(
            configuration,
            coming=None if holds_from is None else coming(holds_from),
            plan=replace(configuration.plan, to_come=to_come),
        )
        planner._configuration = lambda: later
        made = await planner.plan(day)
        assert made is not None
        return made[0]

    before = await planned(None)
    on_the_day = await planned(day)
    wednesday = day + timedelta(days=2)
    assert wednesday not in await planner.coming_days()
    after_it = await planned(wednesday)
    assert wednesday not in await planner.coming_days()
    await planned(wednesday + timedelta(days=1))
    assert wednesday in await planner.coming_days()
    planner._configuration = lambda: configuration
    assert [each.hour for each in on_the_day.hours] == [11, 12]
    assert on_the_day.target.wait_s == 720
    assert on_the_day.credit_s["infant"] == 2700
    first_now = {each.number for each in before.windows if each.priority_first}
    first_then = {each.number for each in on_the_day.windows if each.priority_first}
    assert first_then == {each.number for each in before.windows} - first_now
    for other in (before, after_it):
        assert len(other.hours) > 2
        assert other.target.wait_s == now.wait_target_s
        assert other.credit_s["infant"] == now.credit_s()["infant"] != 2700
        assert {each.number for each in other.windows if each.priority_first} == first_now


def test_a_clock_that_is_set_back_makes_no_suggestion_fresh() -> None:
    class SetBack(ManualClock):
        def now(self) -> datetime:
            return super().now() - timedelta(seconds=40 * self.monotonic())

    clock = SetBack()
    watch: Any = MoveWatch(
        cast(Queue, SimpleNamespace(clock=clock)),
        cast(Planner, SimpleNamespace()),
        still=_nothing,
        configuration=lambda: pytest.fail("nobody asks"),
    )
    watch._said_at, watch._said_at_s = clock.now(), clock.monotonic()
    assert watch._is_fresh()
    clock._elapsed += FRESH_S + 1
    assert not watch._is_fresh()


async def _nothing() -> None:
    return None


def test_windows_in_an_address_are_read_in_either_digits_and_kept_within_the_hall() -> None:
    hours = tuple(HourWaits(hour, 5, 0, 0, 0, 0, 1.0) for hour in (9, 10, 11))
    recommended = SimulatedDay(hours, 0, 0, 0, 1.0, 0, 15)
    query = {"w9": "٧", "w10": "99", "w11": "many"}
    assert chosen_windows(query, recommended, at_most=9) == (7, 9, 5)
    assert chosen_windows({"w9": "0"}, recommended, at_most=9) == (1, 5, 5)
    assert chosen_windows({"all": "3", "w9": "8"}, recommended, at_most=9) == (3, 3, 3)
    assert chosen_windows({"all": "-2"}, recommended, at_most=9) == (5, 5, 5)


def test_a_formula_that_hardly_ends_says_that_the_line_grows() -> None:
    load = HourLoad(10, 3600.0, Expected(79.9, 60, 100), 0.0, 360.0)
    at = datetime(2026, 11, 23, 8, tzinfo=UTC)
    row = HourRow(
        10,
        at,
        at,
        load.arrivals,
        0,
        8,
        0,
        0,
        0,
        0,
        100,
        False,
        hour_need(load, Target(1800), at_most=9),
    )
    assert [minutes for _, minutes in row.fewer_and_more] == [None, 4]


async def test_a_suggested_window_is_opened_by_one_press_and_its_end_is_reminded_of(
    scene: HallScene,
) -> None:
    hoda = await scene.site.sign_in("hoda")
    queue, moves = scene.site.queue, scene.site.client.app[MOVES]
    _, at = queue.today()
    until = at + timedelta(minutes=90)
    moves._said_at, moves._said_at_s = at, queue.clock.monotonic()
    moves._said = (
        Suggestion(
            move=Move("open", 9, until=until.timestamp()),
            before=Range(2400.0, 2880.0, 3600.0),
            after=Range(900.0, 1320.0, 1800.0),
            by=until.timestamp(),
            people=80,
            gain=1500.0,
        ),
    )
    page = await hoda.get("/supervisor")
    form = page.find("li", id="move-open-9").find(".//form")
    assert form is not None
    fields = {each.get("name", ""): each.get("value", "") for each in form.iter("input")}
    opened = await hoda.post("/supervisor/windows/9/open-for", fields)
    assert "شباك ٩" in opened.words("div", class_="notice")
    window = next(each for each in (await queue.hall()).windows if each.number == 9)
    assert window.state == "open"
    assert window.opened_by is not None
    assert str(window.opened_by.id) == fields["staff"]
    assert "فُتح حتى" not in (await hoda.get("/supervisor")).words("section", class_="alarms")
    scene.site.clock.jump(90 * 60 + 5)
    hoda = await scene.site.sign_in("hoda")  # nobody has touched the page for so long
    alarm = (await hoda.get("/supervisor")).words("section", class_="alarms")
    assert "شباك ٩ فُتح حتى" in alarm
    english = (await hoda.get("/supervisor?lang=en")).words("section", class_="alarms")
    assert "Window 9 was opened until" in english
    page = await hoda.get("/supervisor?lang=ar")
    await hoda.submit(page, "/supervisor/windows/9/close")
    scene.site.clock.jump(5)
    assert "فُتح حتى" not in (await hoda.get("/supervisor")).words("section", class_="alarms")
