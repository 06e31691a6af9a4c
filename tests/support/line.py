"""Ways to the database that a test can close: a line that freezes, a path that leads nowhere."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

_SOCKET = ".s.PGSQL.5432"


class Line:
    """Relays every connection made through `dsn`."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self.connections = 0
        self._connected = asyncio.Condition()
        self._flowing = asyncio.Event()
        self._flowing.set()

    def freeze(self) -> None:
        """Hold everything back from now on, like a cable pulled out of a switch."""
        self._flowing.clear()

    def thaw(self) -> None:
        """Let everything pass again."""
        self._flowing.set()

    async def has_connected(self, times: int) -> None:
        """Wait until so many connections were made."""
        async with self._connected:
            await self._connected.wait_for(lambda: self.connections >= times)

    async def count(self) -> None:
        """Count one connection more."""
        async with self._connected:
            self.connections += 1
            self._connected.notify_all()

    async def relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry bytes one way until either end is gone."""
        try:
            while data := await reader.read(65536):
                await self._flowing.wait()
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            return
        finally:
            writer.close()


class Detour:
    """Leads to the database's socket through a folder of the test's own."""

    def __init__(self, dsn: str, folder: Path) -> None:
        parts = urlsplit(dsn)
        self._target = parse_qs(parts.query)["host"][0]
        self._way = folder / "way"
        self._way.symlink_to(self._target)
        self.dsn = parts._replace(query=f"host={quote(str(self._way))}&port=5432").geturl()

    def close(self) -> None:
        """Let new connections fail with an error that the system has for many things (ENOTDIR)."""
        self._way.unlink()
        self._way.write_text("no folder")

    def open(self) -> None:
        """Let new connections come through again."""
        self._way.unlink()
        self._way.symlink_to(self._target)


@asynccontextmanager
async def line_to(dsn: str, folder: Path) -> AsyncIterator[Line]:
    """Open a relay in this folder (of a short path) to the server that the dsn names."""
    parts = urlsplit(dsn)
    target = parse_qs(parts.query)["host"][0]
    line = Line(parts._replace(query=f"host={quote(str(folder))}&port=5432").geturl())

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await line.count()
        to_reader, to_writer = await asyncio.open_unix_connection(f"{target}/{_SOCKET}")
        async with asyncio.TaskGroup() as ways:
            ways.create_task(line.relay(reader, to_writer))
            ways.create_task(line.relay(to_reader, writer))

    server = await asyncio.start_unix_server(connected, folder / _SOCKET)
    try:
        yield line
    finally:
        line.thaw()
        server.close()
