"""The desk over the real program: killed and started again, it finds the ticket in hand."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
from playwright.async_api import BrowserContext, Page, expect

from tests.support.desk_page import clock_s, hand, press, sign_in
from tests.support.desk_site import DeskSite, JumpingClock
from tests.support.desk_site import site as site
from tests.support.eventually import eventually

ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def a_program(site: DeskSite) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run `shubbak serve` over the site's database until it answers; kill it at the end."""
    config = site.folder / "server.toml"
    config.write_text(
        f'listen = "127.0.0.1:{site.port}"\ndata_dir = "{site.folder}"\n'
        f'database = "{site.database.app_dsn}"\n'
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "queue_server.cli", "serve", "--config", str(config)),
        cwd=ROOT,
        env={name: text for name, text in os.environ.items() if not name.startswith("SHUBBAK_")},
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with aiohttp.ClientSession() as client:

            async def answers() -> bool:
                assert process.returncode is None
                try:
                    async with client.get(site.url("/readyz")) as answer:
                        return answer.status == 200
                except aiohttp.ClientError:
                    return False

            await eventually(answers, within_s=30)
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
        await process.wait()


async def test_a_killed_server_comes_back_with_the_ticket_in_hand_and_its_clock(
    site: DeskSite,
    page: Page,
    new_context: Callable[..., Awaitable[BrowserContext]],
) -> None:
    await site.stop()
    site.clock = JumpingClock(datetime.now(UTC))  # the program's own day
    await site.start()
    await site.issue(2)
    await site.stop()
    site.port = _free_port()
    async with a_program(site) as process:
        await sign_in(site, page)
        await press(page, "NumpadEnter")
        await expect(hand(page, "idle")).to_be_visible()
        await press(page, "NumpadEnter")
        await expect(hand(page, "called")).to_be_visible()
        await press(page, "NumpadEnter")
        await expect(hand(page, "serving")).to_be_visible()
        process.send_signal(signal.SIGKILL)
        await process.wait()
        await expect(page.locator("#cut")).to_be_visible()
    async with a_program(site):
        await expect(page.locator("#cut")).to_be_hidden(timeout=15_000)
        await expect(page.locator(".hand__number")).to_have_text("١٠١")
        await expect(hand(page, "serving")).to_be_visible()

        async def has_run_for_seconds() -> bool:
            return await clock_s(page) >= 4

        await eventually(has_run_for_seconds)
        state = await page.context.storage_state()
        again = await (await new_context(storage_state=state)).new_page()
        await again.goto(site.url("/desk"))
        await expect(again.locator(".hand__number")).to_have_text("١٠١")
        served_s = await clock_s(page)
        # Two pages show one clock in whole seconds, each of which may just have turned.
        assert served_s - 1 <= await clock_s(again) <= served_s + 3
        await press(page, "NumpadEnter")
        await expect(page.locator(".hand__number")).to_have_text("١٠٢")
        await expect(again.locator(".hand__number")).to_have_text("١٠٢")
    await site.start()
    assert await site.acts_on("101") == ["issue", "call", "start", "finish"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
