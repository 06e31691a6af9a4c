"""Ids that sort by the moment they were made (UUID version 7, RFC 9562 §5.7), and tokens."""

import base64
import os
import secrets
import threading
import time
from datetime import datetime
from uuid import UUID


def new_id(at: datetime) -> UUID:
    """Return a UUIDv7 for that moment; ids of one millisecond are in no order."""
    milliseconds = int(at.timestamp() * 1000) & (1 << 48) - 1
    random = secrets.randbits(74)
    return UUID(
        int=milliseconds << 80 | 7 << 76 | (random >> 62) << 64 | 2 << 62 | random & (1 << 62) - 1
    )


class UuidSeries:
    """Makes UUIDs of version 7 (RFC 9562) that grow strictly within one process.

    The 12 bits after the version count within a millisecond; when they are used up, the next
    millisecond is borrowed, so order holds whatever the system clock does.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stamp = 0

    def next(self, unix_ms: int | None = None) -> UUID:
        """Return a new id for that millisecond (now, when None)."""
        moment = int(time.time() * 1000) if unix_ms is None else unix_ms
        with self._lock:
            self._stamp = max(self._stamp + 1, moment << 12)
            stamp = self._stamp
        tail = int.from_bytes(os.urandom(8)) & ((1 << 62) - 1)
        value = (stamp >> 12) << 80 | 0x7 << 76 | (stamp & 0xFFF) << 64 | 0b10 << 62 | tail
        return UUID(int=value)


def new_token() -> str:
    """Return 80 random bits as 16 letters and digits (base32), for a public address."""
    return base64.b32encode(os.urandom(10)).decode()


def fold_token(text: str) -> str:
    """Return a token as it is stored; citizens may type it in any case."""
    return text.strip().upper()
