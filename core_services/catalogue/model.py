"""What a centre offers: services, their groups and departments, the papers and days of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

DayKind = Literal["working", "calendar"]
OnSilence = Literal["none", "deemed_approved"]
"""What the law says when the days pass without an answer; it is shown, never acted on alone."""


@dataclass(frozen=True, slots=True)
class ServiceGroup:
    """A tile of the kiosk."""

    code: str
    name_ar: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Department:
    """Who decides behind the windows."""

    code: str
    name_ar: str
    name_en: str


@dataclass(frozen=True, slots=True)
class CatalogueService:
    """What a citizen comes for, as its card shows it."""

    code: str
    """Stable for ever: `building-new`."""
    name_ar: str
    name_en: str
    group: ServiceGroup
    department: Department
    papers_ar: tuple[str, ...]
    papers_en: tuple[str, ...]
    papers_documented: bool
    """False: usual practice, to be shown as «غير موثق»."""
    fee_piastres: int | None
    """None: fixed after inspection."""
    fee_note_ar: str | None
    fee_note_en: str | None
    legal_days: int | None
    """None where no source was seen."""
    day_kind: DayKind | None
    on_silence: OnSilence
    owner_attends: bool
    """The owner must come in person."""
    note_ar: str | None
    note_en: str | None
    source: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All services of one version, in the order in which they are shown."""

    version: str
    groups: tuple[ServiceGroup, ...]
    departments: tuple[Department, ...]
    services: Mapping[str, CatalogueService]

    def in_group(self, code: str) -> tuple[CatalogueService, ...]:
        """Return the services behind one tile."""
        return tuple(service for service in self.services.values() if service.group.code == code)
