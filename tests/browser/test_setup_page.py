"""The set-up in a real browser: looked at in both languages, on a staff screen and on a phone."""

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from queue_server.backup.sealing import SealWith
from tests.support.backups import back_up
from tests.support.clock import ManualClock
from tests.support.database import Database, Servers, fresh_database
from tests.support.pages import DESK, PHONE, axe, look_at, scrolls_sideways
from tests.support.queue import make_centre
from tests.support.setting_up import ADMINISTRATOR, STEPS, waiting_server

pytestmark = pytest.mark.timeout(120)


async def assert_good(page: Page, name: str) -> None:
    """Look at the page on a staff screen and on a phone."""
    for size, suffix in ((DESK, "desk"), (PHONE, "phone")):
        await page.set_viewport_size(size)
        await look_at(page, f"{name}-{suffix}")
        assert not await scrolls_sideways(page)
    assert await axe(page) == []
    await page.set_viewport_size(DESK)


async def lay_backups(servers: Servers, data: Path) -> Path:
    """Lay the sealed backup of another centre where backups lie, and a damaged one; return it."""
    clock = ManualClock()
    async with fresh_database(await servers.server("embedded")) as other:
        await make_centre(other.owner_dsn)
        made = await back_up(other, data, clock, seal=SealWith(passphrase="of no use here"))
    half = made.path.read_bytes()[: made.bytes // 2]
    made.path.with_name(made.path.name.replace("2026", "2025")).write_bytes(half)
    return made.path


async def send_backups(page: Page, sealed: Path, language: str) -> None:
    """Send what is no backup, and then a sealed one, from the page of the restore."""
    strange = sealed.with_name("strange.txt")
    strange.write_bytes(bytes(1000))
    await page.set_input_files("#file", strange)
    await page.click("form[data-sends] button")
    await expect(page.get_by_role("alert")).to_be_visible()
    await assert_good(page, f"setup-restore-refused-{language}")
    await page.set_input_files("#file", sealed)
    await page.click("form[data-sends] button")
    await expect(page.locator("#passphrase")).to_be_visible()
    await expect(page.locator("#restore-title")).to_be_visible()
    await assert_good(page, f"setup-restore-sealed-{language}")
    await page.click("form[action='/setup/restore/again'] button")
    await expect(page.locator("input[name=backup]")).to_have_count(3)


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_a_centre_is_set_up_in_a_browser_and_its_administrator_is_signed_in(
    postgres_servers: Servers, database: Database, page: Page, tmp_path: Path, language: str
) -> None:
    sealed = await lay_backups(postgres_servers, tmp_path / "data")
    async with waiting_server(database, tmp_path) as server:
        await page.goto(f"{server.url}/?lang={language}")
        await page.fill("#code", "wrong")
        await page.click("form button")
        await expect(page.get_by_role("alert")).to_be_visible()
        await assert_good(page, f"setup-code-{language}")
        await page.fill("#code", server.code)
        await page.click("form button")
        await expect(page).to_have_url(f"{server.url}/setup")
        await assert_good(page, f"setup-start-{language}")
        await page.click("a[href='/setup/restore']")
        await assert_good(page, f"setup-restore-{language}")
        await send_backups(page, sealed, language)
        await page.goto(f"{server.url}/setup")
        await page.click("#main .button--primary")
        await page.click("form button.button--primary")
        await expect(page.get_by_role("alert")).to_be_visible()
        await assert_good(page, f"setup-centre-{language}")
        for name, value in STEPS["centre"].items():
            if name == "governorate":
                await page.select_option("#governorate", value)
            else:
                await page.fill(f"#{name}", value)
        for step in ("hours", "windows", "services", "administrator"):
            await page.click("form button.button--primary")
            await expect(page).to_have_url(f"{server.url}/setup/{step}")
            if step == "windows":
                await page.go_back()
                await expect(page.locator("#sunday_opens")).to_have_value("09:00")
                await page.go_forward()
            await assert_good(page, f"setup-{step}-{language}")
        for name, value in ADMINISTRATOR.items():
            await page.fill(f"#{name}", value)
        await page.click("form button.button--primary")
        await expect(page.locator(".setup__trail")).to_be_visible()
        await look_at(page, f"setup-afterwards-{language}")
