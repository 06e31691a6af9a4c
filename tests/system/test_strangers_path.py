"""A stranger's path: the commands of `docs/operations.md`, one by one, from nothing to a slip.

systemd is not process 1 here: units are started by a stand-in of ours that runs their commands as
their users and waits for their word.
"""

import asyncio
import os
import re
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Page, expect

from core_services.paper.fonts import static_fonts
from tests.support.fonts import font_cache
from tests.support.kiosk_site import Glass, virtual_printer
from tests.support.programs import free_ports
from tests.support.setting_up import CODE, set_up_in_browser
from tests.support.strangers_machine import (
    Preparation,
    Stranger,
    followed,
    path_of,
    prepared,
)
from tests.system.test_wheel import known_to_git

ROOT = Path(__file__).parents[2]


def may_make_namespaces() -> bool:
    words = ("unshare", "--mount", "--pid", "--fork", "true")
    return os.geteuid() == 0 and subprocess.run(words, check=False).returncode == 0


pytestmark = [
    pytest.mark.skipif(not may_make_namespaces(), reason="needs root and namespaces of its own"),
    pytest.mark.skipif(shutil.which("systemd-sysusers") is None, reason="systemd is not installed"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def tree_copy(target: Path) -> Path:
    """Copy what git knows of this tree."""
    for name in known_to_git("."):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target / name, follow_symlinks=False)
    return target


def build_wheel(target: Path, copy: Path) -> None:
    target.mkdir(parents=True)
    built = subprocess.run(
        [
            *(sys.executable, "-c"),
            "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])",
            str(target),
        ],
        cwd=copy,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert built.returncode == 0, built.stderr


def fetch_wheels(target: Path, copy: Path) -> None:
    """Gather our wheel and those of all that it needs, as the page says."""
    fetched = subprocess.run(
        [sys._base_executable, "-m", "pip", "wheel", "-q", "-w", str(target), "."],  # type: ignore[attr-defined]
        cwd=copy,
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
    assert fetched.returncode == 0, fetched.stderr


async def a_citizen_takes_a_number(port: int) -> None:
    kiosk = f"http://127.0.0.1:{port + 1}"
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{kiosk}/ws", origin=kiosk) as socket,
    ):
        glass = Glass(socket)
        await glass.until(lambda face: "take" in face.touches, within_s=30)
        await glass.touch("take")
        await glass.until(
            lambda face: face.number is not None and face.number.paper == "printed", within_s=30
        )


async def a_browser_sets_it_up(page: Page, port: int, said: str) -> None:
    """Do what the page says with the code that stands in the journal."""
    await set_up_in_browser(page, f"http://127.0.0.1:{port}/", CODE.findall(said)[-1])


async def a_sample_slip_is_printed(page: Page) -> None:
    """See the kiosk come on the page that was left open, and have it print."""
    await expect(page.locator(".setup__stage--done")).to_have_count(2, timeout=30_000)
    await page.click("form[action='/admin/first-steps/slip'] button")
    await expect(page.locator(".setup__stage--done")).to_have_count(3, timeout=30_000)


async def a_colleague_signs_in(port: int, told: Stranger) -> None:
    server = f"http://127.0.0.1:{port}"
    passwords = re.findall(r"^[\w-]{8,}$", told.said, re.MULTILINE)
    async with aiohttp.ClientSession() as session:
        for password in passwords:
            fields = {"username": "mona", "password": password}
            async with session.post(
                f"{server}/sign-in",
                data=fields,
                headers={"Origin": server},
                allow_redirects=False,
            ) as answer:
                if answer.status == 303:
                    return
    raise AssertionError(f"no password of {told.said} lets mona in")


@pytest.mark.timeout(400)
async def test_the_commands_of_the_page_lead_from_nothing_to_a_citizens_slip(
    folder: Path, font: Path, page: Page
) -> None:
    """The wheel is real; its libraries are lent by the test's environment, apt-get is asked for
    nothing. The long form fetches and installs all."""
    port = free_ports(2)
    async with virtual_printer() as printer:
        machine = prepared(folder, "")
        interpreter = machine.lend_environment()
        lines = (
            f"export PIP_NO_DEPS=1 PIP_IGNORE_INSTALLED=1 PATH={interpreter}:$PATH\n"
            "apt-get() { true; }"
        )
        machine.lay("/setup/path.sh", path_of(port, printer.url, lines=lines))
        build_wheel(machine.files / "setup" / "wheels", tree_copy(folder / "copy"))
        await asyncio.to_thread(static_fonts, font_cache())
        for program in ("shubbak", "shubbak-kiosk"):
            shutil.copytree(
                font_cache(),
                machine.files / "var" / "lib" / program / "cache",
                ignore=shutil.ignore_patterns("templates-*"),
            )
        sets_up = partial(a_browser_sets_it_up, page, port)
        async with followed(machine, within_s=280, at_setup=sets_up) as stranger:
            await a_sample_slip_is_printed(page)
            await a_citizen_takes_a_number(port)
            await a_colleague_signs_in(port, stranger)
        assert len(printer.slips) == 2, "a sample, and a citizen's"


@pytest.fixture
def debian(folder: Path) -> Path:
    """A bare Debian 12, as its own tool makes one."""
    if shutil.which("debootstrap") is None:
        pytest.skip("debootstrap is not installed (package debootstrap)")
    kept = os.environ.get("SHUBBAK_TEST_DEBIAN")
    if kept:
        return Path(kept)
    tree = folder / "debian"
    subprocess.run(
        [
            *("debootstrap", "--variant=minbase", "--include=systemd,udev,ca-certificates"),
            *("bookworm", str(tree)),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=1200,
    )
    return tree


@pytest.mark.soak
@pytest.mark.timeout(3000)
async def test_a_bare_debian_becomes_a_centre_by_the_page_alone(
    folder: Path, debian: Path, page: Page
) -> None:
    """Everything is fetched and installed: Debian's own Python, every wheel, nothing lent."""
    port = free_ports(2)
    async with virtual_printer() as printer:
        machine: Preparation = prepared(folder, path_of(port, printer.url), bare=debian)
        wheels = machine.files / "setup" / "wheels"
        await asyncio.to_thread(fetch_wheels, wheels, tree_copy(folder / "copy"))
        sets_up = partial(a_browser_sets_it_up, page, port)
        async with followed(machine, within_s=1200, at_setup=sets_up) as stranger:
            await a_sample_slip_is_printed(page)
            await a_citizen_takes_a_number(port)
            await a_colleague_signs_in(port, stranger)
        assert len(printer.slips) == 2, "a sample, and a citizen's"
