"""A network cable between two programs that a test can pull, or fill with silence."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Cable:
    """A TCP relay on a port of its own."""

    def __init__(self, port: int) -> None:
        self._to_port = port
        self._writers: set[asyncio.StreamWriter] = set()
        self._is_pulled = False
        self._is_flowing = asyncio.Event()
        self._is_flowing.set()
        self._server: asyncio.Server | None = None
        self.port = 0
        self.opened = 0
        """How many connections were tried."""

    def pull(self) -> None:
        """Cut what is connected, and everything that is tried, until `plug`."""
        self._is_pulled = True
        for writer in self._writers:
            writer.transport.abort()

    def plug(self) -> None:
        """Let connections through again."""
        self._is_pulled = False

    def fall_silent(self) -> None:
        """Keep connections open and carry nothing, as a dead switch does, until `flow`."""
        self._is_flowing.clear()

    def flow(self) -> None:
        """Carry everything again."""
        self._is_flowing.set()

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", 0)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        self.pull()
        self.flow()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened += 1
        if self._is_pulled:
            writer.transport.abort()
            return
        try:
            to_reader, to_writer = await asyncio.open_connection("127.0.0.1", self._to_port)
        except OSError:
            writer.transport.abort()
            return
        both = {writer, to_writer}
        self._writers |= both
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._carry(reader, to_writer))
                tasks.create_task(self._carry(to_reader, writer))
        finally:
            self._writers -= both
            for end in both:
                end.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                await self._is_flowing.wait()
                writer.write(data)
                await writer.drain()
        writer.transport.abort()


@asynccontextmanager
async def cable_to(port: int) -> AsyncIterator[Cable]:
    """Lay a cable to a port of this machine for the length of the block."""
    cable = Cable(port)
    await cable.open()
    try:
        yield cable
    finally:
        await cable.close()
