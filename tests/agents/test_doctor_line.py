"""What an agent's `doctor` says of a line over TLS: each reason not to believe has its remedy."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web

from core_services.clock import SystemClock
from core_services.doctor.examination import Examination, Speech, examine
from core_services.doctor.model import Check
from core_services.doctor.ports import port_check
from core_services.doctor.server_line import ServerLine
from core_services.doctor.server_proof import host_of
from tests.support.tls import Centre, a_centre, now, serving

TOKEN = "a" * 32


@asynccontextmanager
async def a_server(context: ssl.SSLContext | None) -> AsyncIterator[int]:
    """Serve what a centre's server answers to a look, to whoever shows the token; give the port."""

    async def document(request: web.Request) -> web.Response:
        shown = request.headers.get("Authorization")
        return web.Response(status=404 if shown == f"Bearer {TOKEN}" else 401)

    async def health(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    app = web.Application()
    app.router.add_get("/healthz", health)
    app.router.add_get("/agent/work/doctor/document", document)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
        await site.start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def examined(checks: list[Check]) -> Examination:
    return await examine("kiosk", checks, Speech("en"), fix=False, at=SystemClock().now())


async def looked(tmp_path: Path, server: str, server_ca: Path | None) -> Examination:
    token = tmp_path / "K1.token"
    token.write_text(TOKEN)
    token.chmod(0o600)
    line = ServerLine(
        server,
        token,
        SystemClock(),
        kind="kiosk",
        name="K1",
        settings="kiosk.toml",
        server_ca=server_ca,
    )
    return await examined(line.checks())


@pytest.fixture
def centre(tmp_path: Path) -> Centre:
    return a_centre(tmp_path / "tls")


async def test_a_line_over_tls_with_the_pinned_ca_is_well_and_its_token_is_shown(
    centre: Centre, tmp_path: Path
) -> None:
    async with a_server(serving(centre.server)) as port:
        found = await looked(tmp_path, f"https://127.0.0.1:{port}", centre.ca)
    assert [each.verdict for each in found.findings] == ["ok", "ok", "ok"]
    assert "the server knows this device" in [each.seen for each in found.findings]


@pytest.mark.parametrize(
    ("change", "seen", "command"),
    [
        ("another centre", "is not from the pinned CA", "shubbak-kiosk pair --server https://"),
        ("another name", "is not for that address", "shubbak tls renew --host 127.0.0.1"),
        ("its end", "has ended", "shubbak tls renew  # on the server"),
        ("plain HTTP", "answers in plain HTTP", "shubbak tls init  # on the server"),
        ("settings of http", "and the settings say http", "shubbak-kiosk pair --server https://"),
        ("no CA", "server_ca", "shubbak device pair --kind kiosk --name K1"),
    ],
)
async def test_each_reason_not_to_believe_is_named_and_no_token_is_shown(
    centre: Centre, tmp_path: Path, change: str, seen: str, command: str
) -> None:
    pinned: Path | None = centre.ca
    scheme, context = "https", serving(centre.server)
    match change:
        case "another centre":
            pinned = a_centre(tmp_path / "other").ca
        case "another name":
            centre.issue(["192.168.10.2"])
            context = serving(centre.server)
        case "its end":
            old = a_centre(tmp_path / "old", at=now() - timedelta(days=900))
            pinned, context = old.ca, serving(old.server)
        case "settings of http":
            scheme, pinned = "http", None
        case "no CA":
            pinned = tmp_path / "nowhere.crt"
    async with a_server(None if change == "plain HTTP" else context) as port:
        found = await looked(tmp_path, f"{scheme}://127.0.0.1:{port}", pinned)
    line, token, clock = found.findings
    assert (line.verdict, seen in line.seen) == ("broken", True), line.seen
    assert line.remedy is not None
    assert command in "\n".join(line.commands)
    assert (token.verdict, clock.verdict) == ("skipped", "skipped")


async def test_a_port_is_asked_as_its_program_speaks(centre: Centre) -> None:
    def look(port: int, *, is_tls: bool) -> list[Check]:
        unit, setting = "shubbak-server.service", "listen"
        return [port_check(port, host="127.0.0.1", unit=unit, setting=setting, is_tls=is_tls)]

    async with a_server(serving(centre.server)) as port:
        [found] = (await examined(look(port, is_tls=True))).findings
        assert found.verdict == "ok"
    async with a_server(None) as port:
        [found] = (await examined(look(port, is_tls=True))).findings
        assert found.verdict == "broken"
        assert "does not speak TLS" in found.seen
        assert "systemctl restart shubbak-server.service" in found.commands


@pytest.mark.parametrize(
    ("server", "host"),
    [
        ("https://[fd00::2]:8443", "fd00::2"),
        ("https://queue.centre.lan", "queue.centre.lan"),
        ("http://192.168.10.2:8080/", "192.168.10.2"),
    ],
)
def test_a_host_is_told_as_other_programs_take_it(server: str, host: str) -> None:
    assert host_of(server) == host
