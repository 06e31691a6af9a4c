"""What the booking pages show: services by group, days, times, what to mend; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Final, Literal
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from core_services.catalogue.model import CatalogueService
from core_services.l10n import Language
from queue_server.appointments.acts import DayOffer
from queue_server.appointments.model import FEWEST_FILES, MOST_FILES, FreeSlot
from queue_server.tickets.model import Service
from queue_server.web.words import Words

ROOT: Final = "/book"

_MOST_AT_ONCE: Final = 24
_NEXT_FEW: Final = 12

Mistake = Literal["time", "files", "phone", "has_one", "gone", "too_many"]


@dataclass(frozen=True, slots=True)
class Subject:
    """What is to be booked: a service, or the drop-off lane where there is none."""

    code: str | None
    name: Words | None

    @property
    def is_drop_off(self) -> bool:
        return self.code is None

    @property
    def query(self) -> str:
        """How an address names it."""
        return urlencode({"kind": "drop_off"} if self.code is None else {"service": self.code})


@dataclass(frozen=True, slots=True)
class Choice:
    """A service that may be booked."""

    name: Words
    address: str


@dataclass(frozen=True, slots=True)
class Group:
    """Services that stand together; the last group has no name."""

    name: Words | None
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class TimeChoice:
    """A slot; what is full is shown and cannot be chosen."""

    value: str
    starts_at: datetime
    is_full: bool
    is_after_midnight: bool
    """It belongs to the business day before its date."""


@dataclass(frozen=True, slots=True)
class BookServicePage:
    """The first step."""

    template: ClassVar[str] = "book_service.html"

    groups: tuple[Group, ...]
    has_drop_off: bool

    @property
    def is_folded(self) -> bool:
        """So many services that a phone shows their groups first."""
        return sum(len(group.choices) for group in self.groups) > 12


@dataclass(frozen=True, slots=True)
class BookDayPage:
    """The second step; `path` is where a day leads to."""

    template: ClassVar[str] = "book_day.html"

    subject: Subject
    days: tuple[DayOffer, ...]
    path: str = ROOT
    back: str = ROOT
    language: Language | None = None
    """That of a booking's own page, which no cookie keeps."""

    def address(self, day: date) -> str:
        """Return where the times of that day are."""
        query = [] if self.path != ROOT else [self.subject.query]
        return f"{self.path}?{'&'.join([*query, f'day={day.isoformat()}', *_lang(self.language)])}"


@dataclass(frozen=True, slots=True)
class BookTimePage:
    """The last step: the time, and what a drop-off or a phone adds."""

    template: ClassVar[str] = "book_time.html"

    subject: Subject
    day: date
    times: tuple[TimeChoice, ...]
    chosen: str
    asks_phone: bool
    phone: str
    files: str
    key: str
    mistakes: tuple[Mistake, ...]
    wait_s: int
    kept_days: int = 0
    """So long after the visit a phone is kept at most."""
    path: str = ROOT
    language: Language | None = None
    """That of a booking's own page, which no cookie keeps."""

    @property
    def is_move(self) -> bool:
        return self.path != ROOT

    @property
    def first_times(self) -> tuple[TimeChoice, ...]:
        """The times that stand there at once: all of a morning, the next few of a long day."""
        return self.times if len(self.times) <= _MOST_AT_ONCE else self.times[:_NEXT_FEW]

    @property
    def later_times(self) -> tuple[TimeChoice, ...]:
        """The others, which are unfolded; what follows them is not pushed far down the page."""
        return self.times[len(self.first_times) :]

    @property
    def is_unfolded(self) -> bool:
        """One of the later times is chosen, or they alone have room."""
        return any(each.value == self.chosen for each in self.later_times) or all(
            each.is_full for each in self.first_times
        )

    @property
    def has_room(self) -> bool:
        return any(not each.is_full for each in self.times)

    @property
    def other_days(self) -> str:
        """Return where another day is chosen."""
        return self.action if self.is_move else f"{ROOT}?{self.subject.query}"

    @property
    def action(self) -> str:
        """Return where the form is sent."""
        return "?".join([self.path, *_lang(self.language)])

    @property
    def wait_minutes(self) -> int:
        return -(-self.wait_s // 60)

    fewest: ClassVar[int] = FEWEST_FILES
    most: ClassVar[int] = MOST_FILES


def group_choices(
    services: Iterable[Service], catalogue: Mapping[str, CatalogueService]
) -> tuple[Group, ...]:
    """Return the services by the groups of the catalogue, the centre's own ones last."""
    groups: dict[str, tuple[Words | None, list[Choice]]] = {}
    own: list[Choice] = []
    for service in services:
        choice = Choice(
            Words(service.name_ar, service.name_en),
            f"{ROOT}?{urlencode({'service': service.code})}",
        )
        entry = catalogue.get(service.code)
        if entry is None:
            own.append(choice)
            continue
        name = Words(entry.group.name_ar, entry.group.name_en)
        groups.setdefault(entry.group.code, (name, []))[1].append(choice)
    found = [Group(name, tuple(choices)) for name, choices in groups.values()]
    return (*found, *([Group(None, tuple(own))] if own else []))


def slot_choices(offers: Iterable[FreeSlot], zone: ZoneInfo) -> tuple[TimeChoice, ...]:
    """Return the times of a day as the form offers them."""
    return tuple(
        TimeChoice(
            each.slot.starts_at.isoformat(),
            each.slot.starts_at,
            is_full=each.free == 0,
            is_after_midnight=each.slot.starts_at.astimezone(zone).date() > each.slot.day,
        )
        for each in offers
    )


def _lang(language: Language | None) -> list[str]:
    return [] if language is None else [f"lang={language}"]
