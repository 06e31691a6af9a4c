"""Makes the secrets that programs and people carry (tokens, keys) and the hashes that are kept."""

import base64
import hashlib
import secrets

_PASSWORD_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without i, l, o, 0 and 1, which are mistaken for one another."""


def new_token(bits: int, *, prefix: str = "") -> str:
    """Return a random secret of that many bits, lower-case base32 after the prefix."""
    random = base64.b32encode(secrets.token_bytes(bits // 8)).decode().rstrip("=").lower()
    return prefix + random


def hash_token(token: str) -> bytes:
    """Return what is stored of a random secret: its SHA-256 (32 bytes).

    A slow hash would add nothing: the secrets are random and at least 128 bits long.
    """
    return hashlib.sha256(_bytes_of(token)).digest()


def is_same_secret(known: str, given: str) -> bool:
    """Compare a secret in a time that tells nothing of it."""
    return secrets.compare_digest(_bytes_of(known), _bytes_of(given))


def generate_password() -> str:
    """Return a random password of 79 bits in four groups, easy to read aloud and to type."""
    groups = ("".join(secrets.choice(_PASSWORD_LETTERS) for _ in range(4)) for _ in range(4))
    return "-".join(groups)


def _bytes_of(text: str) -> bytes:
    """Encode what a stranger sent; bytes of a header that are no UTF-8 are surrogates in it."""
    return text.encode(errors="surrogatepass")
