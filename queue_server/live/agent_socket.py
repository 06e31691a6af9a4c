"""One agent's open connection: its frames read, its commands begun, its status kept."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import WSMsgType, web

from core_services.database.errors import DatabaseError
from core_services.devices.model import Device
from core_services.link import wire
from core_services.link.frame import Frame
from core_services.link.frames import AgentFrame, agent_frames
from core_services.link.greeting_frames import Hello
from core_services.link.status_frames import Status
from queue_server.live.commands import AgentCommands, CommandLine
from queue_server.live.sockets import write_frames
from queue_server.live.subscriber import Subscriber

logger = structlog.get_logger()


async def serve_agent(
    ws: web.WebSocketResponse,
    subscriber: Subscriber,
    device: Device,
    *,
    commands: AgentCommands,
    on_connected: Callable[[], Awaitable[None]],
    on_status: Callable[[Status], Awaitable[None]],
) -> None:
    """Serve a welcomed agent until its socket closes, and its begun commands to their end."""

    def answer(frame: Frame) -> bool:
        return subscriber.post(frame.model_dump_json().encode())

    statuses = _Statuses(device, on_status)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(write_frames(ws, subscriber))
        tasks.create_task(survived(on_connected(), "agent_greeting_failed", device))
        reporting = tasks.create_task(statuses.report())
        line = CommandLine(device, commands, answer, tasks, on_idle=subscriber.look_again)
        subscriber.is_owed = lambda: line.is_busy
        try:
            await _read(ws, device, line, statuses)
        finally:
            subscriber.end(1000, "closed")
            reporting.cancel()


async def _read(
    ws: web.WebSocketResponse, device: Device, line: CommandLine, statuses: "_Statuses"
) -> None:
    ignored = 0
    async for message in ws:
        if message.type is WSMsgType.ERROR:
            break
        try:
            frame: AgentFrame = wire.read_frame(agent_frames, message.data)
        except wire.WireError as error:
            ignored += 1
            if ignored == 1:
                logger.warning("agent_frame_ignored", device=device.name, why=str(error))
            continue
        match frame:
            case Status():
                statuses.put(frame)
            case Hello():
                continue
            case _:
                line.take(frame)
    if ignored > 1:
        logger.warning("agent_frames_ignored", device=device.name, count=ignored)


async def survived(act: Awaitable[None], event: str, device: Device) -> None:
    """Await what must not end a device's connection, and log what it raises.

    A database that is away needs no traceback: it is told of in many places already.
    """
    try:
        await act
    except DatabaseError as error:
        logger.warning(event, device=device.name, why=str(error))
    except Exception:
        logger.exception(event, device=device.name)


class _Statuses:
    """A device's heartbeats on their way to the register; only the latest is worth the way."""

    def __init__(self, device: Device, on_status: Callable[[Status], Awaitable[None]]) -> None:
        self._device = device
        self._on_status = on_status
        self._waiting: asyncio.Queue[Status] = asyncio.Queue(1)

    def put(self, status: Status) -> None:
        if self._waiting.full():
            self._waiting.get_nowait()
        self._waiting.put_nowait(status)

    async def report(self) -> None:
        """Pass statuses on until cancelled; an error ends nothing and is logged once in a row."""
        is_failing = False
        while True:
            status = await self._waiting.get()
            try:
                await self._on_status(status)
            except DatabaseError as error:
                if not is_failing:
                    logger.warning(
                        "agent_status_not_kept", device=self._device.name, why=str(error)
                    )
                is_failing = True
            except Exception:
                if not is_failing:
                    logger.exception("agent_status_not_kept", device=self._device.name)
                is_failing = True
            else:
                is_failing = False
