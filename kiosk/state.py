"""What the kiosk knows at one moment, and which touches mean something then."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from core_services.egypt import NationalIdFault, fault_so_far
from core_services.link.errand_frames import DeviceNotice, OutOfService
from core_services.link.hall_frames import Hall, ServiceCard
from core_services.link.message_frames import BoardMessage
from core_services.link.vocabulary import Language, Priority
from kiosk.roll_test import ROLL_TOUCHES, RollTest
from kiosk.slips import NOT_ONE_BYTE, Slip
from kiosk.steps import (
    Card,
    Code,
    Groups,
    Home,
    HowMany,
    IdPad,
    Issuing,
    Looking,
    Notice,
    Number,
    Patience,
    Services,
    Standing,
    Step,
)

PER_PAGE = 8
"""Tiles on one page of a list; more are behind arrows."""

CODE_DIGITS = 8
"""The length of an appointment's code; it has no zero."""

ID_DIGITS = 14

PRIORITIES: tuple[Priority, ...] = ("age65", "disability", "infant")

ANSWERS: tuple[HowMany, ...] = ("one", "several", "more")

MOST_REQUESTS = 3
"""What the middle answer, «٢–٣», may stand for."""

REMEMBERED: Final = UUID(int=0)
"""The epoch of a hall that is remembered: no server's, so that whatever one says replaces it."""

FIRST_LANGUAGE: Language = "ar"

EMERGENCY_KEPT_S: Final = 3600.0
"""So long without a word of the server an emergency still stands."""

PaperNews = Literal["printing", "printed", "kept", "not_printed", "unsure"]
"""What the citizen is told of the slip."""


@dataclass(frozen=True, slots=True)
class Flow:
    """Everything the kiosk knows at one moment."""

    patience: Patience = field(default_factory=Patience)
    step: Step = field(default_factory=Home)
    language: Language = FIRST_LANGUAGE
    help: Literal["none", "asked", "coming", "not_sent"] = "none"
    """Somebody is `coming` only once the server has said so."""
    help_asked_at: float = float("-inf")
    """Since when the answer to `asked` is waited for."""
    asking_since: float | None = None
    """Since when the screen asks whether somebody is still there."""
    touched_at: float = float("-inf")
    slips: Mapping[str, Slip] = field(default_factory=dict)
    """By job: those of which something may still be told. Never changed in place."""
    connected: bool = False
    printer_ready: bool = False
    today: date = date.max
    """By the centre's clock; nobody is born after it."""
    scanner_ready: bool = False
    scanned_at: float = float("-inf")
    """When a code, or what made none, was held before the scanner last."""
    hall: Hall | None = None
    """As a server said last, or as it is remembered from before the start (`REMEMBERED`)."""
    heard_at: float = field(default=float("-inf"), compare=False)
    """When the hall was told last."""
    now: float = field(default=float("-inf"), compare=False)
    """The moment up to which time has passed."""
    has_own_numbers: bool = False
    """The kiosk holds a series of its own, and has not given all of it today."""
    time_told: datetime | None = field(default=None, compare=False)
    """What time it was in the centre, in its zone, at `time_told_at`; None: nobody can tell."""
    time_told_at: float = field(default=float("-inf"), compare=False)
    last_contact: datetime | None = field(default=None, compare=False)
    """When a server was heard last."""
    services: tuple[ServiceCard, ...] = ()
    roll_test: RollTest | None = None
    """The test slip of a new roll, until somebody looked at it."""
    out_of_service: OutOfService | None = None
    """A supervisor's words while this kiosk gives no numbers."""
    notice: DeviceNotice | None = None
    """A line for whoever stands before this one machine."""
    notice_until: float = float("-inf")

    @property
    def asks_about_roll(self) -> bool:
        """The glass asks whether the test slip can be read, or says what to do with white paper."""
        test = self.roll_test
        return test is not None and test.state != "printing" and isinstance(self.step, Home)

    @property
    def hall_now(self) -> Hall | None:
        """The hall as the server at the other end says; None without one."""
        if not self.connected or self.hall is None or self.hall.epoch == REMEMBERED:
            return None
        return self.hall

    @property
    def emergency(self) -> BoardMessage | None:
        """What stands over every page, also without a line; the citizen's minute goes on below."""
        if self.hall is None or self.now >= self.heard_at + EMERGENCY_KEPT_S:
            return None
        return next((each for each in self.hall.messages if each.full_screen), None)

    @property
    def is_out(self) -> bool:
        """No numbers are given here, and the glass says so; a citizen whose number is in the making
        or on the glass has it first."""
        return self.out_of_service is not None and not isinstance(self.step, Issuing | Number)

    @property
    def notice_now(self) -> DeviceNotice | None:
        """The line for whoever stands here; it ends by itself."""
        return self.notice if self.now < self.notice_until else None

    @property
    def may_issue(self) -> bool:
        """A touch for a number can be answered now."""
        if not self.connected:
            return self.may_give
        return self.hall_now is not None and self.hall_now.issuing

    @property
    def may_give(self) -> bool:
        """Without an answer of the server the kiosk may give a number of its own now."""
        return self.has_own_numbers and self.emergency is None and self.is_open_as_told

    @property
    def centre_time(self) -> datetime | None:
        """What time it is in the centre, in its zone; None while nobody can tell."""
        told = self.time_told
        if told is None:
            return None
        at = told.astimezone(UTC) + timedelta(seconds=max(0.0, self.now - self.time_told_at))
        return at.astimezone(told.tzinfo)

    @property
    def is_open_as_told(self) -> bool:
        """Numbers are given now, by what a server said last of its openings."""
        at = self.centre_time
        if at is None or self.hall is None:
            return False
        return any(each.opens_at <= at < each.closes_at for each in self.hall.openings)

    @property
    def opens_as_told(self) -> datetime | None:
        """When numbers are given next, as was said last; None where nobody knows."""
        at = self.centre_time
        if at is None or self.hall is None:
            return None
        coming = [each.opens_at for each in self.hall.openings if each.opens_at > at]
        return min(coming).astimezone(at.tzinfo) if coming else None

    @property
    def may_check_in(self) -> bool:
        """The code of an appointment can be asked for now, also when no more numbers are given."""
        return self.hall_now is not None and self.hall_now.appointments

    @property
    def may_scan(self) -> bool:
        """A code held before the scanner is answered now: no number on the glass hangs on it."""
        if self.emergency is not None or self.is_out:
            return False
        match self.step:
            case Issuing() | Looking():
                return False
            case Number():
                return self.paper_news in ("printed", "kept")
        return True

    @property
    def is_morning(self) -> bool:
        """The first page is one button for the line at the door, appointments alone beside it."""
        if not self.connected:
            return self.may_give and self._is_morning_as_told
        return self.hall_now is not None and self.hall_now.issuing and self.hall_now.morning

    @property
    def _is_morning_as_told(self) -> bool:
        at, hall = self.centre_time, self.hall
        if at is None or hall is None or hall.morning_from is None or hall.morning_until is None:
            return False
        return hall.morning_from <= at.time() < hall.morning_until

    @property
    def most_requests(self) -> int:
        """The requests that one number carries now; with 1 nobody is asked how many there are."""
        if not self.may_issue or self.is_morning or self.hall is None:
            return 1
        return min(self.hall.requests_at_most, MOST_REQUESTS)

    @property
    def asks_national_id(self) -> bool:
        """The policy wants the card's number before a kiosk gives one.

        Never while cut off: it would have to be kept on this machine until the line is back.
        """
        return self.hall_now is not None and self.hall_now.asks_national_id

    @property
    def id_fault(self) -> NationalIdFault | None:
        """Which part of the number on the pad cannot be; None while it may become one."""
        if not isinstance(self.step, IdPad):
            return None
        return fault_so_far(self.step.typed, today=self.today)

    @property
    def slip(self) -> Slip | None:
        """The slip of the number on the glass."""
        job = self.job_on_glass
        return None if job is None else self.slips.get(job)

    @property
    def job_on_glass(self) -> str | None:
        """The print job of the number on the glass."""
        return str(self.step.ticket.id) if isinstance(self.step, Number) else None

    @property
    def may_idle(self) -> bool:
        """Something of a citizen's is on the glass and no other clock runs for it."""
        if isinstance(self.step, Home):
            return self.language != FIRST_LANGUAGE or self.help != "none"
        return isinstance(self.step, Groups | Services | Card | Code | IdPad)

    @property
    def leaves_at(self) -> float | None:
        """When a number or a notice gives way to the first page by itself."""
        step, slip = self.step, self.slip
        if isinstance(step, Notice):
            return step.since + self.patience.notice_s
        if isinstance(step, Standing):
            return step.since + self.patience.standing_s
        if not isinstance(step, Number) or slip is None:
            return None
        if slip.is_good:
            settled_at = step.since if step.settled_at is None else step.settled_at
            return settled_at + self.patience.number_s
        if slip.give_up_at is not None and slip.state in NOT_ONE_BYTE:
            return None
        return step.since + self.patience.unsure_s

    @property
    def paper_news(self) -> PaperNews:
        """What the citizen is told of the slip of the number on the glass."""
        slip, step = self.slip, self.step
        if slip is None or not isinstance(step, Number):
            return "unsure"
        if slip.is_good:
            return "kept" if slip.said == "kept" else "printed"
        if slip.state in NOT_ONE_BYTE:
            waits_for_printer = slip.state == "queued" and self.printer_ready and not step.is_late
            return "printing" if waits_for_printer else "not_printed"
        return "unsure" if step.is_late or slip.state in ("held", "unknown") else "printing"

    @property
    def groups(self) -> tuple[tuple[str, str], ...]:
        """The groups of services, Arabic and English names, in the order the centre gave."""
        return tuple(dict.fromkeys((each.group_ar, each.group_en) for each in self.services))

    def services_of(self, group: int) -> tuple[ServiceCard, ...]:
        """Return a group's services; none when there is no such group."""
        names = self.groups[group : group + 1]
        return tuple(each for each in self.services if (each.group_ar, each.group_en) in names)

    def service(self, code: str) -> ServiceCard | None:
        """Return the service with that code."""
        return next((each for each in self.services if each.code == code), None)


def next_due(flow: Flow) -> float | None:
    """Return when something happens by time alone; None when nothing ever will."""
    times = [slip.give_up_at for slip in flow.slips.values() if slip.give_up_at is not None]
    if flow.emergency is not None:
        times.append(flow.heard_at + EMERGENCY_KEPT_S)
    patience, step = flow.patience, flow.step
    if flow.roll_test is not None:
        times.append(flow.roll_test.due(patience.roll_answer_s))
    if flow.notice_now is not None:
        times.append(flow.notice_until)
    if flow.help == "asked":
        times.append(flow.help_asked_at + patience.help_s)
    if flow.asking_since is not None:
        times.append(flow.asking_since + patience.answer_s)
    elif flow.may_idle:
        times.append(flow.touched_at + patience.idle_s)
    if isinstance(step, Issuing) and not step.is_own:
        times.append(step.since + patience.command_s)
    if isinstance(step, Looking):
        times.append(step.since + patience.look_s)
    if isinstance(step, Number) and not step.is_late and step.settled_at is None:
        times.append(step.since + patience.printing_s)
    if (leaves_at := flow.leaves_at) is not None:
        times.append(leaves_at)
    return min(times, default=None)


def step_name(flow: Flow) -> str:
    """Return the name of the page that is shown, which is also its template's."""
    if flow.emergency is not None:
        return "emergency"
    if flow.asks_about_roll:
        return "roll"
    if flow.is_out:
        return "out"
    return type(flow.step).__name__.lower()


def pages_of(count: int) -> int:
    """Return how many pages that many tiles need."""
    return max(1, -(-count // PER_PAGE))


def touches(flow: Flow) -> frozenset[str]:
    """Return the names of the touches that do something now; the page offers these and no more."""
    if flow.emergency is not None:
        return frozenset() if flow.help == "coming" else frozenset({"help"})
    if flow.asking_since is not None:
        return frozenset({"more-time", "language", "home"})
    names = {"language"} if flow.help == "coming" else {"language", "help"}
    if flow.roll_test is not None and flow.asks_about_roll:
        is_asked = flow.roll_test.state == "asked"
        return frozenset(names | (set(ROLL_TOUCHES) if is_asked else {"roll:read"}))
    if flow.is_out:
        return frozenset() if flow.help == "coming" else frozenset({"help"})
    match flow.step:
        case Home():
            names |= {"code"} if flow.may_check_in else set()
            if flow.is_morning:
                names.add("take")
            else:
                names |= _takes(flow) | ({"services"} if flow.services else set())
        case Groups(page):
            indices = range(len(flow.groups))[page * PER_PAGE : (page + 1) * PER_PAGE]
            names |= {"home", *_arrows(page, len(flow.groups))}
            names |= {f"group:{index}" for index in indices}
        case Services(group, page):
            found = flow.services_of(group)
            on_page = found[page * PER_PAGE : (page + 1) * PER_PAGE]
            names |= {"home", "back", *_arrows(page, len(found))}
            names |= {f"service:{service.code}" for service in on_page}
        case Card(code):
            service = flow.service(code)
            names |= {"home", "back"}
            names |= (
                _takes(flow) | _answers(flow) if service is not None and service.open else set()
            )
        case Code(typed):
            names |= {"home"} | ({"erase"} if typed else set())
            if len(typed) < CODE_DIGITS:
                names |= {f"digit:{digit}" for digit in "123456789"}
            elif flow.may_check_in:
                names |= {"check-in"}
        case IdPad(typed=typed):
            names |= {"home"} | ({"erase"} if typed else set())
            fault = flow.id_fault
            if len(typed) < ID_DIGITS and fault is None:
                names |= {f"digit:{digit}" for digit in "0123456789"}
            elif fault is None and flow.may_issue:
                names |= {"id-done"}
        case Number():
            news = flow.paper_news
            names |= {"finish"} if news in ("printed", "kept") else set()
            names |= {"kept"} if news in ("not_printed", "unsure") else set()
        case Notice(command=command):
            may_retry = flow.may_issue if command and not command.is_check_in else flow.may_check_in
            names |= {"home"} | ({"retry"} if command and may_retry else set())
        case Standing():
            names |= {"home"}
        case Issuing() | Looking():
            pass
    return frozenset(names)


def _takes(flow: Flow) -> set[str]:
    return {"take", *(f"take:{each}" for each in PRIORITIES)} if flow.may_issue else set()


def _answers(flow: Flow) -> set[str]:
    return {f"requests:{each}" for each in ANSWERS} if flow.most_requests > 1 else set()


def _arrows(page: int, count: int) -> set[str]:
    arrows = {"previous"} if page > 0 else set()
    return arrows | ({"next"} if page + 1 < pages_of(count) else set())
