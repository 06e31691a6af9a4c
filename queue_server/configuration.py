"""What the centre's file and its policy say, as screens and kiosks need it: services, rules, names.

Read from the database and kept until its version changes; nothing here decides anything.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from core_services.catalogue.model import Catalogue
from core_services.database.pool import Pool
from core_services.link.citizen_frames import IssuedTicket
from core_services.link.greeting_frames import CentreNames
from core_services.link.hall_frames import ServiceCard
from core_services.link.message_frames import BoardMessage
from core_services.link.vocabulary import WaitRange
from queue_server.appointments.store_diary import are_given
from queue_server.live.board import HallFacts
from queue_server.policy.body import PolicyBody
from queue_server.policy.present import Coming, Present, read_present
from queue_server.policy.sentence import sentence_of
from queue_server.policy.store import read_coming, read_stop
from queue_server.policy.store_days import read_windows
from queue_server.tickets.fairness import FairnessSentence
from queue_server.tickets.gate import Gate, HoursToCome, Plan, gate_at
from queue_server.tickets.model import Centre, Hall, Service, Ticket
from queue_server.tickets.numbering import display_label
from queue_server.tickets.opening import Hours
from queue_server.tickets.store_reading import read_centre, read_services

ARRIVAL_BAND: Final = timedelta(minutes=10)


class NoCentre(LookupError):
    """The database holds no centre yet."""

    def __str__(self) -> str:
        return "the database holds no centre yet; run: shubbak centre load FILE.toml"


@dataclass(frozen=True, slots=True)
class Configuration:
    """The centre as it is set up."""

    centre: Centre
    services: tuple[Service, ...]
    sentence: FairnessSentence
    catalogue: Catalogue
    public_url: str | None
    facts: HallFacts
    """What screens show beside the state of the queue: made once, since it is shown at each act."""
    policy: Present
    """The rules that hold, for the sheet on the wall."""
    coming: Coming | None
    """The rules that wait for their day."""
    coming_problem: str | None
    """Why a version that waits for its day cannot be read; it spoils nothing else."""
    plan: Plan
    """When newcomers get numbers."""

    def body_on(self, day: date) -> PolicyBody:
        """Return the rules of a business day from today on: those that wait hold from theirs."""
        coming = self._coming_on(day)
        return self.policy.body if coming is None else coming

    def hours_on(self, day: date) -> Hours | None:
        """Return the opening hours by the rules of a business day from today on."""
        return self.plan.hours_on(day)

    def priority_first_on(self, day: date) -> frozenset[str] | None:
        """Return the profiles that take priority first by rules that are still to come on that
        day; None: by then those hold that hold now."""
        coming = self._coming_on(day)
        return None if coming is None else frozenset(coming.first.profiles)

    def _coming_on(self, day: date) -> PolicyBody | None:
        coming = self.coming
        return None if coming is None or coming.holds_from > day else coming.version.body

    @property
    def names(self) -> CentreNames:
        """Who we are, for the head of slips and screens."""
        centre = self.centre
        return CentreNames(
            code=centre.code,
            name_ar=centre.name_ar,
            name_en=centre.name_en,
            unit_ar=centre.unit_ar,
            unit_en=centre.unit_en,
            governorate_ar=centre.governorate_ar,
            governorate_en=centre.governorate_en,
            short_ar=centre.short_ar,
            short_en=centre.short_en,
            training=centre.is_training,
        )

    @property
    def greeting(self) -> tuple[CentreNames, ZoneInfo, time]:
        """What devices are told in their welcome and never again."""
        return self.names, self.centre.zone, self.centre.cut_over

    def gate(self, at: datetime, service: str | None, hall: Hall | None) -> Gate:
        """Say whether newcomers get numbers, by the hall as it was last read, if it was."""
        return gate_at(self.plan, at, () if hall is None else hall.queues, service=service)

    def slip(self, ticket: Ticket) -> IssuedTicket:
        """Return what a slip says of a ticket."""
        card = next((each for each in self.facts.services if each.code == ticket.service), None)
        wait = ticket.wait_at_issue
        return IssuedTicket(
            id=ticket.id,
            label=ticket.label,
            display_label=display_label(ticket.label),
            number=ticket.number,
            series=ticket.series,
            queue=ticket.queue,
            service=ticket.service,
            service_ar=None if card is None else card.name_ar,
            service_en=None if card is None else card.name_en,
            papers_ar=[] if card is None else card.papers_ar,
            papers_en=[] if card is None else card.papers_en,
            priority=ticket.priority,
            position=ticket.position_at_issue,
            wait=None
            if wait is None
            else WaitRange(low_s=wait.low_s, likely_s=wait.likely_s, high_s=wait.high_s),
            issued_at=ticket.issued_at,
            business_day=ticket.business_day,
            language=ticket.language,
            status_url=None
            if self.public_url is None
            else f"{self.public_url}/t/{ticket.token.lower()}",
            arrival=arrival_band(ticket.issued_at) if ticket.channel == "reception" else None,
            return_within_min=self.policy.body.returns.told_min,
            requests=ticket.requests if ticket.appointment_id is None else 1,
        )


def arrival_band(arrived_at: datetime) -> tuple[datetime, datetime]:
    """Return the ten minutes within which somebody came, as the slips of a line tell them."""
    start = arrived_at.replace(minute=arrived_at.minute // 10 * 10, second=0, microsecond=0)
    return start, start + ARRIVAL_BAND


async def read_configuration(
    pool: Pool, catalogue: Catalogue, *, public_url: str | None, centre_id: int | None = None
) -> Configuration:
    """Read it all: that centre's, or that of the database's first. Raises NoCentre."""
    centre = await read_centre(pool, centre_id)
    if centre is None:
        raise NoCentre
    services = await read_services(pool, centre.id)
    has_appointments = await are_given(pool, centre.id)
    present = await read_present(pool, centre.id)
    windows = await read_windows(pool, centre.id)
    sentence = sentence_of(present.body, windows, has_appointments=has_appointments)
    coming, coming_problem = None, None
    try:
        to_come = await read_coming(pool, centre.id)
        if to_come is not None and to_come.holds_from is not None:
            said = sentence_of(to_come.body, windows, has_appointments=has_appointments)
            coming = Coming(to_come, to_come.holds_from, said)
    except ValidationError as error:
        coming_problem = str(error)
    plan = Plan(
        zone=centre.zone,
        cut_over=centre.cut_over,
        hours=present.body.opening_hours(),
        to_come=None
        if coming is None
        else HoursToCome(coming.holds_from, coming.version.body.opening_hours()),
        cuts_off=present.body.closing.cuts_off,
        morning=present.body.morning_span(),
        stopped_on=(await read_stop(pool, centre.id)).day,
        queue_of={service.code: service.queue for service in services},
        breaks=present.body.break_times(),
    )
    return Configuration(
        centre=centre,
        services=services,
        sentence=sentence,
        catalogue=catalogue,
        public_url=public_url,
        policy=present,
        coming=coming,
        coming_problem=coming_problem,
        plan=plan,
        facts=HallFacts(
            plan=plan,
            services=tuple(service_card(service, catalogue) for service in services),
            messages=tuple(BoardMessage(text_ar=ar, text_en=en) for ar, en in sentence.lines),
            notice_ar=sentence.ar,
            notice_en=sentence.en,
            appointments=has_appointments,
            requests_at_most=present.body.numbers.requests_at_most,
            asks_national_id=present.body.numbers.kiosks_ask_national_id,
            return_within_min=present.body.returns.told_min,
        ),
    )


def service_card(service: Service, catalogue: Catalogue) -> ServiceCard:
    """Return what a citizen reads of a service; one of the centre's own has a name alone."""
    known = catalogue.services.get(service.code)
    return ServiceCard(
        code=service.code,
        name_ar=service.name_ar,
        name_en=service.name_en,
        papers_ar=[] if known is None else list(known.papers_ar),
        papers_en=[] if known is None else list(known.papers_en),
        fee_piastres=None if known is None else known.fee_piastres,
        group_ar="" if known is None else known.group.name_ar,
        group_en="" if known is None else known.group.name_en,
        open=service.is_open,
        papers_documented=known is None or known.papers_documented,
        fee_note_ar=(known and known.fee_note_ar) or "",
        fee_note_en=(known and known.fee_note_en) or "",
    )
