"""The virtual document scanner: a program, a page, and a scanner for a client that others wrote."""

import asyncio
import os
import re
import shutil
import signal
from pathlib import Path
from typing import Any

import html5lib
import pytest
from aiohttp import ClientSession
from PIL import Image
from typer.testing import CliRunner

from drivers.clock import SystemClock
from drivers.scanners.escl import EsclScanner
from drivers.scanners.escl_xml import ScanSettings
from drivers.virtual.cli import app
from drivers.virtual.escl.faults import FaultChange
from drivers.virtual.escl.machine import Job, Machine, Order
from drivers.virtual.escl.page import create_scanner_page
from tests.drivers.links import LONGEST_S
from tests.drivers.programs import program
from tests.support.clock import ManualClock


async def state_of(browser: ClientSession) -> Any:
    return await (await browser.get("/state")).json()


async def test_the_program_scans_takes_paper_and_ends_when_told() -> None:
    async with (
        program("document-scanner", "--fault=pages=2") as running,
        ClientSession(running.http) as browser,
    ):
        scanner = EsclScanner(running.url, SystemClock())
        assert len(await scanner.scan(ScanSettings(dpi=75))) == 2
        await running.type("pages=many")
        await running.type("pages=4")
        async with asyncio.timeout(LONGEST_S):
            while (await state_of(browser))["faults"]["pages"] != 4:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        assert len(await scanner.scan(ScanSettings(dpi=75))) == 4
        state = await state_of(browser)
        assert [(job["state"], job["pages"]) for job in state["jobs"]] == [
            ("Completed", 4),
            ("Completed", 2),
        ]
        running.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(LONGEST_S):
            assert await running.process.wait() == 0


async def scanimage(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run SANE's own client with settings that name nothing but our scanner."""
    process = await asyncio.create_subprocess_exec(
        "scanimage",
        *arguments,
        cwd=folder,
        env={**os.environ, "SANE_CONFIG_DIR": str(folder)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(LONGEST_S):
            output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode or 0, output.decode("utf-8", "replace")


def configure(folder: Path, url: str) -> None:
    (folder / "dll.conf").write_text("airscan\n")
    (folder / "airscan.conf").write_text(
        f'[devices]\n"Desk" = {url}, eSCL\n[options]\ndiscovery = disable\nws-discovery = off\n'
    )


def pictures(folder: Path, pattern: str) -> list[tuple[tuple[int, int], str]]:
    """Return size and mode of the pictures in a folder."""
    found = []
    for path in sorted(folder.glob(pattern)):
        with Image.open(path) as image:
            found.append((image.size, image.mode))
    return found


def has_airscan() -> bool:
    return shutil.which("scanimage") is not None and bool(
        list(Path("/usr/lib").glob("*/sane/libsane-airscan.so.1"))
    )


@pytest.mark.skipif(not has_airscan(), reason="scanimage and sane-airscan are not installed")
async def test_a_client_that_others_wrote_scans_feeder_and_glass(tmp_path: Path) -> None:
    async with (
        program("document-scanner", "--fault=pages=3", "--fault=location=absolute") as running,
        ClientSession(running.http) as browser,
    ):
        await asyncio.to_thread(configure, tmp_path, running.url)
        device = ("-d", "airscan:e0:Desk", "--format=png", "--resolution=75")
        await scanimage(tmp_path, *device, "--source=ADF", "--mode=Gray", "--batch=p%d.png")
        looked_at = await asyncio.to_thread(pictures, tmp_path, "p*.png")
        assert looked_at == [((620, 877), "L")] * 3
        code, said = await scanimage(
            tmp_path, *device, "--source=Flatbed", "--mode=Color", "-o", "glass.png"
        )
        assert code == 0, said
        looked_at = await asyncio.to_thread(pictures, tmp_path, "glass.png")
        assert looked_at == [((620, 877), "RGB")]
        code, said = await scanimage(tmp_path, *device, "--source=ADF", "-o", "none.png")
        assert code != 0
        assert "out of documents" in said
        await browser.post("/faults", json={"pages": 2, "jam": 1})
        code, said = await scanimage(tmp_path, *device, "--source=ADF", "-o", "none.png")
        assert code != 0
        assert "jammed" in said


@pytest.fixture
async def page(aiohttp_client: Any) -> Any:
    machine = Machine(SystemClock())
    machine.next_page(machine.begin(ORDER))
    return await aiohttp_client(create_scanner_page(machine))


ORDER = Order("Feeder", 75, "L", "image/jpeg", (0, 0, 2481, 3507))


@pytest.mark.parametrize(("language", "direction"), [("ar", "rtl"), ("en", "ltr")])
async def test_the_page_is_sound_html_in_both_languages(
    page: Any, language: str, direction: str
) -> None:
    answer = await page.get(f"/?lang={language}")
    text = await answer.text()
    html5lib.HTMLParser(strict=True).parse(text)
    assert f'<html lang="{language}" dir="{direction}">' in text
    assert ("جارٍ المسح" if language == "ar" else "Scanning") in text
    assert "style=" not in text
    for asset in re.findall(r'(?:src|href)="(/[^"?]+)"', text):
        assert (await page.get(asset)).status == 200, asset


@pytest.mark.parametrize(
    ("broken", "status"),
    [
        ("<ScanSettings/>", 400),
        ("no xml", 400),
        (":Feeder", 400),
        ("1200", 400),
    ],
)
async def test_settings_that_are_wrong_are_refused(
    aiohttp_client: Any, broken: str, status: int
) -> None:
    client = await aiohttp_client(create_scanner_page(Machine(SystemClock())))
    good = (
        '<scan:ScanSettings xmlns:pwg="http://www.pwg.org/schemas/2010/12/sm" '
        'xmlns:scan="http://schemas.hp.com/imaging/escl/2011/05/03"><pwg:ScanRegions>'
        "<pwg:ScanRegion><pwg:XOffset>0</pwg:XOffset><pwg:YOffset>0</pwg:YOffset>"
        "<pwg:Width>100</pwg:Width><pwg:Height>100</pwg:Height></pwg:ScanRegion>"
        "</pwg:ScanRegions><pwg:InputSource>Platen</pwg:InputSource>"
        "<scan:ColorMode>RGB24</scan:ColorMode><pwg:DocumentFormat>image/jpeg"
        "</pwg:DocumentFormat><scan:XResolution>75</scan:XResolution>"
        "<scan:YResolution>75</scan:YResolution></scan:ScanSettings>"
    )
    wrong = {
        ":Feeder": good.replace("Platen", "Feeder of another kind"),
        "1200": good.replace("75", "1200"),
    }.get(broken, broken)
    assert (await client.post("/eSCL/ScanJobs", data=wrong)).status == status
    answer = await client.post("/eSCL/ScanJobs", data=good)
    assert answer.status == 201
    assert (await client.post("/eSCL/ScanJobs", data=good)).status == 503, "one at a time"
    job = answer.headers["Location"]
    assert (await client.delete(job)).status == 200
    assert (await client.get(f"{job}/NextDocument")).status == 404
    assert (await client.delete("/eSCL/ScanJobs/none")).status == 404


async def test_a_job_of_which_nobody_asks_is_given_up_after_a_minute() -> None:
    clock = ManualClock()
    machine = Machine(clock)
    job: Job = machine.begin(ORDER)
    seen = []
    for seconds in (59, 2):
        await clock.advance(seconds)
        seen.append(machine.is_scanning)
    assert seen == [True, False]
    assert job.state == "Aborted"


def test_new_paper_frees_a_jam() -> None:
    machine = Machine(SystemClock())
    machine.change(FaultChange(jam=1))
    assert machine.next_page(machine.begin(ORDER)) is None
    assert machine.adf_state == "ScannerAdfJam"
    machine.change(FaultChange(pages=1, jam=0))
    assert machine.adf_state == "ScannerAdfLoaded"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--fault=pages"], "write FIELD=VALUE"),
        (["--fault=pages=-1"], "greater than or equal to 0"),
        (["--http=192.0.2.1:0"], "cannot start"),
    ],
)
def test_a_wrong_command_line_is_refused_in_words(arguments: list[str], said: str) -> None:
    result = CliRunner().invoke(
        app,
        ["document-scanner", *arguments],
        env={"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"},
    )
    assert result.exit_code != 0
    assert said in result.output
