"""A server that waits to be set up, and somebody who walks through its pages with a browser."""

import asyncio
import re
import ssl
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from playwright.async_api import Page, expect

from tests.support.database import Database
from tests.support.eventually import eventually
from tests.support.fonts import share_fonts
from tests.support.programs import answers, free_ports, running

ROOT = Path(__file__).parents[2]
CODE = re.compile(r"^    ([a-z2-9]{4}(?:-[a-z2-9]{4}){3})$", re.MULTILINE)
CSRF = re.compile(r'name="csrf" value="([^"]+)"')
PASSWORD = "sharqia-hall-26"

STEPS: Mapping[str, Mapping[str, str]] = {
    "centre": {
        "governorate": "sharqia",
        "unit_ar": "الوحدة المحلية لمركز ومدينة كفر صقر",
        "unit_en": "Local Unit of Kafr Saqr",
        "name_ar": "المركز التكنولوجي لخدمة المواطنين",
        "name_en": "Technology Centre for Citizen Service",
        "short_ar": "مركز كفر صقر",
        "short_en": "Kafr Saqr Centre",
        "code": "kfs",
        "first_number": "١٠١",
    },
    "hours": {"numbers": "always"},
    "windows": {"count": "٩", "priority": "1", "accessible": "1"},
    "services": {"s-reconciliation": "yes", "s-enquiry": "yes"},
}
ADMINISTRATOR = {
    "name_ar": "سامي رشاد",
    "name_en": "",
    "username": "sami",
    "password": PASSWORD,
    "again": PASSWORD,
}


@dataclass(frozen=True, slots=True)
class WaitingServer:
    """A server without a centre."""

    url: str
    config: Path
    log: Path
    process: asyncio.subprocess.Process

    @property
    def code(self) -> str:
        """The code that stands on its console, the last where there are several."""
        codes: list[str] = CODE.findall(self.log.read_text(encoding="utf-8"))
        return codes[-1]


@asynccontextmanager
async def waiting_server(
    database: Database | None,
    folder: Path,
    *,
    processes: int = 1,
    trust: ssl.SSLContext | None = None,
    environment: Mapping[str, str] | None = None,
) -> AsyncIterator[WaitingServer]:
    """Run `shubbak serve` on a migrated database without a centre; None: the folder's own.

    `trust` judges its certificate, where one lies in the data folder.
    """
    port = free_ports(1)
    data = folder / "data"
    data.mkdir(mode=0o700, exist_ok=True)
    share_fonts(data)
    config, log = folder / "server.toml", folder / "server.log"
    lines = [
        f'data_dir = "{data}"',
        f'listen = "127.0.0.1:{port}"',
        f"processes = {processes}",
        "log_json = true",
    ]
    if database is not None:
        lines.append(f'database = "{database.app_dsn}"')
        lines.append(f'database_owner = "{database.owner_dsn}"')
    config.write_text("\n".join(lines) + "\n")
    url = f"{'http' if trust is None else 'https'}://127.0.0.1:{port}"
    command = [sys.executable, "-m", "queue_server.cli", "serve", "--config", str(config)]
    async with running(
        command, f"{url}/healthz", log, cwd=ROOT, trust=trust, environment=environment
    ) as process:
        yield WaitingServer(url, config, log, process)


async def serves(url: str, *, trust: ssl.SSLContext | None = None) -> None:
    """Return once the server itself answers there."""

    async def is_ready() -> bool:
        return await answers(f"{url}/readyz", trust=trust)

    await eventually(is_ready, within_s=60)


@dataclass(slots=True)
class Person:
    """Somebody's browser, without JavaScript."""

    session: aiohttp.ClientSession
    url: str
    csrf: str = ""
    seen: list[tuple[int, str]] = field(default_factory=list)

    async def get(self, path: str) -> tuple[int, str]:
        """Open a page; return the answer that is at the end of the way, and its text."""
        async with self.session.get(f"{self.url}{path}", headers=HTML) as answer:
            return await self._read(answer)

    async def post(self, path: str, fields: Mapping[str, str]) -> tuple[int, str, str]:
        """Send a form; return its status, where it leads, and its text."""
        async with self.session.post(
            f"{self.url}{path}",
            data={"csrf": self.csrf, **fields},
            headers={**HTML, "Origin": self.url},
            allow_redirects=False,
        ) as answer:
            status, text = await self._read(answer)
            return status, answer.headers.get("Location", ""), text

    async def send(self, path: str, file: Path) -> tuple[int, str, str]:
        """Send a file with a form whose first field is its token; return as `post` does."""
        form = aiohttp.FormData({"csrf": self.csrf})
        with file.open("rb") as data:
            form.add_field("file", data, filename=file.name)
            async with self.session.post(
                f"{self.url}{path}",
                data=form,
                headers={**HTML, "Origin": self.url},
                allow_redirects=False,
            ) as answer:
                status, text = await self._read(answer)
                return status, answer.headers.get("Location", ""), text

    async def prove(self, code: str) -> int:
        """Give the code, and open the choice where it was taken."""
        status, _, _ = await self.post("/setup/code", {"code": code})
        if status == 303:
            await self.get("/setup/centre")
        return status

    async def fill(self) -> None:
        """Do every step but the last."""
        for step, fields in STEPS.items():
            status, _, text = await self.post(f"/setup/{step}", fields)
            assert status == 303, text

    async def _read(self, answer: aiohttp.ClientResponse) -> tuple[int, str]:
        text = await answer.text()
        if found := CSRF.search(text):
            self.csrf = found[1]
        return answer.status, text


HTML = {"Accept": "text/html"}


async def set_up_in_browser(page: Page, url: str, code: str) -> None:
    """Do the whole set-up in a real browser; its administrator is signed in at the end."""
    await page.goto(url)
    await page.fill("#code", code)
    await page.click("form button")
    await page.click("#main .button--primary")
    for name, value in STEPS["centre"].items():
        if name == "governorate":
            await page.select_option("#governorate", value)
        else:
            await page.fill(f"#{name}", value)
    await page.click("form button.button--primary")
    await page.check("input[name=numbers][value=always]")
    for step in ("windows", "services", "administrator"):
        await page.click("form button.button--primary")
        await expect(page).to_have_url(f"{url}setup/{step}")
    for name, value in ADMINISTRATOR.items():
        await page.fill(f"#{name}", value)
    await page.click("form button.button--primary")
    await expect(page).to_have_url(f"{url}admin/first-steps?new", timeout=60_000)


@asynccontextmanager
async def person(url: str, *, trust: ssl.SSLContext | None = None) -> AsyncIterator[Person]:
    """Open a browser."""
    jar = aiohttp.CookieJar(unsafe=True)
    connector = aiohttp.TCPConnector(ssl=trust or True)
    async with aiohttp.ClientSession(cookie_jar=jar, connector=connector) as session:
        session.cookie_jar.update_cookies({"lang": "en"})
        yield Person(session, url)
