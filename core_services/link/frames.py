"""The wire vocabulary between the server and the agents; JSON, one frame a message.

Receivers ignore fields and frame types that they do not know. Times are RFC 3339 UTC, durations
carry their unit in the name, labels are in the API form (`142`), display labels in Eastern digits.
"""

from datetime import date, datetime, time
from typing import Annotated, Any, Final, Literal, Self
from uuid import UUID

from pydantic import Field, TypeAdapter, model_validator

from core_services.link.errand_frames import Errand, OutOfService, PictureTaken
from core_services.link.frame import Frame as Frame

PROTOCOLS = (1,)
"""Protocol versions this program speaks, newest last."""

TOKEN_PATTERN: Final = "^[A-Za-z2-7]{16}$"
"""80 random bits in base32, as at the end of public addresses."""
LABEL_PATTERN: Final = "^[A-Z]?[1-9][0-9]{0,5}$"
"""A label in the API form: the letter of its series, if any, and its number."""
NATIONAL_ID_PATTERN: Final = "^[0-9]{14}$"
"""Its structure is judged by whoever asked for it, and by the server once more."""

Priority = Literal["none", "age65", "disability", "infant"]
Language = Literal["ar", "en"]
PaperState = Literal["done", "kept", "held", "unknown", "failed"]
"""What became of a slip: `done` printed, `kept` the citizen touched «حفظت الرقم», `held` the
printer has the bytes and waits for paper or cover, `unknown` bytes accepted and nothing confirmed,
`failed` not one byte accepted."""


AttachedKind = Literal[
    "receipt_printer", "page_printer", "scanner", "document_scanner", "modem", "panels"
]
AttachedState = Literal["ready", "not_ready", "absent"]
"""`absent`: it cannot even be opened, as where its settings or its journal are unusable."""

OutcomeState = Literal["done", "sent", "held", "unknown", "failed"]
"""What became of a work order: `done` on paper, or reported as delivered; `sent` the network took
the message; `held` the printer has it and waits for a hand; `unknown` something left and nothing
was heard; `failed` nothing left."""


class HeldSeries(Frame):
    """The series that a kiosk's disk holds for the time when it is cut off."""

    letter: str = Field(max_length=8)
    first: int


class Hello(Frame):
    """The first frame of an agent."""

    type: Literal["hello"] = "hello"
    protocol: list[int] = Field(default=list(PROTOCOLS))
    version: str
    device: str
    journal_id: str
    """Names the agent's journal on disk; a new disk has a new one."""
    series: HeldSeries | None = None
    """Of a kiosk: what `welcome.offline` gave to this disk, said at every connection, so that a
    server restored from before that gives it to no other."""


class RollFrame(Frame):
    """The roll of paper in a printer, by what was fed from it; metres."""

    loaded_at: datetime
    used_m: float = Field(ge=0)
    left_m: float = Field(ge=0)
    slips: int = Field(ge=0)
    slips_left: int = Field(ge=0)
    """So many more may be hoped for."""
    check: str = Field(default="assumed", max_length=20)
    """Has anybody seen it print? `assumed` from before it was asked · `asked` now · `good`, `blank`
    as a person answered · `unchecked` nobody did."""


class AttachedDevice(Frame):
    """One device of a workstation as it stands now."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")
    """As in the workstation's settings."""
    kind: AttachedKind
    state: AttachedState
    reason: str | None = Field(default=None, max_length=200)
    """Why it is not ready: a word of its driver, for whoever mends it."""
    paper: Literal["ok", "near_end", "out", "unknown"] | None = None
    cover: Literal["closed", "open", "unknown"] | None = None
    width_dots: int | None = Field(default=None, ge=1, le=10_000)
    """How wide a picture for its paper may be; None where there is no such limit."""
    window: int | None = Field(default=None, ge=1, le=99)
    """The window whose desk hears of its scans."""


class Status(Frame):
    """The agent's heartbeat, every 5 s and at every change."""

    type: Literal["status"] = "status"
    version: str
    printer: Literal["ready", "not_ready", "absent"] | None = None
    paper: Literal["ok", "near_end", "out", "unknown"] | None = None
    cover: Literal["closed", "open", "unknown"] | None = None
    scanner: Literal["ready", "not_ready", "absent"] | None = None
    """Of a kiosk; `absent`: it has none, or one that types into the page."""
    scanner_detail: str | None = Field(default=None, max_length=200)
    """Why the scanner is not ready."""
    detail: str | None = Field(default=None, max_length=200)
    jobs: dict[str, int] = Field(default={})
    """Print jobs of this business day in the journal, by state."""
    roll: RollFrame | None = None
    """None: no printer, or one that can't tell when its paper ends."""
    devices: list[AttachedDevice] | None = Field(default=None, max_length=16)
    """Every device of a workstation; its `printer`, `paper` and `cover` are those of slips."""
    glass: Literal["lit", "dark"] | None = None
    """Of a kiosk or a display: whether a browser shows its page; None: none ever did."""
    undelivered: int | None = Field(default=None, ge=0)
    """Numbers that a kiosk gave and that no server has settled; None: it gives none of its own."""


class Issue(Frame):
    """Ask for a ticket; `key` makes it one ticket however often it is sent."""

    type: Literal["issue"] = "issue"
    key: str = Field(min_length=8, max_length=64)
    service: str | None = None
    priority: Priority = "none"
    language: Language = "ar"
    requests: int = Field(default=1, ge=1, le=99)
    """Requests of one household on the number; more than the policy allows are `refused`."""
    national_id: str | None = Field(default=None, pattern=NATIONAL_ID_PATTERN, repr=False)
    """Typed where `hall` asks for it; it is kept on no disk on the way."""


class CheckIn(Frame):
    """Somebody typed or scanned an appointment; answered like `issue`, once for each key.

    Either `code` or `token` is given.
    """

    type: Literal["check_in"] = "check_in"
    key: str = Field(min_length=8, max_length=64)
    code: str | None = Field(default=None, pattern=r"^[1-9]{8}$")
    token: str | None = Field(default=None, pattern=TOKEN_PATTERN)
    """The end of the booking's address, `/b/{token}`, in any case."""
    language: Language = "ar"

    @model_validator(mode="after")
    def _names_one_appointment(self) -> Self:
        if (self.code is None) == (self.token is None):
            raise ValueError("give a code or a token")
        return self


class Look(Frame):
    """Somebody held a slip before the scanner: where does its number stand? It changes nothing but
    this: the holder of a number kept from an earlier day is noted as here."""

    type: Literal["look"] = "look"
    key: str = Field(min_length=8, max_length=64)
    token: str = Field(pattern=TOKEN_PATTERN)
    """The end of the slip's address, `/t/{token}`, in any case."""


class Paper(Frame):
    """What became of a ticket's slip."""

    type: Literal["paper"] = "paper"
    ticket: UUID
    state: PaperState
    confirmed_by: Literal["echo", "gs_r", "job_state", "citizen", "staff"] | None = None
    job: str | None = Field(default=None, max_length=64)
    """Which of the ticket's slips: the job of a `reprint`, else the kiosk's own."""


class Void(Frame):
    """Void the device's own unconfirmed ticket: no byte was accepted and nobody kept the number."""

    type: Literal["void"] = "void"
    ticket: UUID


class Abandon(Frame):
    """The kiosk gave up on a command: its ticket is void, or its key is refused for ever."""

    type: Literal["abandon"] = "abandon"
    key: str = Field(min_length=8, max_length=64)


class Given(Frame):
    """A number that the server may not know, and the citizen has: `settled` about `key` takes it.

    Without `ticket` it is of the kiosk's offline series, given while no server answered. With
    `ticket` a server of another epoch issued it before it was restored from an older backup.
    However often, over whichever socket and in whatever order it comes, it is one ticket.
    """

    type: Literal["given"] = "given"
    key: str = Field(min_length=8, max_length=64)
    """Made with the number, of the device for ever; for a number that a server had issued, the key
    that it was issued by."""
    day: date
    """The business day that stands on its slip."""
    label: str = Field(pattern=LABEL_PATTERN)
    ticket: UUID | None = None
    """The id by which a server of another epoch issued it."""
    token: str | None = Field(default=None, pattern=TOKEN_PATTERN)
    """The end of the address that its slip bears, `/t/{token}`; None: it bears none."""
    service: str | None = None
    """One that the server does not know leaves the number without: the window asks."""
    priority: Priority = "none"
    language: Language = "ar"
    requests: int = Field(default=1, ge=1, le=99)
    taken_at: datetime
    """By the kiosk's wall clock, or as the server had said."""
    age_ms: int | None = Field(default=None, ge=0)
    """Since it was given, by a clock that nobody sets, and then `taken_at` counts for nothing;
    None: the machine was started anew since."""
    paper: PaperState
    """As of its slip when this is sent; `failed`: nobody holds the number. What is heard later is
    said by `paper` about the `ticket` of `settled`."""
    abandons: str | None = Field(default=None, min_length=8, max_length=64)
    """The command that the kiosk gave up before it gave this number; as `abandon` of that key, in
    one act with this. An `abandon` of its own may come before or after."""


class Shown(Frame):
    """A display stood a call on its glass."""

    type: Literal["shown"] = "shown"
    call: int


class MessageShown(Frame):
    """A message to the hall stands on the glass of a display or a kiosk."""

    type: Literal["message_shown"] = "message_shown"
    message: UUID


class Help(Frame):
    """A citizen touched «أحتاج مساعدة»; `settled` about `help` once the staff are told."""

    type: Literal["help"] = "help"


class Outcome(Frame):
    """What became of a work order or an errand; a later word about the same job corrects an earlier
    one."""

    type: Literal["outcome"] = "outcome"
    job: str = Field(min_length=8, max_length=64)
    state: OutcomeState
    confirmed_by: str | None = Field(default=None, pattern=r"^[a-z_]{1,16}$")
    """How the device knows: `echo` and `gs_r` of thermal printers, `ipp`, `network`, `report`."""
    reason: str | None = Field(default=None, pattern=r"^[a-z0-9_.-]{1,60}$")
    """Why it failed, in one word: `no_device`, `unknown_kind`, `unreadable`, or the driver's; of an
    errand `busy`, `citizen_there`, `no_devtools`, `no_page`, `no_answer`, `too_large`."""


class Scanned(Frame):
    """A scanner at a window read a code; `settled` about `key` says what it was.

    It is said at once or never: whoever scanned looks at the screen now.
    """

    type: Literal["scanned"] = "scanned"
    key: str = Field(min_length=8, max_length=64)
    scanner: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")
    window: int = Field(ge=1, le=99)
    text: str = Field(min_length=1, max_length=1000)
    symbology: str | None = Field(default=None, max_length=20)


class CentreNames(Frame):
    """Who we are, for the head of slips and screens."""

    code: str
    name_ar: str
    name_en: str
    unit_ar: str = ""
    unit_en: str = ""
    governorate_ar: str = ""
    governorate_en: str = ""
    short_ar: str = ""
    short_en: str = ""
    training: bool = False
    """A centre to learn on, which every screen and slip says: no number of it is called in a hall,
    and no voice of it is heard."""


class OfflineSeries(Frame):
    """The numbers that a kiosk gives while no server answers: its own, again on every day."""

    letter: str
    """Its API form: `K`."""
    display_letter: str
    """As it is printed: `ك`."""
    first: int
    last: int
    """After this the kiosk has none left for the day."""


class Welcome(Frame):
    """The server's first frame."""

    type: Literal["welcome"] = "welcome"
    protocol: int
    epoch: UUID
    revision: int
    server_time: datetime
    config_version: str
    """Changes when the centre's names, services or queues change."""
    centre: CentreNames | None = None
    public_url: str | None = None
    zone: str = "Africa/Cairo"
    cut_over: time = time(3)
    """When, by the wall of that zone, one business day ends and the next begins."""
    offline: OfflineSeries | None = None
    """Of a kiosk: the series for this `journal_id`, the same at every connection; None: it gives no
    numbers while it is cut off, as all letters have gone to other kiosks."""
    out_of_service: OutOfService | None = None
    """Of a kiosk: it gives no numbers, and these words stand on its glass; None: it is in service,
    whatever it was told before."""


class WaitRange(Frame):
    """An honest wait in seconds, rounded outward to 5 minutes at its ends."""

    low_s: int
    likely_s: int
    high_s: int


class Down(Frame):
    """Why something does not work now, said before a citizen takes a number for it."""

    reason: str
    """`ministry_system`, `network`, `power`, `printer`, `no_officer`, `other`; a later one reads as
    `other`."""
    since: datetime
    expected: datetime | None = None
    """When it should work again; None where nobody knows."""


class ServiceCard(Frame):
    """One service as a citizen reads it before taking a number."""

    code: str
    name_ar: str
    name_en: str
    papers_ar: list[str]
    papers_en: list[str]
    fee_piastres: int | None
    """None: set after inspection («الرسم: يُحدَّد بعد الفحص»)."""
    group_ar: str
    group_en: str
    open: bool = True
    papers_documented: bool = True
    """False: the papers are usual practice and stand in no source that was seen."""
    fee_note_ar: str = ""
    """What the fee is made of, or when it falls due; empty where there is nothing to say."""
    fee_note_en: str = ""
    down: Down | None = None
    """Its own outage or its group's; a number may be taken all the same."""


class BoardMessage(Frame):
    """A line of the hall's news, or with an `id` a message that somebody sent to the hall."""

    text_ar: str
    text_en: str
    """Empty: the Arabic is shown to everybody."""
    id: UUID | None = None
    """Answered by `message_shown` once it stands on the glass."""
    kind: str = "news"
    """`prayer`, `closing`, `breakdown`, `notice`, `emergency`; a later one reads as a notice."""
    full_screen: bool = False
    """It stands over everything else, also while the line is cut, until the server says otherwise;
    a machine that hears of none for an hour takes it away. A kiosk gives no numbers meanwhile."""
    calls_go_on: bool = True
    """False: no number is announced while it stands."""
    phrase: str | None = None
    """A ready phrase, which a machine that knows it may speak."""
    since: datetime | None = None
    """When it began to stand."""


class Opening(Frame):
    """A time in which numbers are given."""

    opens_at: datetime
    closes_at: datetime


class Hall(Frame):
    """The state of the hall for a kiosk's home page."""

    type: Literal["hall"] = "hall"
    epoch: UUID
    revision: int
    waiting: int
    wait: WaitRange | None
    windows_open: int
    windows_total: int
    issuing: bool = True
    state: Literal["open", "closed", "stopped", "cut_off"] = "open"
    """Why no numbers are given: `closed` by the hours, `stopped` by a supervisor for the day,
    `cut_off` since whoever comes now would be called after closing."""
    opens_at: datetime | None = None
    """The next time at which numbers are given; null where no hours are set."""
    closes_at: datetime | None = None
    closed_ar: str = ""
    """What to say while no numbers are given; empty while they are."""
    closed_en: str = ""
    morning: bool = False
    """Show one big button alone; the service is asked at the window."""
    openings: list[Opening] = Field(default=[])
    """When numbers are given today and in the seven days after it, as far as is known now: what a
    kiosk goes by while it hears no server. A day that was stopped is not in it any more."""
    morning_from: time | None = None
    """Between these times of the centre's wall one button stands alone; None: never."""
    morning_until: time | None = None
    return_within_min: int = 30
    """What a slip of the kiosk's own says of a missed call; as in `issued`."""
    notice_ar: str = ""
    """The queue's published rule, for the home page; empty shows none."""
    notice_en: str = ""
    payment_down: Down | None = None
    """Electronic payment does not work now."""
    appointments: bool = False
    """Appointments are given here, so that a kiosk asks for their codes."""
    requests_at_most: int = Field(default=1, ge=1)
    """Requests that one number carries; 1, as of a server that does not say it: nobody is asked."""
    asks_national_id: bool = False
    """A kiosk asks for the 14 digits of the card before it gives a number; who has none there is
    sent to reception."""
    messages: list[BoardMessage] = Field(default=[])
    """Messages to the hall, the gravest first."""
    services: list[ServiceCard] | None = None
    """Sent at the start and when they change; None keeps what the kiosk has."""


class IssuedTicket(Frame):
    """A ticket as its slip needs it."""

    id: UUID
    label: str
    display_label: str
    number: int
    series: str
    queue: str
    service: str | None
    service_ar: str | None
    service_en: str | None
    papers_ar: list[str] = Field(default=[])
    papers_en: list[str] = Field(default=[])
    priority: Priority
    position: int
    """People ahead + 1."""
    wait: WaitRange | None
    issued_at: datetime
    business_day: date
    language: Language
    status_url: str | None
    arrival: tuple[datetime, datetime] | None = None
    """Given along the line: the ten minutes within which the citizen came."""
    appointment_at: datetime | None = None
    """When the appointment is that this ticket was given for."""
    appointment_kept: bool = True
    """False: it was checked in outside its time, and is counted from then."""
    return_within_min: int = 30
    """So many minutes after a missed call reception takes its holder back into line: 1440 and more
    for the whole business day, 0 not at all."""
    requests: int = 1
    """Requests that the number was asked for with; 1 for an appointment, which has its own list."""
    cut_off: bool = False
    """Of a kiosk's own series, given while no server answered: its slip says so."""


class Issued(Frame):
    """The answer to `issue` and `check_in`; sent again, unchanged, to the same key."""

    type: Literal["issued"] = "issued"
    key: str
    ticket: IssuedTicket


class Found(Frame):
    """The answer to `look`: what the number's own page shows, nothing personal."""

    type: Literal["found"] = "found"
    key: str
    label: str
    display_label: str
    stage: str
    """`far`, `near` (its turn is soon), `held` (no open window serves it), `kept` (for a later
    day), `called`, `serving`, `parked`, `no_show`, `finished`, `cancelled`, `void`, `lapsed`; a
    later one reads as none of these."""
    ahead: int | None = None
    """People before it; None when it is not in line."""
    wait: WaitRange | None = None
    window: int | None = None
    day: date | None = None
    """The day for which it is kept; None when it is today's or over."""
    service_ar: str | None = None
    service_en: str | None = None
    checked_in: bool = False
    """It was kept from an earlier day, and its holder is noted as here."""
    return_within_min: int = 30
    """So many minutes after a missed call reception takes its holder back into line: 1440 and more
    for the whole business day, 0 not at all."""


class Refused(Frame):
    """A command was refused; `problem` is RFC 9457 without personal data."""

    type: Literal["refused"] = "refused"
    key: str
    problem: dict[str, Any]


class Settled(Frame):
    """What the device said is recorded and may be forgotten."""

    type: Literal["settled"] = "settled"
    about: str
    """The ticket's id, the key, the job of an `outcome`, or `help`."""
    ticket: UUID | None = None
    """Which ticket a `given` number is."""
    state: str
    """The ticket's or order's state now, `tombstone` for a key that never made one, `told` for
    help; of a scan `ticket`, `appointment` or `unknown`, or `closed` where nobody sits."""


class Reprint(Frame):
    """Print a slip of this ticket that a person ordered; the job id makes it one slip."""

    type: Literal["reprint"] = "reprint"
    job: str
    ticket: IssuedTicket
    is_first: bool = False
    """Given elsewhere, this is the number's first slip: nothing on it says that it is a copy."""


class WorkDocument(Frame):
    """What to print: fetched from `/agent/work/{job}/document`, and checked by its hash."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    bytes: int = Field(ge=1)
    media_type: str
    """`application/pdf` for a `page`, `image/png` for a `receipt`."""


class WorkMessage(Frame):
    """A text message, in clear: the link is the only place where it is."""

    to: str
    """E.164, such as `+201012345678`."""
    text: str


class Work(Frame):
    """Do this once, however often it comes; `outcome` about `job` says what became of it."""

    type: Literal["work"] = "work"
    job: str
    kind: str
    """`page` (A4), `receipt` (thermal) or `message`; one not known here has failed."""
    title_ar: str
    title_en: str
    on: str | None = None
    """The name of the device that is to do it; None: the first of its kind that is ready."""
    document: WorkDocument | None = None
    message: WorkMessage | None = None


class Cancel(Frame):
    """Do not do this order any more; answered by an `outcome` about `key`.

    `done`: nothing of it left and nothing will; `failed`: it is too late.
    """

    type: Literal["cancel"] = "cancel"
    key: str
    job: str


class RollSeen(Frame):
    """A supervisor looked at the slips of a roll that nobody had answered for at the kiosk.

    It is about that roll alone, and only while nobody has answered: else it says nothing. The
    answer is the roll's `check` in the next `status`.
    """

    type: Literal["roll_seen"] = "roll_seen"
    loaded_at: datetime
    """Of which roll, as the kiosk told of it."""
    seen: bool
    """The print is there; else the paper is white, and the printer stops until it is turned."""


class BoardWindow(Frame):
    window: int
    state: Literal["closed", "open", "paused"]
    label: str | None
    called_at: datetime | None


LISTED_CALLS = 12
"""As many calls as a board lists; one this long may have pushed older ones off its end."""


class BoardCall(Frame):
    """A call that a board shows; `id` is its event's revision."""

    id: int
    label: str
    display_label: str
    window: int
    age_ms: int
    """By the server's clock, when the frame was made."""
    recall: int
    """0 for the first call, then 1, 2 …"""
    language: Language = "ar"
    """The one the number was taken in: «en» is called in English too, after the Arabic."""
    by_ear: bool = False
    """Its holder cannot see the board: always call it in full."""


class Board(Frame):
    """The whole hall screen; the latest wins."""

    type: Literal["board"] = "board"
    epoch: UUID
    revision: int
    windows: list[BoardWindow]
    calls: list[BoardCall]
    """Newest first, one a ticket, at most `LISTED_CALLS`."""
    waiting: int
    wait: WaitRange | None
    messages: list[BoardMessage]


class Called(Frame):
    """A new call, as soon as it is known; the board frame that follows holds it too."""

    type: Literal["called"] = "called"
    epoch: UUID
    revision: int
    call: BoardCall


class Withdrawn(Frame):
    """A call is no longer to be shown (no-show, cancel)."""

    type: Literal["withdrawn"] = "withdrawn"
    epoch: UUID
    revision: int
    call: int


class Ping(Frame):
    """Sent every 5 s when nothing else is, so that a screen knows it is not stale."""

    type: Literal["ping"] = "ping"
    server_time: datetime


class Unknown(Frame):
    """A frame of a later protocol; ignored."""

    type: str


AgentFrame = Annotated[
    Hello
    | Status
    | Issue
    | CheckIn
    | Look
    | Paper
    | Void
    | Abandon
    | Given
    | Shown
    | MessageShown
    | Help
    | Outcome
    | PictureTaken
    | Scanned,
    Field(discriminator="type"),
]
ServerFrame = Annotated[
    Welcome
    | Hall
    | Issued
    | Found
    | Refused
    | Settled
    | Reprint
    | Work
    | Cancel
    | RollSeen
    | Errand
    | Board
    | Called
    | Withdrawn
    | Ping,
    Field(discriminator="type"),
]

agent_frames: TypeAdapter[AgentFrame] = TypeAdapter(AgentFrame)
server_frames: TypeAdapter[ServerFrame] = TypeAdapter(ServerFrame)
