"""Composed paper decodes, strictly, to the picture it was made from."""

import itertools
import random
import re
from dataclasses import replace

import pytest
import zxingcpp
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageOps

from core_services.link.citizen_frames import IssuedTicket
from core_services.paper.slip import SlipPress, slip_facts
from drivers.errors import ImageTooWide
from drivers.printers.commands import CUT, INITIALISE, echo_request
from drivers.printers.escpos import compose, length_mm
from drivers.printers.profile_table import escpos_width_dots
from drivers.printers.profiles import PROFILES, Profile, Raster
from drivers.virtual.printer.interpreter import Cut, Interpreter, Picture, Unrecognised
from tests.drivers.papers import noise, ticket
from tests.support.escpos_decoder import NotEscPos, decode
from tests.support.slips import KAFR_SAQR, TICKET

ALL = list(PROFILES.values())
NAMES = list(PROFILES)
RASTERS: list[Raster] = ["gs_v0", "gs_L", "esc_star"]


def paper_of(stream: bytes) -> Image.Image:
    decoded = decode(stream)
    paper = decoded.papers[0] if decoded.papers else decoded.uncut
    assert paper is not None
    return paper


def differing_dots(paper: Image.Image, picture: Image.Image) -> int:
    """Count dots that differ; outside the picture the paper must be white."""
    white = Image.new("L", paper.size, 255)
    white.paste(picture.convert("L"))
    return ImageChops.difference(paper.convert("L"), white).histogram()[255]


@pytest.mark.parametrize("profile", ALL, ids=NAMES)
def test_a_slip_comes_out_dot_by_dot_on_every_profile(profile: Profile) -> None:
    picture = ticket(profile.width_dots)
    stream = compose(picture, profile)
    assert differing_dots(paper_of(stream), picture) == 0
    decoded = decode(stream)
    assert decoded.cuts == (0 if profile.cut == "none" else 1)
    assert decoded.names[0] == "ESC @"
    assert ("GS a" in decoded.names) is profile.asb
    assert max(image.height for image in decoded.images) <= profile.chunk_rows
    ways = {"gs_v0": "GS v 0", "gs_L": "GS ( L 50", "esc_star": "ESC *"}
    assert [way for way in ways.values() if way in decoded.names] == [ways[profile.raster]]


def test_an_ejector_is_told_before_the_slip_and_after_its_cut() -> None:
    decoded = decode(compose(ticket(640), PROFILES["ejector-640"]))
    ejected = [command for command in decoded.commands if command.name == "GS e"]
    assert [command.parameters for command in ejected] == [b"\x02", b"\x05"]
    assert decoded.names[1] == "GS e"
    assert decoded.names[-2:] == ["GS V", "GS e"]


@pytest.mark.parametrize("profile", ALL, ids=NAMES)
def test_profiles_keep_their_promises(profile: Profile) -> None:
    assert 128 <= profile.chunk_rows <= 256
    assert profile.width_dots in (384, 512, 576, 640)
    assert profile.longest_command_bytes < 65_533
    known = escpos_width_dots(profile.capabilities)
    assert known is not None
    assert profile.width_dots <= known
    assert profile.width_dots % 8 == 0
    assert PROFILES[profile.name] is profile


def test_blank_paper_is_fed_and_not_sent() -> None:
    stream = compose(ticket(), PROFILES["epson-576"])
    assert "ESC J" in decode(stream).names
    assert len(stream) < 45_000
    unskipped = compose(ticket(512), PROFILES["epson-512"])
    assert "ESC J" not in decode(unskipped).names


@settings(max_examples=40)
@given(
    width=st.integers(1, 384),
    height=st.integers(1, 600),
    seed=st.integers(0, 999),
    blank=st.tuples(st.integers(0, 600), st.integers(0, 600)),
)
def test_any_picture_survives_but_for_the_dots_that_dodge_commands(
    width: int, height: int, seed: int, blank: tuple[int, int]
) -> None:
    picture = noise(width, height, seed)
    picture.paste(255, (0, min(blank), width, max(blank)))
    assume(picture.getextrema() != (255, 255))
    paper = paper_of(compose(picture, PROFILES["clone-640"]))
    assert paper.height == height
    assert differing_dots(paper, picture) < 12


@pytest.mark.parametrize("raster", RASTERS)
@pytest.mark.parametrize("trap", ["1004", "1005", "1014"])
def test_bytes_that_a_printer_would_obey_are_dodged_by_one_dot(trap: str, raster: Raster) -> None:
    profile = replace(PROFILES["clone-384"], raster=raster)
    for last in range(9):
        picture = trapped(bytes.fromhex(trap) + bytes((last,)), raster)
        paper = paper_of(compose(picture, profile))
        assert differing_dots(paper.crop((0, 0, 64, picture.height)), picture) == 2


def trapped(trap: bytes, raster: Raster) -> Image.Image:
    """Return a picture whose bytes, sent in that way, hold a trap within a line and across two."""
    lines = [trap + bytes(5), b"\x00\x00\xff\xff\xff\xff\xff\x10", trap[1:] + bytes(6)]
    if raster != "esc_star":
        rows = b"".join(line.ljust(8, b"\x00") for line in lines)
        return Image.frombytes("1", (64, 3), bytes(~byte & 0xFF for byte in rows))
    columns = b"\x00\x00".join((b"\x00", trap, b"\xff\xff\xff\x10", b""))
    columns = (columns[:-2] + trap[1:]).ljust(3 * 64, b"\x00")
    on_side = Image.frombytes("1", (24, 64), bytes(~byte & 0xFF for byte in columns))
    return on_side.transpose(Image.Transpose.TRANSPOSE)


@settings(max_examples=60)
@given(
    width=st.integers(1, 80),
    height=st.integers(1, 300),
    seed=st.integers(0, 999),
    raster=st.sampled_from(RASTERS),
    chunk_rows=st.integers(128, 256),
    skips_blank=st.booleans(),
)
def test_no_stream_holds_a_real_time_command_nor_across_headers_and_strips(
    width: int, height: int, seed: int, raster: Raster, chunk_rows: int, skips_blank: bool
) -> None:
    profile = replace(
        PROFILES["clone-640"], raster=raster, chunk_rows=chunk_rows, skips_blank=skips_blank
    )
    dice = random.Random(seed)
    bytes_ = dice.choices(b"\x10\x04\x05\x14\x01\x02\x00", k=width * height)
    picture = Image.frombytes("1", (width * 8, height), bytes(~each & 0xFF for each in bytes_))
    stream = compose(picture, profile)
    assert re.search(rb"\x10[\x04\x05\x14]", stream) is None
    decode(stream)


def test_a_length_that_would_be_obeyed_is_not_sent() -> None:
    profile = replace(PROFILES["epson-576-graphics"], skips_blank=False)
    picture = noise(80, 103)
    assert (10 * 103 + 10).to_bytes(2, "little") == b"\x10\x04"
    decoded = decode(compose(picture, profile))
    assert [image.height for image in decoded.images] == [102, 1]
    assert differing_dots(decoded.papers[0], picture) < 4


@pytest.mark.parametrize("raster", RASTERS)
@pytest.mark.parametrize("width", [384, 512, 576, 640])
@pytest.mark.parametrize("skips_blank", [True, False])
def test_every_way_and_width_gives_the_same_dots(
    raster: Raster, width: int, skips_blank: bool
) -> None:
    profile = replace(
        PROFILES["clone-640"], width_dots=width, raster=raster, skips_blank=skips_blank
    )
    picture = ticket(width)
    decoded = decode(compose(picture, profile))
    assert differing_dots(decoded.papers[0], picture) == 0
    assert decoded.papers[0].height - picture.height < (24 if raster == "esc_star" else 1)
    if skips_blank:
        assert "ESC J" in decoded.names


def test_a_grey_picture_is_cut_at_half() -> None:
    picture = Image.new("L", (64, 32), 255)
    picture.paste(100, (0, 0, 32, 32))
    picture.paste(200, (32, 0, 64, 32))
    paper = paper_of(compose(picture, PROFILES["epson-576"]))
    assert [paper.getpixel((x, 5)) for x in (5, 40)] == [0, 255]


def test_a_picture_wider_than_the_paper_is_refused() -> None:
    with pytest.raises(ImageTooWide, match="a picture of 577 dots does not fit paper of 576"):
        compose(Image.new("1", (577, 10), 255), PROFILES["epson-576"])


def test_composing_says_nothing_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    for profile in ALL:
        compose(ticket(384), profile)
    assert capsys.readouterr().out == ""


@settings(max_examples=30)
@given(
    cuts=st.lists(st.integers(0, 20_000), max_size=8),
    raster=st.sampled_from(RASTERS),
)
def test_the_virtual_printer_reads_the_same_pictures_wherever_the_stream_is_split(
    cuts: list[int], raster: Raster
) -> None:
    profile = replace(PROFILES["clone-384"], raster=raster)
    stream = compose(ticket(384, 700), profile) + echo_request(b"abcd")
    places = sorted({min(cut, len(stream)) for cut in cuts} | {0, len(stream)})
    interpreter = Interpreter()
    commands = [
        command
        for start, end in itertools.pairwise(places)
        for command in interpreter.feed(stream[start:end])
    ]
    pictures = [command.image for command in commands if isinstance(command, Picture)]
    assert not any(isinstance(command, Unrecognised) for command in commands)
    assert [picture.tobytes() for picture in pictures] == [
        image.tobytes() for image in decode(stream).images
    ]


@pytest.mark.parametrize(
    "stream",
    [
        b"hello",
        b"\x1bZ",
        b"\x1dZ",
        b"\x1d(L\x02\x00\x30\x32",
        b"\x1d(L\x0b\x00\x30\x70\x30\x01\x01\x31\x08\x00\x01\x00\xff",
        b"\x1d(L\x0c\x00\x30\x70\x30\x01\x01\x31\x08\x00\x01\x00\xff\xff",
        b"\x1d(L\x0c\x00\x30\x71\x30\x01\x01\x31\x08\x00\x01\x00\xff\xff",
        b"\x1b*\x21\x08\x00" + bytes(24),
        b"\x1b*\x00\x08\x00" + bytes(24) + b"\n",
        b"\x1b*\x21\x07\x00" + bytes(21) + b"\n",
        b"\x1be\x09",
        b"\x1b*\x21\x08\x00\x10" + b"\x04\x01" + bytes(21) + b"\n",
        b"\x1dv0\x00\x01\x00\x02\x00\xff",
        b"\x1dv0\x00\x03\x00\x01\x00\x10\x04\x01",
        b"\x10\x14\x08",
        b"\x1dVx",
    ],
)
def test_the_strict_decoder_refuses_what_is_not_ours_to_send(stream: bytes) -> None:
    with pytest.raises(NotEscPos):
        decode(stream)


@settings(max_examples=60)
@given(raster=st.sampled_from(RASTERS), share=st.floats(0, 1), seed=st.integers(0, 99))
def test_a_picture_cut_off_anywhere_does_not_eat_the_next_job(
    raster: Raster, share: float, seed: int
) -> None:
    profile = replace(PROFILES["epson-576"], raster=raster)
    cut_off = compose(noise(576, 300, seed), profile)
    following = compose(ticket(576, 300), profile)
    stream = (
        cut_off[: int(len(cut_off) * share)]
        + bytes(profile.longest_command_bytes)
        + INITIALISE
        + CUT
        + following
    )
    commands = Interpreter().feed(stream)
    freed = [at for at, command in enumerate(commands) if isinstance(command, Cut)][-2]
    printed = [each.image for each in commands[freed:] if isinstance(each, Picture)]
    assert [image.tobytes() for image in printed] == [
        image.tobytes() for image in decode(following).images
    ]


@pytest.mark.parametrize("language", ["ar", "en"])
def test_a_real_slip_keeps_every_dot_and_its_code_is_read_in_every_way_and_width(
    press: SlipPress, language: str
) -> None:
    url = "https://q.sharqia.gov.eg/t/k2m4qxa7b3c4d5e6"
    ticket = IssuedTicket(**(TICKET | {"language": language, "status_url": url}))
    facts = slip_facts(ticket, KAFR_SAQR, "Africa/Cairo")
    for width in (384, 512, 576, 640):
        slip = press.render(facts, width)
        for raster in RASTERS:
            profile = replace(PROFILES["clone-640"], width_dots=width, raster=raster)
            paper = decode(compose(slip, profile)).papers[0]
            assert differing_dots(paper, slip) == 0
            codes = zxingcpp.read_barcodes(ImageOps.expand(paper.convert("L"), 16, 255))
            assert [code.text.lower() for code in codes] == [url]


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory) -> SlipPress:
    return SlipPress(tmp_path_factory.mktemp("paper"))


def test_the_length_of_paper_is_what_comes_out_and_the_way_to_the_knife() -> None:
    knife = PROFILES["epson-576"]
    assert length_mm(ticket(576, 800), knife) == pytest.approx(800 / 203 * 25.4 + 13)
    torn = PROFILES["clone-384"]
    assert length_mm(ticket(384, 800), torn) == pytest.approx((800 + 96) / 203 * 25.4)
