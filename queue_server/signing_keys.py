"""Makes a centre's Ed25519 signing key; its private half lies in a private file."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The public half of a key and where its private half lies."""

    id: str
    """First 8 bytes of the SHA-256 of the public key, in hex."""
    public: bytes
    path: Path


def key_path(data_dir: Path, centre_code: str, key_id: str) -> Path:
    """Return where the private half of a key lies."""
    return data_dir / "keys" / f"{centre_code}-{key_id}.pem"


def make_key(data_dir: Path, centre_code: str) -> SigningKey:
    """Make a key and write its private half (PKCS 8 PEM, mode 0600, fsynced)."""
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    key_id = hashlib.sha256(public).hexdigest()[:16]
    path = key_path(data_dir, centre_code, key_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    return SigningKey(key_id, public, path)
