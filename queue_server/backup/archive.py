"""Reads an archive and names what is wrong with it."""

import asyncio
import gzip
import hashlib
import hmac
import os
import tarfile
import zlib
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pydantic import BaseModel, ValidationError

from queue_server.backup.errors import (
    MissingMember,
    NotABackup,
    Truncated,
    UnknownFormat,
    WrongHash,
)
from queue_server.backup.manifest import (
    CHECK,
    FORMAT,
    HEAD,
    MANIFEST,
    Check,
    FileNote,
    Head,
    Manifest,
    MemberNote,
    TableNote,
)
from queue_server.backup.sealing import ArchiveKey, Secrets, key_from

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class _Place:
    offset: int
    size: int


class Archive:
    """A whole archive that is open for reading; every method blocks."""

    def __init__(
        self,
        file: BinaryIO,
        *,
        head: Head,
        digest: bytes,
        manifest: Manifest,
        proof: tuple[bytes, Check],
        places: dict[str, _Place],
    ) -> None:
        self._file = file
        self._digest = digest
        self._proof = proof
        self._places = places
        self._key: ArchiveKey | None = None
        self._nth = {member.name: nth for nth, member in enumerate(manifest.members)}
        self.head = head
        self.manifest = manifest

    @property
    def can_be_opened(self) -> bool:
        """Its contents can be read: it is not sealed, or was unsealed."""
        return self._key is not None or not self.head.slots

    def unseal(self, secrets: Secrets) -> None:
        """Get its key ready, if it has one. Raises SecretNeeded, WrongSecret, WrongHash."""
        if not self.head.slots:
            return
        key = key_from([slot.model_dump() for slot in self.head.slots], secrets)
        text, check = self._proof
        if not hmac.compare_digest(key.sign(text), check.signed or ""):
            raise WrongHash(MANIFEST)
        self._key = key

    def check_members(self, on_progress: Progress | None = None) -> None:
        """Compare every member with what the manifest says. Raises MissingMember, WrongHash."""
        whole = len(self.manifest.members)
        for nth, member in enumerate(self.manifest.members, start=1):
            self._stored(member)
            if on_progress is not None:
                on_progress(nth, whole)

    def part(self, name: str) -> bytes:
        """Return the plain bytes of a part. Raises MissingMember, WrongHash."""
        nth = self._nth.get(name)
        if nth is None:
            raise MissingMember(name)
        packed: bytes | None = self._stored(self.manifest.members[nth])
        if self._key is not None and packed is not None:
            packed = self._key.open(packed, head=self._digest, nth=nth, name=name)
        if packed is None:
            raise WrongHash(name)
        try:
            return gzip.decompress(packed)
        except (OSError, EOFError, zlib.error):
            raise WrongHash(name) from None

    async def rows(self, table: TableNote) -> AsyncIterator[bytes]:
        """Yield a table's rows in PostgreSQL's text form, part by part."""
        for name in table.parts:
            yield await asyncio.to_thread(self.part, name)

    def file(self, note: FileNote) -> Iterator[bytes]:
        """Yield a file's bytes, part by part."""
        return (self.part(name) for name in note.parts)

    def _stored(self, member: MemberNote) -> bytes:
        place = self._places.get(member.name)
        if place is None:
            raise MissingMember(member.name)
        self._file.seek(place.offset)
        data = self._file.read(place.size)
        if len(data) != member.bytes or hashlib.sha256(data).hexdigest() != member.sha256:
            raise WrongHash(member.name)
        return data


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Lend an archive whose head and manifest are as they were written. Raises Damage,
    UnknownFormat, OSError."""
    with path.open("rb") as file:
        yield _opened(path, file)


def _opened(path: Path, file: BinaryIO) -> Archive:
    places, is_whole = _places(path, file)
    if HEAD not in places:
        raise NotABackup(path)
    head_text = _read(file, places[HEAD])
    try:
        version = _Version.model_validate_json(head_text).format
        if version != FORMAT:
            raise UnknownFormat(version)
        head = Head.model_validate_json(head_text)
    except ValidationError:
        raise WrongHash(HEAD) from None
    last = list(places)[-1]
    if CHECK not in places or MANIFEST not in places:
        raise Truncated(last)
    text = _read(file, places[MANIFEST])
    try:
        check = Check.model_validate_json(_read(file, places[CHECK]))
    except ValidationError:
        raise (WrongHash(CHECK) if is_whole else Truncated(MANIFEST)) from None
    if hashlib.sha256(text).hexdigest() != check.sha256:
        raise WrongHash(MANIFEST)
    try:
        manifest = Manifest.model_validate_json(text)
    except ValidationError:
        raise WrongHash(MANIFEST) from None
    first = next(iter(manifest.members), None)
    if first is None or (first.name, first.sha256) != (
        HEAD,
        hashlib.sha256(head_text).hexdigest(),
    ):
        raise WrongHash(HEAD)
    return Archive(
        file,
        head=head,
        digest=hashlib.sha256(head_text).digest(),
        manifest=manifest,
        proof=(text, check),
        places=places,
    )


def begins_as_backup(data: bytes) -> bool:
    """Say whether a file that begins with these bytes, 512 at least, may be an archive of ours."""
    try:
        return tarfile.TarInfo.frombuf(data[: tarfile.BLOCKSIZE], "utf-8", "replace").name == HEAD
    except tarfile.HeaderError:
        return False


class _Version(BaseModel):
    """Of a head that may be of a form we do not know."""

    format: int


def _places(path: Path, file: BinaryIO) -> tuple[dict[str, _Place], bool]:
    """Walk the members' heads; return where each whole one lies, and whether the walk came to the
    end."""
    places: dict[str, _Place] = {}
    length = os.fstat(file.fileno()).st_size
    try:
        with tarfile.open(fileobj=file, mode="r:") as tar:
            for info in _members(tar):
                if info.offset_data + info.size > length:
                    return places, False
                places[info.name] = _Place(info.offset_data, info.size)
    except (tarfile.ReadError, ValueError, OverflowError):  # lengths that no file can have
        if not places:
            raise NotABackup(path) from None
        return places, False
    return places, True


def _members(tar: tarfile.TarFile) -> Iterable[tarfile.TarInfo]:
    while (info := tar.next()) is not None:
        yield info


def _read(file: BinaryIO, place: _Place) -> bytes:
    file.seek(place.offset)
    return file.read(place.size)
