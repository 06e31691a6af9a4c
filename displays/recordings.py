"""Keeps spoken sentences as WAV files on this machine's disk, named by what they say."""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

import structlog

from drivers.errors import SoundUnusable
from drivers.voices.sound import Sound, read_wav, write_wav

logger = structlog.get_logger()

MOST_BYTES = 64_000_000
"""Some 300 sentences of five seconds."""
_NAME = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Recording:
    """One spoken sentence on disk."""

    name: str
    """What it says and who says it, hashed: equal names sound the same."""
    duration_s: float


def name_of(voice: str, text: str) -> str:
    """Return the name of what that voice says as that text."""
    return hashlib.sha256(f"{voice}\n{text}".encode()).hexdigest()[:32]


class Recordings:
    """The folder `voice` of one display; the files used longest ago make room for new ones.

    A file is some 200 KB and lost without harm, so that nothing is synced, and writing blocks the
    loop for less than a millisecond. When the disk refuses, what could not be kept is kept in
    memory instead: the last sentence alone.
    """

    def __init__(self, folder: Path, *, most_bytes: int = MOST_BYTES) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._last: tuple[str, bytes] | None = None
        self._is_refused = False

    def find(self, name: str) -> Recording | None:
        """Return a sentence that was kept; it counts as used now. A damaged file is none."""
        data = self.read(name)
        if data is None:
            return None
        try:
            return Recording(name, read_wav(data).duration_s)
        except SoundUnusable:
            return None

    def keep(self, name: str, sound: Sound) -> Recording:
        """Keep a sentence and return it."""
        data = write_wav(sound)
        self._last = (name, data)
        try:
            self._write(name, data)
            self._is_refused = False
        except OSError as error:
            if not self._is_refused:
                logger.warning("voice_not_kept", reason=error.strerror)
            self._is_refused = True
        return Recording(name, sound.duration_s)

    def read(self, name: str) -> bytes | None:
        """Return the bytes of a WAV file; None if it is not there or no name of ours."""
        if _NAME.fullmatch(name) is None:
            return None
        if self._last is not None and self._last[0] == name:
            return self._last[1]
        path = self._path(name)
        try:
            data = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        return data

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.wav"

    def _write(self, name: str, data: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._make_room(len(data))
        half = self._folder / f".{name}"
        half.write_bytes(data)
        half.replace(self._path(name))

    def _make_room(self, needed: int) -> None:
        found = [(path, path.stat()) for path in self._folder.iterdir()]
        total = sum(stat.st_size for _, stat in found)
        for path, stat in sorted(found, key=lambda pair: pair[1].st_mtime_ns):
            if total + needed <= self._most_bytes:
                return
            path.unlink(missing_ok=True)
            total -= stat.st_size
