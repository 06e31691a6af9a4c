"""The proof of a code: both sides agree or neither gets anything, and nothing helps a guess."""

import re

import pytest

from core_services.link.code_proof import (
    CodeProof,
    ProofFailed,
    new_code,
    new_salt,
    stretch,
)

ABOUT = b"1 pairing kiosk salt"
RIGHT, WRONG = b"r" * 32, b"w" * 32


def met(
    agent: bytes = RIGHT, centre: bytes = RIGHT, *, about: bytes = ABOUT
) -> tuple[CodeProof, CodeProof]:
    """Return both sides after they have met."""
    first = CodeProof(agent, is_centre=False, about=ABOUT)
    second = CodeProof(centre, is_centre=True, about=about)
    first.meet(second.element)
    second.meet(first.element)
    return first, second


def test_who_knows_the_same_code_is_believed_and_reads_what_is_sealed() -> None:
    agent, centre = met()
    agent.check(centre.proof())
    centre.check(agent.proof())
    assert agent.open(centre.seal({"ca": "شهادة"})) == {"ca": "شهادة"}
    assert agent.open(centre.seal({"token": "t"})) == {"token": "t"}
    assert centre.open(agent.seal({"agreed": True})) == {"agreed": True}


@pytest.mark.parametrize(
    ("codes", "about"), [((RIGHT, WRONG), ABOUT), ((RIGHT, RIGHT), b"1 another kiosk salt")]
)
def test_another_code_or_another_pairing_is_believed_by_neither_side(
    codes: tuple[bytes, bytes], about: bytes
) -> None:
    agent, centre = met(*codes, about=about)
    with pytest.raises(ProofFailed):
        agent.check(centre.proof())
    with pytest.raises(ProofFailed):
        centre.check(agent.proof())
    with pytest.raises(ProofFailed):
        agent.open(centre.seal({"ca": "x"}))


def test_a_proof_that_is_sent_back_proves_nothing() -> None:
    agent, centre = met()
    with pytest.raises(ProofFailed):
        agent.check(agent.proof())
    with pytest.raises(ProofFailed):
        centre.open(centre.seal({"a": 1}))


def test_what_was_changed_or_comes_out_of_its_order_is_not_read() -> None:
    agent, centre = met()
    _, second = centre.seal({"n": 1}), centre.seal({"n": 2})
    with pytest.raises(ProofFailed):
        agent.open(second)
    agent, centre = met()
    changed = bytearray(centre.seal({"n": 1}))
    changed[0] ^= 1
    with pytest.raises(ProofFailed):
        agent.open(bytes(changed))


@pytest.mark.parametrize(
    "element",
    [
        b"",
        b"B" + bytes(32),
        b"B" + b"\x01" + bytes(31),
        b"B" + b"\xff" * 32,
        b"A" + b"\x02" + bytes(31),
        b"B" + b"\x02" + bytes(31),
        b"B" + bytes(31),
        b"B" + b"\x09" * 32,
    ],
)
def test_what_is_no_element_of_the_group_is_refused(element: bytes) -> None:
    agent = CodeProof(RIGHT, is_centre=False, about=ABOUT)
    with pytest.raises(ProofFailed):
        agent.meet(element)


def test_ones_own_element_is_refused() -> None:
    agent = CodeProof(RIGHT, is_centre=False, about=ABOUT)
    with pytest.raises(ProofFailed):
        agent.meet(b"B" + agent.element[1:])


def test_each_attempt_has_keys_of_its_own() -> None:
    proofs = {side.proof() for _ in range(3) for side in met()}
    elements = {side.element for _ in range(3) for side in met()}
    assert len(proofs) == len(elements) == 6


def test_codes_have_six_digits_and_each_salt_makes_another_secret() -> None:
    codes = {new_code() for _ in range(50)}
    assert all(re.fullmatch(r"[0-9]{6}", code) for code in codes)
    assert len(codes) > 40
    salt = new_salt()
    assert stretch("042117", salt) == stretch("042117", salt)
    assert stretch("042117", salt) != stretch("042117", new_salt())
    assert len(stretch("042117", salt)) == 32
