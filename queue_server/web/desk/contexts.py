"""What the desk's templates read: whole pages, and the parts of a page that is open already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from core_services.catalogue.model import CatalogueService
from core_services.l10n import fold_arabic
from queue_server.tickets.model import Service
from queue_server.web.desk import acts
from queue_server.web.desk.acts import Key
from queue_server.web.desk.choice import WindowChoice
from queue_server.web.desk.notices import Notice
from queue_server.web.desk.person import DeskPerson
from queue_server.web.desk.view import DeskView, service_words
from queue_server.web.words import Words


@dataclass(frozen=True, slots=True)
class ServiceOption:
    """A service as the desk's list offers it."""

    code: str
    name: Words
    group: Words
    words: str
    """What it is found by, folded as `core_services.l10n.fold_arabic` folds."""


@dataclass(frozen=True, slots=True)
class MenuKeys:
    """The keys of the questions that acts ask."""

    pauses: Mapping[str, Key]
    parks: Mapping[str, Key]
    park_minutes: tuple[int, ...]
    transfers: Mapping[str, Key]
    calls: Mapping[str, Key]
    outcomes: Mapping[str, Key]
    faults: Mapping[str, Key]
    first: Key
    second: Key
    third: Key
    fourth: Key
    switch: Key
    """Shows people instead of windows where a number may go, and back."""


MENU_KEYS = MenuKeys(
    pauses=acts.REASON_KEYS,
    parks=acts.PARK_KEYS,
    park_minutes=acts.PARK_MINUTES,
    transfers=acts.TRANSFER_KEYS,
    calls=acts.CALL_KEYS,
    outcomes=acts.OUTCOME_KEYS,
    faults=acts.FAULT_KEYS,
    first=acts.digit_key(1),
    second=acts.digit_key(2),
    third=acts.digit_key(3),
    fourth=acts.digit_key(4),
    switch=acts.POINT,
)


@dataclass(frozen=True, slots=True)
class DeskPage:
    """The whole page of a window."""

    template: ClassVar[str] = "desk.html"

    view: DeskView
    notice: Notice | None
    services: tuple[ServiceOption, ...]
    keys: MenuKeys = MENU_KEYS
    person: DeskPerson | None = None


@dataclass(frozen=True, slots=True)
class DeskParts:
    """What changes on it."""

    template: ClassVar[str] = "_desk_parts.html"

    view: DeskView
    notice: Notice | None
    keys: MenuKeys = MENU_KEYS
    person: DeskPerson | None = None


@dataclass(frozen=True, slots=True)
class ChoicePage:
    """The whole page on which a window is chosen."""

    template: ClassVar[str] = "desk_choice.html"

    view: WindowChoice
    notice: Notice | None


@dataclass(frozen=True, slots=True)
class ChoiceParts:
    """What changes on it."""

    template: ClassVar[str] = "_desk_choice_parts.html"

    view: WindowChoice
    notice: Notice | None


def service_options(
    services: Sequence[Service], catalogue: Mapping[str, CatalogueService]
) -> tuple[ServiceOption, ...]:
    """Return the centre's services as the list offers them, in the order of its file."""
    return tuple(_option(service, catalogue.get(service.code)) for service in services)


def _option(service: Service, entry: CatalogueService | None) -> ServiceOption:
    name = service_words(service)
    group = Words("", "") if entry is None else Words(entry.group.name_ar, entry.group.name_en)
    found_by = " ".join((name.ar, name.en, group.ar, group.en, service.code))
    return ServiceOption(service.code, name, group, fold_arabic(found_by))
