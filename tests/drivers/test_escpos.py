"""Composed paper decodes, strictly, to the picture it was made from."""

import itertools

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from drivers.errors import ImageTooWide
from drivers.printers.commands import echo_request
from drivers.printers.escpos import compose
from drivers.printers.profiles import PROFILES, Profile
from drivers.virtual.printer.interpreter import Interpreter, Picture, Unrecognised
from tests.drivers.papers import noise, ticket
from tests.support.escpos_decoder import NotEscPos, decode

ALL = list(PROFILES.values())
NAMES = list(PROFILES)


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


@pytest.mark.parametrize("profile", ALL, ids=NAMES)
def test_profiles_keep_their_promises(profile: Profile) -> None:
    assert 128 <= profile.chunk_rows <= 256
    assert profile.width_dots % 8 == 0
    assert PROFILES[profile.name] is profile


def test_blank_paper_is_fed_and_not_sent() -> None:
    stream = compose(ticket(), PROFILES["epson-576"])
    assert "ESC J" in decode(stream).names
    assert len(stream) < 45_000
    unskipped = compose(ticket(512), PROFILES["epson-512"])
    assert "ESC J" not in decode(unskipped).names


@settings(max_examples=40, deadline=None)
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


@pytest.mark.parametrize("trap", ["1004", "1005", "1014"])
def test_bytes_that_a_printer_would_obey_are_dodged_by_one_dot(trap: str) -> None:
    for last in range(9):
        ink = bytes.fromhex(trap) + bytes((last,)) + bytes(5)
        rows = [ink, b"\x00\x00\xff\xff\xff\xff\xff\x10", bytes.fromhex(trap)[1:] + bytes(7)]
        picture = Image.frombytes("1", (64, 3), bytes(~byte & 0xFF for byte in b"".join(rows)))
        paper = paper_of(compose(picture, PROFILES["clone-384"]))
        assert differing_dots(paper.crop((0, 0, 64, 3)), picture) == 2


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


@settings(max_examples=30, deadline=None)
@given(cuts=st.lists(st.integers(0, 20_000), max_size=8))
def test_the_virtual_printer_reads_the_same_pictures_wherever_the_stream_is_split(
    cuts: list[int],
) -> None:
    stream = compose(ticket(384, 700), PROFILES["clone-384"]) + echo_request(b"abcd")
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
        b"\x1dv0\x00\x01\x00\x02\x00\xff",
        b"\x1dv0\x00\x03\x00\x01\x00\x10\x04\x01",
        b"\x10\x14\x08",
        b"\x1dVx",
    ],
)
def test_the_strict_decoder_refuses_what_is_not_ours_to_send(stream: bytes) -> None:
    with pytest.raises(NotEscPos):
        decode(stream)
