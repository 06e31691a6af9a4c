"""Writes an archive: a tar of small compressed parts, each sealed, with the manifest at its end.

An archive that ends anywhere else is no backup: it lies under a passing name until its last byte is
on the disk.
"""

import gzip
import hashlib
import io
import os
import tarfile
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

from queue_server.backup.manifest import (
    CHECK,
    FORMAT,
    HEAD,
    MANIFEST,
    CentreNote,
    Check,
    FileNote,
    Head,
    Manifest,
    MemberNote,
    MigrationNote,
    Root,
    TableNote,
)
from queue_server.backup.sealing import ArchiveKey, SealWith, new_key

PART_BYTES: Final = 4 * 2**20
"""Of plain data in one part: what is in memory at a time."""
TRAINING_MARK: Final = "training_mark"
"""The table that has a row in a training centre's database."""
_LEVEL: Final = 4
"""Of gzip: a backup runs beside the hall, and a day's rows shrink to an eighth either way."""


class ArchiveWriter:
    """Writes one archive into an open file; every method blocks. Raises OSError."""

    def __init__(self, file: BinaryIO, *, seal: SealWith, at: datetime, program: str) -> None:
        self._file = file
        self._tar = tarfile.TarFile(fileobj=file, mode="w", format=tarfile.PAX_FORMAT)
        self._at = at
        self._program = program
        self._key: ArchiveKey | None = new_key() if seal.is_any else None
        self._members: list[MemberNote] = []
        self._tables: list[TableNote] = []
        self._files: list[FileNote] = []
        slots = [] if self._key is None else self._key.slots(seal)
        head = Head.model_validate(
            {"format": FORMAT, "made_at": at, "program": program, "slots": slots}
        )
        text = head.model_dump_json().encode()
        self._head = hashlib.sha256(text).digest()
        self._add(HEAD, text)

    def add_part(self, name: str, data: bytes) -> str:
        """Write one part; return the name under which it is stored."""
        packed = gzip.compress(data, _LEVEL, mtime=0)
        name = f"{name}.gz"
        if self._key is not None:
            name = f"{name}.sealed"
            packed = self._key.close(packed, head=self._head, nth=len(self._members), name=name)
        self._add(name, packed)
        return name

    def note_table(
        self, name: str, *, columns: tuple[str, ...], rows: int, parts: Iterable[str]
    ) -> None:
        """Note a table whose parts were written."""
        self._tables.append(TableNote(name=name, columns=columns, rows=rows, parts=tuple(parts)))

    def add_file(self, root: Root, path: str, source: Path, *, is_secret: bool) -> None:
        """Write a file's bytes and note it; one that has gone meanwhile is passed over."""
        parts: list[str] = []
        length = 0
        try:
            file = source.open("rb")
        except FileNotFoundError:
            return
        with file:
            mode = os.fstat(file.fileno()).st_mode & 0o777
            while (data := file.read(PART_BYTES)) or not parts:
                parts.append(self.add_part(f"files/{root}/{path}.{len(parts):04}", data))
                length += len(data)
        self._files.append(
            FileNote(
                root=root,
                path=path,
                mode=mode,
                bytes=length,
                parts=tuple(parts),
                is_secret=is_secret,
            )
        )

    def finish(
        self,
        *,
        postgresql: str,
        has_secrets: bool,
        centres: tuple[CentreNote, ...],
        migrations: tuple[MigrationNote, ...],
    ) -> Manifest:
        """Write the manifest and what proves it; the file is on the disk when this returns."""
        manifest = Manifest(
            format=FORMAT,
            made_at=self._at,
            program=self._program,
            postgresql=postgresql,
            is_sealed=self._key is not None,
            has_secrets=has_secrets,
            is_training=any(table.name == TRAINING_MARK and table.rows for table in self._tables),
            centres=centres,
            migrations=migrations,
            tables=tuple(self._tables),
            files=tuple(self._files),
            members=tuple(self._members),
        )
        text = manifest.model_dump_json().encode()
        check = Check(
            sha256=hashlib.sha256(text).hexdigest(),
            signed=None if self._key is None else self._key.sign(text),
        )
        self._add(MANIFEST, text)
        self._add(CHECK, check.model_dump_json().encode())
        self._tar.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        return manifest

    def _add(self, name: str, data: bytes) -> None:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        info.mode = 0o600
        info.mtime = int(self._at.timestamp())
        self._tar.addfile(info, io.BytesIO(data))
        digest = hashlib.sha256(data).hexdigest()
        self._members.append(MemberNote(name=name, bytes=len(data), sha256=digest))
