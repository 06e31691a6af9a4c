"""Long messages that come in: whole in any order, once, and never mixed up."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from drivers.modems.addresses import INTERNATIONAL, Address
from drivers.modems.model import Incoming
from drivers.modems.pdu import Concatenation, Deliver
from drivers.modems.reassembly import MISSING, Collector
from drivers.modems.splitting import split

AT = datetime(2026, 11, 29, 8, tzinfo=UTC)
WAIT = timedelta(hours=24)


def part(
    text: str, number: int, total: int, *, reference: int = 7, sender: str = "201012345678"
) -> Deliver:
    return Deliver(
        Address(INTERNATIONAL, sender), AT, text, Concatenation(reference, total, number)
    )


@given(
    st.text(
        alphabet=st.characters(codec="utf-8", exclude_characters="\r\x1b"),
        min_size=161,
        max_size=600,
    ).filter(lambda text: bool(text.strip())),
    st.randoms(use_true_random=False),
)
def test_parts_in_any_order_with_any_repeated_are_one_message(text: str, chance: object) -> None:
    pieces = split(text).parts
    parts = [part(piece, number, len(pieces)) for number, piece in enumerate(pieces, 1)]
    order = list(range(len(parts)))
    chance.shuffle(order)  # type: ignore[attr-defined]
    collector = Collector(WAIT)
    given_out: list[Incoming] = []
    for position in order:
        given_out += collector.add(parts[position], AT)
        if position != order[-1]:
            given_out += collector.add(parts[position], AT)
    assert [message.text for message in given_out] == [text]


def test_halves_of_a_sign_that_another_sender_cut_are_joined() -> None:
    collector = Collector(WAIT)
    assert collector.add(part("\udcf1 end", 2, 2), AT) == []
    (message,) = collector.add(part("begin \ud83d", 1, 2), AT)
    assert message.text == "begin 📱 end"
    assert collector.add(part("price 5 \x1b", 1, 2), AT) == []
    (message,) = collector.add(part("e only", 2, 2), AT)
    assert message.text == "price 5 € only"


def test_half_a_sign_that_stays_alone_is_shown_as_a_mark() -> None:
    collector = Collector(WAIT)
    (message,) = collector.add(part("a \ud83d b", 1, 1), AT)
    assert message.text == "a \ufffd b"


def test_a_part_that_never_comes_is_marked_when_its_time_is_over() -> None:
    collector = Collector(WAIT)
    collector.add(part("one ", 1, 3), AT)
    collector.add(part("three", 3, 3), AT + timedelta(hours=1))
    assert collector.expired(AT + timedelta(hours=23)) == []
    ((key, message),) = collector.expired(AT + WAIT)
    assert message.text == f"one {MISSING}three"
    assert not collector.is_waiting(key)
    assert collector.expired(AT + WAIT) == []


def test_a_reference_that_is_used_again_begins_a_new_message() -> None:
    collector = Collector(WAIT)
    collector.add(part("old one ", 1, 2), AT)
    (old,) = collector.add(part("new one ", 1, 2), AT)
    assert old.text == f"old one {MISSING}"
    (new,) = collector.add(part("and two", 2, 2), AT)
    assert new.text == "new one and two"


def test_messages_of_two_senders_with_one_reference_are_two() -> None:
    collector = Collector(WAIT)
    collector.add(part("a1", 1, 2), AT)
    collector.add(part("b1", 1, 2, sender="201112345678"), AT)
    (first,) = collector.add(part("b2", 2, 2, sender="201112345678"), AT)
    (second,) = collector.add(part("a2", 2, 2), AT)
    assert (first.text, second.text) == ("b1b2", "a1a2")
