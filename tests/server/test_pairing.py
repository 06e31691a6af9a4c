"""Pairing by a code over a real TLS line: the right code, a wrong one, and somebody between."""

import asyncio
import os
import shutil
import socket
import ssl
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import aiohttp
import pytest
from aiohttp import WSMsgType, web
from cryptography import x509
from structlog.testing import capture_logs

from core_services.clock import SystemClock
from core_services.devices.model import DeviceKind
from core_services.devices.pairing import NewPairing, open_pairing
from core_services.devices.register import add_device, list_devices, verify_token
from core_services.devices.store_pairing import ATTEMPTS, PER_ADDRESS
from core_services.link.code_proof import CodeProof, new_salt
from core_services.link.pairing import Paired, PairingFailed, pair
from core_services.link.pairing_frames import (
    PairAnswer,
    PairElement,
    PairingKind,
    PairSalt,
    about,
    pairing_agent_frames,
)
from core_services.link.trust import believing_anybody, trust_in
from core_services.settings import load_settings
from kiosk.settings import KioskSettings
from queue_server.live.pairing import OF_ONE_ADDRESS
from queue_server.tls.authority import fingerprint
from tests.support.centre_server import CentreServer
from tests.support.clock import ManualClock
from tests.support.eventually import eventually
from tests.support.live_server import an_agent
from tests.support.site import By
from tests.support.tls import Centre, a_centre, now, serving


@dataclass(frozen=True, slots=True)
class Place:
    """A centre's server on a TLS port, with its own CA."""

    server: CentreServer
    centre: Centre | None
    url: str

    @property
    def ca(self) -> str:
        assert self.centre is not None
        return self.centre.ca.read_text()

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    async def open(self, name: str = "K1", kind: DeviceKind = "kiosk") -> NewPairing:
        """Open a code as an administrator does."""
        return await open_pairing(
            self.server.pool,
            centre_id=1,
            kind=kind,
            name=name,
            actor=By(),
            at=self.server.clock.now(),
        )

    async def outcomes(self) -> list[str | None]:
        """Return how each code ended, None while it is open."""
        rows = await self.server.pool.fetch("SELECT outcome FROM device_pairing ORDER BY opened_at")
        return [row["outcome"] for row in rows]

    async def is_burned(self) -> bool:
        return await self.outcomes() == ["burned"]


@pytest.fixture
async def place(centre_server: CentreServer, server_data: Path) -> AsyncIterator[Place]:
    """Serve the centre over TLS as well, with the files that `shubbak tls init` makes."""
    centre = a_centre(server_data / "tls")
    try:
        async with tls_site(centre_server.runner, serving(centre.server)) as port:
            yield Place(centre_server, centre, f"https://127.0.0.1:{port}")
    finally:
        shutil.rmtree(server_data / "tls")


@asynccontextmanager
async def tls_site(runner: web.BaseRunner, context: ssl.SSLContext) -> AsyncIterator[int]:
    listener = socket.create_server(("127.0.0.1", 0))
    site = web.SockSite(runner, listener, ssl_context=context)
    await site.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        await site.stop()


async def ask(
    server: str, code: str, *, kind: PairingKind = "kiosk", name: str | None = None
) -> Paired:
    return await pair(server, code, kind=kind, name=name, clock=SystemClock())


async def refused(
    server: str, code: str, *, kind: PairingKind = "kiosk", name: str | None = None
) -> PairingFailed:
    with pytest.raises(PairingFailed) as failed:
        await ask(server, code, kind=kind, name=name)
    return failed.value


def another(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


async def test_a_machine_that_proves_its_code_gets_the_ca_and_a_token_that_works_with_it(
    place: Place,
) -> None:
    opened = await place.open()
    paired = await ask(place.url, opened.code)
    assert paired.name == "K1"
    assert paired.ca == place.ca
    assert paired.fingerprint is not None
    device = await verify_token(place.server.pool, paired.token)
    assert device is not None
    assert (device.kind, device.name) == ("kiosk", "K1")
    async with an_agent(place.url, paired.token, trust=trust_in(paired.ca)) as agent:
        await agent.until(lambda a: "hall" in a.told)
    assert await place.outcomes() == ["paired"]
    used = await refused(place.url, opened.code)
    assert used.fault == "no_code"


async def test_a_wrong_code_gets_nothing_and_three_of_them_burn_it(place: Place) -> None:
    opened = await place.open()
    for _ in range(ATTEMPTS - 1):
        assert (await refused(place.url, another(opened.code))).fault == "wrong_code"
    assert await place.outcomes() == [None], "who mistypes may try again"
    assert (await refused(place.url, another(opened.code))).fault == "wrong_code"
    assert (await refused(place.url, opened.code)).fault == "no_code"
    clock = place.server.clock
    assert isinstance(clock, ManualClock)
    await clock.jump(61)
    await clock.jump(61)
    await eventually(place.is_burned)
    assert await list_devices(place.server.pool, centre_id=1, at=now()) == ()


async def test_a_code_that_is_over_is_refused(place: Place) -> None:
    opened = await place.open()
    clock = place.server.clock
    assert isinstance(clock, ManualClock)
    await clock.jump(601)
    assert (await refused(place.url, opened.code)).fault == "no_code"


async def test_where_several_codes_are_open_the_machine_says_which_is_its_own(
    place: Place,
) -> None:
    first, second = await place.open("K1"), await place.open("K2")
    screen = await place.open("D1", "display")
    assert (await refused(place.url, first.code)).fault == "several_codes"
    assert (await ask(place.url, second.code, name="K2")).name == "K2"
    assert (await ask(place.url, screen.code, kind="display")).name == "D1"
    assert (await refused(place.url, first.code, kind="workstation")).fault == "no_code"
    assert (await ask(place.url, first.code)).name == "K1"


async def test_all_attempts_of_an_address_are_counted_together(place: Place) -> None:
    for _ in range(PER_ADDRESS):
        assert (await refused(place.url, "000000")).fault == "no_code"
    opened = await place.open()
    failed = await refused(place.url, opened.code)
    assert failed.fault == "too_many_attempts"
    assert "15 minutes" in str(failed)
    clock = place.server.clock
    assert isinstance(clock, ManualClock)
    await clock.jump(15 * 60)
    again = await place.open()
    assert (await ask(place.url, again.code)).name == "K1"


async def test_an_address_whose_machines_say_nothing_keeps_no_other_out(place: Place) -> None:
    url = place.url.replace("https", "wss") + "/ws/pair"

    def at(address: str) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(local_addr=(address, 0), ssl=False)
        return aiohttp.ClientSession(connector=connector)

    async with at("127.0.0.2") as silent, at("127.0.0.3") as other:
        held = [await silent.ws_connect(url) for _ in range(OF_ONE_ADDRESS)]
        with pytest.raises(aiohttp.WSServerHandshakeError) as told:
            await silent.ws_connect(url)
        assert told.value.status == 503
        assert told.value.headers is not None
        assert told.value.headers["Retry-After"] == "5"
        await (await other.ws_connect(url)).close()
        opened = await place.open()
        assert (await ask(place.url, opened.code)).name == "K1"
        await held.pop().close()
        async with asyncio.timeout(10):
            while True:
                try:
                    held.append(await silent.ws_connect(url))
                    break
                except aiohttp.WSServerHandshakeError:
                    await asyncio.sleep(0.01)
        for each in held:
            await each.close()


async def test_a_machine_paired_again_ends_its_old_token_and_the_line_that_came_by_it(
    place: Place,
) -> None:
    old = await add_device(
        place.server.pool, centre_id=1, kind="kiosk", name="K1", actor=By(), at=now()
    )
    trust = trust_in(place.ca)
    async with an_agent(place.url, old.token, trust=trust) as agent:
        await agent.until(lambda a: "hall" in a.told)
        paired = await ask(place.url, (await place.open()).code)
        await agent.until(lambda a: a.told[-1] is False)
    assert await verify_token(place.server.pool, old.token) is None
    device = await verify_token(place.server.pool, paired.token)
    assert device == old.device


@asynccontextmanager
async def somebody_between(shown: ssl.SSLContext, port: int) -> AsyncIterator[int]:
    """Take the line apart and pass on all that both sides say, over two TLS lines of its own."""

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except (OSError, ssl.SSLError):
            pass
        finally:
            writer.transport.abort()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        onward = await asyncio.open_connection("127.0.0.1", port, ssl=believing_anybody())
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(pass_on(reader, onward[1]))
            tasks.create_task(pass_on(onward[0], writer))

    server = await asyncio.start_server(relay, "127.0.0.1", 0, ssl=shown)
    async with server:
        yield int(server.sockets[0].getsockname()[1])


async def test_somebody_who_passes_everything_on_is_named_and_gets_nothing(
    place: Place, tmp_path: Path
) -> None:
    opened = await place.open()
    thief = a_centre(tmp_path / "thief")
    with capture_logs() as logs:
        async with somebody_between(serving(thief.server), place.port) as port:
            failed = await refused(f"https://127.0.0.1:{port}", opened.code)
    assert failed.fault == "wrong_certificate"
    assert "SOMEBODY STANDS BETWEEN" in str(failed)
    await eventually(place.is_burned)
    (told,) = [entry for entry in logs if entry["event"] == "pairing_line_not_believed"]
    assert told["fault"] == "wrong_certificate"
    assert await list_devices(place.server.pool, centre_id=1, at=now()) == ()


async def test_a_server_that_does_not_know_the_code_is_believed_nothing(tmp_path: Path) -> None:
    """It answers as the centre would, with a CA of its own and a guess."""
    thief = a_centre(tmp_path / "thief")
    salt, heard = new_salt(), []

    app = web.Application()

    async def endpoint(request: web.Request) -> web.StreamResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        await ws.receive()
        pairing = uuid4()
        await ws.send_str(PairSalt(version=1, pairing=pairing, salt=salt).model_dump_json())
        element = pairing_agent_frames.validate_json((await ws.receive()).data)
        assert isinstance(element, PairElement)
        proof = CodeProof(b"g" * 32, is_centre=True, about=about(1, pairing, "kiosk", salt))
        proof.meet(element.element)
        said = PairAnswer(element=proof.element, proof=proof.proof())
        await ws.send_str(said.model_dump_json())
        heard.append((await ws.receive()).type)
        return ws

    app.router.add_get("/ws/pair", endpoint)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        async with tls_site(runner, serving(thief.server)) as port:
            failed = await refused(f"https://127.0.0.1:{port}", "123456")
    finally:
        await runner.cleanup()
    assert failed.fault == "wrong_code"
    assert "pretends" in str(failed)
    assert heard in ([WSMsgType.CLOSE], [WSMsgType.CLOSED], [WSMsgType.CLOSING])


async def test_a_server_whose_certificate_is_not_for_its_address_is_named_and_the_code_stays(
    place: Place,
) -> None:
    assert place.centre is not None
    opened = await place.open()
    place.centre.issue(["10.9.9.9"])
    async with tls_site(place.server.runner, serving(place.centre.server)) as port:
        failed = await refused(f"https://127.0.0.1:{port}", opened.code)
    assert failed.fault == "wrong_name"
    assert "--host" in str(failed)
    assert (await ask(place.url, opened.code)).name == "K1"


async def test_an_ended_certificate_is_named_at_pairing(
    centre_server: CentreServer, server_data: Path
) -> None:
    centre = a_centre(server_data / "tls", at=now() - timedelta(days=500))
    try:
        async with tls_site(centre_server.runner, serving(centre.server)) as port:
            place = Place(centre_server, centre, f"https://127.0.0.1:{port}")
            opened = await place.open()
            failed = await refused(place.url, opened.code)
            assert failed.fault in ("certificate_expired", "clock_off")
            assert await place.outcomes() == [None]
    finally:
        shutil.rmtree(server_data / "tls")


async def test_over_plain_http_the_token_comes_sealed_and_without_a_ca(
    centre_server: CentreServer,
) -> None:
    place = Place(centre_server, None, centre_server.url)
    opened = await place.open()
    paired = await ask(centre_server.url, opened.code)
    assert paired.ca is None
    assert await verify_token(centre_server.pool, paired.token) is not None


async def test_noise_at_the_door_is_shown_out(place: Place) -> None:
    trust = trust_in(place.ca)
    async with aiohttp.ClientSession() as client, AsyncExitStack() as stack:
        for noise in ("", "{}", '{"type":"pair_proof","proof":"AA=="}', '{"type":"pair_begin"}'):
            ws = await stack.enter_async_context(
                client.ws_connect(f"{place.url}/ws/pair", ssl=trust)
            )
            await ws.send_str(noise)
            assert (await ws.receive(timeout=10)).type in (WSMsgType.CLOSE, WSMsgType.CLOSED)
    old = '{"type":"pair_begin","versions":[9],"kind":"kiosk"}'
    async with (
        aiohttp.ClientSession() as client,
        client.ws_connect(f"{place.url}/ws/pair", ssl=trust) as ws,
    ):
        await ws.send_str(old)
        assert (await ws.receive_json(timeout=10))["reason"] == "version"


KILLED = """
import os, sys
from core_services.link import pair_command
from kiosk.cli import main

def killed(path, data, *, mode=0o600, whole=pair_command.write_durably, left=[int(sys.argv.pop())]):
    left[0] -= 1
    if left[0] < 0:
        os.kill(os.getpid(), 9)
    whole(path, data, mode=mode)

pair_command.write_durably = killed
main()
"""


async def command(*words: str | Path) -> tuple[int, str, str]:
    """Run a program of this environment as a technician does."""
    process = await asyncio.create_subprocess_exec(
        *map(str, words), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


BIN = Path(sys.executable).parent


async def test_the_command_writes_what_the_kiosk_needs_and_says_the_fingerprint(
    place: Place, tmp_path: Path
) -> None:
    config = tmp_path / "kiosk.toml"
    opened = await place.open("K7")
    spoken = f"{opened.code[:3]} {opened.code[3:]}"
    pairing = ("pair", "--server", place.url, "--config", config)
    code, _, err = await command(BIN / "shubbak-kiosk", *pairing, "--code", another(opened.code))
    assert (code, err.startswith("wrong_code: ")) == (1, True)
    assert os.listdir(tmp_path) == []
    code, out, err = await command(BIN / "shubbak-kiosk", *pairing, "--code", spoken)
    assert code == 0, err
    assert fingerprint(x509.load_pem_x509_certificate(place.ca.encode())) in out
    settings = load_settings(KioskSettings, config)
    assert (settings.name, settings.server) == ("K7", place.url)
    assert settings.server_ca is not None
    for private in (settings.token_file, settings.server_ca):
        assert stat.S_IMODE(private.stat().st_mode) == 0o600
    trust = settings.read_trust()
    async with an_agent(place.url, settings.read_token(), trust=trust) as agent:
        await agent.until(lambda a: "hall" in a.told)


@pytest.mark.parametrize("writes", [0, 2])
async def test_a_machine_killed_while_it_is_paired_is_paired_by_another_code(
    place: Place, tmp_path: Path, writes: int
) -> None:
    config = tmp_path / "kiosk.toml"
    words = ("pair", "--server", place.url, "--config", config)
    first = await place.open("K7")
    code, _, _ = await command(
        sys.executable, "-c", KILLED, *words, "--code", first.code, str(writes)
    )
    assert code == -9
    second = await place.open("K7")
    code, _, err = await command(BIN / "shubbak-kiosk", *words, "--code", second.code)
    assert code == 0, err
    token = load_settings(KioskSettings, config).read_token()
    device = await verify_token(place.server.pool, token)
    assert device is not None
    assert device.name == "K7"
    assert len(await list_devices(place.server.pool, centre_id=1, at=now())) == 1


async def test_settings_that_are_there_are_left_alone_and_what_they_lack_is_said(
    place: Place, tmp_path: Path
) -> None:
    config = tmp_path / "kiosk.toml"
    config.write_text('name = "K1"\ntoken_file = "own.token"\n')
    opened = await place.open("K7")
    code, _, err = await command(
        BIN / "shubbak-kiosk",
        *("pair", "--server", place.url, "--config", config, "--code", opened.code),
    )
    assert code == 0, err
    assert config.read_text() == 'name = "K1"\ntoken_file = "own.token"\n'
    assert (tmp_path / "own.token").exists()
    for line in ('name = "K7"', f'server = "{place.url}"', f'server_ca = "{tmp_path}/'):
        assert f"says otherwise; set: {line}" in err
