"""The vocabulary of the citizen's minute: its steps, its events and its effects; values only."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from core_services.link.citizen_frames import Found, IssuedTicket
from core_services.link.errand_frames import DeviceNotice, OutOfService
from core_services.link.hall_frames import Hall
from core_services.link.vocabulary import Language, Priority
from core_services.paper.scans import WhatElse
from kiosk.roll_test import RollJudgement
from kiosk.slips import JobState, Word


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the kiosk waits for people and for machines, in seconds."""

    idle_s: float = 45.0
    """Without a touch, then it asks «هل تحتاج وقتًا أطول؟»."""
    answer_s: float = 30.0
    """For an answer to that, then everything is wiped."""
    double_touch_s: float = 0.5
    """Two touches within this are one (EN 301 549, 5.8)."""
    command_s: float = 8.0
    """For the server's answer, then the command is abandoned."""
    number_s: float = 10.0
    """A number stays on the glass at least this long unless the citizen leaves."""
    printing_s: float = 5.0
    """For the slip to be printed, then the screen offers «حفظت الرقم»."""
    keep_s: float = 20.0
    """To keep a number that did not print, then it is void."""
    keep_at_most_s: float = 50.0
    """The same however often the screen is touched; the server takes silence of 60 s for paper."""
    unsure_s: float = 40.0
    """The number stays this long when nobody knows what became of its paper."""
    notice_s: float = 20.0
    look_s: float = 4.0
    """For the server to say where a scanned slip's number stands."""
    standing_s: float = 20.0
    """That stays on the glass."""
    scan_rest_s: float = 2.0
    """What made no code so soon after a scan is the rest of it, and told of no more."""
    help_s: float = 4.0
    """For the server to say that the staff are told, then the citizen is sent to reception."""
    roll_answer_s: float = 0.0
    """For an answer to «هل الرقم ظاهر على الورقة؟»; 0: nobody is asked after a new roll."""
    late_word_s: float = 43_200.0
    """So late a printer may tell that a slip of unknown fate is on paper after all: it keeps what
    it has until somebody brings paper, within a centre's day. 0: it never tells."""


Why = Literal[
    "timeout",
    "refused",
    "too_many",
    "voided",
    "no_appointment",
    "checked_in",
    "has_number",
    "other_day",
    "rest",
    "application",
    "licence",
    "card",
    "foreign",
    "unreadable",
    "no_such_slip",
    "cannot_look",
]
"""What a notice is about."""

HowMany = Literal["one", "several", "more"]
"""The answer to «كم طلب معك؟»: «١», «٢–٣» or «أكثر»."""


@dataclass(frozen=True, slots=True)
class Command:
    """What one touch asks of the server, once, however often it is sent."""

    key: str
    service: str | None
    priority: Priority
    language: Language
    code: str | None = None
    """Of an appointment: the number is that of its check-in."""
    token: str | None = field(default=None, repr=False)
    """The same of an appointment whose paper was scanned."""
    requests: int = 1
    """Requests of one household on the number."""
    national_id: str | None = field(default=None, repr=False)
    """Typed on the pad; it is held in memory until the server has answered, and nowhere else."""

    @property
    def is_check_in(self) -> bool:
        """An appointment is checked in; else a number is taken."""
        return self.code is not None or self.token is not None


@dataclass(frozen=True, slots=True)
class Home:
    """The first page: take a number by one touch."""


@dataclass(frozen=True, slots=True)
class Groups:
    """Choose a group of services."""

    page: int = 0


@dataclass(frozen=True, slots=True)
class Services:
    """Choose a service of a group."""

    group: int
    page: int = 0


@dataclass(frozen=True, slots=True)
class Card:
    """Read a service's papers and fee, then take a number for it."""

    service: str
    group: int
    page: int
    how_many: HowMany = "one"


@dataclass(frozen=True, slots=True)
class Code:
    """Type the code of an appointment on a pad; `typed` is what stands there so far."""

    typed: str = ""


@dataclass(frozen=True, slots=True)
class IdPad:
    """Type the 14 digits of the card before the number is asked for; wiped with the page."""

    command: Command
    typed: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Issuing:
    """The command is in flight, or no longer: a number of the kiosk's own is being written down."""

    command: Command
    since: float
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class Looking:
    """The server is asked where a scanned slip's number stands."""

    key: str
    token: str = field(repr=False)
    since: float


@dataclass(frozen=True, slots=True)
class Standing:
    """Say where the number of a scanned slip stands."""

    found: Found
    since: float


@dataclass(frozen=True, slots=True)
class Number:
    """The citizen's number on the glass, whatever becomes of its paper."""

    ticket: IssuedTicket
    since: float
    is_late: bool = False
    """The slip should have been printed by now."""
    settled_at: float | None = None
    """When it was first known that the citizen has the number; None while it is not."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Say what went wrong and what to do."""

    why: Why
    since: float
    command: Command | None = None
    """What to ask again, by a new key, if the citizen wishes."""
    display_label: str | None = None


Step = (
    Home | Groups | Services | Card | Code | IdPad | Issuing | Looking | Standing | Number | Notice
)


@dataclass(frozen=True, slots=True)
class Touched:
    """A touch of a button named in the page; `key` is made at the touch and used if it commands."""

    name: str
    key: str


@dataclass(frozen=True, slots=True)
class Ticked:
    """Time has passed."""


@dataclass(frozen=True, slots=True)
class LinkChanged:
    connected: bool


@dataclass(frozen=True, slots=True)
class HallChanged:
    hall: Hall


@dataclass(frozen=True, slots=True)
class DayChanged:
    """Nobody is born after today, by which typed IDs are judged."""

    today: date


@dataclass(frozen=True, slots=True)
class TimeTold:
    """What time it is in the centre, in its own zone; None while no clock can be believed."""

    at: datetime | None
    heard: datetime | None
    """When the server was heard last."""


@dataclass(frozen=True, slots=True)
class OwnNumbersChanged:
    """Whether the kiosk holds a number of its own to give while it is cut off."""

    has_numbers: bool


@dataclass(frozen=True, slots=True)
class OwnNumberGiven:
    """The kiosk's own number for this command is on the disk."""

    key: str
    ticket: IssuedTicket


@dataclass(frozen=True, slots=True)
class NoOwnNumber:
    """There was none left for this command; its key is given up all the same."""

    key: str


@dataclass(frozen=True, slots=True)
class DutyChanged:
    """A supervisor put the kiosk out of service with these words, or back (None)."""

    words: OutOfService | None


@dataclass(frozen=True, slots=True)
class NoticeChanged:
    """A line for whoever stands before this one machine, until then; None: none."""

    notice: DeviceNotice | None
    until: float


@dataclass(frozen=True, slots=True)
class PrinterChanged:
    ready: bool


@dataclass(frozen=True, slots=True)
class ScannerChanged:
    ready: bool


@dataclass(frozen=True, slots=True)
class Scanned:
    """A code was read; `key` is made then and used if it asks something of the server."""

    text: str = field(repr=False)
    symbology: str | None
    key: str


@dataclass(frozen=True, slots=True)
class ScanFailed:
    """Something was held before the scanner that made no code."""

    what: WhatElse


@dataclass(frozen=True, slots=True)
class NumberFound:
    """The server says where a scanned slip's number stands."""

    found: Found


@dataclass(frozen=True, slots=True)
class TicketIssued:
    key: str
    ticket: IssuedTicket


@dataclass(frozen=True, slots=True)
class CommandRefused:
    key: str
    problem: str = ""
    """What the server calls it: the last part of the problem's type."""
    display_label: str | None = None
    """The number that it is about."""


@dataclass(frozen=True, slots=True)
class JobChanged:
    """The printer tells how far a job has come."""

    job: str
    state: JobState
    confirmed_by: Literal["echo", "gs_r", "job_state"] | None = None


@dataclass(frozen=True, slots=True)
class JobCancelled:
    """The printer's answer to a cancel: `never_printed` promises that no byte ever leaves."""

    job: str
    never_printed: bool


@dataclass(frozen=True, slots=True)
class SlipFound:
    """A slip of an earlier run of this program, or a copy that the desk ordered."""

    job: str
    ticket: UUID
    reprint: bool
    state: JobState
    said: Word | None = None


@dataclass(frozen=True, slots=True)
class SlipsFound:
    """Everything that an earlier run left, at the start."""

    slips: tuple[SlipFound, ...]


@dataclass(frozen=True, slots=True)
class RollLoaded:
    """The paper in the printer may be another: see whether a number of three digits is printed."""

    job: str
    number: str


@dataclass(frozen=True, slots=True)
class HelpComing:
    """The server has told the staff that somebody at this kiosk asks for a person."""


@dataclass(frozen=True, slots=True)
class HelpNotSent:
    """The call for help did not leave this machine, or the server refused it."""


Event = (
    Touched
    | Ticked
    | LinkChanged
    | HallChanged
    | DayChanged
    | TimeTold
    | OwnNumbersChanged
    | OwnNumberGiven
    | NoOwnNumber
    | DutyChanged
    | NoticeChanged
    | PrinterChanged
    | ScannerChanged
    | Scanned
    | ScanFailed
    | NumberFound
    | TicketIssued
    | CommandRefused
    | JobChanged
    | JobCancelled
    | SlipFound
    | SlipsFound
    | RollLoaded
    | HelpComing
    | HelpNotSent
)


@dataclass(frozen=True, slots=True)
class SendIssue:
    """Write the key down, then ask the server; asking again by the same key is the same command."""

    command: Command


@dataclass(frozen=True, slots=True)
class AskWhereItStands:
    """Ask the server about a scanned slip; nothing is written down, since nothing comes of it."""

    key: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AbandonKey:
    """Write down that nobody waits for this key any more, before the screen says so."""

    key: str


@dataclass(frozen=True, slots=True)
class GiveOwnNumber:
    """Write down a number of the kiosk's own, in one act with giving up the key that was asked by.

    Answered by `OwnNumberGiven` or `NoOwnNumber` before anything is shown to anyone.
    """

    command: Command
    was_sent: bool
    """The server was asked by the command's key, and may have made a ticket of it."""


@dataclass(frozen=True, slots=True)
class ForgetKey:
    """The server refused the command: nothing came of it."""

    key: str


@dataclass(frozen=True, slots=True)
class PrintSlip:
    """Write down that the key became this ticket, then print its slip.

    One of the kiosk's own is written down already.
    """

    key: str
    ticket: IssuedTicket


@dataclass(frozen=True, slots=True)
class CancelJob:
    """Take the job back if not one byte of it has left; answered by `JobCancelled`."""

    job: str


@dataclass(frozen=True, slots=True)
class SayWord:
    """Write down a word about a ticket's slip for the server."""

    job: str
    ticket: UUID
    word: Word
    confirmed_by: Literal["echo", "gs_r", "job_state", "citizen"] | None


@dataclass(frozen=True, slots=True)
class PrintTestSlip:
    """Print a short slip with this number, to be looked at."""

    job: str
    number: str


@dataclass(frozen=True, slots=True)
class JudgeRoll:
    """Note whether the paper prints; `blank` stops the printer until its cover was opened."""

    judgement: RollJudgement


@dataclass(frozen=True, slots=True)
class CallForHelp:
    """Tell the hall that somebody at this kiosk needs a person."""


Effect = (
    SendIssue
    | AskWhereItStands
    | AbandonKey
    | GiveOwnNumber
    | ForgetKey
    | PrintSlip
    | CancelJob
    | SayWord
    | PrintTestSlip
    | JudgeRoll
    | CallForHelp
)
