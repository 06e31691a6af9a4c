"""Reads pages as strictly as they deserve, with a parser and with a real browser.

`Visitor` walks through an aiohttp application like a person without JavaScript; every HTML answer
is parsed strictly and checked for what no page of ours may do. The browser fixtures drive Debian's
Chromium through pytest-playwright-asyncio; nothing starts unless a test asks for `page`.
"""

import os
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import html5lib
import pytest
from aiohttp import ClientResponse, FormData
from aiohttp.test_utils import TestClient
from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import (
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    ViewportSize,
    WebSocket,
)

from core_services.look.font import web_font
from tests.support.fonts import font_cache

SCREENS: Final = Path(__file__).parents[2] / "test-output" / "screens"

KIOSK: Final[ViewportSize] = {"width": 1080, "height": 1920}
BOARD: Final[ViewportSize] = {"width": 1920, "height": 1080}
DESK: Final[ViewportSize] = {"width": 1366, "height": 768}
PHONE: Final[ViewportSize] = {"width": 360, "height": 740}

_LINKING: Final = ("src", "href", "action", "formaction", "poster", "data")
_ENGLISH: Final = re.compile(r"[A-Za-z]{2,}(\s+[A-Za-z]{2,}){2,}")
_FIELDS: Final = ("input", "select", "textarea")
_UNLABELLED: Final = ("hidden", "submit", "button", "image", "reset")


@dataclass(frozen=True, slots=True)
class Seen:
    """An answer, and its document where it is HTML."""

    status: int
    headers: Mapping[str, str]
    path: str
    text: str
    root: Element | None

    def find(self, tag: str, **attributes: str) -> Element:
        """Return the first element with that tag and those attributes (`id`, `name`, `class_`)."""
        for element in self.all(tag, **attributes):
            return element
        raise AssertionError(f"{self.path} has no <{tag} {attributes}>")

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """Return every such element; `class_` matches one class of several."""
        assert self.root is not None, f"{self.path} is not HTML"
        return [each for each in self.root.iter(tag) if _has(each, attributes)]

    def words(self, tag: str = "main", **attributes: str) -> str:
        """Return the text inside an element, white space single."""
        return " ".join("".join(self.find(tag, **attributes).itertext()).split())


class Visitor:
    """A browser without JavaScript: follows redirects, keeps cookies, fills forms.

    It prefers English, as its seller left it, whatever language its person chose.
    """

    def __init__(self, client: TestClient[Any, Any], language: str = "ar") -> None:
        self.client = client
        self.language = language
        if language != "ar":  # as after a touch on the other language's link
            client.session.cookie_jar.update_cookies({"lang": language})

    @property
    def origin(self) -> str:
        return str(self.client.make_url("/")).rstrip("/")

    async def get(self, path: str, *, follow: bool = True, **headers: str) -> Seen:
        """Ask for a page."""
        return await self._seen(
            await self.client.get(path, headers=self._headers(headers), allow_redirects=follow)
        )

    async def post(
        self,
        path: str,
        fields: Mapping[str, str] | FormData,
        *,
        follow: bool = True,
        **headers: str,
    ) -> Seen:
        """Send a form as the browser would from one of our own pages."""
        return await self._seen(
            await self.client.post(
                path,
                data=fields if isinstance(fields, FormData) else dict(fields),
                headers=self._headers({"Origin": self.origin, **headers}),
                allow_redirects=follow,
            )
        )

    async def submit(self, seen: Seen, action: str, *, follow: bool = True, **fields: str) -> Seen:
        """Fill the form with that action on a page that was seen, and send it."""
        form = seen.find("form", action=action)
        known = {each.get("name", ""): each.get("value", "") for each in form.iter("input")}
        unknown = set(fields) - set(known) - {each.get("name", "") for each in form.iter("select")}
        assert not unknown, f"the form has no {unknown}"
        return await self.post(action, {**known, **fields}, follow=follow)

    def _headers(self, more: Mapping[str, str]) -> dict[str, str]:
        return {"Accept": "text/html", "Accept-Language": "en-US,en;q=0.9", **more}

    async def _seen(self, response: ClientResponse) -> Seen:
        text = await response.text() if response.content_type.startswith("text/") else ""
        root = None
        if response.content_type == "text/html":
            root = strict_html(text)
        return Seen(response.status, response.headers, response.url.path_qs, text, root)


def strict_html(text: str) -> Element:
    """Parse a whole HTML document, refusing every parse error and what no page of ours may do."""
    root = _parse(text, "parse")
    assert root.get("lang") in ("ar", "en"), "the page has no language"
    assert root.get("dir") == ("rtl" if root.get("lang") == "ar" else "ltr")
    titles = ["".join(each.itertext()).strip() for each in root.iter("title")]
    assert titles[:1] not in ([], [""]), "the page has no title"
    check_elements(root)
    if root.get("lang") == "ar":
        check_english(root)
    return root


def check_english(element: Element) -> None:
    """Refuse an English sentence on an Arabic page that is not marked `lang="en"`."""
    if element.get("lang") == "en" or element.tag in ("script", "head"):
        return
    for text in (element.text, *(child.tail for child in element)):
        found = _ENGLISH.search(text or "")
        assert found is None, f"not marked as English: {found[0] if found else text}"
    for child in element:
        check_english(child)


def strict_fragment(text: str) -> Element:
    """Parse a fragment of a page under the same rules."""
    root = _parse(text, "parseFragment")
    check_elements(root)
    return root


def _parse(text: str, what: str) -> Element:
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    try:
        root: Element = getattr(parser, what)(text)
    except html5lib.html5parser.ParseError as error:
        (line, _), *_ = parser.errors[-1]
        raise AssertionError(f"line {line}: {error}: {text.splitlines()[line - 1]}") from error
    return root


def check_elements(root: Element) -> None:
    """Refuse inline style and script, other origins, doubled ids, fields and pictures unnamed."""
    ids = [each.get("id") for each in root.iter() if each.get("id") is not None]
    assert len(ids) == len(set(ids)), f"ids used twice: {sorted(ids, key=str)}"
    labelled = {each.get("for") for each in root.iter("label")}
    wrapped = {field for label in root.iter("label") for field in label.iter()}
    for element in root.iter():
        tag: object = element.tag
        if not isinstance(tag, str):
            continue  # a comment
        what = f"<{element.tag} {dict(element.attrib)}>"
        assert element.tag != "style", "a page has an inline style sheet"
        if element.tag == "script":
            assert element.get("src"), "a page has an inline script"
        for name, value in element.attrib.items():
            assert name != "style", f"{what} has an inline style"
            assert not name.startswith("on"), f"{what} has an inline handler"
            if name in _LINKING:
                assert is_local(value), f"{what} leads to another origin"
        if element.tag == "img":
            assert element.get("alt") is not None, f"{what} has no alternative text"
        if element.tag in _FIELDS and element.get("type") not in _UNLABELLED:
            is_named = element.get("id") in labelled or element in wrapped
            assert is_named or element.get("aria-label"), f"{what} has no label"


def is_local(address: str) -> bool:
    """Say whether an address inside a page stays on its server."""
    parts = urlsplit(address)
    return (not parts.scheme and not parts.netloc) or parts.scheme in ("data", "tel", "sms")


@pytest.fixture(scope="session")
def font() -> Path:
    """The screens' font, kept between runs since its name says what it is."""
    return web_font(font_cache())


def chromium() -> str | None:
    """Return the path of the browser: the shell without windows, a page of which costs a third."""
    return (
        os.environ.get("SHUBBAK_CHROMIUM")
        or shutil.which("chromium-headless-shell")
        or shutil.which("chromium")
    )


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium, silent on the network; tests that need it skip where it is missing."""
    path = chromium()
    if path is None:
        pytest.skip("no chromium: apt install chromium, or set SHUBBAK_CHROMIUM to its path")
    return {
        **browser_type_launch_args,
        "executable_path": path,
        "args": [
            "--disable-quic",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
        ],
    }


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """An Egyptian reader on a clerk's screen; tests set other sizes with `set_viewport_size`."""
    return {
        **browser_context_args,
        "locale": "ar-EG",
        "timezone_id": "Africa/Cairo",
        "viewport": DESK,
    }


@pytest.fixture
async def new_context(
    new_context: Callable[..., Awaitable[BrowserContext]],
) -> AsyncIterator[Callable[..., Awaitable[BrowserContext]]]:
    """Watch every page: a request to another origin or a script's error fails the test."""
    faults: list[str] = []

    async def make(**options: Any) -> BrowserContext:
        context = await new_context(**options)
        context.on("page", lambda page: watch(page, faults))
        return context

    yield make
    assert faults == []


def watch(page: Page, faults: list[str]) -> None:
    """Note every request of the page to another origin, and every error of its scripts."""

    def request(request: Request) -> None:
        is_first = request.is_navigation_request() and request.frame == page.main_frame
        home = request.url if is_first else page.url
        if not _is_here(request.url, home):
            faults.append(f"{page.url} asked for {request.url}")

    def socket(socket: WebSocket) -> None:
        if not _is_here(socket.url, page.url):
            faults.append(f"{page.url} opened {socket.url}")

    def console(message: ConsoleMessage) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            faults.append(f"{page.url}: {message.text}")

    page.on("request", request)
    page.on("websocket", socket)
    page.on("console", console)
    page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))


async def look_at(page: Page, name: str) -> Path:
    """Leave a picture of the page in `test-output/screens/` for whoever changes it."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    path = SCREENS / f"{name}.png"
    await page.evaluate("document.fonts.ready.then(() => true)")
    await page.screenshot(path=path)
    return path


async def axe(page: Page) -> list[str]:
    """Return what axe finds against WCAG 2.2 AA, one line a fault.

    axe takes the joined shapes of Arabic for icon ligatures and silently skips the contrast of most
    of it, so Arabic letters stand as x while it looks.
    """
    await page.evaluate(AXE_SCRIPT)
    await page.evaluate(_LATINISE)
    faults: list[str] = await page.evaluate(_FAULTS, _AXE_TAGS)
    await page.evaluate(_RESTORE)
    return faults


async def scrolls_sideways(page: Page) -> bool:
    """Say whether the page is wider than its window."""
    wide: bool = await page.evaluate(
        "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    )
    return wide


_AXE_TAGS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_FAULTS: Final = """
async (tags) => {
  const options = { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] };
  const { violations } = await axe.run(document, options);
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html }) => `${id}: ${help}: ${html}`));
}
"""
"""What is in order is not told: reading it cost more than looking."""
_LATINISE: Final = r"""
() => {
  window.__arabic = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!/[\u0600-\u06ff]/.test(node.data)) continue;
    window.__arabic.push([node, node.data]);
    node.data = node.data.replace(/[\u0600-\u06ff]/g, "x");
  }
}
"""
_RESTORE: Final = "() => { for (const [node, text] of window.__arabic) node.data = text; }"


def _is_here(url: str, home: str) -> bool:
    parts, at_home = urlsplit(url), urlsplit(home)
    if parts.scheme in ("data", "blob", "about"):
        return True
    return parts.netloc == at_home.netloc and parts.hostname in ("127.0.0.1", "localhost")


def _has(element: Element, attributes: Mapping[str, str]) -> bool:
    for name, value in attributes.items():
        if name == "class_":
            if value not in element.get("class", "").split():
                return False
        elif element.get(name.replace("_", "-")) != value:
            return False
    return True
