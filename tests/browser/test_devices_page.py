"""The administrator's page of machines in a real browser: a code, open codes, a machine's end."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, ViewportSize, expect

from core_services.devices.pairing import take_attempt
from core_services.devices.register import add_device, list_devices
from core_services.people.passwords import Passwords
from tests.support.database import Database
from tests.support.desk_site import DeskSite, desk_site
from tests.support.pages import axe, look_at, scrolls_sideways
from tests.support.site import PASSWORD, By

SMALL: ViewportSize = {"width": 320, "height": 568}


@pytest.fixture
async def site(
    database: Database, passwords: Passwords, short_dir: Path, font: Path
) -> AsyncIterator[DeskSite]:
    (short_dir / "cache").symlink_to(font.parent)
    async with desk_site(database, passwords, short_dir) as started:
        await started.add_staff("admin", "admin", "سامي رشاد", "Sami Rashad")
        pool, at = started.queue.pool, started.clock.now()
        await add_device(pool, centre_id=1, kind="kiosk", name="K8", actor=By(), at=at)
        await add_device(pool, centre_id=1, kind="workstation", name="W8", actor=By(), at=at)
        yield started


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_an_administrator_reads_a_code_and_takes_a_machine_out_of_service(
    site: DeskSite, page: Page, language: str
) -> None:
    await page.goto(site.url(f"/sign-in?next=/admin/devices&lang={language}"))
    await page.locator("#username").fill("admin")
    await page.locator("#password").fill(PASSWORD)
    await page.locator("form button[type=submit]").last.click()
    await page.locator("#kind").select_option("display")
    await page.locator("#name").fill("D7")
    await page.locator("form[action='/admin/devices/pair'] button").click()
    await expect(page.locator("#code")).to_be_visible()
    pairing = await site.queue.pool.fetchval("SELECT id FROM device_pairing")
    await look_at(page, f"devices-code-{language}")
    assert await axe(page) == []
    await take_attempt(site.queue.pool, centre_id=1, pairing_id=pairing, at=site.clock.now())
    await page.goto(site.url("/admin/devices"))
    await expect(page.locator("#code")).to_have_count(0)
    row = page.locator("#device-W8")
    await row.locator("summary").click()
    await look_at(page, f"devices-{language}")
    assert await axe(page) == []
    await page.set_viewport_size(SMALL)
    assert not await scrolls_sideways(page)
    await row.locator("button").click()
    await expect(page.get_by_role("status")).to_be_visible()
    left = await list_devices(site.queue.pool, centre_id=1, at=site.clock.now())
    assert "W8" not in {each.device.name for each in left}
