"""A picture of a kiosk's glass from a real Chromium, as a supervisor asks for it."""

import asyncio
import io
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from PIL import Image

from core_services.link.errand_frames import LARGEST_PICTURE_BYTES, Errand, PictureTaken
from core_services.link.glass_picture import DevTools, NoPicture
from kiosk.shell import Shell
from tests.agents.test_kiosk_errands import until_said
from tests.support.eventually import eventually
from tests.support.kiosk_scene import CLOCK
from tests.support.kiosk_scene import server as server
from tests.support.kiosk_scene import shell as shell
from tests.support.kiosk_server import KioskServer
from tests.support.kiosk_site import running_kiosk
from tests.support.pages import KIOSK, chromium
from tests.support.programs import answers, free_ports

WIDTH, HEIGHT = KIOSK["width"], KIOSK["height"]


@asynccontextmanager
async def browser(page: str, port: int, folder: Path) -> AsyncIterator[None]:
    """Show a page in a browser whose DevTools answer on that port."""
    program = chromium()
    assert program is not None
    process = await asyncio.create_subprocess_exec(
        program,
        "--no-sandbox",
        f"--remote-debugging-port={port}",
        f"--user-data-dir={folder}",
        f"--window-size={WIDTH},{HEIGHT}",
        page,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,  # the program is a script, and the browser its child
    )
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


@pytest.fixture
async def ports() -> tuple[int, int]:
    first = free_ports(2)
    return first, first + 1


async def test_the_picture_is_what_the_browser_shows_and_none_is_taken_of_a_citizens_page(
    server: KioskServer, shell: Shell, tmp_path: Path, ports: tuple[int, int]
) -> None:
    own, devtools = ports
    tools = f"http://127.0.0.1:{devtools}"
    async with running_kiosk(
        server.url, tmp_path / "kiosk", CLOCK, shell, port=own, devtools=tools
    ) as kiosk:
        await server.until(lambda: server.connections == 1)
        await server.send(Errand(job="picture-0001", do="picture"))
        await until_said(server, "picture-0001", ("failed", "no_devtools"))
        async with browser(f"{kiosk.url}/", devtools, tmp_path / "browser"):

            async def is_lit() -> bool:
                return server.statuses[-1].glass == "lit" and await answers(f"{tools}/json/list")

            await eventually(is_lit, within_s=30)
            await server.send(Errand(job="picture-0002", do="picture"))
            await server.until(lambda: bool(server.frames(PictureTaken)))
            with pytest.raises(NoPicture, match="no_page"):
                await DevTools(tools, "http://127.0.0.1:1/")()
            kiosk.kiosk.touch("services")
            await server.send(Errand(job="picture-0003", do="picture"))
            await server.until(lambda: len(server.frames(PictureTaken)) == 2)
            first, second = (
                Image.open(io.BytesIO(each.content))
                for each in server.frames(PictureTaken)
                if isinstance(each, PictureTaken)
            )
    assert first.format == "WEBP"
    assert abs(first.width / first.height - WIDTH / HEIGHT) < 0.02
    assert len(first.convert("RGB").getcolors(1 << 20) or []) > 200
    assert first.convert("L").tobytes() != second.convert("L").resize(first.size).tobytes()
    for each in server.frames(PictureTaken):
        assert isinstance(each, PictureTaken)
        assert len(each.content) <= LARGEST_PICTURE_BYTES
        (tmp_path / f"{each.job}.webp").write_bytes(each.content)
