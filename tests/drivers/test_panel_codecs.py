"""The bytes of panels, against libraries and readers that were written by others or apart."""

from collections.abc import Callable
from functools import reduce

import pytest
from alphasign.commands import WriteSmallDots, WriteSpecialFunction, WriteString, WriteText
from alphasign.packet import Packet
from alphasign.protocol import (
    DELAY,
    DisplayMode,
    DisplayPosition,
    DotsColorDepth,
    FileProtection,
    FileType,
)
from hypothesis import given
from hypothesis import strategies as st
from pymodbus.framer import FramerRTU
from pymodbus.pdu import DecodePDU
from pymodbus.pdu.register_message import WriteMultipleRegistersRequest, WriteSingleRegisterRequest

from drivers.errors import TemplateMistake
from drivers.panels.alpha import (
    AlphaPanels,
    lay_out_memory,
    packet,
    set_brightness,
    write_picture,
    write_string,
    write_text,
)
from drivers.panels.modbus import (
    ModbusPanels,
    crc,
    read_answer,
    write_register,
    write_registers,
)
from drivers.panels.model import Answer, PanelFace
from drivers.panels.segments import BARS, bars_of
from drivers.panels.template import TemplatePanels, read_template
from drivers.virtual.panel.alpha import AlphaReader
from drivers.virtual.panel.modbus import ModbusReader
from drivers.virtual.panel.template import TemplateReader

LABELS = st.from_regex(r"[AJDSMKLNWY]?[0-9]{1,4}", fullmatch=True)
CALLED = PanelFace("142", flash=True)
SERVED = PanelFace("142")
CLOSED = PanelFace("---", state="closed", dim=True)


def never_dead(address: int) -> bool:
    return False


def by_alphasign(address: int, *commands: object) -> bytes:
    """Return what the library sends: its marks for a pause are not sent."""
    built = Packet(type_code=b"Z", address=f"{address:02X}")
    for command in commands:
        built.add(command)
    return bytes(built.to_bytes()).replace(DELAY, b"")


@given(label=LABELS, address=st.integers(1, 255))
def test_alpha_packets_are_those_of_another_library(label: str, address: int) -> None:
    text = WriteText(
        b"\x10S", label="A", position=DisplayPosition.MIDDLE_LINE, mode=DisplayMode.FLASH
    )
    assert packet(address, write_text(b"\x10S", "flash")) == by_alphasign(address, text)
    string = WriteString(label, label="S")
    assert packet(address, write_string(label)) == by_alphasign(address, string)
    dim = WriteSpecialFunction.set_dimming_register(0, 44)
    assert packet(address, set_brightness(dim=True)) == by_alphasign(address, dim)


def test_alpha_memory_and_pictures_are_laid_out_as_another_library_does() -> None:
    files = [
        {"label": "A", "type": FileType.TEXT, "size": 64, "stop_time": 0},
        {"label": "S", "type": FileType.STRING, "size": 16, "protection": FileProtection.LOCKED},
        {
            "label": "P",
            "type": FileType.DOTS,
            "size": (7, 24),
            "protection": FileProtection.LOCKED,
            "color_depth": DotsColorDepth.MONO,
        },
    ]
    theirs = by_alphasign(5, WriteSpecialFunction.configure_memory(files))
    assert packet(5, lay_out_memory(6, (7, 24))) == theirs
    rows = ("0110", "1001")
    dots = WriteSmallDots(b"0110\r1001\r", label="P", width=4, height=2)
    assert packet(5, b"".join(write_picture(rows))) == by_alphasign(5, dots)


def test_an_alpha_checksum_is_the_one_of_the_trial() -> None:
    sent = packet(0, b"AA\x1b\x20b" + b"A-023")
    assert sent[:8] == bytes(5) + b"\x01Z0"
    assert sent[-5:-1] == b"%04X" % (sum(sent[sent.index(2) : sent.index(3) + 1]) % 65536)


@pytest.mark.parametrize("rows", [(), ("",), ("01", "0"), ("0" * 256,), ("0",) * 32, ("02",)])
def test_a_picture_that_no_panel_can_hold_is_refused(rows: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="picture"):
        write_picture(rows)


def alpha(panels: AlphaPanels = AlphaPanels()) -> Callable[..., AlphaReader]:  # noqa: B008
    """Return a player: it sends faces one after the other to a new panel and returns it."""

    def play(*faces: PanelFace) -> AlphaReader:
        reader = AlphaReader(range(1, 4), never_dead)
        for message in panels.set_up(2):
            reader.feed(message.data)
        was = None
        for face in faces:
            for message in panels.paint(2, face, was):
                reader.feed(message.data)
            was = face
        assert reader.problems == 0
        return reader

    return play


@given(label=LABELS, flash=st.booleans(), dim=st.booleans())
def test_an_alpha_panel_shows_the_face_it_was_sent(label: str, flash: bool, dim: bool) -> None:
    reader = alpha()(PanelFace("7"), PanelFace(label, flash=flash, dim=dim))
    shown = reader.shown(2)
    assert (shown.text, shown.flash, shown.dim) == (label, flash, dim)
    assert reader.shown(1).text == reader.shown(3).text == ""


def test_a_new_number_in_the_same_state_is_one_string_without_a_flicker() -> None:
    messages = AlphaPanels().paint(2, PanelFace("143"), SERVED)
    assert [message.data[10:12] for message in messages] == [b"GS"]
    assert len(AlphaPanels().paint(2, SERVED, CALLED)) == 2, "it must stop to flash as well"
    assert len(AlphaPanels().paint(2, SERVED, None)) == 3


def test_a_stale_alpha_panel_keeps_its_number_dim_still_and_with_a_point() -> None:
    shown = alpha()(CALLED, PanelFace("142", flash=True, stale=True)).shown(2)
    assert (shown.text, shown.flash, shown.dim) == ("142.", False, True)
    shown = alpha()(PanelFace("142", stale=True), SERVED).shown(2)
    assert (shown.text, shown.dim) == ("142", False)


def test_a_number_wider_than_its_panel_is_dashes_and_never_a_part_of_it() -> None:
    narrow = AlphaPanels(width=4)
    assert alpha(narrow)(PanelFace("10142")).shown(2).text == "---"
    assert alpha(narrow)(PanelFace("142")).shown(2).text == "142"


def test_an_alpha_picture_stands_in_place_of_the_text_and_comes_in_two_pieces() -> None:
    panels = AlphaPanels(picture_size=(2, 3))
    face = PanelFace("A17", picture=("010", "101"))
    shown = alpha(panels)(SERVED, face).shown(2)
    assert (shown.dots, shown.text) == (("010", "101"), "")
    shown = alpha(panels)(face, SERVED).shown(2)
    assert (shown.dots, shown.text) == ((), "142")
    [message] = panels.paint(2, face, face)
    assert message.pieces[0].endswith(b"IP0203"), "100 ms are to pass after the width"
    assert alpha(panels)(PanelFace("A17", picture=("0101",))).shown(2).text == "A17"


def test_a_beep_comes_with_each_call_and_with_nothing_else() -> None:
    play = alpha(AlphaPanels(beeps=True))
    assert play(SERVED, CALLED, CALLED, SERVED, CALLED).shown(2).beeps == 2
    assert play(SERVED, PanelFace("143"), CLOSED).shown(2).beeps == 0
    assert play(CALLED).shown(2).beeps == 0, "painted again after a lost link, it is no new call"


@given(text=st.text(st.characters(max_codepoint=0x7FF), max_size=20), address=st.integers(1, 255))
def test_whatever_the_text_no_alpha_packet_holds_another_command(text: str, address: int) -> None:
    for message in AlphaPanels(width=30).paint(address, PanelFace(text), None):
        assert message.data.count(b"\x04") == message.data.count(b"\x02") == 1
        assert max(message.data) < 0x80


@given(data=st.binary(max_size=40))
def test_the_check_bytes_of_modbus_are_those_of_pymodbus(data: bytes) -> None:
    assert int.from_bytes(crc(data), "big") == FramerRTU.compute_CRC(data)


@given(
    unit=st.integers(1, 247),
    value=st.integers(-32768, 32767),
    bars=st.binary(min_size=1, max_size=6),
)
def test_modbus_frames_are_those_of_pymodbus(unit: int, value: int, bars: bytes) -> None:
    framer = FramerRTU(DecodePDU(is_server=False))
    one = WriteSingleRegisterRequest(address=0, registers=[value & 0xFFFF], dev_id=unit)
    assert write_register(unit, 0, value) == framer.buildFrame(one)
    padded = bars + bytes(len(bars) % 2)
    registers = [int.from_bytes(padded[at : at + 2], "big") for at in range(0, len(padded), 2)]
    several = WriteMultipleRegistersRequest(address=0x80, registers=registers, dev_id=unit)
    assert write_registers(unit, 0x80, bars) == framer.buildFrame(several)


def test_the_frames_of_the_trial_come_out_again() -> None:
    assert write_register(5, 0, 23).hex(" ") == "05 06 00 00 00 17 c8 40"
    assert bars_of("A-023", 6)[1:].hex() == "f7403f5b4f", "a letter has its point"


def test_the_letter_s_is_never_taken_for_a_five() -> None:
    assert BARS["S"] == BARS["5"]
    assert bars_of("S17", 4) != bars_of("517", 4)
    labels = [f"{letter}{number}" for letter in ("", *"AJDSMKLNWY") for number in (1, 17, 517)]
    assert len({bars_of(label, 5) for label in labels}) == len(labels)


@given(label=LABELS, stale=st.booleans())
def test_a_modbus_panel_lights_the_bars_of_its_number(label: str, stale: bool) -> None:
    panels = ModbusPanels(digits=4)
    reader = ModbusReader(range(1, 3), never_dead)
    [message] = panels.paint(2, PanelFace(label, stale=stale), None)
    answer = reader.feed(message.data)
    assert panels.read(message, answer) == Answer("accepted")
    shown = reader.shown(2)
    expected = label.replace("S", "5") if len(label) <= 4 else "----"
    assert shown.text == expected
    assert bool(shown.bars[-1] & 0x80) == stale
    assert reader.problems == 0


def test_a_number_may_be_written_as_a_number() -> None:
    panels = ModbusPanels(style="number")
    reader = ModbusReader(range(1, 3), never_dead)
    for message in (*panels.set_up(2), *panels.paint(2, SERVED, None)):
        assert panels.read(message, reader.feed(message.data)) == Answer("accepted")
    assert reader.shown(2).text == "142"
    [message] = panels.paint(2, CLOSED, SERVED)
    reader.feed(message.data)
    assert reader.shown(2).text == "---"
    [message] = panels.paint(2, PanelFace("142", stale=True), None)
    reader.feed(message.data)
    assert reader.shown(2).bars[-1] & 0x80


@given(
    noise=st.binary(max_size=6).filter(lambda data: 2 not in data),
    cut=st.integers(0, 20),
    refused=st.booleans(),
)
def test_an_answer_is_found_behind_noise_and_however_it_was_cut(
    noise: bytes, cut: int, refused: bool
) -> None:
    [message] = ModbusPanels().paint(2, SERVED, None)
    reader = ModbusReader(range(1, 3), never_dead, refuses=lambda: refused)
    heard = noise + reader.feed(message.data)
    assert cut >= len(heard) or read_answer(message.data, heard[:cut]) is None
    expected = Answer("refused", "device failure") if refused else Answer("accepted")
    assert read_answer(message.data, heard) == expected


def test_an_answer_to_something_else_is_none() -> None:
    [asked] = ModbusPanels().paint(2, SERVED, None)
    good = ModbusReader(range(1, 4), never_dead).feed(asked.data)
    assert read_answer(asked.data, good[:-1] + bytes((good[-1] ^ 1,))) is None
    assert read_answer(asked.data, write_register(2, 0, 142)) is None
    [other] = ModbusPanels().paint(3, SERVED, None)
    late = ModbusReader(range(1, 4), never_dead).feed(other.data)
    assert read_answer(asked.data, late) is None
    assert read_answer(asked.data, late + asked.data + good) == Answer("accepted"), "own echo"


def test_a_line_is_filled_as_the_template_says() -> None:
    template = read_template(r"\x02{addr:02d}{number:>4}\x03{xor}")
    line = template.fill(5, SERVED)
    body = b"\x0205 142\x03"
    assert line == body + b"%02X" % reduce(lambda left, right: left ^ right, body)
    assert template.fill(5, PanelFace("10142"))[3:7] == b"----"
    counted = read_template(r"\x02{from}{number:0>4}{sum16:c}\r").fill(1, SERVED)
    assert counted == b"\x020142" + sum(b"0142").to_bytes(2, "big") + b"\r"
    assert read_template("{{{number}}}").fill(1, SERVED) == b"{142}"


@pytest.mark.parametrize("check", ["xor", "sum8", "sum16", "crc16"])
@pytest.mark.parametrize("form", ["", ":c", ":lower"])
@pytest.mark.parametrize("start", ["", "{from}"])
@given(label=LABELS, address=st.integers(1, 9), flash=st.booleans())
def test_a_reader_written_apart_understands_every_kind_of_line(
    check: str, form: str, start: str, label: str, address: int, flash: bool
) -> None:
    digits = "02x" if check in ("xor", "sum8") else "04x"
    form = form.replace("lower", digits)
    source = (
        rf"\x02{start}{{addr:02d}}|{{number:^6}}|{{state}}{{flash}}{{dim}}\x03{{{check}{form}}}"
    )
    panels = TemplatePanels(read_template(source))
    reader = TemplateReader(source, range(1, 10), never_dead)
    face = PanelFace(label, flash=flash, dim=not flash)
    [message] = panels.paint(address, face, None)
    reader.feed(message.data[:5])
    reader.feed(message.data[5:])
    shown = reader.shown(address)
    assert (shown.text, shown.flash, shown.dim) == (label, flash, not flash)
    assert reader.problems == 0
    broken = bytearray(message.data)
    broken[6] ^= 1
    fresh = TemplateReader(source, range(1, 10), never_dead)
    fresh.feed(bytes(broken))
    assert fresh.shown(address).text == ""


@pytest.mark.parametrize(
    ("source", "at", "mend"),
    [
        ("{number", 0, "this field has no end"),
        ("{number}}", 8, "nothing ends here"),
        ("{number.__class__}", 0, "there is no field"),
        ("{0}{number}", 0, "there are addr, number"),
        ("{number!r}", 0, "there is no field"),
        ("{number:>999}", 0, "the number is written >4"),
        ("{number:{addr}}", 0, "the number is written >4"),
        ("{number:>60}", 0, "no field is wider than 40"),
        ("{number:>4}{xor:5d}", 11, "xor is written 02X, 02x or c"),
        ("{addr:s}{number}", 0, "an address is written 02d"),
        ("{state:>3}{number}", 0, "state has no format"),
        ("{number:}", 0, "write a format after the colon"),
        (r"\q{number}", 0, r"an escape is \xNN"),
        (r"\x9{number}", 0, r"an escape is \xNN"),
        ("رقم {number}", 0, r"write a byte that is no printable ASCII as \xNN"),
        (r"\x02{addr}\x03", 14, "it needs {number}"),
        ("{number}" * 30, 200, "keep it under 200"),
    ],
)
def test_a_mistake_in_a_template_is_told_with_its_place_and_how_to_mend_it(
    source: str, at: int, mend: str
) -> None:
    with pytest.raises(TemplateMistake) as caught:
        read_template(source)
    assert caught.value.at == at
    assert mend in str(caught.value)


@given(st.text(st.sampled_from(r"{}\x0aF2:<>^4dnumberaddrxo.[]_!%"), max_size=60))
def test_any_text_is_a_template_or_a_mistake(source: str) -> None:
    try:
        template = read_template(source)
    except TemplateMistake:
        return
    template.fill(1, SERVED)


@pytest.mark.parametrize(
    ("panels", "address", "said"),
    [
        (AlphaPanels(), 0, "1 to 255"),
        (ModbusPanels(), 248, "1 to 247"),
        (TemplatePanels(read_template("{addr:1d}{number}")), 10, "0 to 9"),
        (TemplatePanels(read_template("{addr:02X}{number}")), 256, "0 to 255"),
    ],
)
def test_an_address_that_a_protocol_lacks_is_refused_in_words(
    panels: AlphaPanels | ModbusPanels | TemplatePanels, address: int, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        panels.check(address)
