"""Lives a world through in a centre: each person comes, each clerk works, each fault happens.

What chance decides stands in the world; whom a window gets is the centre's answer. The acts are put
down on an agenda and done one after another, so that the same answers make the same day.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Literal

from queue_server.simulation.agenda import Agenda, Entry
from queue_server.simulation.hands import Hands
from queue_server.simulation.model import Break, Citizen, Fault, Shift, World

BOOKED_BEFORE_S: Final = 1800.0
"""Appointments of the day are in the book so long before the opening."""
_RECEPTION: Final = 0
"""Reception's place among the kiosks, which are counted from 1."""

Whereabouts = Literal["coming", "in line", "called", "served", "gone"]


@dataclass(slots=True)
class Person:
    """A citizen of the day, and what has become of the visit so far."""

    citizen: Citizen
    whereabouts: Whereabouts = "coming"
    ticket: str | None = None
    label: str | None = None
    taken_s: float | None = None
    since_s: float | None = None
    """When this person came into line; after a missed call, again."""
    called_s: float | None = None
    started_s: float | None = None
    finished_s: float | None = None
    window: int | None = None
    outcome: Literal["finished", "no_show", "left", "none", "lapsed"] | None = None
    """`none`: got no number; `lapsed`: the day ended first."""
    has_left: bool = False
    has_returned: bool = False
    leaves: Entry | None = None


@dataclass(slots=True)
class Seat:
    """A window with somebody at it."""

    shift: Shift
    state: Literal["closed", "open", "paused"] = "closed"
    has_gone: bool = False
    """The clerk has left for the day."""
    in_hand: Person | None = None
    is_ready: bool = False
    """Open, with nobody in hand, and the clerk waits for somebody."""
    breaks: deque[Break] = field(default_factory=deque)
    stands_until_s: float = float("-inf")
    """A fault keeps it from calling until then."""


@dataclass(slots=True)
class Place:
    """Where numbers are taken: reception, or a kiosk."""

    line: deque[Person] = field(default_factory=deque)
    is_busy: bool = False
    is_down: bool = False


class Day:
    """One day that is being lived."""

    def __init__(
        self,
        world: World,
        hands: Hands,
        *,
        on_progress: Callable[[int, int], None] = lambda done, whole: None,
    ) -> None:
        """`on_progress` is told how many citizens have left, of how many."""
        self.world = world
        self.agenda = Agenda()
        self.people = [Person(citizen) for citizen in world.citizens]
        self._hands = hands
        self._on_progress = on_progress
        self._now_s = 0.0
        self._by_ticket: dict[str, Person] = {}
        self._seats = {
            shift.window: Seat(
                shift, breaks=deque(b for b in world.breaks if b.window == shift.window)
            )
            for shift in world.shifts
        }
        self._places = [Place() for _ in range(world.kiosks + 1)]
        self._gone = 0
        self._put_down_everything()

    @property
    def is_down(self) -> bool:
        """Say whether the server is away now: whatever is asked of it has to wait."""
        return self._server_back_s(self._now_s) is not None

    async def live(self, at_s: float, entry: Entry) -> None:
        """Do what was due now. Raises what the hands raise."""
        self._now_s = at_s
        back_s = self._server_back_s(at_s)
        if back_s is not None and not isinstance(entry.act, _FaultAct):
            self.agenda.put(back_s, entry.act)
            return
        await entry.act()

    # What is known beforehand.

    def _put_down_everything(self) -> None:
        put, hands = self.agenda.put, self._hands
        for fault in self.world.faults:
            put(fault.from_s, _FaultAct(partial(self._break, fault)))
            put(fault.until_s, _FaultAct(partial(self._mend, fault)))
        for place, booking in enumerate(self.world.bookings):
            put(-BOOKED_BEFORE_S, partial(hands.book, booking, place))
        for seat in self._seats.values():
            put(seat.shift.opens_s, partial(self._open, seat))
            put(seat.shift.closes_s, partial(self._is_time_to_go, seat))
            for planned in seat.breaks:
                put(planned.at_s, partial(self._look_at_free, seat))
        for person in self.people:
            put(person.citizen.at_s, partial(self._come, person))

    # Citizens.

    async def _come(self, person: Person) -> None:
        if person.citizen.goes_home:
            return self._leave(person, "none")
        at = self._place_for(person.citizen)
        self._places[at].line.append(person)
        self._serve_at(at)
        return None

    def _place_for(self, citizen: Citizen) -> int:
        """Return the kiosk that works with the fewest people before it, else reception."""
        kiosks = [at for at in range(1, len(self._places)) if not self._places[at].is_down]
        if citizen.way != "kiosk" or not kiosks:
            return _RECEPTION
        return min(kiosks, key=lambda at: (self._standing(at), at))

    def _standing(self, at: int) -> int:
        return len(self._places[at].line) + self._places[at].is_busy

    def _serve_at(self, at: int) -> None:
        place = self._places[at]
        if place.is_busy or place.is_down or not place.line:
            return
        place.is_busy = True
        person = place.line.popleft()
        self.agenda.put(
            self._now_s + person.citizen.takes_s, partial(self._take, person, at)
        )

    async def _take(self, person: Person, at: int) -> None:
        place = self._places[at]
        if place.is_down:  # it went away under somebody's hands
            place.is_busy = False
            return await self._come(person)
        taken = await self._hands.take_number(person.citizen, at or None)
        place.is_busy = False
        if taken is None:
            self._leave(person, "none")
        else:
            person.ticket, person.label = taken.ticket, taken.label
            person.taken_s = person.since_s = self._now_s
            self._by_ticket[taken.ticket] = person
            patience_s = person.citizen.patience_s
            if patience_s is not None:
                person.leaves = self.agenda.put(
                    self._now_s + patience_s, partial(self._lose_patience, person)
                )
            if taken.is_confirmed:
                await self._stand_in_line(person)
            else:
                self.agenda.put(
                    self._now_s + self.world.paper_s, partial(self._get_slip, person, at)
                )
        self._serve_at(at)
        return None

    async def _get_slip(self, person: Person, at: int) -> None:
        if person.ticket is not None and not person.has_left:
            await self._hands.take_slip(person.ticket, at)
            await self._stand_in_line(person)

    async def _stand_in_line(self, person: Person) -> None:
        person.whereabouts = "in line"
        await self._call_to_idle_windows()

    async def _lose_patience(self, person: Person) -> None:
        if person.ticket is None or person.whereabouts not in ("coming", "in line"):
            return
        person.has_left = True
        if person.citizen.tells and await self._hands.give_back(person.ticket):
            self._leave(person, "left")

    async def _return(self, person: Person) -> None:
        if person.ticket is not None and await self._hands.come_back(person.ticket):
            person.has_returned, person.outcome = True, None
            person.since_s = self._now_s
            self._gone -= 1
            await self._stand_in_line(person)

    def _leave(
        self, person: Person, outcome: Literal["finished", "no_show", "left", "none", "lapsed"]
    ) -> None:
        person.whereabouts, person.outcome = "gone", outcome
        if person.leaves is not None:
            person.leaves.is_off = True
        self._gone += 1
        self._on_progress(self._gone, len(self.people))

    # Windows.

    async def _open(self, seat: Seat) -> None:
        if seat.has_gone:
            return
        await self._hands.open_window(seat.shift)
        seat.state = "open"
        await self._free(seat)

    async def _free(self, seat: Seat) -> None:
        """The clerk of an open window has nobody in hand: goes, rests, or calls."""
        if seat.state != "open" or seat.in_hand is not None:
            return
        if self._now_s >= seat.shift.closes_s:
            return await self._close(seat)
        if seat.breaks and self._now_s >= seat.breaks[0].at_s:
            return await self._rest(seat, seat.breaks.popleft())
        if self._now_s < seat.stands_until_s:
            seat.is_ready = False
            return None
        seat.is_ready = True
        await self._call(seat)
        return None

    async def _look_at_free(self, seat: Seat) -> None:
        if seat.is_ready:
            await self._free(seat)

    async def _is_time_to_go(self, seat: Seat) -> None:
        if seat.state == "paused":
            await self._close(seat)
        elif seat.in_hand is None:
            await self._free(seat)

    async def _close(self, seat: Seat) -> None:
        seat.is_ready, seat.has_gone, seat.state = False, True, "closed"
        await self._hands.leave_window(seat.shift.window, "close", None)

    async def _rest(self, seat: Seat, planned: Break) -> None:
        seat.is_ready, seat.state = False, "paused"
        reason = "prayer" if planned.reason == "prayer" else "break"
        await self._hands.leave_window(seat.shift.window, "pause", reason)
        self.agenda.put(self._now_s + planned.lasts_s, partial(self._come_back, seat))

    async def _come_back(self, seat: Seat) -> None:
        if seat.state == "paused":
            await self._open(seat)

    async def _call_to_idle_windows(self) -> None:
        """Let the windows that wait for somebody call, the one with the lowest number first."""
        for seat in self._seats.values():
            if seat.is_ready and await self._call(seat):
                return

    async def _call(self, seat: Seat) -> bool:
        """Call the next; False where nobody waits for this window."""
        ticket = await self._hands.call_next(seat.shift.window)
        if ticket is None:
            return False
        person = self._by_ticket[ticket]
        seat.is_ready, seat.in_hand = False, person
        person.whereabouts, person.window, person.called_s = (
            "called",
            seat.shift.window,
            self._now_s,
        )
        if person.leaves is not None and not person.has_left:
            person.leaves.is_off = True
        waited_s = self._now_s - (person.since_s or 0.0)
        if person.has_left or (
            not person.has_returned and self.world.misses(person.citizen, waited_s)
        ):
            hold_s = self.world.absent_hold_s(person.citizen)
            self.agenda.put(self._now_s + hold_s, partial(self._miss, seat, person))
        else:
            self.agenda.put(
                self._now_s + person.citizen.walk_s, partial(self._start, seat, person)
            )
        return True

    async def _start(self, seat: Seat, person: Person) -> None:
        if person.ticket is None:
            return
        citizen = person.citizen
        service = None if citizen.says_service else citizen.service
        await self._hands.start(seat.shift.window, person.ticket, service)
        person.whereabouts, person.started_s = "served", self._now_s
        work_s = self.world.work_s(citizen, seat.shift.speed, self._now_s)
        self.agenda.put(self._now_s + work_s, partial(self._finish, seat, person))

    async def _finish(self, seat: Seat, person: Person) -> None:
        if person.ticket is None:
            return
        await self._hands.finish(seat.shift.window, person.ticket)
        person.finished_s = self._now_s
        self._leave(person, "finished")
        self._turn_round(seat, person)

    async def _miss(self, seat: Seat, person: Person) -> None:
        if person.ticket is None:
            return
        await self._hands.miss(seat.shift.window, person.ticket)
        person.finished_s = self._now_s
        self._leave(person, "left" if person.has_left else "no_show")
        back_s = person.citizen.returns_after_s
        if back_s is not None and not person.has_left and not person.has_returned:
            self.agenda.put(self._now_s + back_s, partial(self._return, person))
        self._turn_round(seat, person)

    def _turn_round(self, seat: Seat, person: Person) -> None:
        seat.in_hand = None
        self.agenda.put(self._now_s + person.citizen.turnaround_s, partial(self._free, seat))

    # Faults.

    async def _break(self, fault: Fault) -> None:
        await self._hands.breaks(fault)
        for at in self._kiosks_of(fault):
            place = self._places[at]
            place.is_down = True
            waiting, place.line = place.line, deque()
            for person in waiting:
                await self._come(person)
        if fault.kind == "window":
            for window in fault.windows:
                seat = self._seats[window]
                seat.stands_until_s = max(seat.stands_until_s, fault.until_s)
                seat.is_ready = False

    async def _mend(self, fault: Fault) -> None:
        await self._hands.is_mended(fault)
        for at in self._kiosks_of(fault):
            self._places[at].is_down = False
            self._serve_at(at)
        if fault.kind == "window":
            for window in sorted(fault.windows):
                await self._free(self._seats[window])

    def _kiosks_of(self, fault: Fault) -> list[int]:
        if fault.kind not in ("printer", "kiosk"):
            return []
        return list(range(1, len(self._places))) if fault.kiosk is None else [fault.kiosk]

    def _server_back_s(self, at_s: float) -> float | None:
        """Return when the server is back, where it is away at that moment."""
        return max(
            (
                fault.until_s
                for fault in self.world.faults
                if fault.kind == "server" and fault.from_s <= at_s < fault.until_s
            ),
            default=None,
        )


class _FaultAct:
    """An act that no missing server puts off."""

    def __init__(self, act: Callable[[], object]) -> None:
        self._act = act

    async def __call__(self) -> None:
        await self._act()  # type: ignore[misc]
