"""Lives a world through in a centre: each person comes, each clerk works, each fault happens.

What chance decides stands in the world; whom a window gets is the centre's answer. The acts are put
down on an agenda and done one after another, so that the same answers make the same day.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final, Literal

from queue_server.simulation.agenda import Agenda, Entry
from queue_server.simulation.hands import Hands, Taken
from queue_server.simulation.model import Break, Citizen, Fault, Shift, World

BOOKED_BEFORE_S: Final = 900.0
"""Appointments of the day are in the book so long before the opening."""
_RECEPTION: Final = 0
"""Reception's place among the kiosks, which are counted from 1."""

Outcome = Literal["finished", "no_show", "left", "none"]
"""`none`: got no number."""
Whereabouts = Literal["coming", "in line", "called", "served", "gone"]


@dataclass(slots=True)
class Person:
    """A citizen of the day, and what has become of the visit so far."""

    citizen: Citizen
    whereabouts: Whereabouts = "coming"
    ticket: str | None = None
    label: str | None = None
    knows_service: bool = False
    """The service was said with the number."""
    taken_s: float | None = None
    called_s: float | None = None
    started_s: float | None = None
    finished_s: float | None = None
    window: int | None = None
    outcome: Outcome | None = None
    """None while the visit goes on, and for whom the day ended first."""
    calls: list[tuple[float, int]] = field(default_factory=list)
    """Every call: when, and to which window."""
    has_left: bool = False
    has_returned: bool = False
    leaves: Entry | None = None


@dataclass(slots=True)
class Seat:
    """A window with somebody at it."""

    shift: Shift
    state: Literal["closed", "open", "paused"] = "closed"
    is_idle: bool = False
    """Open, with nobody in hand, and the clerk waits for somebody."""
    breaks: deque[Break] = field(default_factory=deque)
    """Those to come; a fault of the window is one too."""


@dataclass(slots=True)
class Place:
    """Where numbers are taken: reception, or a kiosk."""

    is_busy: bool = False
    is_down: bool = False
    """Nobody begins to take a number here."""
    is_cut: bool = False
    """Whoever is just taking one gets none."""


class Day:
    """One day that is being lived."""

    def __init__(
        self,
        world: World,
        hands: Hands,
        *,
        on_progress: Callable[[int, int], None] = lambda done, whole: None,
        longest_kiosk_line: int | None = None,
    ) -> None:
        """`on_progress` is told how many citizens have left, of how many.

        Whoever finds so many people before the kiosks goes to reception; None: however many.
        """
        self.world = world
        self.agenda = Agenda()
        self.people = [Person(citizen) for citizen in world.citizens]
        self._hands = hands
        self._on_progress = on_progress
        self._longest_kiosk_line = longest_kiosk_line
        self._now_s = 0.0
        self._by_ticket: dict[str, Person] = {}
        self._called_early: dict[str, Seat] = {}
        """Windows that called somebody who still looks at the number just taken."""
        self._seats = {
            shift.window: Seat(shift, breaks=_breaks_of(world, shift)) for shift in world.shifts
        }
        self._places = [Place() for _ in range(world.kiosks + 1)]
        self._kiosk_line: deque[Person] = deque()
        self._reception_line: deque[Person] = deque()
        self._idle: list[Seat] = []
        """The windows that wait for somebody, the one that has waited longest first."""
        self._in_line = 0
        self._gone = 0
        self._coming_back = 0
        """People who missed their call and will return."""
        self._put_down_everything()

    async def live(self, at_s: float, entries: Iterable[Entry]) -> None:
        """Do what is due at a moment, then let idle windows call. Raises what the hands raise."""
        self._now_s = at_s
        for entry in entries:
            if not entry.is_off:
                await entry.act()
        await self._call_to_idle_windows()

    # What is known beforehand.

    def _put_down_everything(self) -> None:
        put = self.agenda.put
        for fault in self.world.faults:
            put(fault.from_s, partial(self._break, fault))
            put(fault.until_s, partial(self._mend, fault))
        for place, booking in enumerate(self.world.bookings):
            put(-BOOKED_BEFORE_S, partial(self._hands.book, booking, place))
        for seat in self._seats.values():
            put(seat.shift.opens_s, partial(self._open, seat))
            put(seat.shift.closes_s, partial(self._look_at, seat))
            for planned in seat.breaks:
                put(planned.at_s, partial(self._look_at, seat))
        for person in self.people:
            put(person.citizen.at_s, partial(self._come, person))
        put(self.world.closes_s, self._end_numbers)

    # Citizens.

    async def _come(self, person: Person) -> None:
        if person.citizen.goes_home:
            self._leave(person, "none")
            return
        is_kiosk = person.citizen.way == "kiosk" and not all(
            place.is_down for place in self._places[1:]
        )
        longest = self._longest_kiosk_line
        if longest is not None and len(self._kiosk_line) >= longest:
            is_kiosk = False
        (self._kiosk_line if is_kiosk else self._reception_line).append(person)
        self._serve_newcomers()

    def _serve_newcomers(self) -> None:
        """Let whoever stands first begin to take a number; once numbers have ended all go home.

        Before the kiosks is one line for all of them.
        """
        for at, place in enumerate(self._places):
            line = self._reception_line if at == _RECEPTION else self._kiosk_line
            while line and self._now_s >= self.world.closes_s:
                self._leave(line.popleft(), "none")
            if line and not place.is_busy and not place.is_down:
                place.is_busy = True
                person = line.popleft()
                is_reception = at == _RECEPTION
                takes_s = person.citizen.desk_s if is_reception else person.citizen.takes_s
                self.agenda.put(self._now_s + takes_s, partial(self._take, person, at))

    async def _end_numbers(self) -> None:
        """Send home who stands before a kiosk or reception without a number."""
        self._serve_newcomers()

    async def _take(self, person: Person, at: int) -> None:
        back_s = self._server_back_s()
        if back_s is not None:  # whoever stands there waits
            self.agenda.put(back_s, partial(self._take, person, at))
            return
        if self._places[at].is_cut:  # it went away under somebody's hands
            self._places[at].is_busy = False
            await self._come(person)
            return
        then = partial(self._has_taken, person, at)
        await self._hands.take_number(person.citizen, at or None, then)

    async def _has_taken(self, person: Person, at: int, taken: Taken | None) -> None:
        self._places[at].is_busy = False
        if taken is None:
            self._leave(person, "none")
        else:
            self._note_taken(person, taken)
            if taken.is_confirmed:
                self._stand_in_line(person)
                early = self._called_early.pop(taken.ticket, None)
                if early is not None:
                    self._receive(early, taken.ticket)
            else:
                paper_s = self._now_s + self.world.paper_s
                self.agenda.put(paper_s, partial(self._get_slip, person, taken.ticket, at))
        self._serve_newcomers()

    def _note_taken(self, person: Person, taken: Taken) -> None:
        person.ticket, person.label = taken.ticket, taken.label
        person.knows_service = taken.knows_service
        person.taken_s = self._now_s
        self._by_ticket[taken.ticket] = person
        patience_s = person.citizen.patience_s
        if patience_s is not None:
            person.leaves = self.agenda.put(
                self._now_s + patience_s, partial(self._lose_patience, person, taken.ticket)
            )

    async def _get_slip(self, person: Person, ticket: str, at: int) -> None:
        back_s = self._server_back_s()
        if back_s is not None:
            self.agenda.put(back_s, partial(self._get_slip, person, ticket, at))
            return
        await self._hands.take_slip(ticket, at)
        self._stand_in_line(person)
        if person.has_left:
            await self._lose_patience(person, ticket)

    def _stand_in_line(self, person: Person) -> None:
        person.whereabouts = "in line"
        self._in_line += 1

    async def _lose_patience(self, person: Person, ticket: str) -> None:
        back_s = self._server_back_s()
        if back_s is not None:
            self.agenda.put(back_s, partial(self._lose_patience, person, ticket))
        elif person.whereabouts in ("coming", "in line") and not person.has_returned:
            person.has_left = True
            if (
                person.whereabouts == "in line"
                and person.citizen.tells
                and await self._hands.give_back(ticket)
            ):
                self._in_line -= 1
                self._leave(person, "left")

    @property
    def _is_over(self) -> bool:
        """Numbers have ended, and nobody is here or comes back."""
        nobody_left = self._gone == len(self.people) and not self._coming_back
        return nobody_left and self._now_s >= self.world.closes_s

    async def _return(self, person: Person, ticket: str) -> None:
        self._coming_back -= 1
        if self._now_s < self.world.ends_s and await self._hands.come_back(ticket):
            person.has_returned, person.outcome = True, None
            self._gone -= 1
            self._stand_in_line(person)

    def _leave(self, person: Person, outcome: Outcome) -> None:
        person.whereabouts, person.outcome = "gone", outcome
        if person.leaves is not None:
            person.leaves.is_off = True
        self._gone += 1
        self._on_progress(self._gone, len(self.people))

    # Windows.

    async def _open(self, seat: Seat) -> None:
        if self._now_s >= seat.shift.closes_s or self._is_over:
            if seat.state == "paused":
                await self._close(seat)
            return
        seat.state = "open"
        await self._tell(partial(self._hands.open_window, seat.shift))
        await self._free(seat)

    async def _free(self, seat: Seat) -> None:
        """The clerk of an open window is ready again: goes, rests, or waits for somebody."""
        if self._now_s >= seat.shift.closes_s or self._now_s >= self.world.ends_s:
            await self._close(seat)
        elif seat.breaks and self._now_s >= seat.breaks[0].at_s:
            await self._rest(seat, seat.breaks.popleft())
        elif not seat.is_idle:
            seat.is_idle = True
            self._idle.append(seat)

    async def _look_at(self, seat: Seat) -> None:
        """A break or the end of a shift is due; who serves somebody finishes first."""
        if seat.is_idle:
            await self._free(seat)

    async def _close(self, seat: Seat) -> None:
        self._is_busy(seat)
        seat.state = "closed"
        await self._tell(partial(self._hands.leave_window, seat.shift.window, "close", None))

    async def _rest(self, seat: Seat, planned: Break) -> None:
        self._is_busy(seat)
        seat.state = "paused"
        reason = "prayer" if planned.reason == "prayer" else "break"
        await self._tell(partial(self._hands.leave_window, seat.shift.window, "pause", reason))
        began_s = planned.at_s if planned.reason == "fault" else self._now_s
        back_s = max(began_s + planned.lasts_s, self._now_s)
        self.agenda.put(back_s, partial(self._open, seat))

    def _is_busy(self, seat: Seat) -> None:
        if seat.is_idle:
            seat.is_idle = False
            self._idle.remove(seat)

    async def _call_to_idle_windows(self) -> None:
        """Let the windows that wait for somebody call, the one that has waited longest first.

        Once everybody was served their clerks go home.
        """
        if self._is_over:
            for seat in tuple(self._idle):
                await self._close(seat)
        if self._now_s >= self.world.ends_s or self._server_back_s() is not None:
            return
        for seat in tuple(self._idle):
            if self._in_line == 0:
                return
            ticket = await self._hands.call_next(seat.shift.window)
            if ticket is not None:
                self._receive(seat, ticket)

    def _receive(self, seat: Seat, ticket: str) -> None:
        """Somebody was called to this window, and comes or does not."""
        self._is_busy(seat)
        person = self._by_ticket.get(ticket)
        if person is None:
            self._called_early[ticket] = seat
            return
        self._in_line -= 1
        person.whereabouts, person.window = "called", seat.shift.window
        if person.called_s is None:
            person.called_s = self._now_s
        person.calls.append((self._now_s, seat.shift.window))
        if person.leaves is not None:
            person.leaves.is_off = True
        waited_s = self._now_s - (person.taken_s or 0.0)
        is_missed = not person.has_returned and (
            person.has_left or self.world.misses(person.citizen, waited_s)
        )
        if is_missed:
            hold_s = self.world.absent_hold_s(person.citizen)
            self.agenda.put(self._now_s + hold_s, partial(self._miss, seat, person, ticket))
        else:
            walk_s = person.citizen.walk_s
            self.agenda.put(self._now_s + walk_s, partial(self._start, seat, person, ticket))

    async def _start(self, seat: Seat, person: Person, ticket: str) -> None:
        citizen = person.citizen
        person.whereabouts, person.started_s = "served", self._now_s
        work_s = self.world.work_s(citizen, seat.shift.speed, self._now_s)
        self.agenda.put(self._now_s + work_s, partial(self._finish, seat, person, ticket))
        service = None if person.knows_service else citizen.service
        await self._tell(partial(self._hands.start, seat.shift.window, ticket, service))

    async def _finish(self, seat: Seat, person: Person, ticket: str) -> None:
        person.finished_s = self._now_s
        self._leave(person, "finished")
        await self._tell(partial(self._hands.finish, seat.shift.window, ticket))
        self._turn_round(seat, person)

    async def _miss(self, seat: Seat, person: Person, ticket: str) -> None:
        person.finished_s = self._now_s
        self._leave(person, "no_show")
        await self._tell(partial(self._hands.miss, seat.shift.window, ticket))
        back_s = person.citizen.returns_after_s
        if back_s is not None and not person.has_left and not person.has_returned:
            self._coming_back += 1
            self.agenda.put(self._now_s + back_s, partial(self._return, person, ticket))
        self._turn_round(seat, person)

    def _turn_round(self, seat: Seat, person: Person) -> None:
        self.agenda.put(self._now_s + person.citizen.turnaround_s, partial(self._free, seat))

    # Faults.

    async def _break(self, fault: Fault) -> None:
        await self._hands.breaks(fault)
        for at in self._kiosks_of(fault):
            place = self._places[at]
            place.is_down = True
            place.is_cut = fault.kind == "kiosk"
        waiting, self._kiosk_line = self._kiosk_line, deque()
        for person in waiting:  # where all kiosks are down they go to reception
            await self._come(person)

    async def _mend(self, fault: Fault) -> None:
        await self._hands.is_mended(fault)
        for at in self._kiosks_of(fault):
            self._places[at].is_down = self._places[at].is_cut = False
        self._serve_newcomers()

    def _kiosks_of(self, fault: Fault) -> list[int]:
        if fault.kind not in ("printer", "kiosk"):
            return []
        return list(range(1, len(self._places))) if fault.kiosk is None else [fault.kiosk]

    async def _tell(self, word: Callable[[], Awaitable[None]]) -> None:
        """Tell the server what was done; while it is away, when it is back."""
        back_s = self._server_back_s()
        if back_s is None:
            await word()
        else:
            self.agenda.put(back_s, word)

    def _server_back_s(self) -> float | None:
        """Return when the server is back, where it is away now."""
        return max(
            (
                fault.until_s
                for fault in self.world.faults
                if fault.kind == "server" and fault.from_s <= self._now_s < fault.until_s
            ),
            default=None,
        )


def _breaks_of(world: World, shift: Shift) -> deque[Break]:
    """Return when a window is away, in order: a rest lasts its time, a fault until it is mended."""
    rests = [
        replace(each, reason="break") if each.reason == "fault" else each
        for each in world.breaks
        if each.window == shift.window and each.at_s >= shift.opens_s
    ]
    faults = [
        Break(shift.window, fault.from_s, fault.until_s - fault.from_s, False, "fault")
        for fault in world.faults
        if fault.kind == "window" and shift.window in fault.windows
    ]
    return deque(sorted(rests + faults, key=lambda each: each.at_s))
