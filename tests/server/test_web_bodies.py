"""What no program of ours sends: bytes that are no text, bodies without end or measure."""

import asyncio
from typing import Final

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from queue_server.web import bodies
from tests.support.centre_server import CentreServer, Program

URLENCODED: Final = "application/x-www-form-urlencoded"
PART: Final = b'--zz\r\nContent-Disposition: form-data; name="username"\r\n'


async def raw_answer(server: CentreServer, head: str, body: bytes = b"") -> tuple[int, bytes]:
    """Send bytes as no client library would, and return the answer's status and head."""
    host, _, port = server.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"{head}\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode("latin-1"))
    writer.write(body)
    try:
        async with asyncio.timeout(10):
            answer = await reader.readuntil(b"\r\n\r\n")
    finally:
        writer.close()
    return int(answer.split(b" ", 2)[1]), answer


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        (f"{URLENCODED}; charset=bogus", b"username=a&password=b", 400),
        (f"{URLENCODED}; charset=utf-16", b"u=a&p=b", 400),
        (URLENCODED, b"username=\xff\xfe&password=b", 400),
        (URLENCODED, b"username=admin%00&password=b", 400),
        (URLENCODED, b"username=admin&password=b&%00=c", 400),
        (URLENCODED, b"username=%ff%fe&password=b", 422),
        ("multipart/form-data", b"x", 415),
        ("multipart/form-data; boundary=zz", b"garbage", 415),
        ("multipart/form-data; boundary=zz", PART + b"\r\nmona\r\n--zz--\r\n", 415),
        ("text/plain", b"username=mona&password=b", 415),
    ],
)
async def test_a_form_that_cannot_be_read_is_the_senders_mistake(
    centre_server: CentreServer, content_type: str, body: bytes, status: int
) -> None:
    async with centre_server.session.post(
        f"{centre_server.url}/sign-in",
        data=body,
        headers={"Content-Type": content_type, "Origin": centre_server.url},
    ) as answer:
        assert answer.status == status


@pytest.mark.parametrize(
    "head",
    [
        "GET /api/v1/windows HTTP/1.1\r\nAuthorization: Bearer shubbak_\xff\xfe",
        "GET /api/v1/windows HTTP/1.1\r\nCookie: shubbak_session=\xff\xfe",
        "GET /ws/agent HTTP/1.1\r\nAuthorization: Bearer device_\xff",
    ],
)
async def test_a_credential_of_bytes_that_are_no_text_is_one_that_does_not_hold(
    centre_server: CentreServer, head: str
) -> None:
    status, _ = await raw_answer(centre_server, head)
    assert status == 401


@pytest.fixture
async def program(centre_server: CentreServer) -> Program:
    return await centre_server.program()


@pytest.mark.parametrize("depth", [150, 900, 1023, 20_000])
async def test_json_nested_beyond_all_measure_is_refused(
    centre_server: CentreServer, program: Program, depth: int
) -> None:
    body = b'{"service":' + b"[" * depth + b"1.0" + b"]" * depth + b"}"
    async with centre_server.session.post(
        f"{centre_server.url}/api/v1/tickets",
        data=body,
        headers=program.headers | {"Content-Type": "application/json"},
    ) as answer:
        assert answer.status in (400, 422)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_compressed_body_that_is_none_is_refused(
    centre_server: CentreServer, program: Program, encoding: str
) -> None:
    credential = program.headers["Authorization"]
    status, _ = await raw_answer(
        centre_server,
        f"POST /api/v1/tickets HTTP/1.1\r\nAuthorization: {credential}\r\n"
        f"Content-Type: application/json\r\nContent-Encoding: {encoding}\r\nContent-Length: 4",
        b"{}{}",
    )
    assert status == 400


async def test_a_client_that_goes_away_before_its_body_came_is_nobodys_error(
    centre_server: CentreServer,
    program: Program,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    is_read, is_gone = asyncio.Event(), asyncio.Event()
    read = web.Request.read

    async def watched(request: web.Request) -> bytes:
        is_read.set()
        try:
            return await read(request)
        finally:
            is_gone.set()

    monkeypatch.setattr(web.Request, "read", watched)
    host, _, port = centre_server.url.removeprefix("http://").partition(":")
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        f"POST /api/v1/tickets HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: 100\r\n"
        f"Authorization: {program.headers['Authorization']}\r\n\r\n{{".encode()
    )
    with capture_logs() as logs:
        async with asyncio.timeout(10):
            await is_read.wait()
            writer.close()
            await is_gone.wait()
        assert (await program.get("/windows")).status == 200
    assert [log for log in logs if log["log_level"] == "error"] == []
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_a_body_that_does_not_come_is_waited_for_in_finite_time(
    centre_server: CentreServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "BODY_TIMEOUT_S", 0.05)
    status, answer = await raw_answer(
        centre_server,
        f"POST /sign-in HTTP/1.1\r\nOrigin: {centre_server.url}\r\n"
        f"Content-Type: {URLENCODED}\r\nContent-Length: 100",
        b"username=",
    )
    assert status == 408
    assert b"Server: Shubbak" in answer
