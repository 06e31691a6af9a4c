"""The kiosk's own numbers, for the time when no server answers: their range and their labels."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Self
from uuid import UUID

from pydantic import ValidationError

from core_services.l10n import digits
from core_services.link.citizen_frames import IssuedTicket
from core_services.link.greeting_frames import HeldSeries, OfflineSeries
from core_services.link.hall_frames import ServiceCard
from kiosk.steps import Command

SERIES: Final = "series"
"""What it is remembered as."""


@dataclass(frozen=True, slots=True)
class Series:
    """A range of labels under a letter that nobody else uses; again the same on every day."""

    letter: str
    display_letter: str
    first: int
    last: int

    @classmethod
    def told(cls, offline: OfflineSeries | None) -> Self | None:
        """Return what a server gives to this disk; None: it is to give no numbers."""
        if offline is None:
            return None
        return cls(offline.letter, offline.display_letter, offline.first, offline.last)

    @classmethod
    def remembered(cls, value: Any) -> Self | None:
        """Return what `to_json` made; None when that cannot be read."""
        try:
            return cls.told(OfflineSeries.model_validate(value))
        except ValidationError:
            return None

    @property
    def held(self) -> HeldSeries:
        """What a server is told of it."""
        return HeldSeries(letter=self.letter, first=self.first)

    def after(self, last_given: int | None) -> int | None:
        """Return the number that comes next on a day; None when all of them are given."""
        number = self.first if last_given is None else max(self.first, last_given + 1)
        return number if number <= self.last else None

    def label(self, number: int) -> str:
        """Return the API's form: `K105`."""
        return f"{self.letter}{number}"

    def display_label(self, number: int) -> str:
        """Return the form that people read, as every board writes it: `ك-١٠٥`."""
        return f"{self.display_letter}-{digits(str(number), 'ar')}"

    def to_json(self) -> dict[str, Any]:
        """Return what `remembered` reads."""
        return {
            "letter": self.letter,
            "display_letter": self.display_letter,
            "first": self.first,
            "last": self.last,
        }


def own_ticket(
    series: Series,
    number: int,
    command: Command,
    service: ServiceCard | None,
    *,
    id: UUID,
    day: date,
    at: datetime,
    return_within_min: int,
) -> IssuedTicket:
    """Return a number of the kiosk's own as its slip needs it; nobody knows a place or a wait."""
    return IssuedTicket(
        id=id,
        label=series.label(number),
        display_label=series.display_label(number),
        number=number,
        series=series.letter,
        queue="",
        service=None if service is None else service.code,
        service_ar=None if service is None else service.name_ar,
        service_en=None if service is None else service.name_en,
        papers_ar=[] if service is None else service.papers_ar,
        papers_en=[] if service is None else service.papers_en,
        priority=command.priority,
        position=0,
        wait=None,
        issued_at=at,
        business_day=day,
        language=command.language,
        status_url=None,
        return_within_min=return_within_min,
        requests=command.requests,
        cut_off=True,
    )
