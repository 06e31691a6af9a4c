"""Where codes begin and end in what a scanner sends, and what of it is text."""

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st

from drivers.scanners.framing import LONGEST_BYTES, Code, Framer, Framing, Refused
from drivers.scanners.symbologies import split_identifier

TICKET = "HTTPS://Q.GOV.EG/T/7K2M9QXA4D3F5G6H"
FRAMINGS = {
    "line": Framing(),
    "cr": Framing(suffixes=(b"\r",)),
    "lf": Framing(suffixes=(b"\n",)),
    "crlf": Framing(suffixes=(b"\r\n",)),
    "tab": Framing(suffixes=(b"\t",)),
    "stx-etx": Framing(prefix=b"\x02", suffixes=(b"\x03",)),
    "silence": Framing(suffixes=(), gap_ends=True),
    "keys": Framing(suffixes=(b"\r", b"\n", b"\t"), gap_ends=True),
}


def read(framing: Framing, *pieces: bytes, step_s: float = 0.0) -> list[Code | Refused]:
    """Feed pieces, one each `step_s`, then a long silence."""
    framer, now, found = Framer(framing), 100.0, []
    for piece in pieces:
        found += framer.feed(piece, now)
        now += step_s
    return found + framer.pause(now + 60)


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
def test_a_line_ends_by_whatever_ends_lines(end: bytes) -> None:
    sent = TICKET.encode() + end
    assert read(Framing(), sent + b"12345678" + end) == [Code(TICKET), Code("12345678")]


@pytest.mark.parametrize("name", FRAMINGS)
def test_every_framing_takes_its_frame_off(name: str) -> None:
    framing = FRAMINGS[name]
    end = framing.suffixes[0] if framing.suffixes else b""
    assert read(framing, framing.prefix + TICKET.encode() + end) == [Code(TICKET)]


_SIGNS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1)


@given(
    st.sampled_from([each for each in FRAMINGS if FRAMINGS[each].suffixes]),
    st.lists(st.one_of(_SIGNS.map(str.encode), st.binary(max_size=40)), max_size=8),
    st.data(),
)
def test_the_same_bytes_give_the_same_scans_wherever_they_are_split(
    name: str, bodies: list[bytes], data: st.DataObject
) -> None:
    framing = FRAMINGS[name]
    stream = b"".join(framing.prefix + body + framing.suffixes[0] for body in bodies)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert read(framing, *pieces) == read(framing, stream)


@given(st.lists(st.binary(max_size=4000), max_size=12), st.sampled_from(sorted(FRAMINGS)))
def test_no_noise_breaks_the_reader_or_makes_it_hold_much(noise: list[bytes], name: str) -> None:
    framer = Framer(FRAMINGS[name])
    for now, piece in enumerate(noise):
        framer.feed(piece, now / 100)
        assert len(framer._held) <= LONGEST_BYTES + 4000
    framer.pause(1000.0)
    assert framer.due_at is None


@given(st.lists(st.integers(1, 4000), min_size=4, max_size=10).filter(lambda all: sum(all) > 9000))
def test_ten_kilobytes_without_an_end_are_refused_once_with_their_count(sizes: list[int]) -> None:
    pieces = [b"x" * size for size in sizes]
    found = read(Framing(), *pieces, b"\r" + TICKET.encode() + b"\r")
    assert found == [Refused("too_long", sum(sizes)), Code(TICKET)]


def test_garbage_that_never_ends_is_refused_when_it_falls_silent() -> None:
    framer = Framer(Framing())
    for piece in range(10):
        assert framer.feed(b"\xff" * 1024, piece / 10) == []
    was_dropping = framer.is_dropping
    assert framer.pause(5.0) == [Refused("too_long", 10_240)]
    assert (was_dropping, framer.is_dropping) == (True, False)
    assert framer.feed(b"12345678\r", 5.1) == [Code("12345678")]


def test_the_longest_qr_is_no_garbage() -> None:
    digits = "1" * 7089
    assert read(Framing(), digits.encode() + b"\r") == [Code(digits)]


def test_a_code_without_its_end_is_refused_after_a_second_and_not_joined_with_the_next() -> None:
    framer = Framer(Framing())
    framer.feed(b"HTTPS://Q.GOV.EG/T/7K2M", 0.0)
    assert framer.due_at == 1.0
    assert framer.pause(0.9) == []
    assert framer.feed(b"12345678\r", 1.2) == [Refused("no_end", 23), Code("12345678")]


def test_a_slow_line_gives_the_code_whole_where_an_end_is_sent() -> None:
    pieces = [bytes((sign,)) for sign in TICKET.encode()]
    assert read(Framing(), *pieces, b"\r", step_s=0.5) == [Code(TICKET)]


def test_silence_ends_a_code_where_none_else_is_sent() -> None:
    framer = Framer(FRAMINGS["silence"])
    framer.feed(b"1234", 0.0)
    framer.feed(b"5678", 0.09)
    assert framer.feed(b"87654321", 0.20) == [Code("12345678")]
    assert framer.pause(0.29) == []
    assert framer.pause(0.31) == [Code("87654321")]


def test_the_same_code_within_a_second_counts_once_for_as_long_as_it_is_held_there() -> None:
    framer = Framer(Framing())
    assert framer.feed(b"12345678\r12345678\r", 0.0) == [Code("12345678")]
    assert framer.feed(b"12345678\r", 0.9) == []
    assert framer.feed(b"12345678\r", 1.8) == []
    assert framer.feed(b"12345678\r", 2.9) == [Code("12345678")]


def test_another_code_between_two_equal_ones_makes_them_two() -> None:
    found = read(Framing(), b"11111111\r22222222\r11111111\r")
    assert found == [Code("11111111"), Code("22222222"), Code("11111111")]


@pytest.mark.parametrize(
    "sent",
    [b"AB\x00CD\r", b"AB\x1bCD\r", b"AB\x1dCD\r", b"AB\x7fCD\r", b"AB\xff\x85CD\r", b"\tAB\r"],
)
def test_control_characters_make_no_code(sent: bytes) -> None:
    found = read(Framing(), sent)
    assert [type(each) for each in found] == [Refused]
    assert isinstance(found[0], Refused)
    assert found[0].why == "control"


def test_utf_8_comes_first_and_latin_1_is_the_rest() -> None:
    assert read(Framing(), "طلب ٥".encode() + b"\r") == [Code("طلب ٥")]
    assert read(Framing(), "café".encode("latin-1") + b"\r") == [Code("café")]
    arabic = Framing(encodings=("cp1256",))
    assert read(arabic, "طلب".encode("cp1256") + b"\r") == [Code("طلب")]


@pytest.mark.parametrize("answer", [b"\x06", b"\x15", b"\x11", b"\x13\x11", b"\r\n"])
def test_what_answers_a_command_is_no_part_of_the_code_behind_it(answer: bytes) -> None:
    assert read(Framing(), answer + b"12345678\r") == [Code("12345678")]


def test_an_end_with_nothing_before_it_is_nothing() -> None:
    assert read(Framing(), b"\r\n\r\n\r") == []


def test_what_lacks_the_prefix_or_has_nothing_behind_it_is_refused() -> None:
    framing = Framing(prefix=b"~")
    assert read(framing, b"12345678\r~\r~12345678\r") == [
        Refused("no_prefix", 8),
        Refused("empty", 1),
        Code("12345678"),
    ]


@pytest.mark.parametrize("sent", [b"]Q1~7K2M\r", b"~]Q17K2M\r"])
def test_an_identifier_may_stand_before_or_behind_the_prefix(sent: bytes) -> None:
    assert read(Framing(prefix=b"~"), sent) == [Code("7K2M", "QR")]


@pytest.mark.parametrize(
    ("identifier", "kind"),
    [
        ("]Q1", "QR"),
        ("]L0", "PDF417"),
        ("]L1", "PDF417"),
        ("]L2", "PDF417"),
        ("]C0", "Code 128"),
        ("]C1", "Code 128"),
        ("]E0", "EAN"),
        ("]E4", "EAN"),
    ],
)
def test_the_identifiers_of_the_codes_in_use_are_known(identifier: str, kind: str) -> None:
    assert read(Framing(), f"{identifier}12345678\r".encode()) == [Code("12345678", kind)]


@pytest.mark.parametrize("text", ["]", "]x", "]y1abc", "]Q", "[Q1abc", "a]Q1"])
def test_what_only_looks_like_an_identifier_is_text(text: str) -> None:
    assert split_identifier(text.encode()) == (None, text.encode())


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("QR", TICKET),
        ("PDF417", TICKET),
        ("Code 128", TICKET),
        ("Code 39", "KFS123"),
        ("Code 93", "KFS123"),
        ("Codabar", "A12345A"),
        ("Data Matrix", TICKET),
        ("Aztec", TICKET),
        ("EAN", "6221031491016"),
        ("ITF", "12345678"),
        ("GS1 DataBar", "12345678901231"),
    ],
)
def test_an_independent_reader_sends_the_same_identifiers(kind: str, text: str) -> None:
    """zxing-cpp names what it reads by ISO/IEC 15424 too."""
    named = {"QR": "QRCode", "EAN": "EAN13", "GS1 DataBar": "DataBar"}
    written = zxingcpp.BarcodeFormat.__members__[named.get(kind, kind.replace(" ", ""))]
    (found,) = zxingcpp.read_barcodes(zxingcpp.create_barcode(text, written).to_image(scale=3))
    sent = f"{found.symbology_identifier}{found.text}\r".encode()
    assert read(Framing(), sent) == [Code(found.text, kind)]


def test_a_pdf417_that_breaks_off_or_never_ends_is_still_known_for_one() -> None:
    assert read(Framing(), b"]L0" + b"\xfe" * 40) == [Refused("no_end", 43, "PDF417")]
    assert read(Framing(), b"]L0", b"\xfe" * 5000, b"\xfe" * 5000, b"\r") == [
        Refused("too_long", 10_003, "PDF417")
    ]


def test_what_was_sent_before_the_link_was_there_is_refused_to_its_end() -> None:
    framer = Framer(Framing())
    assert framer.feed(b"1111\r2222", 0.0, is_stale=True) == [Refused("no_start", 4)]
    found = framer.feed(b"2222\r12345678\r", 0.05)
    assert found == [Refused("no_start", 8), Code("12345678")]


def test_a_whole_stale_code_does_not_spoil_the_next() -> None:
    framer = Framer(FRAMINGS["crlf"])
    assert framer.feed(b"1111\r", 0.0, is_stale=True) == []
    assert framer.feed(b"\n", 0.02) == [Refused("no_start", 4)]
    assert framer.feed(b"12345678\r\n", 0.2) == [Code("12345678")]


def test_a_stale_rest_is_forgotten_in_silence() -> None:
    framer = Framer(Framing())
    framer.feed(b"1111", 0.0, is_stale=True)
    assert framer.due_at == 0.1
    assert framer.feed(b"12345678\r", 0.15) == [Refused("no_end", 4), Code("12345678")]


def test_nothing_that_was_scanned_stands_in_a_repr() -> None:
    assert TICKET not in repr(Code(TICKET))
