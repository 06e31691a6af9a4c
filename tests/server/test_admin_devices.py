"""The administrator's page of machines: codes are shown once, machines are taken out of service."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from core_services.clock import SystemClock
from core_services.devices.pairing import take_attempt
from core_services.devices.register import add_device, verify_token
from core_services.l10n import western
from core_services.link.pairing import pair
from core_services.people.passwords import Passwords
from queue_server.settings import ServerSettings
from tests.support.database import Database
from tests.support.desk_site import DeskSite, desk_site
from tests.support.pages import Visitor
from tests.support.site import By
from tests.support.tls import a_centre, now


@pytest.fixture
async def site(
    database: Database, passwords: Passwords, short_dir: Path, font: Path
) -> AsyncIterator[DeskSite]:
    (short_dir / "cache").symlink_to(font.parent)
    async with desk_site(database, passwords, short_dir) as started:
        await started.add_staff("hoda", "supervisor", "هدى منصور", "Hoda Mansour")
        await started.add_staff("admin", "admin", "سامي رشاد", "Sami Rashad")
        yield started


PAIR = "/admin/devices/pair"


async def test_a_code_is_shown_once_and_pairs_the_machine_that_proves_it(site: DeskSite) -> None:
    admin = await site.sign_in("admin")
    page = await admin.get("/admin/devices")
    shown = await admin.submit(page, PAIR, name="K7", kind="kiosk")
    code = western("".join(shown.find("p", id="code").itertext()))
    assert re.fullmatch("[0-9]{6}", code)
    assert f"--code {code} --name K7" in shown.words()
    again = await admin.get("/admin/devices")
    assert code not in western(again.words())
    assert "K7" in again.words("ul", class_="machines__open")
    url = str(site.client.make_url("")).rstrip("/")
    paired = await pair(url, code, kind="kiosk", name=None, clock=SystemClock())
    assert await verify_token(site.queue.pool, paired.token) is not None
    after = await admin.get("/admin/devices")
    assert after.all("ul", class_="machines__open") == []
    assert "لم يتصل بعد" in after.words("tr", id="device-K7")


async def test_what_cannot_be_paired_is_told_beside_its_field(site: DeskSite) -> None:
    admin = await site.sign_in("admin")
    page = await admin.get("/admin/devices")
    bad = await admin.submit(page, PAIR, name="ك ١", kind="kiosk")
    assert bad.status == 422
    assert "حرفًا لاتينيًّا" in bad.words("div", class_="summary")
    await add_device(
        site.queue.pool, centre_id=1, kind="display", name="D9", actor=By(), at=site.clock.now()
    )
    taken = await admin.submit(page, PAIR, name="D9", kind="kiosk")
    assert taken.status == 422
    assert "لجهاز من نوع آخر" in taken.words("div", class_="summary")
    nothing = await admin.submit(page, PAIR, name="K1", kind="toaster")
    assert nothing.status == 422


async def test_wrong_attempts_are_seen_and_a_code_is_withdrawn(site: DeskSite) -> None:
    admin = await site.sign_in("admin", "en")
    page = await admin.submit(await admin.get("/admin/devices"), PAIR, name="K7", kind="kiosk")
    pairing = await site.queue.pool.fetchval("SELECT id FROM device_pairing")
    await take_attempt(site.queue.pool, centre_id=1, pairing_id=pairing, at=site.clock.now())
    page = await admin.get("/admin/devices")
    assert "wrong once" in page.words("ul", class_="machines__open")
    withdraw = f"/admin/devices/pairings/{pairing}/withdraw"
    done = await admin.submit(page, withdraw)
    assert "The code is withdrawn." in done.words()
    late = await admin.submit(page, withdraw)
    assert "It was done already" in late.words()


async def test_a_machine_is_taken_out_of_service(site: DeskSite) -> None:
    new = await add_device(
        site.queue.pool, centre_id=1, kind="kiosk", name="K9", actor=By(), at=site.clock.now()
    )
    admin = await site.sign_in("admin", "en")
    page = await admin.get("/admin/devices")
    done = await admin.submit(page, f"/admin/devices/{new.device.id}/revoke")
    assert "out of service" in done.words("p", role="status")
    assert done.all("tr", id="device-K9") == []
    assert await verify_token(site.queue.pool, new.token) is None
    late = await admin.submit(page, f"/admin/devices/{new.device.id}/revoke")
    assert "It was done already" in late.words()


async def test_machines_are_an_administrators(site: DeskSite) -> None:
    hoda = await site.sign_in("hoda")
    assert (await hoda.get("/admin/devices")).status == 403
    stranger = await Visitor(site.client).get("/admin/devices", follow=False)
    assert stranger.status == 303


async def test_a_line_that_anyone_can_read_is_told_on_every_page_of_a_supervisor(
    database: Database,
    passwords: Passwords,
    short_dir: Path,
    font: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = ServerSettings(
        data_dir=short_dir,
        listen="10.20.0.2:80",
        allow_plain_lan=True,
        database=database.app_dsn,
        database_owner=database.owner_dsn,
    )
    monkeypatch.setattr(DeskSite, "settings", settings)
    (short_dir / "cache").symlink_to(font.parent)
    async with desk_site(database, passwords, short_dir) as site:
        await site.add_staff("admin", "admin", "سامي رشاد", "Sami Rashad")
        admin = await site.sign_in("admin", "en")
        hall = await admin.get("/supervisor")
        assert "The line is not encrypted" in hall.words("header")
        told = (await admin.get("/admin/devices")).words("p", class_="note")
        assert "shubbak tls init" in told


async def test_an_end_of_the_certificate_that_is_near_is_told(site: DeskSite) -> None:
    site.clock.jump((now() - site.clock.now()).total_seconds())
    admin = await site.sign_in("admin", "en")
    assert (await admin.get("/admin/devices")).all("p", class_="note") == []
    a_centre(site.folder / "tls", at=now() - timedelta(days=397 - 12, hours=-1))
    told = (await admin.get("/admin/devices")).words("p", class_="note")
    assert re.search(r"ends in \d+ days.*shubbak tls renew", " ".join(told.split()))
