"""What a modem says, taken apart: whatever way it was cut, and whatever comes in between."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.modems.at import LONGEST_LINE, Echo, Final, Line, Lines, Noise, Prompt, Said
from drivers.modems.refusals import NAMES, trouble_in, verdict_before, verdict_on

PDU = "07910201956905F00406D0C4F23C00086211928280004004062F"
TALK = (
    b"AT\r\r\nOK\r\n"
    b'AT+CSQ\r\r\n^RSSI:17\r\n\r\n+CSQ: 20,99\r\n\r\n+CMTI: "SM",3\r\n\r\nOK\r\n'
    b"\r\n+CDS: 25\r\n" + PDU.encode() + b"\r\n"
    b"\r\n+CMGL: 1,1,,25\r\n" + PDU.encode() + b"\r\n+CMGL: 2,1,,25\r\n" + PDU.encode() + b"\r\n"
    b"\r\nOK\r\n\r\nRING\r\n\r\n+CME ERROR: 10\r\n\r\n+CMS ERROR: 500\r\n\r\nERROR\r\n"
)
MEANT: list[Said] = [
    Echo(),
    Final("ok"),
    Echo(),
    Line("^RSSI", "17"),
    Line("+CSQ", "20,99"),
    Line("+CMTI", '"SM",3'),
    Final("ok"),
    Line("+CDS", "25", PDU),
    Line("+CMGL", "1,1,,25", PDU),
    Line("+CMGL", "2,1,,25", PDU),
    Final("ok"),
    Line("RING"),
    Final("cme", 10),
    Final("cms", 500),
    Final("error"),
]


def heard(data: bytes, *cuts: int) -> list[Said]:
    lines = Lines()
    said: list[Said] = []
    begin = 0
    for cut in [*sorted(cuts), len(data)]:
        said += lines.feed(data[begin:cut])
        begin = cut
    return said


@given(st.lists(st.integers(0, len(TALK)), max_size=20))
def test_a_stream_means_the_same_however_it_is_cut(cuts: list[int]) -> None:
    assert heard(TALK, *cuts) == MEANT


def test_a_prompt_is_heard_without_an_end_of_line_and_only_when_awaited() -> None:
    lines = Lines()
    lines.awaits_prompt = True
    assert lines.feed(b"AT+CMGS=24\r") == [Echo()]
    assert lines.feed(b'\r\n+CMTI: "SM",1\r\n') == [Line("+CMTI", '"SM",1')]
    assert lines.feed(b"\r\n>") == [Prompt()]
    lines.awaits_prompt = False
    assert lines.feed(b" " + PDU.encode() + b"\x1a\r\n\r\n+CMGS: 5\r\n\r\nOK\r\n") == [
        Echo(),
        Line("+CMGS", "5"),
        Final("ok"),
    ]
    assert lines.feed(b"> hello\r\n") == [Line("> hello")]


@pytest.mark.parametrize("cut", [b"\r\n> ", b"> ", b">", b"\n>  ", b"\0\r\n>"])
def test_a_prompt_is_heard_in_each_form_there_is(cut: bytes) -> None:
    lines = Lines()
    lines.awaits_prompt = True
    assert lines.feed(cut) == [Prompt()]


def test_a_line_that_slips_between_a_notice_and_its_octets_does_not_part_them() -> None:
    said = heard(b"+CDS: 25\r\n^RSSI:3\r\n" + PDU.encode() + b"\r\n")
    assert said == [Line("^RSSI", "3"), Line("+CDS", "25", PDU)]


def test_an_empty_place_in_the_storage_has_no_octets() -> None:
    assert heard(b"+CMGR: 0,,0\r\n\r\n\r\nOK\r\n") == [Line("+CMGR", "0,,0", ""), Final("ok")]
    said = heard(b"+CMGL: 1,1,,25\r\n+CMGL: 2,1,,25\r\n" + PDU.encode() + b"\r\nOK\r\n")
    assert said == [
        Line("+CMGL", "1,1,,25", ""),
        Line("+CMGL", "2,1,,25", PDU),
        Final("ok"),
    ]


def test_words_in_place_of_a_number_are_an_error_all_the_same() -> None:
    assert heard(b"+CME ERROR: SIM not inserted\r\n") == [Final("cme", None)]
    assert heard(b"COMMAND NOT SUPPORT\r\n") == [Final("error")]


@given(st.binary(max_size=400))
def test_noise_harms_nothing_and_what_follows_is_heard(noise: bytes) -> None:
    lines = Lines()
    lines.feed(noise)
    assert lines.feed(b"\r\nOK\r\n")[-1] == Final("ok")


def test_a_line_without_end_is_dropped_and_counted_and_never_kept() -> None:
    lines = Lines()
    for _ in range(100):
        assert lines.feed(b"\xff" * 1000) == []
    assert lines.feed(b"\r\nOK\r\n") == [Noise(100_000), Final("ok")]
    assert lines.feed(b"x" * LONGEST_LINE + b"\r\n") == [Line("x" * LONGEST_LINE)]


@pytest.mark.parametrize(
    ("final", "verdict"),
    [
        (Final("cms", 1), "permanent"),
        (Final("cms", 8), "permanent"),
        (Final("cms", 195), "permanent"),
        (Final("cms", 304), "permanent"),
        (Final("cms", 41), "for_now"),
        (Final("cms", 42), "for_now"),
        (Final("cms", 192), "for_now"),
        (Final("cms", 310), "modem"),
        (Final("cms", 330), "modem"),
        (Final("cms", 331), "modem"),
        (Final("cms", 332), "uncertain"),
        (Final("cms", 500), "uncertain"),
        (Final("cms", 521), "uncertain"),
        (Final("cms", None), "uncertain"),
        (Final("error"), "uncertain"),
        (Final("cme", 10), "modem"),
        (Final("cme", 100), "uncertain"),
    ],
)
def test_a_refusal_after_the_octets_is_judged_by_its_number(final: Final, verdict: str) -> None:
    assert verdict_on(final) == verdict


@given(
    st.sampled_from([*NAMES, 512, 999, None]),
    st.sampled_from(["cms", "cme", "error"]),
)
def test_a_refusal_before_the_octets_never_leaves_a_doubt(code: int | None, kind: str) -> None:
    final = Final(kind, code)  # type: ignore[arg-type]
    assert verdict_before(final) != "uncertain"
    if verdict_before(final) == "modem":
        assert trouble_in(final)
