"""What certificate is served: the right one, the latest one, or a sentence that says what to do."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)
from structlog.testing import capture_logs

from core_services.settings import SettingsError, load_settings
from queue_server.settings import ServerSettings, SettingsBeforeTls
from queue_server.tls.line import Line, look_at_line
from queue_server.tls.serving import LiveCertificate, load_certificate
from tests.support.clock import ManualClock
from tests.support.eventually import eventually
from tests.support.tls import a_centre, now, shown_by


@asynccontextmanager
async def listening(context: ssl.SSLContext) -> AsyncIterator[int]:
    """Serve lines that come back, over TLS."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line)
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0, ssl=context)
    async with server:
        yield int(server.sockets[0].getsockname()[1])


async def test_a_renewed_certificate_is_taken_up_while_connections_stand(tmp_path: Path) -> None:
    centre = a_centre(tmp_path)
    clock = ManualClock(now())
    live = LiveCertificate(centre.server, centre.server, clock)
    trusting = ssl.create_default_context(cafile=str(centre.ca))
    async with listening(live.context) as port, asyncio.TaskGroup() as tasks:
        keeping = tasks.create_task(live.keep_fresh())
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting)
        first = live.certificate
        assert await shown_by(port) == first

        async def is_another() -> bool:
            return live.certificate != first

        centre.issue()
        with capture_logs() as logs:
            await clock.advance(5)
            await eventually(is_another)
        assert [entry["event"] for entry in logs] == ["tls_certificate_taken_up"]
        assert await shown_by(port) == live.certificate != first
        writer.write(b"still here\n")
        assert await reader.readline() == b"still here\n"
        writer.transport.abort()
        keeping.cancel()


def test_a_file_that_is_no_good_changes_nothing_and_is_told_once(tmp_path: Path) -> None:
    centre = a_centre(tmp_path)
    live = LiveCertificate(centre.server, centre.server, ManualClock(now()))
    first = live.certificate
    centre.issue(at=now() - timedelta(days=500))
    with capture_logs() as logs:
        live.look()
        live.look()
    assert live.certificate == first
    assert [entry["event"] for entry in logs] == ["tls_certificate_not_taken_up"]
    assert "shubbak tls renew" in logs[0]["why"]
    centre.issue()
    live.look()
    assert live.certificate != first


async def test_its_end_is_told_each_day_of_the_last_thirty(tmp_path: Path) -> None:
    centre = a_centre(tmp_path)
    clock = ManualClock(now())
    live = LiveCertificate(centre.server, centre.server, clock)
    with capture_logs() as logs:
        async with asyncio.TaskGroup() as tasks:
            keeping = tasks.create_task(live.keep_fresh())
            await clock.jump(366 * 86400)
            assert logs == []
            for days in (1, 2, 3):
                await clock.jump(86400)

                async def is_told(days: int = days) -> bool:
                    return len(logs) == days

                await eventually(is_told)
            keeping.cancel()
    assert [entry["event"] for entry in logs] == ["tls_certificate_ends"] * 3
    assert logs[0]["days_left"] in (29, 30)


def test_what_cannot_be_served_is_told_with_what_to_do(tmp_path: Path) -> None:
    centre = a_centre(tmp_path)
    at, server = now(), centre.server
    for when, sentence in (
        (at + timedelta(days=400), r"ended on .* renew it: shubbak tls renew"),
        (at - timedelta(days=400), r"begins on .* set the clock"),
    ):
        with pytest.raises(SettingsError, match=sentence):
            load_certificate(server, server, at=when)
    missing = tmp_path / "gone.pem"
    with pytest.raises(SettingsError, match="cannot be read"):
        load_certificate(missing, server, at=at)
    with pytest.raises(SettingsError, match=r"gone\.pem cannot be read"):
        load_certificate(server, missing, at=at)
    with pytest.raises(SettingsError, match="holds no private key"):
        load_certificate(server, _private(centre.ca), at=at)
    other = a_centre(tmp_path / "other")
    with pytest.raises(SettingsError, match="is not that of the certificate"):
        load_certificate(server, other.server, at=at)
    open_key = tmp_path / "open.pem"
    open_key.write_bytes(server.read_bytes())
    open_key.chmod(0o640)
    with pytest.raises(SettingsError, match="chmod 600"):
        load_certificate(open_key, open_key, at=at)
    locked = tmp_path / "locked.pem"
    locked.write_bytes(
        ec.generate_private_key(ec.SECP256R1()).private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")
        )
    )
    with pytest.raises(SettingsError, match="locked with a password"):
        load_certificate(server, _private(locked), at=at)
    noise = tmp_path / "noise.pem"
    noise.write_bytes(b"\x00\xffnoise")
    with pytest.raises(SettingsError, match="holds no certificate in PEM"):
        load_certificate(noise, server, at=at)


def _private(path: Path) -> Path:
    path.chmod(0o600)
    return path


async def test_nothing_older_than_tls_1_2_is_spoken(tmp_path: Path) -> None:
    centre = a_centre(tmp_path)
    live = LiveCertificate(centre.server, centre.server, ManualClock(now()))
    old = ssl.create_default_context(cafile=str(centre.ca))
    old.minimum_version = ssl.TLSVersion.TLSv1_2
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    async with listening(live.context) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=old)
        assert writer.get_extra_info("ssl_object").version() == "TLSv1.2"
        writer.transport.abort()
    assert live.context.minimum_version == ssl.TLSVersion.TLSv1_2


def test_with_a_certificate_the_server_goes_beyond_this_machine(tmp_path: Path) -> None:
    listen = "192.168.10.2:8443"
    with pytest.raises(SettingsError, match="shubbak tls init"):
        load_settings(ServerSettings, None, listen=listen, data_dir=tmp_path)
    before = load_settings(SettingsBeforeTls, None, listen=listen, data_dir=tmp_path)
    assert before.tls_files is None
    centre = a_centre(tmp_path / "tls")
    settings = load_settings(ServerSettings, None, listen=listen, data_dir=tmp_path)
    assert settings.tls_files == (centre.server, centre.server)
    assert not settings.is_plain_lan
    own = load_settings(
        ServerSettings, None, listen=listen, tls_certificate=centre.ca, tls_key=centre.server
    )
    assert own.tls_files == (centre.ca, centre.server)
    with pytest.raises(SettingsError, match='"tls_key" is set without "tls_certificate"'):
        load_settings(ServerSettings, None, tls_key=centre.server)


def test_the_line_is_told_as_it_is(tmp_path: Path) -> None:
    at = now()
    plain = ServerSettings(data_dir=tmp_path)
    assert look_at_line(plain, at=at) == Line(is_tls=False, is_plain_lan=False)
    lan = ServerSettings(data_dir=tmp_path, listen="10.1.1.1:80", allow_plain_lan=True)
    assert look_at_line(lan, at=at).is_plain_lan
    centre = a_centre(tmp_path / "tls")
    line = look_at_line(plain, at=at)
    assert (line.is_tls, line.is_plain_lan, line.ends_soon) == (True, False, False)
    assert line.days_left in (396, 397)
    assert look_at_line(plain, at=at + timedelta(days=370)).ends_soon
    centre.server.write_bytes(b"")
    assert look_at_line(plain, at=at) == Line(is_tls=True, is_plain_lan=False, ends_soon=True)
