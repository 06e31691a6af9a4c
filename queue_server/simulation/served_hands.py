"""The acts of a simulated day on a centre in this process: over the link and over HTTP."""

from collections.abc import Mapping

from core_services.link.answer_frames import Refused
from core_services.link.citizen_frames import CheckIn, Issue
from queue_server.simulation.api_hands import ApiHands
from queue_server.simulation.hands import Taken, Then
from queue_server.simulation.machines import SimulatedKiosk
from queue_server.simulation.model import Citizen, Fault, World
from queue_server.simulation.served import Site


class ServedHands(ApiHands):
    """Kiosks ask over their links; everything else is asked of the API, as programs do."""

    def __init__(self, site: Site, world: World, women: Mapping[int, str]) -> None:
        super().__init__(lambda: site.served.api, world.moment, women)
        self._site = site
        self._world = world

    async def take_number(self, citizen: Citizen, kiosk: int | None, then: Then) -> None:
        if kiosk is None or citizen.needs:  # a kiosk asks for no needs
            await then(await self.take_from_reception(citizen))
        else:
            await then(await self._take_at_kiosk(citizen, kiosk))

    async def _take_at_kiosk(self, citizen: Citizen, kiosk: int) -> Taken | None:
        booked = self.bookings.get(citizen.number)
        key = f"{self._world.date}-citizen-{citizen.number}"
        ask: Issue | CheckIn
        if booked is not None:
            ask = CheckIn(key=key, code=booked["code"], language=citizen.language)
        else:
            ask = Issue(
                key=key,
                service=citizen.service if citizen.says_service else None,
                priority=citizen.priority,
                language=citizen.language,
                requests=citizen.requests,
            )
        answer = await self._kiosk(kiosk).take_number(ask)
        if isinstance(answer, Refused):
            return None
        return Taken(
            str(answer.id),
            answer.label,
            is_confirmed=False,
            knows_service=citizen.says_service,
        )

    async def take_slip(self, ticket: str, kiosk: int) -> None:
        machine = self._kiosk(kiosk)
        if machine.is_on:
            await machine.tell_paper(ticket, "done" if machine.prints else "kept")

    async def breaks(self, fault: Fault) -> None:
        served = self._site.served
        match fault.kind:
            case "printer":
                for kiosk in self._kiosks(fault):
                    kiosk.prints = False
                    await kiosk.tell_state()
            case "kiosk":
                for kiosk in self._kiosks(fault):
                    await kiosk.switch_off()
            case "display":
                for display in served.displays:
                    await display.switch_off()
            case "server":
                await self._site.stop()
            case _:
                await self.mark(fault)

    async def is_mended(self, fault: Fault) -> None:
        match fault.kind:
            case "printer":
                for kiosk in self._kiosks(fault):
                    kiosk.prints = True
                    await kiosk.tell_state()
            case "kiosk":
                for kiosk in self._kiosks(fault):
                    await kiosk.switch_on()
            case "display":
                for display in self._site.served.displays:
                    await display.switch_on()
            case "server":
                await self._site.start()
            case _:
                await self.unmark(fault)

    def _kiosk(self, number: int) -> SimulatedKiosk:
        return self._site.served.kiosks[number - 1]

    def _kiosks(self, fault: Fault) -> list[SimulatedKiosk]:
        kiosks = list(self._site.served.kiosks)
        return kiosks if fault.kiosk is None else kiosks[fault.kiosk - 1 : fault.kiosk]
