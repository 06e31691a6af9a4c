"""The server over TLS as a process, by the commands of an administrator."""

import asyncio
import json
import signal
import ssl
from pathlib import Path

import aiohttp
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from core_services.link.trust import trust_of
from queue_server.processes.state import read_state, state_path
from queue_server.tls.authority import fingerprint, read_host
from queue_server.tls.folder import TlsFolder, init, look, renew
from tests.support.command import shubbak
from tests.support.database import Database
from tests.support.eventually import eventually
from tests.support.fonts import share_fonts
from tests.support.programs import START_TIMEOUT_S, answers, free_ports, running
from tests.support.queue import make_centre
from tests.support.tls import now, shown_by
from tests.system.test_units import BIN

PASSWORD = "a-long-password-24"


async def test_a_centre_goes_over_to_tls_and_renews_without_a_restart(
    tmp_path: Path, database: Database
) -> None:
    port, data = free_ports(1), tmp_path / "data"
    config = tmp_path / "server.toml"
    config.write_text(
        f'listen = "127.0.0.1:{port}"\ndata_dir = "{data}"\n'
        f'database = "{database.app_dsn}"\ndatabase_owner = "{database.owner_dsn}"\n'
    )

    async def do(*words: str, stdin: str | None = None, code: int = 0) -> str:
        done = await shubbak(*words, "--config", str(config), stdin=stdin)
        assert done.code == code, done.err
        return done.out if code == 0 else done.err

    await do("centre", "load", "kafr_saqr.toml")
    user = ("user", "add", "boss", "--role", "admin", "--password-stdin", "--name-ar", "س")
    await do(*user, stdin=PASSWORD)
    told = await do("tls", "init")
    ca = await do("tls", "show", "--ca")
    assert fingerprint(x509.load_pem_x509_certificate(ca.encode())) in told
    assert "396 days left" in told
    assert "run: shubbak tls renew" in await do("tls", "init", code=1)
    assert "not due" not in await do("tls", "renew", "--when-due")
    (data / "tls" / "server.pem").write_bytes(b"")  # as a disk may leave it
    assert "127.0.0.1" in await do("tls", "renew", "--when-due")
    assert (data / "tls" / "server.pem").read_bytes()

    url = f"https://127.0.0.1:{port}"
    trust = trust_of(url, data / "tls" / "ca.crt")
    assert trust is not None
    serve: list[str | Path] = [BIN / "shubbak", "serve", "--config", config]
    log = tmp_path / "log"
    async with (
        running(serve, f"{url}/healthz", log, trust=trust) as process,
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client,
    ):
        await _is_used_over_tls(client, url, trust)
        async with client.get(f"{url}/ca.crt", ssl=trust) as answer:
            assert await answer.text() == ca
        before = await shown_by(port)
        socket = await client.ws_connect(f"{url}/ws/live", ssl=trust, origin=url)
        await socket.receive_json(timeout=10)
        await do("tls", "renew")
        process.send_signal(signal.SIGHUP)

        async def is_renewed() -> bool:
            return await shown_by(port) != before

        await eventually(is_renewed)
        await socket.ping()
        assert not socket.closed
        await socket.close()
        (data / "tls" / "server.pem").write_bytes(b"")
        process.send_signal(signal.SIGHUP)

        async def is_told() -> bool:
            return "tls_certificate_not_taken_up" in await asyncio.to_thread(log.read_text)

        await eventually(is_told)
        assert await shown_by(port) != before, "what was served is served on"

    refused = await do("serve", code=2)
    assert "shubbak tls renew" in refused
    assert "Traceback" not in refused
    starts = [json.loads(line) for line in log.read_text().splitlines()]
    (serving,) = [entry for entry in starts if entry["event"] == "serving"]
    assert serving["tls"] is True


async def _is_used_over_tls(client: aiohttp.ClientSession, url: str, trust: ssl.SSLContext) -> None:
    """Sign in, see that the cookie goes over TLS alone, and read the metrics from loopback."""
    form = {"username": "boss", "password": PASSWORD}
    async with client.post(
        f"{url}/sign-in", data=form, headers={"Origin": url}, ssl=trust, allow_redirects=False
    ) as answer:
        assert answer.status == 303
        assert "Secure" in answer.headers["Set-Cookie"]
        assert "Strict-Transport-Security" not in answer.headers, "this is the loopback"
    name = url.replace("https://127.0.0.1", "centre.example")
    async with client.get(f"{url}/healthz", ssl=trust, headers={"Host": name}) as answer:
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    async with client.get(f"{url}/metrics", ssl=trust) as answer:
        assert answer.status == 200


async def test_a_plain_lan_is_told_at_the_start_and_only_by_consent(
    tmp_path: Path, database: Database
) -> None:
    port, config = free_ports(1), tmp_path / "server.toml"
    config.write_text(
        f'listen = "0.0.0.0:{port}"\nallow_plain_lan = true\ndata_dir = "{tmp_path / "data"}"\n'
        f'database = "{database.app_dsn}"\ndatabase_owner = "{database.owner_dsn}"\n'
    )
    loaded = await shubbak("centre", "load", "kafr_saqr.toml", "--config", str(config))
    assert loaded.code == 0, loaded.err
    log = tmp_path / "log"
    serve: list[str | Path] = [BIN / "shubbak", "serve", "--config", config]
    async with running(serve, f"http://127.0.0.1:{port}/healthz", log):
        pass
    told = [json.loads(line) for line in log.read_text().splitlines()]
    (entry,) = [entry for entry in told if entry["event"] == "serving_plain_lan"]
    assert "shubbak tls init" in entry["advice"]


async def test_a_renewal_reaches_both_of_two_processes_and_machines_believe_each(
    tmp_path: Path, database: Database
) -> None:
    """Both show the certificate that the pinned CA proves, the old before and the new after."""
    port, data = free_ports(1), tmp_path / "data"
    share_fonts(data)
    folder = TlsFolder(data / "tls")
    hosts = [read_host("127.0.0.1")]
    init(folder, hosts, at=now())
    await make_centre(database.owner_dsn)
    config = tmp_path / "server.toml"
    config.write_text(
        f'listen = "127.0.0.1:{port}"\ndata_dir = "{data}"\ndatabase = "{database.app_dsn}"\n'
        f'database_owner = "{database.owner_dsn}"\nprocesses = 2\n'
    )
    url = f"https://127.0.0.1:{port}"
    trust = trust_of(url, folder.public)
    assert trust is not None
    serve: list[str | Path] = [BIN / "shubbak", "serve", "--config", config]

    async def shown() -> set[bytes]:
        """Ask so often, each time anew, that both processes have answered; only the CA proves."""
        for _ in range(4):
            assert await answers(f"{url}/readyz", trust=trust)
        found = [await shown_by(port) for _ in range(12)]
        return {each.fingerprint(SHA256()) for each in found}

    async with running(serve, f"{url}/readyz", tmp_path / "log", trust=trust) as supervisor:

        async def are_two() -> bool:
            state = read_state(state_path(data, port))
            return state is not None and len(state.workers) == 2

        await eventually(are_two, within_s=START_TIMEOUT_S)
        first = {look(folder).server.fingerprint(SHA256())}
        assert await shown() == first
        renew(folder, hosts, at=now())
        second = {look(folder).server.fingerprint(SHA256())}
        assert first != second

        async def is_shown_by_both() -> bool:
            return await shown() == second

        await eventually(is_shown_by_both)  # each looks at the file by itself
        assert supervisor.returncode is None
