"""An A4 printer in software that fails on demand; it reads and writes HTTP and IPP by itself.

From RFC 8010 and 8011. Nothing of the driver's is used, so that one misreading can't hide in two
places.
"""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

PRINT_JOB, GET_JOB, GET_JOBS, GET_PRINTER = 0x0002, 0x0009, 0x000A, 0x000B
OK, NOT_FOUND, FORMAT_REFUSED, UNPRINTABLE = 0x0000, 0x0406, 0x040A, 0x041A
INTERNAL, BUSY = 0x0500, 0x0507
IDLE, PROCESSING, STOPPED = 3, 4, 5
PENDING, PRINTING, HALTED, CANCELED, ABORTED, COMPLETED = 3, 5, 6, 7, 8, 9
_JOB, _END, _PRINTER = 0x02, 0x03, 0x04
_INTEGER, _BOOLEAN, _ENUM, _NAME, _KEYWORD = 0x21, 0x22, 0x23, 0x42, 0x44

Attribute = tuple[int, str, object]


@dataclass
class Job:
    """A job as this printer keeps it."""

    number: int
    name: str
    copies: int
    media: str
    document: bytes
    state: int = COMPLETED
    reason: str = "none"


@dataclass
class IppStandIn:
    """The printer, and what a test makes it do."""

    port: int = 0
    state: int = IDLE
    reasons: list[str] = field(default_factory=lambda: ["none"])
    accepts: bool = True
    takes_jobs_as: int = COMPLETED
    """The state that a new job has at once."""
    jobs: list[Job] = field(default_factory=list)
    forgets: bool = False
    """Past jobs are not listed."""
    handed_over: int = 0
    """Print-Job requests whose head was seen."""
    cut_at: float | None = None
    """The part of a Print-Job request after which the line breaks; 1: all was read and is kept."""
    print_status: int | None = None
    """What Print-Job is answered, nothing being kept."""
    keeps_what_it_refuses: bool = False
    http_status: int = 200
    garbage: bool = False
    speaks: tuple[int, int] = (2, 0)
    asked: list[int] = field(default_factory=list)
    """The operations asked for, in order."""
    silent_at: tuple[int, ...] = ()
    """Operations that are read and never answered."""
    next_number: int = 1

    @property
    def url(self) -> str:
        return f"ipp://127.0.0.1:{self.port}/ipp/print"

    def halt(self, reason: str) -> None:
        """Stop for a reason, jobs in hand too."""
        self.state, self.reasons = STOPPED, [reason]
        for job in self.jobs:
            if job.state in (PENDING, PRINTING):
                job.state, job.reason = HALTED, "printer-stopped"

    def go_on(self) -> None:
        """Print what was halted."""
        self.state, self.reasons = IDLE, ["none"]
        for job in self.jobs:
            if job.state == HALTED:
                job.state, job.reason = COMPLETED, "job-completed-successfully"

    async def attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._request(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.transport.abort() if self.cut_at is not None else writer.close()

    async def _request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length:")[2].split()[0])
        body = await reader.readexactly(min(length, 8))
        version, operation = tuple(body[:2]), int.from_bytes(body[2:4])
        self.asked.append(operation)
        if operation == PRINT_JOB:
            self.handed_over += 1
            if self.cut_at is not None and self.cut_at < 1:
                await reader.readexactly(max(0, int(length * self.cut_at) - len(body)))
                return
        body += await reader.readexactly(length - len(body))
        if operation in self.silent_at:
            await reader.read()
            return
        answer = self._answer(operation, body)
        if operation == PRINT_JOB and self.cut_at is not None:
            return
        if version > self.speaks:
            answer = _message(0x0503, body[4:8], ())
        if self.garbage:
            answer = b"\x02\x00\x00"
        writer.write(
            b"HTTP/1.1 %d Said\r\nContent-Type: application/ipp\r\nContent-Length: %d\r\n"
            b"Connection: close\r\n\r\n" % (self.http_status, len(answer))
        )
        writer.write(answer)
        await writer.drain()

    def _answer(self, operation: int, body: bytes) -> bytes:
        asked, document = _read(body)
        request_id = body[4:8]
        if operation == GET_PRINTER:
            attributes: list[Attribute] = [
                (_ENUM, "printer-state", self.state),
                *((_KEYWORD, "printer-state-reasons", each) for each in self.reasons),
                (_BOOLEAN, "printer-is-accepting-jobs", self.accepts),
            ]
            return _message(OK, request_id, [(_PRINTER, attributes)])
        if operation == GET_JOB:
            found = [job for job in self.jobs if job.number == asked["job-id"][0]]
            if not found:
                return _message(NOT_FOUND, request_id, ())
            return _message(OK, request_id, [(_JOB, _job(found[0]))])
        if operation == GET_JOBS:
            is_past = asked["which-jobs"][0] == "completed"
            listed = [job for job in self.jobs if (job.state >= CANCELED) == is_past]
            if is_past and self.forgets:
                listed = []
            return _message(OK, request_id, [(_JOB, _job(job)) for job in listed])
        return self._print(asked, document, request_id)

    def _print(self, asked: dict[str, list[object]], document: bytes, request_id: bytes) -> bytes:
        if self.http_status != 200 or (self.print_status and not self.keeps_what_it_refuses):
            return _message(self.print_status or OK, request_id, ())
        copies = asked["copies"][0]
        job = Job(
            number=self.next_number,
            name=str(asked["job-name"][0]),
            copies=copies if isinstance(copies, int) else 0,
            media=str(asked["media"][0]),
            document=document,
            state=self.takes_jobs_as,
        )
        self.next_number += 1
        self.jobs.append(job)
        if self.print_status:
            return _message(self.print_status, request_id, ())
        return _message(OK, request_id, [(_JOB, _job(job))])


@asynccontextmanager
async def ipp_printer(printer: IppStandIn) -> AsyncIterator[IppStandIn]:
    """Serve a printer on the loopback, on its port or a free one."""
    server = await asyncio.start_server(printer.attend, "127.0.0.1", printer.port)
    printer.port = server.sockets[0].getsockname()[1]
    try:
        yield printer
    finally:
        server.close()
        await server.wait_closed()


def _job(job: Job) -> list[Attribute]:
    return [
        (_INTEGER, "job-id", job.number),
        (_NAME, "job-name", job.name),
        (_ENUM, "job-state", job.state),
        (_KEYWORD, "job-state-reasons", job.reason),
    ]


def _message(
    status: int, request_id: bytes, groups: "list[tuple[int, list[Attribute]]] | tuple[()]"
) -> bytes:
    message = bytearray(b"\x02\x00" + struct.pack(">H", status) + request_id + b"\x01")
    message += _attribute((0x47, "attributes-charset", "utf-8"), is_more=False)
    message += _attribute((0x48, "attributes-natural-language", "en"), is_more=False)
    for tag, attributes in groups:
        message.append(tag)
        before = ""
        for attribute in attributes:
            message += _attribute(attribute, is_more=attribute[1] == before)
            before = attribute[1]
    return bytes(message) + bytes((_END,))


def _attribute(attribute: Attribute, *, is_more: bool) -> bytes:
    tag, name, value = attribute
    if isinstance(value, bool):
        raw = bytes((value,))
    elif isinstance(value, int):
        raw = struct.pack(">i", value)
    else:
        raw = str(value).encode()
    called = b"" if is_more else name.encode()
    return struct.pack(">BH", tag, len(called)) + called + struct.pack(">H", len(raw)) + raw


def _read(body: bytes) -> tuple[dict[str, list[object]], bytes]:
    """Return a request's attributes, all groups together, and its document."""
    asked: dict[str, list[object]] = {}
    at, name = 8, ""
    while body[at] != _END:
        if body[at] < 0x10:
            at += 1
            continue
        tag, length = struct.unpack_from(">BH", body, at)
        at += 3
        name = body[at : at + length].decode() or name
        at += length
        (length,) = struct.unpack_from(">H", body, at)
        raw = body[at + 2 : at + 2 + length]
        at += 2 + length
        value: object = raw.decode() if tag >= 0x40 else int.from_bytes(raw, signed=True)
        asked.setdefault(name, []).append(value)
    return asked, body[at + 1 :]
