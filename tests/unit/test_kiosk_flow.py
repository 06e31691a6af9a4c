"""The citizen's minute, event by event."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from core_services.link.citizen_frames import IssuedTicket
from core_services.link.hall_frames import Down
from kiosk.flow import advance
from kiosk.slips import JobState
from kiosk.state import PER_PAGE, Flow, next_due, touches
from kiosk.steps import (
    AbandonKey,
    CallForHelp,
    CancelJob,
    Card,
    CommandRefused,
    Effect,
    Event,
    ForgetKey,
    Groups,
    HallChanged,
    HelpComing,
    HelpNotSent,
    Home,
    Issuing,
    JobCancelled,
    JobChanged,
    LinkChanged,
    Notice,
    Number,
    PrinterChanged,
    PrintSlip,
    SayWord,
    SendIssue,
    Services,
    SlipFound,
    Ticked,
    TicketIssued,
    Touched,
)
from tests.support.kiosk import hall, services, ticket


class Citizen:
    """Drives a flow by a clock of its own and keeps the effects."""

    def __init__(self) -> None:
        self.flow = Flow()
        self.now = 100.0
        self.effects: list[Effect] = []
        for event in (LinkChanged(True), HallChanged(hall()), PrinterChanged(True)):
            self.tell(event)

    def tell(self, event: Event) -> tuple[Effect, ...]:
        self.flow, effects = advance(self.flow, event, self.now)
        self.effects += effects
        return effects

    def touch(self, name: str, *, after_s: float = 1.0) -> tuple[Effect, ...]:
        self.now += after_s
        return self.tell(Touched(name, uuid4().hex))

    def wait(self, seconds: float) -> tuple[Effect, ...]:
        """Let time pass as the agent does: waking whenever something is due."""
        until = self.now + seconds
        effects: tuple[Effect, ...] = ()
        while (due := next_due(self.flow)) is not None and due <= until:
            self.now = max(self.now, due)
            effects = (*effects, *self.tell(Ticked()))
        self.now = until
        return (*effects, *self.tell(Ticked()))

    def take(self) -> IssuedTicket:
        """Touch for a number and be answered."""
        (effect,) = self.touch("take")
        assert isinstance(effect, SendIssue)
        issued = ticket()
        self.tell(TicketIssued(effect.command.key, issued))
        return issued

    def job(self, issued: IssuedTicket, state: JobState) -> tuple[Effect, ...]:
        return self.tell(JobChanged(str(issued.id), state, "echo" if state == "done" else None))

    def step(self) -> object:
        return self.flow.step

    def is_asked(self) -> bool:
        return self.flow.asking_since is not None

    def waiting(self) -> int:
        assert self.flow.hall is not None
        return self.flow.hall.waiting

    def help(self) -> str:
        return self.flow.help

    @property
    def words(self) -> list[str]:
        return [each.word for each in self.effects if isinstance(each, SayWord)]


@pytest.fixture
def citizen() -> Citizen:
    return Citizen()


def test_one_touch_sends_one_command_with_the_key_made_at_the_touch(citizen: Citizen) -> None:
    citizen.now += 1
    (effect,) = citizen.tell(Touched("take", "k" * 32))
    assert isinstance(effect, SendIssue)
    assert (effect.command.key, effect.command.service, effect.command.priority) == (
        "k" * 32,
        None,
        "none",
    )
    assert isinstance(citizen.step(), Issuing)


def test_three_taps_are_one_command(citizen: Citizen) -> None:
    citizen.touch("take")
    assert citizen.touch("take", after_s=0.1) == ()
    assert citizen.touch("take", after_s=0.3) == ()
    assert citizen.touch("take", after_s=3.0) == ()
    assert sum(isinstance(each, SendIssue) for each in citizen.effects) == 1


def test_a_double_touch_does_not_reach_through_to_the_next_page(citizen: Citizen) -> None:
    citizen.touch("services")
    citizen.touch("group:0", after_s=0.2)
    assert citizen.step() == Groups()
    citizen.touch("group:0", after_s=0.5)
    assert citizen.step() == Services(0)


@pytest.mark.parametrize("priority", ["age65", "disability", "infant"])
def test_a_priority_button_issues_at_once(citizen: Citizen, priority: str) -> None:
    (effect,) = citizen.touch(f"take:{priority}")
    assert isinstance(effect, SendIssue)
    assert effect.command.priority == priority


def test_a_service_is_chosen_in_three_touches_and_named_in_the_command(citizen: Citizen) -> None:
    citizen.touch("services")
    citizen.touch("group:1")
    citizen.touch("service:203")
    assert citizen.step() == Card("203", 1, 0)
    (effect,) = citizen.touch("take:infant")
    assert isinstance(effect, SendIssue)
    assert (effect.command.service, effect.command.priority) == ("203", "infant")


def test_a_long_group_has_pages_of_at_most_eight(citizen: Citizen) -> None:
    citizen.touch("services")
    citizen.touch("group:0")
    assert sum(name.startswith("service:") for name in touches(citizen.flow)) == PER_PAGE
    assert "previous" not in touches(citizen.flow)
    citizen.touch("next")
    assert {name for name in touches(citizen.flow) if name.startswith("service:")} == {
        "service:109",
        "service:110",
    }
    assert "next" not in touches(citizen.flow)
    citizen.touch("service:110")
    citizen.touch("back")
    assert citizen.step() == Services(0, 1)
    citizen.touch("previous")
    citizen.touch("back")
    assert citizen.step() == Groups(0)


def test_a_closed_service_can_be_read_and_not_taken(citizen: Citizen) -> None:
    for name in ("services", "group:0", "service:104"):
        citizen.touch(name)
    assert citizen.step() == Card("104", 0, 0)
    assert "take" not in touches(citizen.flow)
    assert citizen.touch("take") == ()


def test_one_group_alone_needs_no_choice_of_groups(citizen: Citizen) -> None:
    alone = [card for card in services() if card.code.startswith("3")]
    citizen.tell(HallChanged(hall(2, services=alone)))
    citizen.touch("services")
    assert citizen.step() == Services(0)
    citizen.touch("back")
    assert citizen.step() == Home()


def test_changed_services_send_a_reader_back_to_the_groups(citizen: Citizen) -> None:
    for name in ("services", "group:8", "service:901"):
        citizen.touch(name)
    citizen.tell(HallChanged(hall(2, services=services()[:20])))
    assert citizen.step() == Groups()


def test_a_hall_without_services_keeps_those_the_kiosk_has(citizen: Citizen) -> None:
    citizen.tell(HallChanged(hall(2, services=None, waiting=13)))
    assert len(citizen.flow.services) == 69
    assert citizen.waiting() == 13


def test_an_older_hall_is_ignored_and_another_epoch_is_not(citizen: Citizen) -> None:
    citizen.tell(HallChanged(hall(9, waiting=3)))
    citizen.tell(HallChanged(hall(8, waiting=4)))
    assert citizen.waiting() == 3
    citizen.tell(HallChanged(hall(2, waiting=5, epoch=uuid4())))
    assert citizen.waiting() == 5


def test_the_language_changes_without_losing_the_step(citizen: Citizen) -> None:
    for name in ("services", "group:1", "service:203"):
        citizen.touch(name)
    citizen.touch("language")
    assert (citizen.flow.language, citizen.step()) == ("en", Card("203", 1, 0))
    (effect,) = citizen.touch("take")
    assert isinstance(effect, SendIssue)
    assert effect.command.language == "en"


def test_a_printed_slip_is_told_and_the_number_stays_ten_seconds(citizen: Citizen) -> None:
    issued = citizen.take()
    assert isinstance(citizen.effects[-1], PrintSlip)
    citizen.job(issued, "sending")
    citizen.now += 1.5
    citizen.job(issued, "sent")
    (word,) = citizen.job(issued, "done")
    assert word == SayWord(str(issued.id), issued.id, "done", "echo")
    citizen.wait(9.9)
    assert isinstance(citizen.step(), Number)
    citizen.wait(0.2)
    assert citizen.step() == Home()


def test_a_citizen_with_the_paper_may_leave_at_once(citizen: Citizen) -> None:
    issued = citizen.take()
    assert "finish" not in touches(citizen.flow)
    citizen.job(issued, "done")
    citizen.touch("finish")
    assert citizen.step() == Home()


def test_a_kept_number_is_told_once_and_its_waiting_job_taken_back(citizen: Citizen) -> None:
    issued = citizen.take()
    assert citizen.touch("kept") == ()
    effects = citizen.touch("kept", after_s=5)
    assert effects == (
        SayWord(str(issued.id), issued.id, "kept", "citizen"),
        CancelJob(str(issued.id)),
    )
    citizen.tell(JobCancelled(str(issued.id), True))
    citizen.wait(60)
    assert citizen.words == ["kept"]
    assert citizen.step() == Home()


def test_paper_that_comes_after_the_number_was_kept_is_told_too(citizen: Citizen) -> None:
    issued = citizen.take()
    citizen.job(issued, "sent")
    citizen.touch("kept", after_s=5)
    citizen.wait(60)
    citizen.job(issued, "done")
    assert citizen.words == ["kept", "done"]


def test_without_a_byte_and_a_touch_the_number_is_void_after_twenty_seconds(
    citizen: Citizen,
) -> None:
    issued = citizen.take()
    citizen.wait(19.9)
    assert CancelJob(str(issued.id)) not in citizen.effects
    assert citizen.wait(0.2) == (CancelJob(str(issued.id)),)
    assert citizen.words == []
    citizen.tell(JobCancelled(str(issued.id), True))
    assert citizen.words == ["void"]
    step = citizen.step()
    assert isinstance(step, Notice)
    assert (step.why, step.display_label) == ("voided", "١٤٢")


def test_a_number_is_not_void_when_the_printer_took_a_byte(citizen: Citizen) -> None:
    issued = citizen.take()
    citizen.wait(20.1)
    citizen.tell(JobCancelled(str(issued.id), False))
    assert citizen.words == []
    assert isinstance(citizen.step(), Number)
    citizen.job(issued, "sending")
    citizen.job(issued, "unknown")
    assert citizen.words == ["unknown"]


def test_a_job_that_failed_without_a_byte_is_void_only_when_patience_ends(
    citizen: Citizen,
) -> None:
    issued = citizen.take()
    citizen.job(issued, "failed")
    assert "kept" in touches(citizen.flow)
    citizen.wait(19)
    assert citizen.words == []
    citizen.wait(1.1)
    assert citizen.words == ["void"]


def test_a_touch_gives_more_time_to_keep_a_number_but_not_for_ever(citizen: Citizen) -> None:
    issued = citizen.take()
    citizen.job(issued, "failed")
    for _ in range(2):
        citizen.wait(15)
        citizen.touch("language")
    assert citizen.words == []
    citizen.wait(14)
    citizen.touch("language")
    citizen.wait(4)
    assert citizen.words == ["void"]
    assert citizen.now - 100 < 55


@pytest.mark.parametrize("state", ["held", "unknown"])
def test_bytes_without_confirmation_are_told_and_never_void(
    citizen: Citizen, state: JobState
) -> None:
    issued = citizen.take()
    citizen.job(issued, "sending")
    citizen.job(issued, state)
    citizen.wait(300)
    assert citizen.words == [state]
    assert citizen.step() == Home()
    citizen.job(issued, "done")
    assert citizen.words == [state, "done"]


def test_a_command_is_abandoned_after_eight_seconds_before_the_screen_says_so(
    citizen: Citizen,
) -> None:
    (sent,) = citizen.touch("take")
    assert isinstance(sent, SendIssue)
    citizen.wait(7.9)
    assert isinstance(citizen.step(), Issuing)
    assert citizen.wait(0.2) == (AbandonKey(sent.command.key),)
    step = citizen.step()
    assert isinstance(step, Notice)
    assert step.why == "timeout"


def test_a_late_answer_to_an_abandoned_key_is_ignored(citizen: Citizen) -> None:
    (sent,) = citizen.touch("take")
    assert isinstance(sent, SendIssue)
    citizen.wait(9)
    assert citizen.tell(TicketIssued(sent.command.key, ticket())) == ()
    assert citizen.flow.slips == {}
    assert isinstance(citizen.step(), Notice)


def test_a_refused_command_says_so_and_asks_again_by_a_new_key(citizen: Citizen) -> None:
    (sent,) = citizen.touch("take:age65")
    assert isinstance(sent, SendIssue)
    assert citizen.tell(CommandRefused(sent.command.key)) == (ForgetKey(sent.command.key),)
    (again,) = citizen.touch("retry")
    assert isinstance(again, SendIssue)
    assert again.command.priority == "age65"
    assert again.command.key != sent.command.key


def test_a_broken_line_asks_again_by_the_same_key_when_it_is_back(citizen: Citizen) -> None:
    (sent,) = citizen.touch("take")
    citizen.tell(LinkChanged(False))
    citizen.now += 2
    assert citizen.tell(LinkChanged(True)) == (sent,)


def test_a_number_cannot_be_asked_for_without_a_server_or_when_issuing_stopped(
    citizen: Citizen,
) -> None:
    citizen.tell(LinkChanged(False))
    assert citizen.touch("take") == ()
    citizen.tell(LinkChanged(True))
    citizen.tell(HallChanged(hall(2, issuing=False)))
    assert citizen.touch("take") == ()
    citizen.tell(HallChanged(hall(3)))
    assert len(citizen.touch("take")) == 1


def test_in_the_morning_the_first_page_is_one_button_alone(citizen: Citizen) -> None:
    citizen.tell(HallChanged(hall(2, morning=True)))
    assert touches(citizen.flow) == {"take", "help", "language"}
    assert citizen.touch("take:age65") == ()
    assert len(citizen.touch("take")) == 1


def test_a_morning_that_is_stopped_offers_no_number(citizen: Citizen) -> None:
    citizen.tell(HallChanged(hall(2, morning=True, issuing=False)))
    assert "take" not in touches(citizen.flow)
    assert not citizen.flow.is_morning


def test_help_is_promised_only_once_the_server_says_that_the_staff_are_told(
    citizen: Citizen,
) -> None:
    assert citizen.touch("help") == (CallForHelp(),)
    assert citizen.help() == "asked"
    citizen.wait(1)
    citizen.tell(HelpComing())
    assert citizen.help() == "coming"
    assert citizen.touch("help") == ()
    citizen.wait(46)
    assert citizen.help() == "none"


def test_a_call_for_help_without_an_answer_sends_the_citizen_to_reception(
    citizen: Citizen,
) -> None:
    citizen.touch("help")
    citizen.wait(2)
    assert citizen.touch("help") == (CallForHelp(),)
    citizen.wait(1)
    assert citizen.help() == "not_sent"
    assert citizen.touch("help") == (CallForHelp(),)
    assert citizen.help() == "asked"
    citizen.wait(4)
    assert citizen.help() == "not_sent"
    citizen.tell(HelpComing())
    assert citizen.help() == "coming"


def test_a_line_that_falls_takes_the_call_for_help_with_it(citizen: Citizen) -> None:
    citizen.touch("help")
    citizen.tell(LinkChanged(False))
    assert citizen.help() == "not_sent"
    citizen.tell(LinkChanged(True))
    citizen.touch("help")
    citizen.tell(HelpComing())
    citizen.tell(LinkChanged(False))
    assert citizen.help() == "coming"


def test_help_that_cannot_be_called_is_not_promised(citizen: Citizen) -> None:
    citizen.touch("help")
    citizen.tell(HelpNotSent())
    assert citizen.help() == "not_sent"
    citizen.tell(LinkChanged(False))
    assert citizen.touch("help") == ()
    assert citizen.help() == "not_sent"


def test_an_answer_to_a_call_for_help_is_not_shown_to_the_next_citizen(citizen: Citizen) -> None:
    citizen.touch("help")
    citizen.wait(60)
    citizen.tell(HelpComing())
    assert citizen.help() == "none"


def test_an_idle_screen_asks_and_then_wipes_everything(citizen: Citizen) -> None:
    citizen.touch("language")
    citizen.touch("services")
    citizen.touch("group:2")
    citizen.wait(44)
    assert not citizen.is_asked()
    citizen.wait(1.1)
    assert citizen.is_asked()
    assert citizen.step() == Services(2)
    citizen.wait(28)
    assert citizen.step() == Services(2)
    citizen.wait(2)
    assert (citizen.step(), citizen.flow.language) == (Home(), "ar")


def test_more_time_keeps_everything_where_it_was(citizen: Citizen) -> None:
    citizen.touch("services")
    citizen.wait(60)
    assert citizen.touch("group:0") == ()
    citizen.touch("more-time")
    assert (citizen.is_asked(), citizen.step()) == (False, Groups())
    citizen.wait(44)
    assert not citizen.is_asked()


def test_a_citizen_who_is_asked_and_has_finished_leaves_nothing_behind(citizen: Citizen) -> None:
    citizen.touch("language")
    citizen.touch("services")
    citizen.touch("home")
    assert citizen.flow.language == "en"
    citizen.touch("services")
    citizen.wait(50)
    citizen.touch("home")
    assert citizen.flow == replace(Citizen().flow, touched_at=citizen.now)


def test_another_language_on_the_first_page_is_wiped_without_asking(citizen: Citizen) -> None:
    citizen.touch("language")
    citizen.wait(46)
    assert (citizen.flow.language, citizen.is_asked()) == ("ar", False)


def test_the_first_page_alone_has_nothing_due(citizen: Citizen) -> None:
    assert next_due(citizen.flow) is None


def test_a_notice_leaves_by_itself_after_twenty_seconds(citizen: Citizen) -> None:
    citizen.touch("take")
    citizen.wait(8.1)
    citizen.wait(19)
    assert isinstance(citizen.step(), Notice)
    citizen.wait(1)
    assert citizen.step() == Home()


@pytest.mark.parametrize(
    ("state", "effects"),
    [
        ("queued", ["cancel"]),
        ("failed", ["void"]),
        ("sending", []),
        ("sent", []),
        ("held", ["held"]),
        ("unknown", ["unknown"]),
        ("done", ["done"]),
    ],
)
def test_a_slip_of_an_earlier_run_is_settled_by_what_its_job_became(
    citizen: Citizen, state: JobState, effects: list[str]
) -> None:
    issued = ticket()
    found = citizen.tell(SlipFound(str(issued.id), issued.id, False, state))
    assert [
        each.word if isinstance(each, SayWord) else "cancel"
        for each in found
        if isinstance(each, SayWord | CancelJob)
    ] == effects
    assert citizen.step() == Home()


def test_the_paper_of_a_number_that_was_kept_before_a_restart_is_taken_back(
    citizen: Citizen,
) -> None:
    issued = ticket()
    found = SlipFound(str(issued.id), issued.id, False, "queued", "kept")
    assert citizen.tell(found) == (CancelJob(str(issued.id)),)
    citizen.tell(JobCancelled(str(issued.id), True))
    assert citizen.words == []
    assert citizen.flow.slips == {}


def test_a_job_that_falls_back_into_line_when_its_time_is_over_is_taken_back(
    citizen: Citizen,
) -> None:
    issued = citizen.take()
    citizen.job(issued, "sending")
    citizen.wait(41)
    assert (citizen.words, citizen.step()) == ([], Home())
    assert citizen.job(issued, "queued") == (CancelJob(str(issued.id)),)
    citizen.tell(JobCancelled(str(issued.id), True))
    assert citizen.words == ["void"]
    assert citizen.flow.slips == {}


def test_a_job_that_falls_back_into_line_in_time_waits_for_the_printer(citizen: Citizen) -> None:
    issued = citizen.take()
    citizen.job(issued, "sending")
    citizen.wait(10)
    assert citizen.job(issued, "queued") == ()
    assert citizen.job(issued, "done") != ()
    assert citizen.words == ["done"]


def test_a_kept_number_whose_job_falls_back_into_line_is_not_printed_later(
    citizen: Citizen,
) -> None:
    issued = citizen.take()
    citizen.job(issued, "sending")
    citizen.wait(6)
    citizen.touch("kept")
    citizen.touch("finish")
    assert citizen.job(issued, "queued") == (CancelJob(str(issued.id)),)
    citizen.tell(JobCancelled(str(issued.id), True))
    assert citizen.words == ["kept"]
    assert citizen.flow.slips == {}


def test_a_slip_in_line_is_remembered_until_its_cancel_is_answered(citizen: Citizen) -> None:
    issued = citizen.take()
    citizen.wait(6)
    assert CancelJob(str(issued.id)) in citizen.touch("kept")
    citizen.touch("finish")
    assert str(issued.id) in citizen.flow.slips
    citizen.tell(JobCancelled(str(issued.id), False))
    citizen.job(issued, "sending")
    citizen.job(issued, "done")
    assert citizen.words == ["kept", "done"]
    assert citizen.flow.slips == {}


def test_a_copy_is_told_of_and_never_void(citizen: Citizen) -> None:
    original = ticket()
    citizen.tell(SlipFound("copy-1", original.id, True, "queued"))
    citizen.wait(600)
    assert citizen.words == []
    citizen.tell(JobChanged("copy-1", "failed"))
    assert citizen.effects[-1] == SayWord("copy-1", original.id, "failed", None)


def test_two_tickets_settle_apart(citizen: Citizen) -> None:
    first = citizen.take()
    citizen.job(first, "sent")
    citizen.wait(41)
    assert citizen.step() == Home()
    second = citizen.take()
    citizen.job(first, "done")
    step = citizen.step()
    assert isinstance(step, Number)
    assert (step.ticket, step.settled_at) == (second, None)
    citizen.job(second, "done")
    assert citizen.words == ["done", "done"]


def test_a_card_that_goes_down_stays_on_the_glass_and_still_gives_a_number(
    citizen: Citizen,
) -> None:
    for name in ("services", "group:0", "service:101"):
        citizen.touch(name)
    down = Down(reason="network", since=datetime(2026, 11, 22, 7, 0, tzinfo=UTC))
    told = [
        card.model_copy(update={"down": down}) if card.code == "101" else card
        for card in services()
    ]
    citizen.tell(HallChanged(hall(2, services=told)))
    assert citizen.flow.step == Card("101", 0, 0)
    service = citizen.flow.service("101")
    assert service is not None
    assert service.down == down
    (effect,) = citizen.touch("take")
    assert isinstance(effect, SendIssue)
    assert effect.command.service == "101"
