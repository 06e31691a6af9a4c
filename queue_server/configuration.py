"""What the centre's file says, as screens and kiosks need it: services, notice, names.

Read from the database and kept until its version changes; nothing here decides anything.
"""

from dataclasses import dataclass

from core_services.catalogue.model import Catalogue
from core_services.database.pool import Pool
from core_services.link.frames import (
    BoardMessage,
    CentreNames,
    IssuedTicket,
    ServiceCard,
    WaitRange,
)
from queue_server.live.board import HallFacts
from queue_server.tickets.fairness import FairnessSentence, fairness_sentence
from queue_server.tickets.model import Centre, Service, Ticket
from queue_server.tickets.numbering import display_label
from queue_server.tickets.store_reading import (
    read_centre,
    read_largest_credit,
    read_priority_first_windows,
    read_services,
)


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
        )

    @property
    def facts(self) -> HallFacts:
        """What screens show beside the state of the queue."""
        return HallFacts(
            services=tuple(self._card(service) for service in self.services),
            messages=(BoardMessage(text_ar=self.sentence.ar, text_en=self.sentence.en),),
            notice_ar=self.sentence.ar,
            notice_en=self.sentence.en,
        )

    def slip(self, ticket: Ticket) -> IssuedTicket:
        """Return what a slip says of a ticket."""
        service = next((each for each in self.services if each.code == ticket.service), None)
        card = None if service is None else self._card(service)
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
        )

    def _card(self, service: Service) -> ServiceCard:
        known = self.catalogue.services.get(service.code)
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
        )


async def read_configuration(
    pool: Pool, catalogue: Catalogue, *, public_url: str | None
) -> Configuration:
    """Read it all. Raises NoCentre."""
    centre = await read_centre(pool)
    if centre is None:
        raise NoCentre
    return Configuration(
        centre=centre,
        services=await read_services(pool, centre.id),
        sentence=fairness_sentence(
            await read_largest_credit(pool, centre.id),
            await read_priority_first_windows(pool, centre.id),
        ),
        catalogue=catalogue,
        public_url=public_url,
    )
