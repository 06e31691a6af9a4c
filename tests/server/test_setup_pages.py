"""The pages of the set-up, each strictly parsed in both languages, and whom they are closed to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiohttp.test_utils import TestClient, TestServer

from core_services.database.errors import DatabaseGone
from core_services.database.pool import Pool, open_pool
from queue_server.backup.restore import Outcome
from queue_server.backup.sealing import ArchiveKey, SealWith, Secrets
from queue_server.backup.store_restore import Restored
from queue_server.backup.swap import staging_in
from queue_server.backup.verify import verify_backup
from queue_server.processes.supervisor import open_listener
from queue_server.settings import ServerSettings
from queue_server.setup import serving
from queue_server.setup.desk import SetupDesk, open_desk
from queue_server.setup.draft import FILE, STEPS
from queue_server.setup.restoring import MARK, Part, Restoring
from queue_server.web.setup.install import setup_application
from queue_server.web.setup.pages import AFTERWARDS
from queue_server.web.setup.restore_view import BackupRow
from queue_server.web.words import Words
from tests.support.backups import back_up, no_bar
from tests.support.clock import ManualClock
from tests.support.database import Database, Servers, fresh_database
from tests.support.pages import Visitor
from tests.support.queue import make_centre
from tests.support.setting_up import ADMINISTRATOR
from tests.support.setting_up import STEPS as TYPED


@pytest.fixture
async def desk(database: Database, short_dir: Path, font: Path) -> AsyncIterator[SetupDesk]:
    (short_dir / "cache").symlink_to(font.parent)
    settings = ServerSettings(
        data_dir=short_dir, database=database.app_dsn, database_owner=database.owner_dsn
    )
    opened = await open_desk(settings, ManualClock(), tell=lambda _: None)
    pool = await open_pool(database.owner_dsn, size=1, application_name="test")
    opened.pool = pool
    try:
        yield opened
    finally:
        await pool.close()


@pytest.fixture
async def stranger(desk: SetupDesk) -> AsyncIterator[Visitor]:
    async with TestClient(TestServer(await setup_application(desk))) as client:
        yield Visitor(client)


@pytest.fixture
def proved(desk: SetupDesk, stranger: Visitor) -> Visitor:
    stranger.client.session.cookie_jar.update_cookies(
        {"shubbak_setup": desk.admit()}, stranger.client.make_url("/setup")
    )
    return stranger


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_every_page_of_every_step_is_well_formed_right_and_wrong(
    desk: SetupDesk, proved: Visitor, language: str
) -> None:
    assert (await proved.get(f"/?lang={language}")).path.startswith("/setup")
    for step in STEPS:
        page = await proved.get(f"/setup/{step}")
        assert page.root is not None
        assert page.root.get("lang") == language
        csrf = page.find("input", name="csrf").get("value", "")
        wrong = await proved.post(f"/setup/{step}", {"csrf": csrf})
        assert wrong.status == 422
        assert not [each for each in wrong.all("input") if "checked" in each.attrib]
        ids = {each.get("id") for each in wrong.find("main").iter()}
        links = [each.get("href", "") for each in wrong.find("div", class_="summary").iter("a")]
        assert {link[1:] for link in links} <= ids
        if step in TYPED:
            kept = await proved.post(f"/setup/{step}", {"csrf": csrf, **TYPED[step]}, follow=False)
            assert kept.status == 303
    last = await proved.get("/setup/administrator")
    assert "KFS" in last.words("dl")


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_every_phase_of_a_restore_is_well_formed(
    desk: SetupDesk, proved: Visitor, postgres_servers: Servers, language: str
) -> None:
    clock = ManualClock()
    async with fresh_database(await postgres_servers.server("embedded")) as other:
        await make_centre(other.owner_dsn)
        made = await back_up(other, desk.settings.data_dir, clock)
    made.path.with_name("shubbak-KFS1-20200101T000000Z.shubbak").write_bytes(b"nothing")
    choice = await proved.get(f"/setup/restore?lang={language}")
    assert made.path.name in choice.words()
    assert len(choice.all("input", name="backup")) == 2
    damage = {
        "ar": "ليس هذا الملف نسخة احتياطية من شبّاك.",
        "en": "is no backup of Shubbak.",
    }
    assert damage[language] in choice.words()
    restoring = desk.restoring
    restoring.path = made.path
    restoring.manifest, _ = await verify_backup(made.path, Secrets(), at=clock.now(), bar=no_bar)
    restoring.parts = [Part("stored bytes", is_ended=True), Part("rows", 5, 10), Part("events")]
    restoring.outcome = Outcome(
        centres=(Restored("KFS1", uuid4(), 9, date(2026, 11, 22), 1101),),
        made_at=datetime(2026, 11, 22, 7, tzinfo=UTC),
        files=0,
        set_aside=(),
        has_secrets=False,
        needs_keys=True,
    )
    for phase, status in (
        ("looking", True),
        ("good", False),
        ("sealed", False),
        ("restoring", True),
        ("failed", False),
        ("restored", False),
    ):
        restoring.phase = phase  # type: ignore[assignment]
        restoring.needs_keys = phase == "restored"
        restoring.failure = Words("تالفة", "Damaged") if phase == "failed" else None
        page = await proved.get("/setup/restore")
        assert page.status == 200
        assert ("Refresh" in page.headers) is status
        assert [each.get("value") for each in page.all("progress")] == ["100", "50", "0"]
    missing = {"ar": "المفاتيح لم تكن في النسخة.", "en": "Its keys were not in it."}
    assert missing[language] in page.words()
    assert "shubbak" in page.words()
    assert (await proved.get("/setup")).path == "/setup/restore"


@pytest.mark.parametrize("field", ["path", "backup"])
async def test_a_path_longer_than_any_file_s_is_told_as_a_mistake_at_its_field(
    proved: Visitor, field: str
) -> None:
    csrf = (await proved.get("/setup/restore")).find("input", name="csrf").get("value", "")
    told = await proved.post("/setup/restore/look", {"csrf": csrf, field: "a" * 300})
    assert told.status == 422
    link = next(told.find("div", class_="summary").iter("a"))
    assert link.get("href") == f"#{field}"


async def test_a_path_that_the_server_may_not_read_is_told_with_what_to_do(
    desk: SetupDesk, proved: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_file(path: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(path))

    page = await proved.get("/setup/restore")
    csrf = page.find("input", name="csrf").get("value", "")
    monkeypatch.setattr(Path, "is_file", is_file)  # root, who may run this, is kept out nowhere
    told = await proved.post("/setup/restore/look", {"csrf": csrf, "path": "/media/usb/a.shubbak"})
    monkeypatch.undo()
    assert told.status == 422
    assert "صلاحية" in told.words("main")
    assert desk.restoring.phase == "none"


async def test_forms_of_another_site_and_of_another_browser_change_nothing(
    desk: SetupDesk, proved: Visitor
) -> None:
    page = await proved.get("/setup/centre")
    csrf = page.find("input", name="csrf").get("value", "")
    fields = {"csrf": csrf, **TYPED["centre"]}
    foreign = await proved.post("/setup/centre", fields, Origin="http://elsewhere.example")
    assert foreign.status == 403
    stale = await proved.post("/setup/centre", {**fields, "csrf": "of-another-browser"})
    assert stale.status == 403
    code = await proved.post("/setup/code", {"code": "x"}, Origin="http://elsewhere.example")
    assert code.status == 403
    assert desk.draft.typed == {}


async def test_a_browser_that_did_not_prove_the_code_sees_and_does_nothing(
    desk: SetupDesk, stranger: Visitor
) -> None:
    for path in (*(f"/setup/{step}" for step in STEPS), "/setup/restore"):
        seen = await stranger.get(path)
        assert seen.path == "/setup"
        assert seen.find("input", id="code") is not None
    for path in ("look", "begin", "again", "go-on"):
        assert (await stranger.post(f"/setup/restore/{path}", {}, follow=False)).status == 303
    assert desk.restoring.phase == "none"


async def test_too_many_wrong_codes_are_told_to_wait(stranger: Visitor) -> None:
    for _ in range(5):
        seen = await stranger.post("/setup/code", {"code": "wrong"})
    assert seen.status == 429
    assert int(seen.headers["Retry-After"]) > 0
    assert "انتظر" in seen.words()


async def fill(proved: Visitor) -> str:
    """Do every step but the last; return the token of this browser's forms."""
    csrf = (await proved.get("/setup/centre")).find("input", name="csrf").get("value", "")
    for step, fields in TYPED.items():
        kept = await proved.post(f"/setup/{step}", {"csrf": csrf, **fields}, follow=False)
        assert kept.status == 303
    return csrf


async def test_what_the_disk_does_not_keep_is_told_and_stays_on_the_page(
    desk: SetupDesk, proved: Visitor
) -> None:
    csrf = await fill(proved)
    (desk.settings.data_dir / FILE).unlink()
    (desk.settings.data_dir / FILE).mkdir()  # in its place nothing can be put
    for step, fields in (("centre", TYPED["centre"]), ("administrator", ADMINISTRATOR)):
        told = await proved.post(f"/setup/{step}", {"csrf": csrf, **fields})
        assert told.status == 422
        assert "لم يُحفظ" in told.words("div", class_="summary")
    assert not await desk.has_centre()


async def test_of_a_commit_that_was_not_answered_the_database_says_whether_it_happened(
    desk: SetupDesk, proved: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    csrf, joined = await fill(proved), Pool.joined
    has_happened = False

    @asynccontextmanager
    async def breaks(pool: Pool) -> AsyncIterator[Pool]:
        async with joined(pool) as one:
            yield one
            if not has_happened:
                raise DatabaseGone("the line broke")
        raise DatabaseGone("the line broke")

    monkeypatch.setattr(Pool, "joined", breaks)
    keys = desk.settings.data_dir / "keys"
    for has_happened in (False, True):
        made = await proved.post(
            "/setup/administrator", {"csrf": csrf, **ADMINISTRATOR}, follow=False
        )
        assert await desk.has_centre() == desk.is_over == has_happened
        assert made.status == (303 if has_happened else 503)
    assert made.headers["Location"] == AFTERWARDS
    known = await desk.require_pool().fetchval("SELECT id FROM signing_key")
    assert (keys / f"KFS-{known}.pem").exists(), "its private half was not taken back"


async def test_a_centre_that_is_made_stays_made_where_its_administrator_cannot_be_signed_in(
    desk: SetupDesk, proved: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    csrf = await fill(proved)

    async def sign_in(*_: object, **__: object) -> None:
        raise DatabaseGone("the line broke")

    monkeypatch.setattr("queue_server.web.setup.pages.sign_in", sign_in)
    made = await proved.post("/setup/administrator", {"csrf": csrf, **ADMINISTRATOR})
    assert made.status == 410
    assert "ادخل بحساب مدير النظام" in made.words("main")
    assert await desk.has_centre()
    assert desk.is_over


async def test_a_centre_is_not_made_while_a_backup_is_brought_back(
    desk: SetupDesk, proved: Visitor
) -> None:
    csrf = await fill(proved)
    desk.restoring.phase, desk.restoring.path = "good", Path("/found/good")
    for path, phase in (("/found/before", "good"), ("/found/good", "restoring")):
        fields = {"csrf": csrf, "path": path}
        began = await proved.post("/setup/restore/begin", fields, follow=False)
        assert began.status == 303
        assert desk.restoring.phase == phase, "none is brought back but the one of the page"
    made = await proved.post("/setup/administrator", {"csrf": csrf, **ADMINISTRATOR}, follow=False)
    assert (made.status, made.headers["Location"]) == (303, "/setup/restore")
    assert not await desk.has_centre()


async def test_whatever_is_in_a_backup_the_set_up_lives_on(
    desk: SetupDesk, proved: Visitor, postgres_servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, settings, restoring = ManualClock(), desk.settings, desk.restoring

    def no_such_cost(*_: object) -> list[dict[str, object]]:
        return [{"kind": "passphrase", "scrypt": [3, 8, 1], "salt": "AAAA", "key": "AAAA"}]

    monkeypatch.setattr(ArchiveKey, "slots", no_such_cost)
    async with fresh_database(await postgres_servers.server("embedded")) as other:
        await make_centre(other.owner_dsn)
        made = await back_up(other, settings.data_dir, clock, seal=SealWith(passphrase="any"))
    assert restoring.ask_to_look(made.path, Secrets("any"))
    await restoring.look(settings, clock)
    assert "السبب مكتوب في سجل الخادم" in (await proved.get("/setup/restore")).words("main")
    (settings.data_dir / MARK).mkdir()  # as on a disk that takes nothing more
    restoring.phase = "good"
    assert restoring.ask_to_restore(made.path)
    await restoring.restore(settings, clock)
    assert "لا يمكن قراءة الملف" in (await proved.get("/setup/restore")).words("main")
    assert not await desk.has_centre()


async def test_a_look_is_given_up_when_a_centre_is_made_meanwhile(
    database: Database, short_dir: Path, font: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (short_dir / "cache").symlink_to(font.parent)
    settings = ServerSettings(
        data_dir=short_dir, database=database.app_dsn, database_owner=database.owner_dsn
    )
    looks, desks, ready = asyncio.Event(), list[SetupDesk](), asyncio.Event()

    async def look(*_: object) -> None:
        looks.set()
        await asyncio.Event().wait()

    async def opened(*of: Any, **how: Any) -> SetupDesk:
        desks.append(await open_desk(*of, **how))
        return desks[0]

    monkeypatch.setattr(serving, "open_desk", opened)
    monkeypatch.setattr(serving, "say", lambda _: None)
    monkeypatch.setattr(Restoring, "look", look)
    (short_dir / MARK).touch()
    staging_in(short_dir).mkdir()
    with open_listener("127.0.0.1", 0) as listener:
        ends = asyncio.create_task(
            serving.set_up(
                settings, listener, stop=asyncio.Event(), clock=ManualClock(), ready=ready
            )
        )
        await asyncio.wait({ends, asyncio.create_task(ready.wait())}, return_when="FIRST_COMPLETED")
        (desk,) = desks
        assert not (short_dir / MARK).exists(), "of a restore that had touched nothing"
        assert not staging_in(short_dir).exists()
        desk.restoring.ask_to_look(short_dir / "of many gigabytes", Secrets())
        await looks.wait()
        await desk.end()
        async with asyncio.timeout(30):
            assert await ends


def test_a_backups_size_is_a_small_number_of_its_unit() -> None:
    row = BackupRow("x", None, 0, 1, (), False, False, None)
    sizes = [replace(row, bytes=count).size for count in (1, 41_200, 3_400_000, 2_600_000_000)]
    assert sizes == [(1, "KB"), (41, "KB"), (3, "MB"), (3, "GB")]


async def test_a_line_that_anyone_can_read_is_told_before_a_code_or_a_password_is_typed(
    database: Database, short_dir: Path, font: Path
) -> None:
    (short_dir / "cache").symlink_to(font.parent)
    settings = ServerSettings(
        data_dir=short_dir,
        listen="10.20.0.2:80",
        allow_plain_lan=True,
        database=database.app_dsn,
        database_owner=database.owner_dsn,
    )
    desk = await open_desk(settings, ManualClock(), tell=lambda _: None)
    async with TestClient(TestServer(await setup_application(desk))) as client:
        visitor = Visitor(client)
        assert "shubbak tls init" in (await visitor.get("/setup")).words()
        client.session.cookie_jar.update_cookies(
            {"shubbak_setup": desk.admit()}, client.make_url("/setup")
        )
        assert "shubbak tls init" in (await visitor.get("/setup/administrator")).words()
        assert "shubbak tls init" not in (await visitor.get("/setup/hours")).words()
