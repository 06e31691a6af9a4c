"""The agents' line over TLS: the centre's CA alone is believed, and each refusal is named."""

import hashlib
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from core_services.clock import SystemClock
from core_services.link.documents import DocumentError, fetch_document
from core_services.link.trust import Fault, trust_in, trust_of
from core_services.link.work_frames import WorkDocument
from core_services.settings import SettingsError
from queue_server.tls.serving import LiveCertificate
from tests.support.live_server import Agent, a_live_server, an_agent, until
from tests.support.tls import Centre, a_centre, now, serving


class OtherTime(SystemClock):
    """This machine's clock, wrong by so much; what it sleeps is right."""

    def __init__(self, wrong_by: timedelta) -> None:
        self.wrong_by = wrong_by

    def now(self) -> datetime:
        return super().now() + self.wrong_by


async def refused(server: str, centre: Centre, *, wrong_by: timedelta = timedelta()) -> Agent:
    """Return an agent of the centre once the server at that address was refused."""
    trust = trust_of(server, centre.ca)
    async with an_agent(server, "t", clock=OtherTime(wrong_by), trust=trust) as agent:
        await until(lambda: agent.link.fault is not None)
    return agent


@pytest.mark.parametrize(
    ("host", "hosts", "made", "of", "fault", "advice"),
    [
        ("127.0.0.1", ("127.0.0.1",), 0, "another centre", "wrong_certificate", "pair the device"),
        ("127.0.0.1", ("10.9.9.9",), 0, "the centre", "wrong_name", "--host"),
        ("localhost", ("127.0.0.1",), 0, "the centre", "wrong_name", "--host"),
        ("127.0.0.1", ("127.0.0.1",), -500, "the centre", "certificate_expired", "tls renew"),
        ("127.0.0.1", ("127.0.0.1",), 30, "the centre", "clock_off", "set the clock"),
    ],
)
async def test_a_server_that_cannot_prove_itself_is_refused_by_name_and_gets_no_token(
    tmp_path: Path,
    host: str,
    hosts: tuple[str, ...],
    made: int,
    of: str,
    fault: Fault,
    advice: str,
) -> None:
    at = now() + timedelta(days=made)
    centre = a_centre(tmp_path / "the centre", hosts, at=at)
    shown = centre if of == "the centre" else a_centre(tmp_path / "other", hosts, at=at)
    async with a_live_server(tls=serving(shown.server)) as server:
        server.register("K1", "kiosk")
        with capture_logs() as logs:
            agent = await refused(f"https://{host}:{server.port}", centre)
        assert server.greeted == []
    assert agent.link.fault == fault
    assert agent.told == []
    (entry,) = [entry for entry in logs if entry["event"] == "link_down"]
    assert entry["reason"] == fault
    assert advice in entry["advice"]


async def test_a_clock_that_runs_ahead_is_told_from_a_certificate_that_has_ended(
    tmp_path: Path,
) -> None:
    """OpenSSL judges by this machine's clock; the server that tells of an earlier day is right."""
    centre = a_centre(tmp_path, at=now() - timedelta(days=500))

    async def health(request: web.Request) -> web.Response:
        day = (now() - timedelta(days=200)).strftime("%a, %d %b %Y %H:%M:%S GMT")
        return web.Response(headers={"Date": day})

    app = web.Application()
    app.router.add_get("/healthz", health)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=serving(centre.server)).start()
    try:
        agent = await refused(f"https://127.0.0.1:{runner.addresses[0][1]}", centre)
    finally:
        await runner.cleanup()
    assert agent.link.fault == "clock_off"


async def test_a_server_that_speaks_plain_http_is_named(tmp_path: Path) -> None:
    centre = a_centre(tmp_path)
    async with a_live_server() as server:
        agent = await refused(f"https://127.0.0.1:{server.port}", centre)
    assert agent.link.fault == "server_without_tls"


async def test_the_line_stands_through_a_renewal_and_comes_back_by_the_new_certificate(
    tmp_path: Path,
) -> None:
    centre = a_centre(tmp_path)
    live = LiveCertificate(centre.server, centre.server, SystemClock())
    trust = trust_of("https://127.0.0.1", centre.ca)
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(a_live_server(tls=live.context))
        token = server.register("D1", "display")
        agent = await stack.enter_async_context(an_agent(server.url, token, trust=trust))
        await agent.until(lambda a: "board" in a.told)
        centre.issue()
        live.look()
        server.call("104")
        await agent.until(lambda a: bool(a.of_type("called")))
        assert agent.told.count(True) == 1
        await server.stop()
        await server.start()
        await agent.until(lambda a: a.told.count(True) == 2)
        assert agent.link.fault is None


async def test_a_new_ca_is_believed_beside_the_old_one_while_both_are_in_the_file(
    tmp_path: Path,
) -> None:
    old, new = a_centre(tmp_path / "old"), a_centre(tmp_path / "new")
    both = trust_in(old.ca.read_text() + new.ca.read_text())
    for centre in (old, new):
        async with a_live_server(tls=serving(centre.server)) as server:
            token = server.register("K1", "kiosk")
            async with an_agent(server.url, token, trust=both) as agent:
                await agent.until(lambda a: "hall" in a.told)


async def test_documents_come_from_the_pinned_server_alone(tmp_path: Path) -> None:
    centre, other = a_centre(tmp_path / "the centre"), a_centre(tmp_path / "other")
    content = b"%PDF-1.7"
    asked: list[str] = []

    async def document(request: web.Request) -> web.Response:
        asked.append(request.headers["Authorization"])
        return web.Response(body=content)

    app = web.Application()
    app.router.add_get("/agent/work/j1/document", document)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=serving(centre.server)).start()
    server = f"https://127.0.0.1:{runner.addresses[0][1]}"
    expected = WorkDocument(
        media_type="application/pdf",
        bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    try:
        for trust in (trust_of(server, other.ca), None):
            with pytest.raises(DocumentError, match="certificate verify failed"):
                await fetch_document(server, "secret", "j1", expected, trust=trust)
        assert asked == []
        trust = trust_of(server, centre.ca)
        assert await fetch_document(server, "secret", "j1", expected, trust=trust) == content
    finally:
        await runner.cleanup()


def test_a_pinned_ca_and_a_plain_address_are_refused_together(tmp_path: Path) -> None:
    centre = a_centre(tmp_path)
    assert trust_of("http://127.0.0.1:8080", None) is None
    with pytest.raises(SettingsError, match="write it with https"):
        trust_of("http://127.0.0.1:8080", centre.ca)
    with pytest.raises(SettingsError, match="cannot be read"):
        trust_of("https://127.0.0.1", tmp_path / "gone.crt")
    noise = tmp_path / "noise.crt"
    noise.write_text("no certificate")
    with pytest.raises(SettingsError, match="holds no certificate"):
        trust_of("https://127.0.0.1", noise)


async def test_without_a_pinned_ca_the_centres_own_is_not_believed(tmp_path: Path) -> None:
    centre = a_centre(tmp_path)
    async with a_live_server(tls=serving(centre.server)) as server:
        async with an_agent(server.url, "t") as agent:
            await until(lambda: agent.link.fault is not None)
        assert agent.link.fault == "wrong_certificate"
