"""A printer fed in each of the three ways: dot by dot, and clean again after a slip cut in half."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from drivers.printers.escpos import compose
from drivers.printers.journal import Journal
from drivers.printers.profiles import PROFILES, Profile, Raster
from tests.drivers.links import until
from tests.drivers.papers import noise, number_of, numbered, ticket
from tests.drivers.rigs import desk, rig
from tests.support.escpos_decoder import decode

RASTERS: list[Raster] = ["gs_v0", "gs_L", "esc_star"]


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path / "jobs.sqlite") as journal:
        yield journal


@pytest.fixture(params=RASTERS)
def profile(request: pytest.FixtureRequest) -> Profile:
    return replace(PROFILES["epson-576"], raster=request.param)


async def test_a_slip_comes_out_dot_by_dot_and_what_was_sent_is_strict(
    profile: Profile, journal: Journal, tmp_path: Path
) -> None:
    picture = ticket()
    async with rig("tcp", profile, tmp_path) as printer:
        async with desk(printer.url, profile, journal) as front:
            front.printer.submit("slip", compose(picture, profile), b"")
            await front.until_state("slip", "done")
        assert printer.mechanism.unrecognised_bytes == 0
    (paper,) = printer.papers
    white = Image.new("1", paper.size, 255)
    white.paste(picture)
    assert ImageChops.difference(paper.convert("L"), white.convert("L")).getbbox() is None
    decode(bytes(printer.received))


async def test_a_slip_cut_off_amid_its_picture_does_not_spoil_the_next(
    profile: Profile, journal: Journal, tmp_path: Path
) -> None:
    async with rig("fifo", profile, tmp_path) as printer:
        async with desk(printer.url, profile, journal) as front:
            await front.until(lambda: front.printer.status.ready)
            printer.fault(bytes_per_s=200_000)
            front.printer.submit("slip", compose(noise(576, 2000), profile), b"")
            await until(lambda: len(printer.received) > 30_000)
        printer.fault(bytes_per_s=0)
        async with desk(printer.url, profile, journal) as front:
            front.printer.submit("next", compose(numbered(7), profile), b"")
            await front.until_state("next", "done")
            assert front.state("slip") == "unknown"
    half, following = printer.papers
    assert half.height < 2000
    assert number_of(following) == 7
