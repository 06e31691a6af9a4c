"""The acts of a simulated day that are asked of the API, whatever the centre runs on."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from queue_server.demo.api import Api, ApiFailed, Told
from queue_server.simulation.hands import Taken
from queue_server.simulation.model import Booking, Citizen, Fault, Shift
from queue_server.tickets.model import WindowAct

LEFT: Final = "left"
"""The reason with which a number is given back."""


class ApiHands:
    """Reception, windows and supervisor, with one key for all of them."""

    def __init__(
        self,
        api_now: Callable[[], Api],
        moment: Callable[[float], datetime],
        women: Mapping[int, str],
    ) -> None:
        """`moment` says when it is so many seconds after the opening; `women`, who sits at which
        window where the scenario says that it is a woman.
        """
        self._api_now = api_now
        self._moment = moment
        self._women = women
        self.bookings: dict[int, dict[str, Any]] = {}
        """The appointments, by whose they are."""
        self._alarms: dict[tuple[float, int], str] = {}

    async def book(self, booking: Booking, key: int) -> None:
        slot = self._moment(booking.slot_s)
        told = await self._post(
            "/appointments", {"service": booking.service, "starts_at": _text(slot)}
        )
        if told.is_done and booking.citizen is not None:
            self.bookings[booking.citizen] = told.body

    async def take_from_reception(self, citizen: Citizen) -> Taken | None:
        """Check an appointment in, or issue a number."""
        booked = self.bookings.get(citizen.number)
        if booked is not None:
            told = await self._post(
                f"/appointments/{booked['id']}/check-in",
                {"priority": citizen.priority},
                route="/appointments/{id}/check-in",
            )
            ticket = told.body["ticket"] if told.is_done else None
        else:
            told = await self._post(
                "/tickets",
                {
                    "service": citizen.service if citizen.says_service else None,
                    "priority": citizen.priority,
                    "language": citizen.language,
                    "requests": citizen.requests,
                    "needs": list(citizen.needs),
                    "channel": "phone" if citizen.way == "phone" else "desk",
                },
            )
            ticket = told.body if told.is_done else None
        return (
            None
            if ticket is None
            else Taken(
                ticket["id"], ticket["label"], is_confirmed=True, knows_service=citizen.says_service
            )
        )

    async def open_window(self, shift: Shift) -> None:
        window = f"/windows/{shift.window}"
        now = await self._window(shift.window)
        if shift.window in self._women and now["state"] == "paused":
            # A window in somebody's name comes back by that person alone: it is given anew.
            await self._must(f"{window}/close")
            now = await self._window(shift.window)
        if now["state"] == "closed" and now["profile"] != shift.profile:
            await self._must(f"{window}/profile", {"profile": shift.profile})
        if now["state"] != "open":
            await self._must(f"{window}/open")
        if shift.window in self._women and now["state"] == "closed":
            await self._must(f"{window}/assign", {"staff": self._women[shift.window]})

    async def leave_window(self, window: int, act: WindowAct, reason: str | None) -> None:
        await self._must(f"/windows/{window}/{act}", {"reason": reason} if reason else {})

    async def call_next(self, window: int) -> str | None:
        told = await self._post(f"/windows/{window}/call-next", route="/windows/{n}/call-next")
        if not told.is_done:
            raise ApiFailed(f"call-next at window {window}: {told.status} {told.body}")
        return None if told.body is None else str(told.body["id"])

    async def start(self, window: int, ticket: str, service: str | None) -> None:
        await self._on_ticket(ticket, "start", {"window": window})
        if service is not None:
            await self._on_ticket(ticket, "service", {"window": window, "service": service})

    async def finish(self, window: int, ticket: str) -> None:
        await self._on_ticket(ticket, "finish", {"window": window})

    async def miss(self, window: int, ticket: str) -> None:
        await self._on_ticket(ticket, "no-show", {"window": window})

    async def give_back(self, ticket: str) -> bool:
        told = await self._post(
            f"/tickets/{ticket}/cancel", {"reason": LEFT}, route="/tickets/{id}/cancel"
        )
        return told.is_done

    async def come_back(self, ticket: str) -> bool:
        told = await self._post(f"/tickets/{ticket}/return", route="/tickets/{id}/return")
        return told.is_done

    async def mark(self, fault: Fault) -> None:
        """Say that services or electronic payment are down, or report a window's fault."""
        down = {"reason": "ministry_system", "expected": _text(self._moment(fault.until_s))}
        if fault.kind == "service" and fault.is_announced:
            for code in sorted(fault.services):
                await self._must(f"/services/{code}/down", down)
        elif fault.kind == "payments" and fault.is_announced:
            await self._must("/e-payment/down", down | {"reason": "network"})
        elif fault.kind == "window" and fault.is_announced:
            for window in sorted(fault.windows):
                told = await self._post(
                    f"/windows/{window}/report-fault",
                    {"category": "computer"},
                    route="/windows/{n}/report-fault",
                )
                if told.is_done:
                    self._alarms[fault.from_s, window] = told.body["id"]

    async def unmark(self, fault: Fault) -> None:
        """Say that it works again; where somebody said so already, that stays."""
        if fault.kind == "service" and fault.is_announced:
            for code in sorted(fault.services):
                await self._post(f"/services/{code}/up", route="/services/{code}/up")
        elif fault.kind == "payments" and fault.is_announced:
            await self._post("/e-payment/up")
        for window in sorted(fault.windows):
            alarm = self._alarms.pop((fault.from_s, window), None)
            if alarm is not None:
                await self._post(
                    f"/alarms/{alarm}/close", {"why": "handled"}, route="/alarms/{id}/close"
                )

    async def _window(self, number: int) -> dict[str, Any]:
        windows = await self._api_now().get("/windows")
        found: dict[str, Any] = next(each for each in windows["items"] if each["number"] == number)
        return found

    async def _post(
        self, path: str, body: Mapping[str, object] | None = None, *, route: str | None = None
    ) -> Told:
        return await self._api_now().post(path, body, route=route)

    async def _must(self, path: str, body: Mapping[str, object] | None = None) -> Any:
        return await self._api_now().must(path, body)

    async def _on_ticket(self, ticket: str, act: str, body: Mapping[str, object]) -> None:
        told = await self._post(f"/tickets/{ticket}/{act}", body, route="/tickets/{id}/" + act)
        if not told.is_done:
            raise ApiFailed(f"{act} of a ticket: {told.status} {told.body}")


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
