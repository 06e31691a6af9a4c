"""Lets chance decide a day of a scenario, by its seed."""

import math
import random
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from typing import Final
from zoneinfo import ZoneInfo

from queue_server.centre_file import CentreFile, ProfilePart
from queue_server.demo.chances import stream
from queue_server.simulation.coming import ComingDay, booked_slots, comings, to_ms
from queue_server.simulation.library import Scenario
from queue_server.simulation.model import (
    Booking,
    Break,
    Citizen,
    Fault,
    Shift,
    Way,
    World,
)
from queue_server.simulation.scenario import (
    WEEKDAYS,
    Plan,
    ServiceTime,
    Shape,
)
from queue_server.tickets.model import Need, Priority
from queue_server.tickets.selection import COMMON_LANES

_GRACE_S: Final = 15 * 60
"""The grace of appointments in a policy that nobody has changed."""
_SLOWEST: Final = 0.001
"""No clerk is slower than this, however bad the day."""
_WAYS: Final[tuple[Way, ...]] = ("kiosk", "desk", "phone")


def make_world(scenario: Scenario, *, seed: int | None = None, day: int = 0) -> World:
    """Return a day of the scenario; the same scenario, seed and day give the same world.

    `day` 0 is the scenario's first open day, others are the open days after it. Each stream of
    chance has its own name, so that a change of one share leaves all other draws as they were.
    Raises ValueError for a day below 0.
    """
    if day < 0:
        raise ValueError("days are counted from 0")
    return _Making(scenario, scenario.plan.seed if seed is None else seed, day).world()


def open_day(plan: Plan, day: int) -> date:
    """Return the date of the open day that is so many after the scenario's first."""
    at, left = plan.date, day
    while True:
        if WEEKDAYS[at.weekday()] in plan.open_on:
            if left == 0:
                return at
            left -= 1
        at += timedelta(days=1)


class _Making:
    """One day's streams of chance, and what they have decided so far."""

    def __init__(self, scenario: Scenario, seed: int, day: int) -> None:
        self._scenario = scenario
        self._plan = scenario.plan
        self._centre = scenario.centre
        self._seed = seed
        self._day = day
        self._date = open_day(scenario.plan, day)
        self._zone = ZoneInfo(scenario.centre.centre.zone)
        self._opens_at = self._wall(self._plan.opens)
        self._closes_s = self._since(self._plan.closes)
        self._ends_s = self._closes_s + 60.0 * self._plan.overtime_minutes
        self._streams: dict[str, random.Random] = {}
        self._codes = tuple(scenario.centre.services)
        mix = self._plan.services.mix
        weights = [mix.get(code, self._plan.services.others) for code in self._codes]
        self._service_weights = list(accumulate(weights))
        self._means = {code: self._mean_of(code) for code in self._codes}
        self._slow_day = _lognormal(self._chance("slow day"), 1, self._plan.services.day_cv)
        self._faults = self._broken()

    def world(self) -> World:
        centre, absences = self._centre, self._plan.absences
        citizens, bookings = self._people()
        return World(
            name=self._scenario.name,
            seed=self._seed,
            day=self._day,
            date=self._date,
            opens_at=self._opens_at,
            closes_s=self._closes_s,
            ends_s=self._ends_s,
            credit_s=_credits(centre),
            early_grace_s=_GRACE_S,
            late_grace_s=_GRACE_S,
            kiosks=self._plan.taking.kiosks,
            paper_s=self._plan.taking.paper_s,
            miss_share=absences.share,
            miss_per_hour=absences.per_hour,
            hold_s=absences.hold_s,
            hold_more_time_s=absences.hold_more_time_s,
            queue_of={code: part.queue for code, part in centre.services.items()},
            target_s={code: float(part.target_s) for code, part in centre.services.items()},
            citizens=citizens,
            bookings=bookings,
            shifts=self._shifts(),
            breaks=self._breaks(),
            faults=self._faults,
        )

    def _chance(self, name: str) -> random.Random:
        found = self._streams.get(name)
        if found is None:
            found = stream(self._seed, f"{self._date}:{name}")
            self._streams[name] = found
        return found

    def _wall(self, at: time) -> datetime:
        return datetime.combine(self._date, at, self._zone).astimezone(UTC)

    def _since(self, at: time) -> float:
        return (self._wall(at) - self._opens_at).total_seconds()

    # Who comes.

    def _people(self) -> tuple[tuple[Citizen, ...], tuple[Booking, ...]]:
        day = ComingDay(self._date, self._closes_s, self._since, self._chance)
        moments: list[tuple[float, Booking | None]] = [
            (at_s, None) for at_s in comings(self._plan.arrivals, day)
        ]
        slots = [slot for booked in self._plan.appointments for slot in booked_slots(booked, day)]
        bookings: list[Booking] = []
        for booking, comes_s in slots:
            if comes_s is None:
                bookings.append(booking)
            else:
                moments.append((comes_s, booking))
        moments.sort(key=lambda each: each[0])
        citizens: list[Citizen] = []
        for number, (at_s, slot) in enumerate(moments, start=1):
            citizen = self._citizen(number, at_s, slot)
            if slot is not None:
                bookings.append(replace(slot, citizen=number))
            citizens.append(citizen)
        bookings.sort(key=lambda each: (each.slot_s, each.citizen or 0))
        return tuple(citizens), tuple(bookings)

    # What each of them is like.

    def _citizen(self, number: int, at_s: float, slot: Booking | None) -> Citizen:
        plan, taking = self._plan, self._plan.taking
        way = self._way()
        wanted = self._chance("services").choices(self._codes, cum_weights=self._service_weights)[0]
        service = wanted if slot is None else slot.service
        says = self._happens("says service", taking.says_service)
        requests = self._requests()
        pace = _lognormal(self._chance("taking"), 1, taking.cv) if taking.cv else 1.0
        desk_s = to_ms(pace * taking.desk_s)
        return Citizen(
            number=number,
            at_s=at_s,
            way=way,
            priority=self._priority(),
            needs=self._needs(),
            language="en" if self._happens("languages", plan.people.english) else "ar",
            service=service,
            says_service=says or way != "kiosk" or slot is not None,
            requests=requests,
            takes_s=to_ms(pace * taking.touch_s) if way == "kiosk" else desk_s,
            desk_s=desk_s,
            goes_home=self._is_sent_home(at_s, service) and slot is None,
            patience_s=self._patience_s(),
            tells=self._happens("telling", plan.patience.tells),
            absence=self._chance("absences").random(),
            returns_after_s=self._returns_after_s(),
            walk_s=self._about("walks", plan.walk_s, plan.walk_cv),
            work_s=self._work_s(service, requests),
            turnaround_s=self._about("turnarounds", plan.turnaround_s, plan.turnaround_cv),
            slot_s=None if slot is None else slot.slot_s,
        )

    def _happens(self, name: str, share: float) -> bool:
        """Let the stream of that name decide; where all is certain nothing is drawn."""
        return share >= 1 or (share > 0 and self._chance(name).random() < share)

    def _about(self, name: str, mean_s: float, cv: float) -> float:
        """Draw a span; where it is always the same nothing is drawn."""
        return to_ms(_lognormal(self._chance(name), mean_s, cv) if mean_s and cv else mean_s)

    def _way(self) -> Way:
        ways = self._plan.ways
        weights = (ways.kiosk, ways.desk, ways.phone)
        if weights.count(0) == 2:
            return _WAYS[next(place for place, weight in enumerate(weights) if weight)]
        return self._chance("ways").choices(_WAYS, weights)[0]

    def _returns_after_s(self) -> float | None:
        absences = self._plan.absences
        if not self._happens("returns", absences.returns):
            return None
        return to_ms(self._chance("returning").expovariate(1) * absences.return_after_minutes * 60)

    def _priority(self) -> Priority:
        people = self._plan.people
        if not people.age65 + people.disability + people.infant:
            return "none"
        draw = self._chance("priorities").random()
        if draw < people.age65:
            return "age65"
        if draw < people.age65 + people.disability:
            return "disability"
        return "infant" if draw < people.age65 + people.disability + people.infant else "none"

    def _needs(self) -> tuple[Need, ...]:
        people = self._plan.people
        shares: tuple[tuple[Need, float], ...] = (
            ("accessible_window", people.accessible_window),
            ("more_time", people.more_time),
            ("female_clerk", people.female_clerk),
        )
        return tuple(need for need, share in shares if self._happens(need, share))

    def _requests(self) -> int:
        people = self._plan.people
        if not people.two_requests + people.three_requests:
            return 1
        draw = self._chance("requests").random()
        if draw < people.three_requests:
            return 3
        return 2 if draw < people.three_requests + people.two_requests else 1

    def _patience_s(self) -> float | None:
        patience = self._plan.patience
        if patience.mean_minutes is None:
            return None
        mean_s = 60 * patience.mean_minutes
        return to_ms(_draw(self._chance("patience"), mean_s, patience.cv, patience.shape))

    def _work_s(self, service: str, requests: int) -> float:
        services = self._plan.services
        own = services.times.get(service, ServiceTime())
        cv = services.cv if own.cv is None else own.cv
        mean_s = self._means[service] * self._slow_day
        work_s = _draw(self._chance("work"), mean_s, cv, services.shape)
        further = self._chance("further requests")
        for _ in range(requests - 1):
            work_s += _draw(further, mean_s, cv, services.shape)
        return to_ms(work_s)

    def _mean_of(self, service: str) -> float:
        services = self._plan.services
        own = services.times.get(service, ServiceTime())
        if own.mean_s is not None:
            return own.mean_s
        factor = services.factor if own.factor is None else own.factor
        return factor * self._centre.services[service].target_s

    def _is_sent_home(self, at_s: float, service: str) -> bool:
        if not self._faults:
            return False
        draw = self._chance("going home").random()
        return any(
            fault.kind == "service"
            and fault.is_announced
            and service in fault.services
            and fault.from_s <= at_s < fault.until_s
            and draw < planned.goes_home
            for fault, planned in zip(self._faults, self._plan.faults, strict=True)
        )

    # Who works, and what breaks.

    def _shifts(self) -> tuple[Shift, ...]:
        profiles = {profile.code: profile for profile in self._centre.profiles}
        seats = {
            number: (part.profile, part.accessible)
            for part in self._centre.windows
            for number in part.numbers
        }
        found: list[Shift] = []
        for part in self._plan.windows:
            for number in part.numbers:
                own, is_accessible = seats[number]
                profile: ProfilePart = profiles[part.profile or own]
                luck = _lognormal(self._chance(f"speed of {number}"), 1, self._plan.speed_cv)
                found.append(
                    Shift(
                        window=number,
                        profile=profile.code,
                        queues=frozenset(profile.queues),
                        lanes=frozenset(COMMON_LANES if is_accessible else COMMON_LANES[:2]),
                        priority_first=profile.priority_first,
                        is_accessible=is_accessible,
                        is_woman=part.woman,
                        speed=max(round(part.speed * luck, 4), _SLOWEST),
                        opens_s=0.0 if part.opens is None else self._since(part.opens),
                        closes_s=self._ends_s if part.closes is None else self._since(part.closes),
                    )
                )
        return tuple(sorted(found, key=lambda shift: shift.window))

    def _breaks(self) -> tuple[Break, ...]:
        found: list[Break] = []
        late = self._chance("late breaks")
        for planned in self._plan.breaks:
            for place, window in enumerate(planned.windows):
                turn = place // planned.together
                late_s = 60 * late.uniform(0, planned.late_minutes)
                at_s = self._since(planned.at) + 60 * planned.minutes * turn + late_s
                found.append(
                    Break(
                        window, to_ms(at_s), 60 * planned.minutes, planned.announced, planned.reason
                    )
                )
        return tuple(sorted(found, key=lambda each: (each.at_s, each.window)))

    def _broken(self) -> tuple[Fault, ...]:
        found: list[Fault] = []
        for planned in self._plan.faults:
            from_s = self._since(planned.at)
            found.append(
                Fault(
                    kind=planned.kind,
                    from_s=from_s,
                    until_s=from_s + 60 * planned.minutes,
                    services=frozenset(planned.services),
                    windows=frozenset(planned.windows),
                    kiosk=planned.kiosk,
                    is_announced=planned.announced,
                    factor=planned.factor,
                    turned_away_s=planned.turned_away_s,
                )
            )
        return tuple(found)


def _credits(centre: CentreFile) -> dict[Priority, int]:
    minutes = centre.credit_minutes
    return {
        "none": 0,
        "age65": 60 * minutes.age65,
        "disability": 60 * minutes.disability,
        "infant": 60 * minutes.infant,
    }


def _draw(chance: random.Random, mean: float, cv: float, shape: Shape) -> float:
    if shape == "exponential":
        return chance.expovariate(1) * mean
    return _lognormal(chance, mean, 0 if shape == "constant" else cv)


def _lognormal(chance: random.Random, mean: float, cv: float) -> float:
    """Draw with that mean and that coefficient of variation."""
    normal = chance.gauss(0, 1)
    if not mean or not cv:
        return mean
    sigma = math.sqrt(math.log1p(cv * cv))
    return mean * math.exp(sigma * normal - sigma * sigma / 2)
