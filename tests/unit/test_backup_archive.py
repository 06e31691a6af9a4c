"""An archive is read back as it was written, and every damage is told by its name."""

import io
import json
import os
import tarfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core_services.settings import SettingsError
from queue_server.backup import writing
from queue_server.backup.archive import open_archive
from queue_server.backup.errors import (
    BackupError,
    Damage,
    MissingMember,
    NotABackup,
    SecretNeeded,
    Truncated,
    UnknownFormat,
    WrongHash,
    WrongSecret,
)
from queue_server.backup.key_text import recipient_from
from queue_server.backup.listing import list_backups
from queue_server.backup.manifest import CentreNote, FileNote, Manifest
from queue_server.backup.marks import mark_of, read_mark
from queue_server.backup.restore import place_inside
from queue_server.backup.sealing import NOT_SEALED, SealWith, Secrets, make_identity, read_identity
from queue_server.backup.verify import verify_backup
from queue_server.backup.writing import ArchiveWriter
from tests.support.backups import no_bar

PART_BYTES = 20_000
AT = datetime(2026, 11, 22, 20, 30, tzinfo=UTC)
PHRASE = SealWith(passphrase="four words of length")
ROWS = b"1\t\xd8\xb1\xd9\x82\xd9\x85\t\\N\n" * 400
LARGE = os.urandom(PART_BYTES) + b"and a little more"


@pytest.fixture(autouse=True)
def parts_are_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "PART_BYTES", PART_BYTES)


def written(path: Path, seal: SealWith = NOT_SEALED) -> Path:
    """An archive of two tables, one of them in two parts, and a file of two parts."""
    source = path.with_name("source")
    source.write_bytes(LARGE)
    with path.open("w+b") as file:
        writer = ArchiveWriter(file, seal=seal, at=AT, program="1.0")
        first = [writer.add_part("tables/ticket.0000", ROWS)]
        writer.note_table("ticket", columns=("id", "name"), rows=400, parts=first)
        parts = [writer.add_part(f"tables/ticket_event.{n:04}", ROWS) for n in range(2)]
        writer.note_table("ticket_event", columns=("id",), rows=800, parts=parts)
        writer.add_file("data", "keys/persons.json", source, is_secret=True)
        centre = CentreNote(id=1, code="KFS", epoch=uuid4(), revision=7, digest="00")
        writer.finish(postgresql="18.0", has_secrets=True, centres=(centre,), migrations=())
    return path


def read_all(path: Path, secrets: Secrets = Secrets()) -> tuple[Manifest, dict[str, bytes]]:  # noqa: B008
    """Everything in an archive, as a restore reads it."""
    with open_archive(path) as archive:
        archive.check_members()
        archive.unseal(secrets)
        contents = {
            table.name: b"".join(archive.part(part) for part in table.parts)
            for table in archive.manifest.tables
        }
        for note in archive.manifest.files:
            contents[note.path] = b"".join(archive.file(note))
        return archive.manifest, contents


def members(path: Path) -> list[tuple[str, bytes]]:
    with tarfile.open(path) as tar:
        return [(info.name, tar.extractfile(info).read()) for info in tar]  # type: ignore[union-attr]


def rewritten(path: Path, found: Iterable[tuple[str, bytes]]) -> Path:
    with tarfile.open(path, "w") as tar:
        for name, data in found:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


@pytest.mark.parametrize("seal", [NOT_SEALED, PHRASE], ids=["plain", "sealed"])
def test_what_was_written_is_read_back_to_the_byte(tmp_path: Path, seal: SealWith) -> None:
    path = written(tmp_path / "a.shubbak", seal)
    manifest, contents = read_all(path, Secrets(passphrase=seal.passphrase))
    assert contents == {"ticket": ROWS, "ticket_event": ROWS * 2, "keys/persons.json": LARGE}
    assert manifest.rows == 1200
    assert [len(note.parts) for note in manifest.files] == [2]
    assert manifest.is_sealed is seal.is_any


def test_a_sealed_archive_shows_nothing_of_its_contents_and_a_plain_one_opens_with_tar(
    tmp_path: Path,
) -> None:
    import gzip

    sealed = written(tmp_path / "a.shubbak", PHRASE)
    assert all(ROWS[:40] not in data for _, data in members(sealed))
    with pytest.raises(gzip.BadGzipFile):
        gzip.decompress(members(sealed)[1][1])
    plain = written(tmp_path / "b.shubbak")
    assert gzip.decompress(dict(members(plain))["tables/ticket.0000.gz"]) == ROWS


def test_a_recipient_opens_with_the_key_and_the_writer_has_nothing_that_opens(
    tmp_path: Path,
) -> None:
    identity, recipient = make_identity()
    key_file = tmp_path / "key"
    key_file.write_text(identity)
    key_file.chmod(0o600)
    seal = SealWith(recipient=recipient_from(recipient))
    path = written(tmp_path / "a.shubbak", seal)
    with pytest.raises(SecretNeeded, match="--key-file"):
        read_all(path)
    with pytest.raises(SecretNeeded):
        read_all(path, Secrets(passphrase="any"))
    assert read_all(path, Secrets(identity=read_identity(key_file)))[1]["ticket"] == ROWS
    key_file.write_text(make_identity()[0])
    with pytest.raises(WrongSecret, match="wrong key"):
        read_all(path, Secrets(identity=read_identity(key_file)))
    key_file.write_text(identity[:-3])
    with pytest.raises(SettingsError, match="is not whole"):
        read_identity(key_file)


def test_either_of_passphrase_and_key_opens_where_both_seal(tmp_path: Path) -> None:
    identity, recipient = make_identity()
    key_file = tmp_path / "key"
    key_file.write_text(identity)
    key_file.chmod(0o600)
    seal = SealWith(passphrase="four words", recipient=recipient_from(recipient))
    path = written(tmp_path / "a.shubbak", seal)
    assert read_all(path, Secrets(passphrase="four words"))
    assert read_all(path, Secrets(identity=read_identity(key_file)))


def test_a_wrong_passphrase_is_called_one(tmp_path: Path) -> None:
    path = written(tmp_path / "a.shubbak", PHRASE)
    with pytest.raises(WrongSecret, match=r"^wrong passphrase$"):
        read_all(path, Secrets(passphrase="four words of lengths"))


def test_an_archive_cut_anywhere_is_truncated_and_never_whole(tmp_path: Path) -> None:
    path = written(tmp_path / "a.shubbak")
    whole = path.read_bytes()
    end = whole.rindex(b"manifest.check")
    for length in (*range(512, end, len(whole) // 40), end, end + 512, end + 530):
        path.write_bytes(whole[:length])
        with pytest.raises(BackupError) as told:
            read_all(path)
        assert isinstance(told.value, Truncated | NotABackup), length
    path.write_bytes(whole[: whole.index(b"tables/ticket_event.0001") + 520])
    with pytest.raises(Truncated, match=r"nothing whole comes after tables/ticket_event.0000.gz"):
        read_all(path)


@pytest.mark.parametrize("seal", [NOT_SEALED, PHRASE], ids=["plain", "sealed"])
def test_a_changed_byte_in_any_file_names_the_file(tmp_path: Path, seal: SealWith) -> None:
    path = written(tmp_path / "a.shubbak", seal)
    found = members(path)
    secrets = Secrets(passphrase=seal.passphrase)
    for nth, (name, data) in enumerate(found):
        if name == "manifest.check":
            continue
        changed = bytearray(data)
        changed[len(data) // 2] ^= 0x01
        rewritten(path, [*found[:nth], (name, bytes(changed)), *found[nth + 1 :]])
        with pytest.raises(WrongHash, match=f"wrong hash of file {name}"):
            read_all(path, secrets)


def test_a_file_that_is_not_there_is_missed_by_its_name(tmp_path: Path) -> None:
    path = written(tmp_path / "a.shubbak")
    found = members(path)
    for name, _ in found[1:-2]:
        rewritten(path, [each for each in found if each[0] != name])
        with pytest.raises(MissingMember, match=f"missing file {name}"):
            read_all(path)


def test_sealed_parts_cannot_be_exchanged_even_by_whoever_writes_a_new_manifest(
    tmp_path: Path,
) -> None:
    """Whoever can write the archive but lacks its key changes nothing unnoticed."""
    import hashlib

    path = written(tmp_path / "a.shubbak", PHRASE)
    secrets = Secrets(passphrase=PHRASE.passphrase)
    found = dict(members(path))
    one, two = "tables/ticket_event.0000.gz.sealed", "tables/ticket_event.0001.gz.sealed"
    found[one], found[two] = found[two], found[one]
    manifest = json.loads(found["manifest.json"])
    for member in manifest["members"]:
        member["sha256"] = hashlib.sha256(found[member["name"]]).hexdigest()
    found["manifest.json"] = json.dumps(manifest).encode()
    check = json.loads(found["manifest.check"])
    check["sha256"] = hashlib.sha256(found["manifest.json"]).hexdigest()
    found["manifest.check"] = json.dumps(check).encode()
    rewritten(path, found.items())
    with pytest.raises(WrongHash, match=r"manifest\.json"):
        read_all(path, secrets)


def test_another_form_is_told_by_its_version(tmp_path: Path) -> None:
    path = written(tmp_path / "a.shubbak")
    found = members(path)
    rewritten(path, [("head.json", b'{"format":2,"anything":[]}'), *found[1:]])
    with pytest.raises(UnknownFormat, match="unknown format version 2"):
        read_all(path)


@pytest.mark.parametrize("change", [{"files": None}, {"members": []}, {"centres": "KFS"}])
def test_a_manifest_that_this_program_cannot_read_is_damage_though_its_hash_is_right(
    tmp_path: Path, change: dict[str, object]
) -> None:
    import hashlib

    path = written(tmp_path / "a.shubbak")
    found = dict(members(path))
    found["manifest.json"] = json.dumps(json.loads(found["manifest.json"]) | change).encode()
    check = json.loads(found["manifest.check"])
    check["sha256"] = hashlib.sha256(found["manifest.json"]).hexdigest()
    found["manifest.check"] = json.dumps(check).encode()
    rewritten(path, found.items())
    with pytest.raises(Damage):
        read_all(path)


def test_a_length_that_no_file_can_have_is_damage(tmp_path: Path) -> None:
    path = written(tmp_path / "a.shubbak")
    whole = bytearray(path.read_bytes())
    at = whole.index(b"tables/ticket_event.0000")
    whole[at + 124 : at + 136] = b"\x80" + b"\x7f" * 11
    whole[at + 156 : at + 157] = b"x"  # what tells more of the next file, and is read at once
    whole[at + 148 : at + 156] = b" " * 8
    whole[at + 148 : at + 156] = b"%06o\0 " % sum(whole[at : at + 512])
    path.write_bytes(whole)
    with pytest.raises(Damage):
        read_all(path)


@pytest.mark.parametrize(
    "path",
    ["../server.toml", "keys/../../x", "/etc/passwd", "", "database/x", ".restore/x", "ready.json"],
)
def test_no_file_of_a_backup_goes_outside_the_folder_or_into_the_restore_itself(path: str) -> None:
    for root in ("data", "configuration"):
        note = FileNote(
            root=root,
            path=path,
            mode=0o600,
            bytes=0,
            parts=(),
            is_secret=True,
        )
        with pytest.raises(WrongHash):
            place_inside(note)


@pytest.mark.parametrize("text", [b"", b"hello", b"\0" * 2048, os.urandom(4096)])
def test_what_is_no_backup_is_called_none(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "a.shubbak"
    path.write_bytes(text)
    with pytest.raises(NotABackup, match="is no backup of Shubbak"):
        read_all(path)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_no_flipped_bit_anywhere_passes_or_ends_in_another_error(
    tmp_path: Path, data: st.DataObject
) -> None:
    path = tmp_path / "a.shubbak"
    if not path.exists():
        written(path)
        path.with_suffix(".whole").write_bytes(path.read_bytes())
    whole = bytearray(path.with_suffix(".whole").read_bytes())
    at = data.draw(st.integers(0, whole.rindex(b"manifest.check") + 600))
    whole[at] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(whole)
    try:
        _, contents = read_all(path)
    except Damage:
        return
    except UnknownFormat:
        return
    # A bit of a member's name, mode or padding that nothing depends on: all contents are whole.
    assert contents == {"ticket": ROWS, "ticket_event": ROWS * 2, "keys/persons.json": LARGE}


def test_backups_are_listed_by_their_moment_whatever_their_names_are(tmp_path: Path) -> None:
    newest = written(tmp_path / "a copy.shubbak")
    older = tmp_path / "shubbak-KFS-20251122T070000Z.shubbak"
    older.write_bytes(b"damaged")
    (tmp_path / "folder.shubbak").mkdir()
    (tmp_path / "gone.shubbak").symlink_to(tmp_path / "as one that was removed meanwhile")
    unknown = tmp_path / "zz.shubbak"
    unknown.write_bytes(b"damaged")
    found = list_backups(tmp_path)
    assert [each.path for each in found] == [newest, older, unknown]
    assert [each.damage is None for each in found] == [True, False, False]


async def test_a_backup_is_whole_also_where_its_mark_cannot_be_written(tmp_path: Path) -> None:
    path = written(tmp_path / "a.shubbak")
    mark_of(path).mkdir()  # as on a medium that takes nothing
    _, depth = await verify_backup(path, Secrets(), at=AT, bar=no_bar)
    assert depth == "opened"
    assert read_mark(path) is None
