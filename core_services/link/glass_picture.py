"""Takes a picture of what this machine's browser really shows, over Chromium's DevTools.

The browser is started with `--remote-debugging-port`; without it there is no picture, and the
answer says so. The picture is WebP, and small enough for one frame of the link.
"""

import asyncio
import base64
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

import aiohttp

from core_services.link.errand_frames import LARGEST_PICTURE_BYTES

Unseen = Literal["no_devtools", "no_page", "no_answer", "too_large"]

TRIES: Final[Sequence[tuple[int, int]]] = ((1280, 60), (1024, 45), (800, 35), (640, 25))
"""Pixels across at most, and WebP's quality, until a picture is small enough."""
ANSWER_S: Final = 8.0
_LARGEST_ANSWER: Final = 4 * 1024 * 1024
_STEP: Final = "document.querySelector('[data-step]')?.dataset.step ?? ''"
_SIZE: Final = "[innerWidth, innerHeight]"


class NoPicture(Exception):
    """There is none; `why` says it in one word."""

    def __init__(self, why: Unseen) -> None:
        super().__init__(why)
        self.why: Unseen = why


@dataclass(frozen=True, slots=True)
class GlassPicture:
    """A picture, and which step of its page stood on the glass before and after it was taken."""

    webp: bytes
    steps: tuple[str, str]
    """Empty for a page without steps."""


class TakePicture(Protocol):
    """What an agent asks for a picture of its own page."""

    async def __call__(self) -> GlassPicture:
        """Raises NoPicture."""
        ...


@dataclass(frozen=True, slots=True)
class DevTools:
    """The browser at `url` (its DevTools on this machine), which shows the page at `page`."""

    url: str
    page: str

    async def __call__(self) -> GlassPicture:
        """Take a picture of the page's glass. Raises NoPicture."""
        try:
            async with (
                asyncio.timeout(ANSWER_S),
                aiohttp.ClientSession(trust_env=False) as session,
                session.ws_connect(
                    await self._page_socket(session), max_msg_size=_LARGEST_ANSWER
                ) as socket,
            ):
                return await _Talk(socket).picture()
        except TimeoutError:
            raise NoPicture("no_answer") from None
        except (aiohttp.ClientError, OSError):
            raise NoPicture("no_devtools") from None
        except (ValueError, LookupError, TypeError, AttributeError):
            raise NoPicture("no_answer") from None  # somebody else answers there

    async def _page_socket(self, session: aiohttp.ClientSession) -> str:
        """Return where the page itself is spoken to. Raises NoPicture."""
        async with session.get(f"{self.url}/json/list") as answer:
            pages = await answer.json(content_type=None)
        for each in pages:
            if each.get("type") == "page" and str(each.get("url", "")).startswith(self.page):
                return str(each["webSocketDebuggerUrl"])
        raise NoPicture("no_page")


class _Talk:
    """One conversation with a page."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)

    async def picture(self) -> GlassPicture:
        width, height = await self._value(_SIZE)
        before = str(await self._value(_STEP))
        for across, quality in TRIES:
            clip = {"x": 0, "y": 0, "width": width, "height": height}
            answer = await self._ask(
                "Page.captureScreenshot",
                format="webp",
                quality=quality,
                clip=clip | {"scale": min(1.0, across / max(1, width, height))},
            )
            webp = base64.b64decode(answer["data"])
            if len(webp) <= LARGEST_PICTURE_BYTES:
                return GlassPicture(webp, (before, str(await self._value(_STEP))))
        raise NoPicture("too_large")

    async def _value(self, expression: str) -> Any:
        answer = await self._ask("Runtime.evaluate", expression=expression, returnByValue=True)
        return answer["result"]["value"]

    async def _ask(self, method: str, **params: object) -> Any:
        """Send a command and return its result; events on the way are passed over."""
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": params})
        while True:
            heard = await self._socket.receive_json()
            if heard.get("id") == number:
                return heard["result"]
