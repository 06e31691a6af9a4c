"""How keys of backups are written down: a word that says what they are, then letters and digits."""

import base64
from typing import Final

RECIPIENT: Final = "shubbak-recipient-"
"""Of the public half, which may stand in the settings."""
IDENTITY: Final = "shubbak-identity-"
"""Of the private half, which opens backups."""
KEY_BYTES: Final = 32


def recipient_from(text: str) -> bytes:
    """Return the public key that a setting names. Raises ValueError."""
    return read_key(text, RECIPIENT)


def read_key(text: str, prefix: str) -> bytes:
    """Return the key in a text that begins with that word. Raises ValueError."""
    if not text.startswith(prefix):
        raise ValueError(f"must begin with {prefix}")
    try:
        key = as_bytes(text.removeprefix(prefix))
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError("is not whole: characters are missing or were changed")
    return key


def as_text(data: bytes) -> str:
    """Return bytes as base64url without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def as_bytes(text: str) -> bytes:
    """Return what `as_text` wrote. Raises ValueError."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
