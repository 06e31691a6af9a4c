"""A backup is sent to the set-up: whole it is looked at, and of anything else nothing stays."""

import asyncio
import errno
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from queue_server.backup import receiving
from queue_server.backup.folder import PARTIAL, hold_folder, tidy
from queue_server.backup.model import Made
from queue_server.backup.receiving import name_of_received, receive_backup
from queue_server.settings import ServerSettings
from queue_server.setup.desk import SetupDesk, open_desk
from queue_server.web.setup import upload_body
from queue_server.web.setup.install import setup_application
from tests.support.backups import back_up
from tests.support.clock import ManualClock
from tests.support.database import Servers, fresh_database
from tests.support.eventually import eventually
from tests.support.pages import Seen, Visitor
from tests.support.queue import make_centre

UPLOAD = "/setup/restore/upload"


@pytest.fixture
async def made(postgres_servers: Servers, tmp_path: Path) -> Made:
    """The backup of another machine, on a stick."""
    async with fresh_database(await postgres_servers.server("embedded")) as other:
        await make_centre(other.owner_dsn)
        return await back_up(other, tmp_path, ManualClock())


class Sender(NamedTuple):
    desk: SetupDesk
    visitor: Visitor
    csrf: str
    cookie: str

    @property
    def lying(self) -> list[str]:
        """What is in the folder of backups."""
        folder = self.desk.settings.backups
        return sorted(os.listdir(folder)) if folder.exists() else []

    async def send(
        self, data: bytes, name: str = "a.shubbak", *, csrf: str | None = None, **headers: str
    ) -> Seen:
        """Send a file as the page's form does."""
        form = aiohttp.FormData({"csrf": self.csrf if csrf is None else csrf})
        form.add_field("file", data, filename=name, content_type="application/octet-stream")
        return await self.visitor.post(UPLOAD, form, follow=False, **headers)

    async def begin(self, data: bytes, *, whole: int) -> socket.socket:
        """Begin to send a form of that length, and send no more than its first bytes."""
        head = (
            f'--b\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n{self.csrf}\r\n--b\r\n'
            'Content-Disposition: form-data; name="file"; filename="a.shubbak"\r\n\r\n'
        )
        url = self.visitor.client.make_url(UPLOAD)
        assert url.host is not None
        assert url.port is not None
        line = socket.create_connection((url.host, url.port))
        form = (
            f"POST {UPLOAD} HTTP/1.1\r\nHost: {url.host}:{url.port}\r\n"
            f"Origin: {self.visitor.origin}\r\nCookie: shubbak_setup={self.cookie}\r\n"
            f"Accept: text/html\r\nContent-Type: multipart/form-data; boundary=b\r\n"
            f"Content-Length: {whole}\r\n\r\n{head}".encode()
            + data
        )
        await asyncio.to_thread(line.sendall, form)
        return line


@pytest.fixture(autouse=True)
def disk_may_be_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests run where little room is left, too."""
    monkeypatch.setattr(receiving, "LEFT_FREE_BYTES", 0)


class AsServed(TestServer):
    """Leaves a handler to find out by itself that its line is gone, as the set-up's server does."""

    async def _make_runner(self, **options: Any) -> web.BaseRunner:
        return await super()._make_runner(**{**options, "handler_cancellation": False})


@pytest.fixture
async def sender(short_dir: Path, font: Path) -> AsyncIterator[Sender]:
    (short_dir / "cache").symlink_to(font.parent)
    desk = await open_desk(
        ServerSettings(data_dir=short_dir, database="postgresql:///none"),
        ManualClock(),
        tell=lambda _: None,
    )
    async with TestClient(AsServed(await setup_application(desk))) as client:
        cookie = desk.admit()
        client.session.cookie_jar.update_cookies(
            {"shubbak_setup": cookie}, client.make_url("/setup")
        )
        visitor = Visitor(client, "en")
        page = await visitor.get("/setup/restore")
        csrf = page.find("input", name="csrf").get("value", "")
        yield Sender(desk, visitor, csrf, cookie)


async def test_a_sent_backup_lies_in_the_folder_and_is_looked_at_like_a_chosen_one(
    sender: Sender, made: Made
) -> None:
    desk, data = sender.desk, made.path.read_bytes()
    assert (await sender.send(data, made.path.name)).status == 303
    assert sender.lying == [made.path.name]
    kept = desk.settings.backups / made.path.name
    assert kept.read_bytes() == data
    assert kept.stat().st_mode & 0o777 == 0o600
    assert (desk.restoring.phase, desk.restoring.path) == ("looking", kept)
    await desk.restoring.look(desk.settings, desk.clock)
    assert desk.restoring.phase == "good"
    await desk.restoring.look(desk.settings.model_copy(update={"training": True}), ManualClock())
    page = await sender.visitor.get("/setup/restore")
    assert "This is a backup of a real centre" in page.words("main"), "before it is brought back"
    again = await sender.send(data, made.path.name)
    assert again.status == 303
    assert len(sender.lying) == 3, "the mark of the first, and a second file of another name"
    assert desk.restoring.path.read_bytes() == data
    assert desk.restoring.path != kept


async def test_nothing_is_taken_before_the_token_of_this_very_browser(
    sender: Sender, made: Made
) -> None:
    data = made.path.read_bytes()
    assert (await sender.send(data, csrf="of-another-browser")).status == 403
    assert (await sender.send(data, csrf="x" * 5000)).status == 403
    assert (await sender.send(data, Origin="http://elsewhere.example")).status == 403
    late = aiohttp.FormData()
    late.add_field("file", data, filename="a.shubbak")
    late.add_field("csrf", sender.csrf)
    assert (await sender.visitor.post(UPLOAD, late)).status == 403
    sender.visitor.client.session.cookie_jar.clear()
    assert (await sender.send(data)).headers["Location"] == "/setup"
    assert sender.lying == []
    assert sender.desk.restoring.phase == "none"


async def test_what_is_no_backup_or_no_file_or_has_no_room_is_refused_with_the_reason(
    sender: Sender, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = made.path.read_bytes()
    folder = sender.desk.settings.backups

    async def refused(seen: Seen, why: str) -> None:
        assert seen.status == 422
        assert why in seen.words("main")
        assert next(seen.find("div", class_="summary").iter("a")).get("href") == "#file"
        assert sender.lying == []
        assert sender.desk.restoring.phase == "none"

    await refused(await sender.send(b""), "is no backup of Shubbak")
    await refused(await sender.send(b"PK" * 400), "is no backup of Shubbak")
    await refused(await sender.send(data[512:]), "is no backup of Shubbak")
    await refused(await sender.send(b"", ""), "Choose the backup's file")
    with hold_folder(folder):
        await refused(await sender.send(data), "nother backup is being written")
    with monkeypatch.context() as patched:
        patched.setattr(receiving, "LEFT_FREE_BYTES", 1 << 62)
        await refused(await sender.send(data), "takes 0 MB at most")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        await refused(await sender.send(data), "No space left")
    # Whoever asks later is told too, until another is sent.
    later = await sender.visitor.get("/setup/restore")
    assert "No space left" in later.words("div", class_="summary")
    assert (await sender.send(data)).status == 303
    assert sender.desk.uploading.failure is None


async def under_way(sender: Sender) -> None:
    """Return once bytes are on the disk under a passing name."""

    async def is_begun() -> bool:
        return sender.desk.uploading.got > 0 and sender.lying == [f"a.shubbak{PARTIAL}"]

    await eventually(is_begun)


def padded(data: bytes) -> bytes:
    """Return a beginning of more than one piece."""
    return data + bytes(2 * upload_body.PIECE_BYTES)


async def test_a_line_that_breaks_leaves_nothing_and_is_told_afterwards(
    sender: Sender, made: Made
) -> None:
    whole = 40 * upload_body.PIECE_BYTES
    line = await sender.begin(padded(made.path.read_bytes()), whole=whole)
    await under_way(sender)
    other = await sender.visitor.get("/setup/restore")
    assert "A browser is sending a backup" in other.words("main")
    assert not other.all("form", action=UPLOAD)
    second = await sender.send(made.path.read_bytes(), "b.shubbak")
    assert second.status == 422
    assert "nother backup is being written" in second.words("main")
    line.close()

    async def is_over() -> bool:
        return sender.desk.uploading.name == ""

    await eventually(is_over)
    assert sender.lying == []
    told = await sender.visitor.get("/setup/restore")
    assert "broke off" in told.words("div", class_="summary")
    assert (await sender.send(made.path.read_bytes())).status == 303


async def test_a_sender_who_falls_silent_is_ended_and_the_pages_answer_meanwhile(
    sender: Sender, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(upload_body, "SILENCE_S", 0.2)
        line = await sender.begin(
            padded(made.path.read_bytes()), whole=40 * upload_body.PIECE_BYTES
        )
        with line:
            line.setblocking(False)
            loop = asyncio.get_running_loop()
            assert (await sender.visitor.get("/setup/centre")).status == 200
            answer = b""
            while b"</html>" not in answer:
                more = await loop.sock_recv(line, 1 << 16)
                assert more, answer
                answer += more
    assert answer.startswith(b"HTTP/1.1 422")
    assert "انقطع الإرسال".encode() in answer
    assert sender.lying == []


async def test_a_set_up_that_is_stopped_in_the_middle_leaves_nothing(
    made: Made, tmp_path: Path
) -> None:
    folder, first = tmp_path / "kept", asyncio.Event()

    async def pieces() -> AsyncIterator[bytes]:
        yield made.path.read_bytes()
        first.set()
        await asyncio.Event().wait()

    taking = asyncio.create_task(
        receive_backup(folder, "a", pieces(), whole=1000, on_progress=lambda _: None)
    )
    await first.wait()
    assert os.listdir(folder) == [f"a.shubbak{PARTIAL}"]
    taking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await taking
    assert os.listdir(folder) == []


def test_what_a_killed_server_left_is_removed_but_nothing_that_is_being_written(
    tmp_path: Path,
) -> None:
    tidy(tmp_path / "none")
    assert not (tmp_path / "none").exists()
    left, backup = tmp_path / f"a.shubbak{PARTIAL}", tmp_path / "b.shubbak"
    backup.touch()
    with hold_folder(tmp_path):
        left.touch()
        tidy(tmp_path)
        assert left.exists()
    tidy(tmp_path)
    assert os.listdir(tmp_path) == [backup.name]


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("shubbak-KFS-20261122T070000Z.shubbak", "shubbak-KFS-20261122T070000Z.shubbak"),
        ("C:\\Users\\sami\\Desktop\\a b.shubbak", "a-b.shubbak"),
        ("../../etc/cron.d/x", "x.shubbak"),
        ("نسخة.shubbak", "received.shubbak"),
        ("...", "received.shubbak"),
        (".hidden.partial", "hidden.partial.shubbak"),
        ("copy (1).shubbak", "copy-1.shubbak"),
        ("a\r\nb\0", "a-b.shubbak"),
        ("a" * 300, "a" * 100 + ".shubbak"),
    ],
)
def test_a_sent_file_lies_under_a_plain_name_of_the_folder(given: str, name: str) -> None:
    assert name_of_received(given) == name
