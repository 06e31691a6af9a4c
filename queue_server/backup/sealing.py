"""Seals a backup: one key for each archive, itself closed under a passphrase or for a recipient.

Each part of an archive is closed on its own (ChaCha20-Poly1305), bound to the archive's head,
to its place in the row and to its name: parts cannot be swapped or brought from elsewhere. A
passphrase is stretched by scrypt; a recipient is an X25519 key, of which the server holds only the
public half and so cannot open what it wrote.
"""

import hmac
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from core_services.settings import SettingsError, read_secret
from queue_server.backup.errors import SecretNeeded, WrongSecret
from queue_server.backup.key_text import (
    IDENTITY,
    KEY_BYTES,
    RECIPIENT,
    as_bytes,
    as_text,
    read_key,
)

_SCRYPT: Final = (2**15, 8, 1)
"""n, r, p: 32 MB and a tenth of a second for each guess (RFC 7914)."""
_ONCE: Final = bytes(12)
"""The nonce under a key that closes one value only."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """What was given to open backups with."""

    passphrase: str | None = field(default=None, repr=False)
    identity: X25519PrivateKey | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class SealWith:
    """What backups are sealed for; with neither they are not sealed."""

    passphrase: str | None = field(default=None, repr=False)
    recipient: bytes | None = None
    """The public key."""

    @property
    def is_any(self) -> bool:
        return self.passphrase is not None or self.recipient is not None


NOT_SEALED: Final = SealWith()


class ArchiveKey:
    """The key of one archive. Knows no I/O."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._cipher = ChaCha20Poly1305(self._derive("parts"))

    def close(self, data: bytes, *, head: bytes, nth: int, name: str) -> bytes:
        """Seal the part that stands at that place under that name."""
        return self._cipher.encrypt(_nonce(nth), data, _about(head, nth, name))

    def open(self, data: bytes, *, head: bytes, nth: int, name: str) -> bytes | None:
        """Return what was sealed; None for anything else."""
        try:
            return self._cipher.decrypt(_nonce(nth), data, _about(head, nth, name))
        except InvalidTag:
            return None

    def sign(self, text: bytes) -> str:
        """Return the keyed digest of the archive's manifest, in hex."""
        return hmac.digest(self._derive("manifest"), text, "sha256").hex()

    def slots(self, seal: SealWith) -> list[dict[str, Any]]:
        """Return the key, closed for each that is to open the archive."""
        slots: list[dict[str, Any]] = []
        if seal.passphrase is not None:
            salt = os.urandom(16)
            closed = _wrap(_stretched(seal.passphrase, salt, _SCRYPT), self._key, "passphrase")
            slots.append(
                {"kind": "passphrase", "scrypt": list(_SCRYPT), "salt": as_text(salt)}
                | {"key": as_text(closed)}
            )
        if seal.recipient is not None:
            passing = X25519PrivateKey.generate()
            ours = passing.public_key().public_bytes_raw()
            shared = passing.exchange(X25519PublicKey.from_public_bytes(seal.recipient))
            closed = _wrap(_agreed(shared, ours, seal.recipient), self._key, "x25519")
            slots.append({"kind": "x25519", "share": as_text(ours), "key": as_text(closed)})
        return slots

    def _derive(self, use: str) -> bytes:
        kdf = HKDF(SHA256(), length=32, salt=None, info=f"shubbak backup 1 {use}".encode())
        return kdf.derive(self._key)


def new_key() -> ArchiveKey:
    """Return a key for one archive."""
    return ArchiveKey(os.urandom(KEY_BYTES))


def key_from(slots: Sequence[Mapping[str, Any]], secrets: Secrets) -> ArchiveKey:
    """Return the archive's key. Raises SecretNeeded, WrongSecret."""
    tried: str | None = None
    for slot in slots:
        kind = slot["kind"]
        if kind == "passphrase" and secrets.passphrase is not None:
            wrapping = _stretched(secrets.passphrase, as_bytes(slot["salt"]), slot["scrypt"])
        elif kind == "x25519" and secrets.identity is not None:
            share = as_bytes(slot["share"])
            shared = secrets.identity.exchange(X25519PublicKey.from_public_bytes(share))
            own = secrets.identity.public_key().public_bytes_raw()
            wrapping = _agreed(shared, share, own)
        else:
            continue
        tried = kind
        try:
            cipher = ChaCha20Poly1305(wrapping)
            return ArchiveKey(cipher.decrypt(_ONCE, as_bytes(slot["key"]), kind.encode()))
        except InvalidTag:
            continue
    if tried is None:
        raise SecretNeeded(tuple(slot["kind"] for slot in slots))
    raise WrongSecret(tried)


def make_identity() -> tuple[str, str]:
    """Return a new private key and its public half, as they are written down."""
    private = X25519PrivateKey.generate()
    return (
        IDENTITY + as_text(private.private_bytes_raw()),
        RECIPIENT + as_text(private.public_key().public_bytes_raw()),
    )


def identity_from(text: str) -> X25519PrivateKey:
    """Return the private key that somebody pasted. Raises ValueError."""
    return X25519PrivateKey.from_private_bytes(read_key(text.strip(), IDENTITY))


def read_identity(path: Path) -> X25519PrivateKey:
    """Return the private key in a file of mode 0600. Raises SettingsError."""
    try:
        return X25519PrivateKey.from_private_bytes(read_key(read_secret(path), IDENTITY))
    except ValueError as error:
        raise SettingsError([f"{path} holds no key for backups: {error}"]) from None


def _stretched(passphrase: str, salt: bytes, cost: Sequence[int]) -> bytes:
    n, r, p = cost
    return Scrypt(salt=salt, length=32, n=n, r=r, p=p).derive(passphrase.encode())


def _agreed(shared: bytes, share: bytes, recipient: bytes) -> bytes:
    info = b"shubbak backup 1 recipient"
    return HKDF(SHA256(), length=32, salt=share + recipient, info=info).derive(shared)


def _wrap(wrapping: bytes, key: bytes, kind: str) -> bytes:
    return ChaCha20Poly1305(wrapping).encrypt(_ONCE, key, kind.encode())


def _nonce(nth: int) -> bytes:
    return nth.to_bytes(12, "big")


def _about(head: bytes, nth: int, name: str) -> bytes:
    return head + nth.to_bytes(8, "big") + name.encode()
