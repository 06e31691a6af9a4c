"""Asks a server one thing step by step, so that whatever fails is told by its name.

Name, connection, TLS, answer: `aiohttp` would tell all of them in one sentence. One request a
connection, no redirects, no proxies; never for work.
"""

import asyncio
import os
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final, Literal
from urllib.parse import urlsplit

Stage = Literal["address", "name", "connect", "tls", "answer"]

_TIMEOUT_S: Final = 5.0
_LARGEST: Final = 256 * 1024


class ProbeFailed(Exception):
    """A server could not be asked; `stage` says how far it came."""

    def __init__(self, stage: Stage, reason: str) -> None:
        super().__init__(stage, reason)
        self.stage = stage
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.stage}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said."""

    status: int
    headers: Mapping[str, str]
    """By names in small letters."""
    body: bytes
    took_s: float
    """From the first byte of the request to the last of the answer, on an open connection."""

    @property
    def date(self) -> datetime | None:
        """The server's clock, to the second; None where it does not say."""
        try:
            return parsedate_to_datetime(self.headers["date"])
        except (KeyError, ValueError):
            return None


async def ask(
    server: str,
    path: str,
    *,
    token: str | None = None,
    tls: ssl.SSLContext | None = None,
    timeout_s: float = _TIMEOUT_S,
) -> Answer:
    """Ask `GET path` of `http://host:port` or `https://…`. Raises ProbeFailed.

    `tls` is whom to trust; None: what the machine trusts.
    """
    try:
        parts = urlsplit(server)
        host, port = parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise ProbeFailed("address", str(error)) from error
    if host is None or parts.scheme not in ("http", "https"):
        raise ProbeFailed("address", server)
    context = (tls or ssl.create_default_context()) if parts.scheme == "https" else None
    reader, writer = await _open(host, port, context, timeout_s)
    try:
        async with asyncio.timeout(timeout_s):
            began = time.monotonic()
            authorization = "" if token is None else f"Authorization: Bearer {token}\r\n"
            writer.write(
                f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\n{authorization}"
                "Connection: close\r\nAccept: */*\r\n\r\n".encode()
            )
            await writer.drain()
            head = await reader.readuntil(b"\r\n\r\n")
            body = await _all_of(reader)
        return _answer(head, body, time.monotonic() - began)
    except (OSError, EOFError, ValueError, asyncio.LimitOverrunError) as error:
        raise ProbeFailed("answer", str(error) or type(error).__name__) from error
    finally:
        writer.close()


async def _open(
    host: str, port: int, context: ssl.SSLContext | None, timeout_s: float
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(timeout_s):
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError, UnicodeError) as error:
        raise ProbeFailed("name", str(error) or "no answer") from error
    reader, writer = await _connect([str(each[4][0]) for each in found], port, timeout_s)
    if context is not None:
        try:
            await writer.start_tls(context, server_hostname=host, ssl_handshake_timeout=timeout_s)
        except (OSError, ssl.SSLError) as error:
            writer.close()
            raise ProbeFailed("tls", str(error)) from error
    return reader, writer


async def _connect(
    addresses: Sequence[str], port: int, timeout_s: float
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to the first address that lets us."""
    why = ""
    for address in addresses:
        try:
            async with asyncio.timeout(timeout_s):
                return await asyncio.open_connection(address, port)
        except OSError as error:
            why = os.strerror(error.errno) if error.errno else "no answer"
    raise ProbeFailed("connect", why)


async def _all_of(reader: asyncio.StreamReader) -> bytes:
    body = bytearray()
    while len(body) < _LARGEST and (piece := await reader.read(_LARGEST)):
        body += piece
    return bytes(body)


def _answer(head: bytes, body: bytes, took_s: float) -> Answer:
    """Read a head as RFC 9112 writes it. Raises ValueError."""
    first, *lines = head.decode("latin-1").split("\r\n")
    version, _, rest = first.partition(" ")
    if not version.startswith("HTTP/1."):
        raise ValueError("no HTTP server answers there")
    pairs = (line.partition(":") for line in lines if ":" in line)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    return Answer(int(rest[:3]), headers, body, took_s)
