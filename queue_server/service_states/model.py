"""What may be down in a centre, why, since when, and how one event changes it; values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

Kind = Literal["service", "group", "payment"]
Reason = Literal["ministry_system", "network", "power", "printer", "no_officer", "other"]
StateEventKind = Literal["down", "change", "up"]

E_PAYMENT: Final = "e-payment"


@dataclass(frozen=True, slots=True)
class Subject:
    """A service, a group of the catalogue, or electronic payment."""

    kind: Kind
    code: str


PAYMENT: Final = Subject("payment", E_PAYMENT)


@dataclass(frozen=True, slots=True)
class Outage:
    """Something that does not work now."""

    subject: Subject
    reason: Reason
    since: datetime
    expected: datetime | None
    """When it should work again; None where nobody knows."""
    revision: int
    """Of the event that said so last."""


@dataclass(frozen=True, slots=True)
class StateEvent:
    """One word about a subject, as it is kept for ever."""

    revision: int
    subject: Subject
    at: datetime
    event: StateEventKind
    reason: Reason | None
    expected: datetime | None
    actor_kind: str
    actor_id: UUID | None


@dataclass(frozen=True, slots=True)
class States:
    """All that is down at one moment; what is not named here works."""

    outages: Mapping[Subject, Outage] = field(default_factory=dict)
    group_of: Mapping[str, str] = field(default_factory=dict)
    """The group of each service that has one."""

    @property
    def payment(self) -> Outage | None:
        """The outage of electronic payment."""
        return self.outages.get(PAYMENT)

    def of(self, service: str | None) -> Outage | None:
        """Return why a service is down: its own word first, else its group's."""
        if service is None:
            return None
        own = self.outages.get(Subject("service", service))
        return own or self.outages.get(Subject("group", self.group_of.get(service, "")))


ALL_WORK: Final = States()
