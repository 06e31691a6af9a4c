"""The supervisor's page of services: what is down, one act to say so, what was said today."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Final, get_args
from uuid import UUID

from core_services.catalogue.model import Catalogue
from core_services.l10n import fold_arabic
from queue_server.service_states.model import (
    E_PAYMENT,
    PAYMENT,
    Kind,
    Outage,
    Reason,
    StateEvent,
    States,
    Subject,
)
from queue_server.tickets.model import Service
from queue_server.web.words import Words

REASONS: Final[tuple[Reason, ...]] = get_args(Reason)
EXPECTED_MINUTES: Final = (30, 60, 120, 240)
FEW: Final = 12
"""A centre with no more services than this is shown whole, without a search."""
_PAYMENT_NAME: Final = Words("الدفع الإلكتروني", "Electronic payment")


@dataclass(frozen=True, slots=True)
class SubjectRow:
    """Something that may be marked, and how it stands."""

    subject: Subject
    name: Words
    outage: Outage | None
    """Its own or its group's."""

    @property
    def is_own(self) -> bool:
        """It is down by its own word, so that one act brings it up."""
        return self.outage is not None and self.outage.subject == self.subject


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One word of today."""

    at: datetime
    name: Words
    event: str
    reason: Reason | None
    expected: datetime | None
    who: Words | None


@dataclass(frozen=True, slots=True)
class Said:
    """What an act did, told once above everything else."""

    kind: str
    """`down`, `up`, `as-before`, `lacks-reason`, `changed`."""
    name: Words | None


@dataclass(frozen=True, slots=True)
class ServicesPage:
    """The whole page."""

    template: ClassVar[str] = "supervisor_services.html"

    day: date
    down: tuple[SubjectRow, ...]
    rows: tuple[SubjectRow, ...]
    text: str
    is_search: bool
    is_whole: bool
    """Every service stands among the rows."""
    history: tuple[HistoryRow, ...]
    said: Said | None
    once: str
    """The idempotency key of this page's presses: a second press of a button is the first."""
    reasons: tuple[Reason, ...] = REASONS
    expected_minutes: tuple[int, ...] = EXPECTED_MINUTES


def services_page(
    *,
    day: date,
    states: States,
    services: Sequence[Service],
    catalogue: Catalogue,
    history: Iterable[StateEvent],
    people: Mapping[UUID, Words],
    text: str,
    said: str,
    about: Subject | None,
    once: str,
) -> ServicesPage:
    """Make the page; a state of something that the centre no longer has is shown by its code."""
    names = subject_names(services, catalogue, states.group_of)
    offered = [each for each in names if each.kind != "service" or _is_open(services, each.code)]
    folded = fold_arabic(text)
    is_whole = bool(folded) or len(services) <= FEW
    rows = [
        SubjectRow(subject, names[subject], _outage(states, subject))
        for subject in offered
        if (is_whole or subject.kind != "service")
        and all(word in _found_by(subject, names[subject]) for word in folded.split())
    ]
    return ServicesPage(
        day=day,
        down=tuple(
            SubjectRow(subject, names.get(subject, Words(subject.code, subject.code)), outage)
            for subject, outage in states.outages.items()
        ),
        rows=tuple(rows),
        text=text,
        is_search=bool(folded),
        is_whole=is_whole,
        history=tuple(
            HistoryRow(
                at=event.at,
                name=names.get(event.subject, Words(event.subject.code, event.subject.code)),
                event=event.event,
                reason=event.reason,
                expected=event.expected,
                who=None if event.actor_id is None else people.get(event.actor_id),
            )
            for event in reversed(list(history))
        ),
        said=Said(said, None if about is None else names.get(about)) if said else None,
        once=once,
    )


def subject_names(
    services: Sequence[Service], catalogue: Catalogue, group_of: Mapping[str, str]
) -> dict[Subject, Words]:
    """Return all that may be marked: electronic payment, the groups in use, the services."""
    used = {group_of.get(service.code) for service in services}
    return {
        PAYMENT: _PAYMENT_NAME,
        **{
            Subject("group", group.code): Words(group.name_ar, group.name_en)
            for group in catalogue.groups
            if group.code in used
        },
        **{
            Subject("service", service.code): Words(service.name_ar, service.name_en)
            for service in services
        },
    }


def subject_of(kind: str, code: str) -> Subject | None:
    """Read a subject from an address; None where none can be meant."""
    kinds: dict[str, Kind] = {each: each for each in get_args(Kind)}
    if kind not in kinds or (kind == "payment") != (code == E_PAYMENT):
        return None
    return Subject(kinds[kind], code)


def _is_open(services: Sequence[Service], code: str) -> bool:
    return any(each.code == code and each.is_open for each in services)


def _outage(states: States, subject: Subject) -> Outage | None:
    if subject.kind == "service":
        return states.of(subject.code)
    return states.outages.get(subject)


def _found_by(subject: Subject, name: Words) -> str:
    return fold_arabic(f"{name.ar} {name.en} {subject.code}")
