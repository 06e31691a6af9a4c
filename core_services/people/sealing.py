"""Seals what identifies citizens, and makes the keyed hashes by which it is found again.

AES-256-GCM under the newest key of a private file, bound to centre, subject and field, so that a
sealed value moved to another row opens nowhere; HMAC-SHA-256 under a key of its own for search.
Both are derived from one secret by HKDF-SHA-256. Old keys go on opening and searching.
"""

import base64
import hmac
import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core_services.files import write_durably
from core_services.settings import SettingsError, check_private

_FORM: Final = b"\x01"
"""The first byte of a sealed value: how the rest is to be read."""
_ID_BYTES: Final = 8
_NONCE_BYTES: Final = 12
_HEAD_BYTES: Final = len(_FORM) + _ID_BYTES + _NONCE_BYTES


class CannotOpen(Exception):
    """A sealed value that no key of ours opens: its key is lost, or it was changed or moved."""


@dataclass(frozen=True, slots=True)
class About:
    """What a sealed value belongs to; it opens nowhere else."""

    centre_id: int
    subject: UUID
    """A ticket's or an appointment's id."""
    field: str

    @property
    def associated(self) -> bytes:
        return f"shubbak\0{self.centre_id}\0{self.subject}\0{self.field}".encode()


@dataclass(frozen=True, slots=True)
class PersonKey:
    """One key; `secret` is 32 random bytes that never leave the file and this process."""

    id: bytes
    secret: bytes = field(repr=False)
    made_at: datetime

    def derive(self, use: str) -> bytes:
        """Return the 32 bytes of this key for one use."""
        kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"shubbak {use} 1".encode())
        return kdf.derive(self.secret)


class PersonKeys:
    """The keys of a centre's file, the newest last. Knows no I/O."""

    def __init__(self, keys: Sequence[PersonKey]) -> None:
        self._newest = keys[-1]
        self._ciphers = {key.id: AESGCM(key.derive("seal")) for key in keys}
        self._searches = [key.derive("search") for key in reversed(keys)]
        self._claim = keys[0].derive("claim")

    def seal(self, text: str, about: About) -> bytes:
        """Seal a value under the newest key."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        cipher = self._ciphers[self._newest.id]
        closed = cipher.encrypt(nonce, text.encode(), about.associated)
        return _FORM + self._newest.id + nonce + closed

    def open(self, sealed: bytes, about: About) -> str:
        """Return a sealed value. Raises CannotOpen."""
        cipher = self._ciphers.get(_key_id(sealed))
        if cipher is None or sealed[:1] != _FORM:
            raise CannotOpen
        try:
            text = cipher.decrypt(
                sealed[_HEAD_BYTES - _NONCE_BYTES : _HEAD_BYTES],
                sealed[_HEAD_BYTES:],
                about.associated,
            )
        except (InvalidTag, ValueError):
            raise CannotOpen from None
        return text.decode()

    @property
    def newest_id(self) -> bytes:
        """The id of the key that seals; it stands in every value that it sealed."""
        return self._newest.id

    def is_newest(self, sealed: bytes) -> bool:
        """Say whether the value is sealed under the newest key."""
        return _key_id(sealed) == self._newest.id

    def hash(self, name: str, text: str, *, centre_id: int) -> bytes:
        """Return the 32 bytes by which a value of that field is found, under the newest key."""
        return self.hashes(name, text, centre_id=centre_id)[0]

    def hashes(self, name: str, text: str, *, centre_id: int) -> list[bytes]:
        """Return the same under every key, the newest first: rows made before are found too."""
        about = f"{centre_id}\0{name}\0{text}".encode()
        return [hmac.digest(key, about, "sha256") for key in self._searches]

    def blind(self, fingerprint: bytes) -> bytes:
        """Return a body's fingerprint under a key: that of an ID alone could be tried out.

        The oldest key makes it, so that a command sent again after a rekey is still known.
        """
        return hmac.digest(self._claim, fingerprint, "sha256")


def _key_id(sealed: bytes) -> bytes:
    return sealed[len(_FORM) : len(_FORM) + _ID_BYTES]


def ensure_keys(path: Path, *, at: datetime) -> tuple[PersonKeys, bool]:
    """Return the file's keys, and whether it was made now (mode 0600, on the disk).

    Blocks for a few milliseconds. Raises SettingsError for a file that others may read or that is
    no such file, and OSError where none can be made.
    """
    is_new = False
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        is_new = _make(path, _text([_new_key(at)]))
    return PersonKeys(read_keys(path)), is_new


def add_key(path: Path, *, at: datetime) -> PersonKey:
    """Add a key to the file; programs that start afterwards seal with it. Raises SettingsError."""
    keys = [*read_keys(path), _new_key(at)]
    write_durably(path, _text(keys))
    return keys[-1]


def read_keys(path: Path) -> list[PersonKey]:
    """Return the keys of a private file, the newest last. Raises SettingsError."""
    check_private(path)
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))["keys"]
        keys = [_key(entry) for entry in entries]
    except (ValueError, KeyError, TypeError):
        keys = []
    if not keys or any((len(key.id), len(key.secret)) != (_ID_BYTES, 32) for key in keys):
        raise SettingsError(
            [f"{path} holds no keys that can be used; bring it back from a backup."]
        )
    return keys


def _key(entry: dict[str, Any]) -> PersonKey:
    return PersonKey(
        id=bytes.fromhex(entry["id"]),
        secret=base64.b64decode(entry["secret"], validate=True),
        made_at=datetime.fromisoformat(entry["made_at"]),
    )


def _new_key(at: datetime) -> PersonKey:
    return PersonKey(secrets.token_bytes(_ID_BYTES), secrets.token_bytes(32), at)


def _text(keys: Sequence[PersonKey]) -> bytes:
    entries = [
        {
            "id": key.id.hex(),
            "made_at": key.made_at.isoformat(timespec="seconds"),
            "secret": base64.b64encode(key.secret).decode(),
        }
        for key in keys
    ]
    return (json.dumps({"keys": entries}, indent=1) + "\n").encode()


def _make(path: Path, data: bytes) -> bool:
    """Write a new file whole; False when another process was first, whose keys then hold."""
    own = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    write_durably(own, data)
    try:
        os.link(own, path)
    except FileExistsError:
        return False
    finally:
        own.unlink()
    return True
