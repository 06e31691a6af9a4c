"""Sealing: what was sealed opens for its own row alone, under any key that the file still holds."""

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core_services.people.sealing import (
    About,
    CannotOpen,
    PersonKey,
    PersonKeys,
    add_key,
    ensure_keys,
    read_keys,
)
from core_services.settings import SettingsError
from tests.support.citizens import GROWN, PHONE

AT = datetime(2026, 11, 22, 7, tzinfo=UTC)
FIRST = PersonKey(b"11111111", b"a" * 32, AT)
SECOND = PersonKey(b"22222222", b"b" * 32, AT + timedelta(days=30))
KEYS = PersonKeys([FIRST])
ROTATED = PersonKeys([FIRST, SECOND])
TICKET = UUID("0192f000-0000-7000-8000-000000000001")
ABOUT = About(1, TICKET, "national_id")

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(texts)
def test_what_was_sealed_opens_and_shows_nothing(text: str) -> None:
    sealed = KEYS.seal(text, ABOUT)
    assert KEYS.open(sealed, ABOUT) == text
    assert len(text) < 4 or text.encode() not in sealed
    assert KEYS.seal(text, ABOUT) != sealed, "no two seals are the same"


@given(
    texts,
    st.sampled_from(
        [
            About(2, TICKET, "national_id"),
            About(1, uuid4(), "national_id"),
            About(1, TICKET, "phone"),
        ]
    ),
)
def test_a_sealed_value_moved_to_another_row_or_field_opens_nowhere(
    text: str, other: About
) -> None:
    with pytest.raises(CannotOpen):
        KEYS.open(KEYS.seal(text, ABOUT), other)


@given(texts, st.data())
def test_a_sealed_value_with_one_bit_changed_or_its_end_cut_opens_nowhere(
    text: str, data: st.DataObject
) -> None:
    sealed = bytearray(KEYS.seal(text, ABOUT))
    place = data.draw(st.integers(0, len(sealed) - 1))
    cut = bytes(sealed[:place])
    sealed[place] ^= 1 << data.draw(st.integers(0, 7))
    for broken in (bytes(sealed), cut):
        with pytest.raises(CannotOpen):
            KEYS.open(broken, ABOUT)


def test_the_newest_key_seals_and_every_key_opens_and_finds() -> None:
    old, new = KEYS.seal(GROWN, ABOUT), ROTATED.seal(GROWN, ABOUT)
    assert ROTATED.open(old, ABOUT) == ROTATED.open(new, ABOUT) == GROWN
    assert [ROTATED.is_newest(sealed) for sealed in (old, new)] == [False, True]
    with pytest.raises(CannotOpen):
        KEYS.open(new, ABOUT)
    hashes = ROTATED.hashes("national_id", GROWN, centre_id=1)
    assert len(set(hashes)) == 2
    assert hashes[0] == ROTATED.hash("national_id", GROWN, centre_id=1)
    assert hashes[1] == KEYS.hash("national_id", GROWN, centre_id=1)


def test_a_hash_is_of_its_centre_field_and_key_alone() -> None:
    made = {
        KEYS.hash("national_id", GROWN, centre_id=1),
        KEYS.hash("phone", GROWN, centre_id=1),
        KEYS.hash("national_id", GROWN, centre_id=2),
        KEYS.hash("national_id", GROWN[:-1] + "8", centre_id=1),
        PersonKeys([SECOND]).hash("national_id", GROWN, centre_id=1),
        KEYS.blind(GROWN.encode()),
    }
    assert len(made) == 6


def test_a_command_sent_again_after_a_rekey_has_the_same_fingerprint() -> None:
    assert ROTATED.blind(GROWN.encode()) == KEYS.blind(GROWN.encode()) != GROWN.encode()


def test_no_secret_stands_in_what_is_printed_of_a_key() -> None:
    assert "aaaa" not in repr(FIRST)
    assert FIRST.derive("seal") != FIRST.derive("search") != FIRST.secret


def test_a_file_is_made_once_private_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "persons.json"
    made, is_new = ensure_keys(path, at=AT)
    assert is_new
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    sealed = made.seal(PHONE, ABOUT)
    again, is_new = ensure_keys(path, at=AT)
    assert not is_new
    assert again.open(sealed, ABOUT) == PHONE
    assert [each.name for each in path.parent.iterdir()] == ["persons.json"]


def test_a_further_key_in_the_file_seals_and_the_first_still_opens(tmp_path: Path) -> None:
    path = tmp_path / "persons.json"
    before, _ = ensure_keys(path, at=AT)
    sealed = before.seal(PHONE, ABOUT)
    add_key(path, at=AT + timedelta(days=1))
    assert len(read_keys(path)) == 2
    after, _ = ensure_keys(path, at=AT)
    assert after.open(sealed, ABOUT) == PHONE
    assert not after.is_newest(sealed)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_others_may_read_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "persons.json"
    ensure_keys(path, at=AT)
    path.chmod(0o644)
    with pytest.raises(SettingsError) as refused:
        ensure_keys(path, at=AT)
    assert str(refused.value) == (
        f"{path} can be read by others (mode 0644); run: chmod 600 {path}"
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        '{"keys": []}',
        '{"keys": [{"id": "00", "secret": "", "made_at": "2026-11-22T07:00:00+00:00"}]}',
        json.dumps({"keys": [{"id": "31" * 8, "secret": "!", "made_at": AT.isoformat()}]}),
    ],
)
def test_a_file_without_usable_keys_is_refused_and_kept(tmp_path: Path, text: str) -> None:
    path = tmp_path / "persons.json"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(SettingsError, match="bring it back from a backup"):
        ensure_keys(path, at=AT)
    assert path.read_text() == text
