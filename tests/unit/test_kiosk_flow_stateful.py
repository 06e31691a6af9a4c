"""The citizen's minute under any order of touches, answers, printer news and lost lines."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from core_services.link.citizen_frames import Issue, IssuedTicket
from kiosk.flow import advance
from kiosk.series import Series, own_ticket
from kiosk.slips import NOT_ONE_BYTE, JobState, Word
from kiosk.state import Flow, next_due, touches
from kiosk.steps import (
    AbandonKey,
    CancelJob,
    Command,
    CommandRefused,
    Event,
    ForgetKey,
    GiveOwnNumber,
    HallChanged,
    Home,
    Issuing,
    JobCancelled,
    JobChanged,
    JudgeRoll,
    LinkChanged,
    NoOwnNumber,
    Number,
    OwnNumberGiven,
    OwnNumbersChanged,
    Patience,
    PrinterChanged,
    PrintSlip,
    PrintTestSlip,
    RollLoaded,
    SayWord,
    SendIssue,
    Ticked,
    TicketIssued,
    TimeTold,
    Touched,
)
from tests.support.kiosk import hall, openings, ticket_for

NINE = datetime(2026, 11, 22, 7, tzinfo=UTC)
SERIES = Series("K", "ك", 101, 1000)

PROGRESS: dict[JobState, tuple[JobState, ...]] = {
    "queued": ("sending", "failed"),
    "sending": ("queued", "sent", "held", "unknown"),
    "sent": ("done", "held", "unknown"),
    "held": ("done", "unknown"),
    "unknown": ("done",),
    "done": (),
    "failed": (),
}


class KioskMinute(RuleBasedStateMachine):
    """A kiosk with a server that answers late or never, and a printer that does as it likes."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.flow = Flow(patience=Patience(roll_answer_s=60.0))
        self.rolls = 0
        self.in_flight: str | None = None
        self.asked: dict[str, Command] = {}
        self.answered: dict[str, IssuedTicket] = {}
        self.jobs: dict[str, JobState] = {}
        self.words: dict[UUID, list[Word]] = {}
        self.untold: list[JobChanged] = []
        self.revision = 0
        self.touched = 0
        self.own_left = 0
        self.own_given: dict[str, str] = {}
        self.line(True)
        self.hall_news(True)

    def tell(self, event: Event) -> None:
        self.flow, effects = advance(self.flow, event, self.now)
        answers: list[Event] = []
        for effect in effects:
            match effect:
                case SendIssue(command):
                    assert self.in_flight in (None, command.key), "two commands in flight"
                    self.in_flight = command.key
                    self.asked[command.key] = command
                case AbandonKey(key) | ForgetKey(key):
                    assert self.in_flight == key
                    self.in_flight = None
                case GiveOwnNumber(command, was_sent):
                    assert self.in_flight == (command.key if was_sent else None)
                    assert not command.is_check_in
                    assert command.national_id is None
                    assert not (self.flow.connected and not was_sent), "a server could be asked"
                    self.in_flight = command.key
                    answers.append(self.give_own(command))
                case PrintSlip(key, ticket):
                    assert self.in_flight == key
                    self.in_flight = None
                    assert ticket.cut_off == (self.own_given.get(key) == ticket.label)
                    assert str(ticket.id) not in self.jobs, "a slip printed twice"
                    self.jobs[str(ticket.id)] = "queued"
                    self.words[ticket.id] = []
                case CancelJob(job):
                    never = self.jobs[job] in NOT_ONE_BYTE
                    if never:
                        self.jobs[job] = "failed"
                        answers.append(JobChanged(job, "failed"))
                    answers.append(JobCancelled(job, never))
                case PrintTestSlip(job):
                    assert job not in self.jobs, "a test slip is no citizen's"
                    self.rolls += 1
                case JudgeRoll():
                    self.rolls -= 1
                    assert self.rolls >= 0, "a roll judged twice"
                case SayWord(job, ticket_id, word):
                    said = self.words[ticket_id]
                    assert word not in said, "a word said twice"
                    assert "void" not in said, "a word after void"
                    if word == "void":
                        assert self.jobs[job] in NOT_ONE_BYTE, "void although bytes were accepted"
                        assert not said, "void although the number was kept"
                    said.append(word)
        for answer in answers:
            if isinstance(answer, NoOwnNumber):
                self.in_flight = None
            self.tell(answer)

    def give_own(self, command: Command) -> Event:
        """Give a number of the kiosk's own, as long as there is one."""
        assert command.key not in self.own_given, "two numbers for one touch"
        if self.own_left == 0:
            return NoOwnNumber(command.key)
        self.own_left -= 1
        made = own_ticket(
            SERIES,
            101 + len(self.own_given),
            command,
            None,
            id=uuid4(),
            day=NINE.date(),
            at=NINE,
            return_within_min=30,
        )
        self.own_given[command.key] = made.label
        return OwnNumberGiven(command.key, made)

    @rule(left=st.integers(0, 3), knows_the_time=st.booleans())
    def own_numbers(self, left: int, knows_the_time: bool) -> None:
        """Let the kiosk know the time or not, and have so many numbers left."""
        self.own_left = left
        self.tell(OwnNumbersChanged(left > 0))
        self.tell(TimeTold(NINE if knows_the_time else None, NINE))

    @invariant()
    def nobody_waits_for_a_number_of_its_own(self) -> None:
        assert not (isinstance(self.flow.step, Issuing) and self.flow.step.is_own)

    @rule()
    def roll_loaded(self) -> None:
        self.rolls = 0  # the one before is not asked about any more
        self.tell(RollLoaded(f"roll-{self.next_key()}", "347"))

    @precondition(lambda self: self.flow.roll_test is not None)
    @rule(state=st.sampled_from(["sending", "sent", "held", "done", "unknown", "failed"]))
    def printer_tells_of_the_test_slip(self, state: JobState) -> None:
        assert self.flow.roll_test is not None
        self.tell(JobChanged(self.flow.roll_test.job, state))

    @invariant()
    def a_citizen_is_never_interrupted_by_the_roll(self) -> None:
        if not isinstance(self.flow.step, Home):
            assert not self.flow.asks_about_roll
        assert ("roll:yes" in touches(self.flow)) <= self.flow.asks_about_roll

    def next_key(self) -> str:
        self.touched += 1
        return f"key-{self.touched:06}"

    @rule(data=st.data(), after_s=st.sampled_from([0.1, 0.6, 3.0]))
    def touch(self, data: st.DataObject, after_s: float) -> None:
        self.pass_time(after_s)
        known = sorted(touches(self.flow))
        name = data.draw(st.sampled_from([*known, "take", "kept", "nonsense:1"]))
        self.tell(Touched(name, self.next_key()))

    @precondition(lambda self: "take" in touches(self.flow))
    @rule(answer=st.sampled_from(["at once", "late", "never"]))
    def take(self, answer: str) -> None:
        self.pass_time(0.6)
        key = self.next_key()
        self.tell(Touched("take", key))
        if answer == "late":
            self.pass_time(9)
        if answer != "never" and key in self.asked:
            self.answer(key)

    @rule(seconds=st.sampled_from([1.0, 7.0, 15.0, 50.0]))
    def pass_time(self, seconds: float) -> None:
        until = self.now + seconds
        while (due := next_due(self.flow)) is not None and due <= until:
            self.now = max(self.now, due)
            self.tell(Ticked())
            later = next_due(self.flow)
            assert later is None or later > self.now, "time stands still"
        self.now = until
        self.tell(Ticked())

    @precondition(lambda self: self.asked)
    @rule(data=st.data(), refuse=st.booleans())
    def server_answers(self, data: st.DataObject, refuse: bool) -> None:
        key = data.draw(st.sampled_from(list(self.asked)))
        if refuse and key not in self.answered:
            self.tell(CommandRefused(key))
        else:
            self.answer(key)

    def answer(self, key: str) -> None:
        command = self.asked[key]
        issue = Issue(
            key=key,
            service=command.service,
            priority=command.priority,
            language=command.language,
        )
        made = self.answered.setdefault(key, ticket_for(issue, 101 + len(self.answered)))
        self.tell(TicketIssued(key, made))

    @precondition(lambda self: any(PROGRESS[state] for state in self.jobs.values()))
    @rule(data=st.data(), told=st.booleans())
    def printer_goes_on(self, data: st.DataObject, told: bool) -> None:
        """Let the printer do something; the news of it may be on the way for a while."""
        open_jobs = [job for job, state in self.jobs.items() if PROGRESS[state]]
        job = data.draw(st.sampled_from(open_jobs))
        state = data.draw(st.sampled_from(PROGRESS[self.jobs[job]]))
        self.jobs[job] = state
        self.untold.append(JobChanged(job, state, "echo" if state == "done" else None))
        if told:
            self.printer_tells()

    @rule()
    def printer_tells(self) -> None:
        while self.untold:
            self.tell(self.untold.pop(0))

    @rule(connected=st.booleans())
    def line(self, connected: bool) -> None:
        self.tell(LinkChanged(connected))

    @rule(issuing=st.booleans(), appointments=st.booleans())
    def hall_news(self, issuing: bool, appointments: bool = True) -> None:
        self.revision += 1
        news = hall(
            self.revision,
            issuing=issuing,
            appointments=appointments,
            openings=openings(NINE) if issuing else [],
        )
        self.tell(HallChanged(news))

    @precondition(lambda self: "code" in touches(self.flow))
    @rule(code=st.text("123456789", min_size=8, max_size=8))
    def type_a_code(self, code: str) -> None:
        """Type it as quickly as fingers can; the server may answer or refuse it later."""
        self.pass_time(0.6)
        self.tell(Touched("code", self.next_key()))
        for digit in code:
            self.pass_time(0.3)
            self.tell(Touched(f"digit:{digit}", self.next_key()))
        if "check-in" in touches(self.flow):
            self.pass_time(0.6)
            key = self.next_key()
            self.tell(Touched("check-in", key))
            assert self.asked[key].code == code

    @rule(ready=st.booleans())
    def printer_news(self, ready: bool) -> None:
        self.tell(PrinterChanged(ready))

    @invariant()
    def a_key_is_in_flight_only_while_the_screen_waits_for_it(self) -> None:
        step = self.flow.step
        waiting = step.command.key if isinstance(step, Issuing) else None
        assert self.in_flight == waiting

    @invariant()
    def a_number_that_is_not_good_cannot_be_left_by_touch(self) -> None:
        slip = self.flow.slip
        if isinstance(self.flow.step, Number) and slip is not None and not slip.is_good:
            assert not {"home", "finish", "back"} & touches(self.flow)

    def teardown(self) -> None:
        """Leave the kiosk alone: it returns to its first page and owes nothing."""
        self.printer_tells()
        for job in list(self.jobs):
            while self.jobs[job] in ("sending", "sent"):
                self.jobs[job] = "sent" if self.jobs[job] == "sending" else "unknown"
                self.tell(JobChanged(job, self.jobs[job]))
        self.pass_time(200)
        assert self.flow.step == Home()
        assert self.flow.language == "ar"
        assert self.in_flight is None
        for said in self.words.values():
            assert said, "a ticket without a word"


TestKioskMinute = KioskMinute.TestCase
TestKioskMinute.settings = settings(max_examples=150, stateful_step_count=40)
