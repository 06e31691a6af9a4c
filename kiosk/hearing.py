"""Hears the server: each frame becomes an event of the flow, or work of whoever it is about."""

from collections.abc import Callable

import structlog

from core_services.link.answer_frames import Refused, Settled
from core_services.link.citizen_frames import Found, Issued
from core_services.link.errand_frames import Errand
from core_services.link.frames import ServerFrame
from core_services.link.greeting_frames import Ping, Welcome
from core_services.link.hall_frames import Hall
from core_services.link.slip_frames import Reprint
from core_services.link.status_frames import RollSeen
from kiosk.courier import Courier
from kiosk.effects import Effects
from kiosk.errands import Errands
from kiosk.machines import Machines
from kiosk.own_numbers import OwnNumbers
from kiosk.shown_messages import ShownMessages
from kiosk.state import Flow
from kiosk.steps import (
    CommandRefused,
    Event,
    HallChanged,
    HelpComing,
    HelpNotSent,
    LinkChanged,
    NumberFound,
    TicketIssued,
)
from kiosk.told import Told

logger = structlog.get_logger()


class Hearing:
    """One kiosk's ears; a server that its folder does not belong to is not listened to."""

    def __init__(
        self,
        *,
        told: Told,
        courier: Courier,
        effects: Effects,
        own_numbers: OwnNumbers,
        machines: Machines,
        errands: Errands,
        messages: ShownMessages,
        flow: Callable[[], Flow],
        tell: Callable[[Event], None],
        send_status: Callable[[], None],
    ) -> None:
        self._told = told
        self._courier = courier
        self._effects = effects
        self._own_numbers = own_numbers
        self._machines = machines
        self._errands = errands
        self._messages = messages
        self._flow = flow
        self._tell = tell
        self._send_status = send_status

    async def hear(self, frame: ServerFrame) -> None:
        """Take one frame."""
        if isinstance(frame, Welcome):
            if self._told.welcomed(frame):
                self._welcomed(frame)
            return
        if self._told.is_anothers:
            return
        match frame:
            case Hall():
                self._tell(HallChanged(frame))
                self._told.hall_shown(self._flow())
            case Issued(key=key, ticket=ticket):
                self._tell(TicketIssued(key, ticket))
            case Found():
                self._tell(NumberFound(frame))
            case Refused(key="help"):
                self._tell(HelpNotSent())
            case Refused():
                self._refused(frame)
            case Settled(about="help"):
                self._tell(HelpComing())
            case Settled(about=about, ticket=known_as):
                self._courier.settled(about, known_as)
            case Ping(server_time=server_time):
                self._own_numbers.hear_time(server_time)
            case Reprint():
                self._effects.reprint(frame)
            case RollSeen():
                self._machines.hear_of_roll(frame)
            case Errand():
                self._errands.hear(frame)
            case _:
                pass

    async def line_changed(self, connected: bool) -> None:
        """The line went; that it came is told by the welcome."""
        if not connected:
            self._courier.line_down()
            self._messages.forget()
            self._tell(LinkChanged(False))

    def _welcomed(self, welcome: Welcome) -> None:
        self._own_numbers.welcomed(welcome)
        self._effects.tell_time()
        self._errands.set_duty(welcome.out_of_service)
        self._courier.line_up(welcome.epoch)
        self._tell(LinkChanged(True))
        self._send_status()

    def _refused(self, refused: Refused) -> None:
        """Take a refusal of a word that was written down, or else of a command."""
        problem = refused.problem
        if self._courier.refused(refused.key, problem.get("status")):
            return
        logger.warning("command_refused", key=refused.key, problem=problem.get("title"))
        kind = str(problem.get("type", "")).rpartition(":")[2]
        label = problem.get("display_label")
        told = label if isinstance(label, str) else None
        self._tell(CommandRefused(refused.key, kind, told))
