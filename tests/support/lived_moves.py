"""Suggested moves put to the test: made in a simulated hall, and the day lived on."""

import copy
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from zoneinfo import ZoneInfo

from queue_server.estimate.learned import Learned
from queue_server.estimate.model import Booked, Staffed, Visit
from queue_server.planning.ahead import DaySpread
from queue_server.planning.arrivals import DayForecast, forecast_day
from queue_server.planning.day_plan import DayToCome, in_order, staffed_windows
from queue_server.planning.model import (
    Floor,
    Move,
    Place,
    PlannedWindow,
    Profile,
    Suggestion,
)
from queue_server.planning.moves import SHARE, suggested_moves
from queue_server.planning.past import SlotCount, past_of
from queue_server.planning.planned import PlannedArrivals, level_today, planned, slot_starts
from queue_server.planning.planner import hour_spans
from queue_server.planning.staffing import Target
from queue_server.simulation.library import Scenario, load_scenario
from queue_server.simulation.lived import LivedDay
from queue_server.simulation.model import World
from queue_server.simulation.pure import live_day, live_days
from queue_server.simulation.world import make_world
from tests.support.situations import came_by, people_waits, situation_at

CAIRO = ZoneInfo("Africa/Cairo")
TRAINED = 10
"""Days that the centre has behind it."""
SHAPES = (
    "ordinary_sunday",
    "morning_crush",
    "market_day",
    "many_no_shows",
    "prayer_and_breaks",
    "ramadan",
    "service_breakdown",
    "slow_clerk",
    "two_windows_missing",
    "printer_dead",
)


@dataclass(frozen=True)
class Centre:
    """A centre with some days behind it."""

    scenario: Scenario
    learned: Learned
    counts: tuple[SlotCount, ...]
    held_s: float
    """For how long people held a window on average."""

    def forecast(self, world: World) -> tuple[DayForecast, PlannedArrivals]:
        """Return who is expected on a day of the world."""
        past = past_of(self.counts, None, before=world.date)
        opens = world.opens_at.astimezone(CAIRO)
        said = forecast_day(
            past.days,
            world.date,
            opens_slot=opens.hour * 2 + opens.minute // 30,
            slots=math.ceil(world.closes_s / 1800),
        )
        if said is None:
            raise LookupError("a centre without a past")
        return said, planned(said, past.mix, CAIRO)


@dataclass(frozen=True)
class Proved:
    """A suggestion, and what became of it."""

    shape: str
    seed: int
    at_s: float
    suggestion: Suggestion
    before_s: float
    """The wait of four in five had nothing been done."""
    after_s: float
    """That with the move made."""

    @property
    def is_held(self) -> bool:
        after = self.suggestion.after
        return after.low_s <= self.after_s <= after.high_s


@cache
def centre_of(shape: str, seed: int) -> Centre:
    """Return a centre that has lived some days of a scenario of the library."""
    scenario = load_scenario(shape)
    days = list(live_days(scenario, TRAINED, seed=seed))
    staffed = [each for day in days for each in day.staffed]
    priors = {code: float(each) for code, each in days[0].world.target_s.items()}
    learned = Learned.from_history([v for day in days for v in day.visits], staffed, priors)
    held = [
        visit.finished_at - visit.called_at
        for day in days
        for visit in day.visits
        if visit.outcome == "finished"
        and visit.called_at is not None
        and visit.finished_at is not None
    ]
    return Centre(
        scenario,
        learned,
        counts_of(days),
        sum(held) / len(held),
    )


def counts_of(days: Sequence[LivedDay]) -> tuple[SlotCount, ...]:
    """Count who took a number without an appointment, as the database would."""
    counts: dict[tuple[object, ...], int] = {}
    rows = {}
    for day in days:
        for each in day.passages:
            if each.issued_s is None or each.citizen.slot_s is not None:
                continue
            wall = (day.world.opens_at + timedelta(seconds=each.issued_s)).astimezone(CAIRO)
            queue = day.world.queue_of[each.citizen.service]
            row = SlotCount(
                day.world.date,
                wall.hour * 2 + wall.minute // 30,
                queue,
                each.citizen.priority,
                0,
            )
            key = (row.day, row.slot, row.queue, row.priority)
            counts[key] = counts.get(key, 0) + 1
            rows[key] = row
    return tuple(replace(row, people=counts[key]) for key, row in rows.items())


def prove(shape: str, seed: int) -> Proved | None:
    """Stop a day with too few windows at a random moment, make the best move, and live on.

    None: nothing was suggested.
    """
    chance = random.Random(f"{shape} {seed}")
    centre = centre_of(shape, seed % 3)
    whole = make_world(centre.scenario, seed=100 + seed, day=TRAINED + seed % 5)
    missing = chance.sample(
        [shift.window for shift in whole.shifts if not shift.priority_first],
        chance.choice((1, 2, 3)),
    )
    world = replace(
        whole, shifts=tuple(each for each in whole.shifts if each.window not in missing)
    )
    at_s = chance.uniform(1200, min(3.2 * 3600, world.closes_s - 3600))
    lived = live_day(world)
    said = suggest(centre, lived, at_s, whole)
    if not said:
        return None
    best = said[0]
    after = live_day(made(world, lived, best.move, at_s, whole))
    if [c for c in after.calls if c[0] < at_s] != [c for c in lived.calls if c[0] < at_s]:
        raise AssertionError("a move has changed the past")
    until_s = best.by - world.opens_at.timestamp()
    return Proved(
        shape,
        seed,
        at_s,
        best,
        _share(people_waits(lived, at_s, until_s)),
        _share(people_waits(after, at_s, until_s)),
    )


def suggest(centre: Centre, lived: LivedDay, at_s: float, whole: World) -> tuple[Suggestion, ...]:
    """Return what a supervisor would have been told at that moment."""
    world = lived.world
    base = world.opens_at.timestamp()
    learned = learned_until(centre, lived, at_s)
    expected = learned.pauses.expected(base + at_s)
    situation = situation_at(lived, at_s, opens_at=expected)
    forecast, arrivals = centre.forecast(world)
    factor, crowd = level_today(
        arrivals.between(base, base + at_s), came_by(lived, at_s), forecast.day_spread
    )
    return suggested_moves(
        situation,
        floor_of(whole, {each.window for each in world.shifts}),
        learned,
        arrivals.scaled(factor),
        spread=DaySpread(crowd),
    )


def learned_until(centre: Centre, lived: LivedDay, at_s: float) -> Learned:
    """Return what the centre knows at that moment: its past, and what has ended today."""
    learned = copy.deepcopy(centre.learned)
    base = lived.world.opens_at.timestamp()
    learned.turn_to(base)
    moment = base + at_s
    told: list[tuple[float, int, Visit | Staffed]] = [
        (visit.finished_at, 1, visit)
        for visit in lived.visits
        if visit.finished_at is not None and visit.finished_at <= moment
    ]
    told += [(each.opened_at, 0, each) for each in lived.staffed if each.opened_at <= moment]
    told += [(each.closed_at, 2, each) for each in lived.staffed if each.closed_at <= moment]
    for at, kind, what in sorted(told, key=lambda each: each[:2]):
        if isinstance(what, Visit):
            learned.observe(what)
        elif kind == 0:
            learned.opened(what.window, at)
        else:
            learned.closed(what.window, at)
    return learned


def floor_of(whole: World, open_windows: set[int]) -> Floor:
    """Return the windows of the hall, those closed that nobody came to."""
    profiles = {
        each.profile: Profile(each.profile, each.queues, each.priority_first)
        for each in whole.shifts
    }
    return Floor(
        places=tuple(
            Place(
                each.window,
                each.profile,
                each.lanes,
                "open" if each.window in open_windows else "closed",
            )
            for each in whole.shifts
        ),
        profiles=tuple(profiles.values()),
        ends=whole.opens_at.timestamp() + whole.closes_s,
    )


def made(world: World, lived: LivedDay, move: Move, at_s: float, whole: World) -> World:
    """Return the world in which the move is made at that moment."""
    shift = next(each for each in whole.shifts if each.window == move.window)
    base = world.opens_at.timestamp()
    if move.kind == "open" and move.until is not None:
        opened = replace(shift, opens_s=at_s, closes_s=move.until - base)
        return replace(world, shifts=(*world.shifts, opened))
    if move.kind == "profile":
        other = next(each for each in whole.shifts if each.profile == move.profile)
        free_s = max((end for end in _held(lived, shift.window, at_s)), default=at_s)
        before = replace(shift, closes_s=at_s)
        after = replace(
            shift,
            opens_s=free_s,
            profile=other.profile,
            queues=other.queues,
            priority_first=other.priority_first,
        )
        # In its old place, so that everything before happens in the same order.
        kept = tuple(before if each.window == shift.window else each for each in world.shifts)
        return replace(world, shifts=(*kept, after))
    if move.kind == "resume":
        breaks = tuple(
            replace(each, lasts_s=at_s - each.at_s)
            if each.window == move.window and each.at_s <= at_s < each.at_s + each.lasts_s
            else each
            for each in world.breaks
        )
        return replace(world, breaks=breaks)
    raise LookupError(f"nobody has lived through {move.kind}")


def _held(lived: LivedDay, window: int, at_s: float) -> list[float]:
    """Return until when the window is taken by whom it had in hand at that moment."""
    return [
        each.ended_s + each.citizen.turnaround_s
        for each in lived.passages
        if each.window == window
        and each.ended_s is not None
        and (each.called_again_s or each.called_s or math.inf) <= at_s < each.ended_s
    ]


def _share(waits: Sequence[float]) -> float:
    ordered = sorted(waits)
    return ordered[max(math.ceil(SHARE * len(ordered)) - 1, 0)] if ordered else 0.0


def day_to_come(centre: Centre, world: World, *, target: Target | None = None) -> DayToCome:
    """Return what a plan of a day of the world rests on, before anything of it is known."""
    forecast, arrivals = centre.forecast(world)
    base = world.opens_at.timestamp()
    starts = slot_starts(world.date, forecast.opens_slot, len(forecast.slots), CAIRO)
    learned = copy.deepcopy(centre.learned)
    learned.turn_to(base)
    return DayToCome(
        forecast=forecast,
        arrivals=arrivals,
        hours=hour_spans(forecast, starts),
        windows=in_order(
            [
                PlannedWindow(each.window, each.queues, each.lanes, each.priority_first)
                for each in world.shifts
            ]
        ),
        learned=learned,
        target=target or Target(1800.0),
        held_s=centre.held_s,
        booked=tuple(
            Booked(world.queue_of[each.service], "plain", base + each.slot_s, each.service)
            for each in world.bookings
        ),
        credit_s={priority: float(credit) for priority, credit in world.credit_s.items()},
    )


def lived_with(world: World, day: DayToCome, windows: Sequence[int]) -> World:
    """Return the world with so many windows in each hour and no breaks."""
    base = world.opens_at.timestamp()
    shifts = {each.window: each for each in world.shifts}
    staffed = tuple(
        replace(
            shifts[each.number],
            opens_s=(each.works_from or base) - base,
            closes_s=world.ends_s if each.works_until is None else each.works_until - base,
        )
        for each in staffed_windows(day, windows)
    )
    return replace(world, shifts=staffed, breaks=())
