"""What a printer sends back is understood however the bytes were cut."""

from hypothesis import given
from hypothesis import strategies as st

from drivers.printers.commands import PROBE_ID, process_id
from drivers.printers.replies import (
    AutoStatus,
    Block,
    FlowControl,
    ProcessEcho,
    RealTimeStatus,
    Replies,
    Reply,
    ShortReply,
    Stray,
)

_FREE = st.integers(0, 15).flatmap(
    lambda low: st.sampled_from([0x00, 0x20, 0x40, 0x60]).map(lambda high: high | low)
)
"""0xx0xxxx."""


def _fixed(low_bits: int) -> st.SearchStrategy[int]:
    """0xx1xx and two fixed bits."""
    return st.tuples(st.sampled_from([0x00, 0x20, 0x40, 0x60]), st.integers(0, 3)).map(
        lambda free: free[0] | 0x10 | free[1] << 2 | low_bits
    )


_SIGNS = st.lists(st.integers(32, 126), min_size=4, max_size=4).map(bytes)
_ANSWERS: st.SearchStrategy[tuple[bytes, Reply]] = st.one_of(
    _fixed(0b10).map(lambda bits: (bytes((bits,)), RealTimeStatus(bits))),
    st.tuples(_fixed(0b00), _FREE, _FREE, _FREE).map(lambda bits: (bytes(bits), AutoStatus(bits))),
    _FREE.map(lambda bits: (bytes((bits,)), ShortReply(bits))),
    st.booleans().map(lambda may: (b"\x11" if may else b"\x13", FlowControl(may))),
    _SIGNS.map(lambda signs: (b"\x37\x22" + signs + b"\x00", ProcessEcho(signs))),
    st.binary(max_size=40)
    .map(lambda text: text.translate(None, b"\x00\x11\x13"))
    .map(lambda text: (b"\x5f" + text + b"\x00", Block(0x5F, text))),
)


@given(st.lists(_ANSWERS, max_size=30), st.data())
def test_a_stream_of_answers_means_the_same_wherever_it_is_split(
    answers: list[tuple[bytes, Reply]], data: st.DataObject
) -> None:
    stream = b"".join(sent for sent, _ in answers)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    replies = Replies()
    heard: list[Reply] = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        heard += replies.feed(stream[start:end])
    assert heard == [reply for _, reply in answers]


@given(st.binary(max_size=600))
def test_no_noise_breaks_the_reader_or_makes_it_wait_for_ever(noise: bytes) -> None:
    replies = Replies()
    replies.feed(noise)
    replies.feed(bytes(4) + b"\x00" * 300)
    replies.reset()
    assert replies.feed(b"\x12") == [RealTimeStatus(0x12)]


def test_a_real_time_answer_may_come_between_the_bytes_of_an_automatic_status() -> None:
    assert Replies().feed(b"\x10\x00\x16\x00\x00") == [
        RealTimeStatus(0x16),
        AutoStatus((0x10, 0, 0, 0)),
    ]


def test_flow_control_may_come_between_the_bytes_of_an_echo() -> None:
    """A serial printer says XOFF when its buffer fills, whatever it is amid of saying."""
    assert Replies().feed(b"\x37\x13\x22sl\x11ip\x13\x00") == [
        FlowControl(may_send=False),
        FlowControl(may_send=True),
        FlowControl(may_send=False),
        ProcessEcho(b"slip"),
    ]


def test_a_byte_that_begins_no_answer_is_told_and_skipped() -> None:
    assert Replies().feed(b"\xff\x12") == [Stray(0xFF), RealTimeStatus(0x12)]


def test_a_block_without_end_is_given_up() -> None:
    heard = Replies().feed(b"\x5f" + b"x" * 256 + b"\x12")
    assert heard[-1] == RealTimeStatus(0x12)
    assert all(isinstance(reply, Stray) for reply in heard[:-1])


@given(st.integers(0, 2**128), st.integers(1, 100_000))
def test_the_jobs_of_a_journal_have_process_ids_of_their_own(first: int, apart: int) -> None:
    one, other = process_id(first), process_id(first + apart)
    assert one != other
    assert PROBE_ID not in (one, other)
    assert all(32 <= sign <= 126 for sign in one)
