"""Takes the pictures of the README from a centre of its own: `make pictures`.

The centre is the demonstration without bots; what its hall looks like is made here through the API,
the kiosk and the desk, so that the pictures change only when a screen does.
"""

import asyncio
import json
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
from PIL import Image
from playwright.async_api import Browser, BrowserContext, Page, ViewportSize, async_playwright

from tests.support.demonstration import demonstration
from tests.support.desk_page import is_ready
from tests.support.eventually import eventually
from tests.support.pages import BOARD, DESK, KIOSK, PHONE, chromium

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
COLOURS = 128
ANNOUNCED_MS = 150_000
"""The morning's calls stand before the last one, each for some seconds."""
WALL: ViewportSize = {"width": 1440, "height": 900}

SERVED = ("licence-copy", "reconciliation", "building-renewal", "site-validity", "property-data")
WAITING = ("building-new", "reconciliation", "lift-renewal", "fence", "demolition-sound")
CALLED_AT = (2, 3, 4, 6, 7, 8, 9)
"""The windows of programs; 5 is the clerk's in the picture."""


@dataclass(frozen=True, slots=True)
class Centre:
    """A running demonstration."""

    facts: dict[str, Any]
    client: aiohttp.ClientSession

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Do one thing through the API; a refusal ends the program."""
        async with self.client.post(
            f"{self.facts['server']}/api/v1{path}",
            json=body,
            headers={"Authorization": f"Bearer {self.facts['api_key']}"},
        ) as response:
            text = await response.text()
            if response.status >= 300:
                raise SystemExit(f"{path}: {response.status} {text}")
            answer: dict[str, Any] = json.loads(text) if text else {}
            return answer

    def password(self, username: str) -> str:
        (person,) = [one for one in self.facts["staff"] if one["username"] == username]
        return str(person["password"])


@asynccontextmanager
async def centre() -> AsyncIterator[Centre]:
    """Run a demonstration in a folder that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="shb-pictures-"))
    try:
        async with (
            demonstration(folder, "--no-bots") as running,
            aiohttp.ClientSession() as client,
        ):
            yield Centre(running.facts, client)
    finally:
        shutil.rmtree(folder)


async def fill_the_hall(centre: Centre) -> None:
    """Let a morning pass: some are served, one stands at each window, others wait."""
    for window in CALLED_AT:
        await centre.post(f"/windows/{window}/open", {})
    for turn in range(3):
        for number, window in enumerate(CALLED_AT):
            service = SERVED[(turn + number) % len(SERVED)]
            await centre.post("/tickets", {"service": service})
            ticket = await centre.post(f"/windows/{window}/call-next", {})
            await centre.post(f"/tickets/{ticket['id']}/start", {"window": window})
            if turn < 2:
                await centre.post(f"/tickets/{ticket['id']}/finish", {"window": window})
    for number in range(12):
        priority = "age65" if number == 7 else "none"
        body = {"service": WAITING[number % len(WAITING)], "priority": priority}
        await centre.post("/tickets", body)


async def take(page: Page, name: str, *, width: int) -> None:
    """Keep what the page shows, `width` pixels wide and in few colours."""
    await page.evaluate("document.fonts.ready.then(() => true)")
    keep(await page.screenshot(animations="disabled"), name, width=width)


def keep(png: bytes, name: str, *, width: int) -> None:
    """Write a picture that is light to load."""
    PICTURES.mkdir(exist_ok=True)
    with Image.open(BytesIO(png)) as whole:
        size = (width, round(whole.height * width / whole.width))
        small = whole.convert("RGB").resize(size, Image.Resampling.LANCZOS)
    path = PICTURES / f"{name}.png"
    small.quantize(COLOURS).save(path, optimize=True)
    print(f"{path.name}: {size[0]} x {size[1]}, {path.stat().st_size // 1024} KB")


async def kiosk_and_slip(centre: Centre, browser: Browser) -> None:
    """The first page, then one touch and the paper that it brings."""
    page = await _page(browser, KIOSK)
    await page.goto(centre.facts["kiosk"])
    button = page.locator("[data-touch=take]")
    await button.wait_for()
    await page.wait_for_timeout(1000)
    await take(page, "kiosk", width=540)
    await button.click()
    printer = centre.facts["devices"]["printer_page"]

    async def is_printed() -> bool:
        async with centre.client.get(f"{printer}/slips/1.png") as response:
            if response.status == 200:
                keep(await response.read(), "slip", width=432)
            return response.status == 200

    await eventually(is_printed, within_s=30)


async def board(centre: Centre, browser: Browser) -> None:
    """A call in its first seconds, above those of the morning."""
    page = await _page(browser, BOARD)
    await page.goto(centre.facts["display"])
    await page.wait_for_timeout(1000)
    await centre.post("/windows/1/open", {})
    ticket = await centre.post("/windows/1/call-next", {})
    await page.get_by_text(ticket["display_label"]).first.wait_for(timeout=ANNOUNCED_MS)
    await page.wait_for_timeout(2000)
    await take(page, "board", width=1280)


async def staff(centre: Centre, browser: Browser) -> None:
    """A clerk with a citizen, then the hall as the supervisor sees it; both in both languages."""
    clerk = await _signed_in(centre, browser, "mona", DESK)
    for state in ("idle", "called", "serving"):
        await is_ready(clerk)
        await clerk.locator(".acts .button--primary:visible").click()
        await clerk.locator(f".hand--{state}").wait_for()
    await _in_both_languages(clerk, "desk", 1100)
    supervisor = await _signed_in(centre, browser, "hoda", WALL)
    await _in_both_languages(supervisor, "supervisor", 1200)


async def phone(centre: Centre, browser: Browser) -> None:
    """A place in line, as a citizen's phone shows it."""
    ticket = await centre.post("/tickets", {"service": "building-new"})
    page = await _page(browser, PHONE, scale=2)
    await page.goto(centre.facts["server"] + ticket["status_path"])
    await page.wait_for_timeout(1000)
    await take(page, "phone", width=432)


async def _in_both_languages(page: Page, name: str, width: int) -> None:
    for language, ending in (("ar", ""), ("en", "-en")):
        await page.goto(f"{page.url.partition('?')[0]}?lang={language}")
        await page.wait_for_timeout(1500)
        await take(page, name + ending, width=width)


async def _signed_in(
    centre: Centre, browser: Browser, username: str, viewport: ViewportSize
) -> Page:
    page = await _page(browser, viewport)
    await page.goto(centre.facts["server"])
    await page.locator("[name=username]").fill(username)
    await page.locator("[name=password]").fill(centre.password(username))
    await page.locator("[name=password]").press("Enter")
    await page.wait_for_url(lambda url: "sign-in" not in url)
    return page


async def _page(browser: Browser, viewport: ViewportSize, scale: int = 1) -> Page:
    context: BrowserContext = await browser.new_context(
        locale="ar-EG",
        timezone_id="Africa/Cairo",
        viewport=viewport,
        device_scale_factor=scale,
    )
    return await context.new_page()


async def main() -> None:
    """Take all pictures."""
    path = chromium()
    if path is None:
        raise SystemExit("no chromium: apt install chromium")
    async with centre() as running, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path)
        await fill_the_hall(running)
        for screens in (kiosk_and_slip, staff, phone, board):
            await screens(running, browser)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
