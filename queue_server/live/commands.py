"""One device's commands: several at a time, so that a slow one stops nothing else."""

import asyncio
from collections.abc import Callable
from typing import Protocol

import structlog

from core_services.database.errors import DatabaseError
from core_services.devices.model import Device
from core_services.link.answer_frames import Refused, Settled
from core_services.link.board_frames import Shown
from core_services.link.citizen_frames import CheckIn, Found, Help, Issue, Issued, Look
from core_services.link.cut_off_frames import Abandon, Given
from core_services.link.errand_frames import PictureTaken
from core_services.link.frame import Frame
from core_services.link.message_frames import MessageShown
from core_services.link.slip_frames import Paper, Void
from core_services.link.work_frames import Outcome, Scanned

logger = structlog.get_logger()

AT_ONCE = 8
WAITING = 32
"""Commands of one device that may wait for their turn; one more is refused."""
COMMAND_TIMEOUT_S = 10.0

_TOO_MANY = {"type": "about:blank", "title": "Too many commands at once", "status": 429}

Command = (
    Issue
    | CheckIn
    | Look
    | Paper
    | Void
    | Abandon
    | Given
    | Shown
    | MessageShown
    | Help
    | Outcome
    | PictureTaken
    | Scanned
)


class AgentCommands(Protocol):
    """What devices may ask of the queue; each answer is the frame that is sent back."""

    async def issue(self, device: Device, frame: Issue) -> Issued | Refused: ...

    async def check_in(self, device: Device, frame: CheckIn) -> Issued | Refused: ...

    async def look(self, device: Device, frame: Look) -> Found | Refused: ...

    async def paper(self, device: Device, frame: Paper) -> Settled | Refused: ...

    async def void(self, device: Device, frame: Void) -> Settled | Refused: ...

    async def abandon(self, device: Device, frame: Abandon) -> Settled | Refused: ...

    async def given(self, device: Device, frame: Given) -> Settled | Refused: ...

    async def shown(self, device: Device, frame: Shown) -> None: ...

    async def message_shown(self, device: Device, frame: MessageShown) -> None: ...

    async def help(self, device: Device, frame: Help) -> Settled | Refused: ...

    async def outcome(self, device: Device, frame: Outcome) -> Settled | Refused: ...

    async def picture(self, device: Device, frame: PictureTaken) -> Settled | Refused: ...

    async def scanned(self, device: Device, frame: Scanned) -> Settled | Refused: ...


class CommandLine:
    """The commands of one connection, begun in the order in which they came."""

    def __init__(
        self,
        device: Device,
        commands: AgentCommands,
        answer: Callable[[Frame], object],
        tasks: asyncio.TaskGroup,
        *,
        on_idle: Callable[[], None] = lambda: None,
    ) -> None:
        """`on_idle` is called whenever no command is unfinished any more; the last one's answer is
        given before anybody else's turn."""
        self._on_idle = on_idle
        self._device = device
        self._commands = commands
        self._answer = answer
        self._tasks = tasks
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._unfinished = 0

    @property
    def is_busy(self) -> bool:
        """A command has begun, or waits for its turn."""
        return self._unfinished > 0

    def take(self, command: Command) -> None:
        """Begin a command, or refuse it when too many are unfinished; never wait."""
        if self._unfinished >= AT_ONCE + WAITING:
            self._refuse(command)
            return
        self._unfinished += 1
        self._tasks.create_task(self._run(command))

    async def _run(self, command: Command) -> None:
        """Do one command and send its answer.

        An error leaves the command without an answer: whether it took effect is not known here,
        and a device that hears nothing asks again with the same key or abandons it. It must not
        end the device's other commands, so every error is met, with its traceback unless it is that
        of a database that is away or does not answer in time.
        """
        try:
            async with self._turns, asyncio.timeout(COMMAND_TIMEOUT_S):
                answer = await self._do(command)
        except (DatabaseError, TimeoutError) as error:
            logger.warning(
                "agent_command_failed",
                command=command.type,
                device=self._device.name,
                why=str(error) or f"not done within {COMMAND_TIMEOUT_S:g} s",
            )
            return
        except Exception:
            logger.exception("agent_command_failed", command=command.type, device=self._device.name)
            return
        finally:
            self._unfinished -= 1
            if not self._unfinished:
                self._on_idle()
        if answer is not None:
            self._answer(answer)

    async def _do(self, command: Command) -> Frame | None:
        match command:
            case Issue():
                return await self._commands.issue(self._device, command)
            case CheckIn():
                return await self._commands.check_in(self._device, command)
            case Look():
                return await self._commands.look(self._device, command)
            case Paper():
                return await self._commands.paper(self._device, command)
            case Void():
                return await self._commands.void(self._device, command)
            case Abandon():
                return await self._commands.abandon(self._device, command)
            case Given():
                return await self._commands.given(self._device, command)
            case Shown():
                await self._commands.shown(self._device, command)
            case MessageShown():
                await self._commands.message_shown(self._device, command)
            case Help():
                return await self._commands.help(self._device, command)
            case Outcome():
                return await self._commands.outcome(self._device, command)
            case PictureTaken():
                return await self._commands.picture(self._device, command)
            case Scanned():
                return await self._commands.scanned(self._device, command)
        return None

    def _refuse(self, command: Command) -> None:
        logger.warning("agent_command_refused", command=command.type, device=self._device.name)
        match command:
            case (
                Issue(key=key)
                | CheckIn(key=key)
                | Look(key=key)
                | Abandon(key=key)
                | Given(key=key)
                | Scanned(key=key)
            ):
                self._answer(Refused(key=key, problem=_TOO_MANY))
            case Paper(ticket=ticket) | Void(ticket=ticket):
                self._answer(Refused(key=str(ticket), problem=_TOO_MANY))
            case Outcome(job=job) | PictureTaken(job=job):
                self._answer(Refused(key=job, problem=_TOO_MANY))
            case Help():
                self._answer(Refused(key=command.type, problem=_TOO_MANY))
            case Shown() | MessageShown():
                pass
