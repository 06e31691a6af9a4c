"""Hashes and checks passwords with argon2id, off the event loop and two at a time.

One hash takes about 0.15 s and 64 MiB, so the threads are few and dedicated: a burst of sign-ins
queues here and does not slow the hall.
"""

import asyncio
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core_services.l10n import western
from core_services.people.errors import WeakPasswordError

MINIMUM_LENGTH = 10
MAXIMUM_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a password is right, and a new hash of it where the kept one has old parameters."""

    is_right: bool
    rehashed: str | None = None


class Passwords:
    """Owns the hashing threads; call `close` at the end."""

    def __init__(
        self, *, time_cost: int = 3, memory_kib: int = 65_536, parallelism: int = 4
    ) -> None:
        self._argon2 = PasswordHasher(
            time_cost=time_cost, memory_cost=memory_kib, parallelism=parallelism
        )
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")
        self._nobody: str | None = None

    def close(self) -> None:
        """Let running hashes end and drop the threads."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    async def hash(self, password: str) -> str:
        """Return the argon2id hash in PHC form."""
        return await self._run(_canonical(password))

    async def verify(self, kept: str | None, password: str) -> Verdict:
        """Compare with the kept hash; None (no such account) costs the same time and is wrong."""
        text = _canonical(password)
        loop = asyncio.get_running_loop()
        if kept is None and self._nobody is None:
            self._nobody = await self._run("nobody")
        return await loop.run_in_executor(self._threads, self._verify, kept, text)

    async def _run(self, text: str) -> str:
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, self._argon2.hash, text
        )

    def _verify(self, kept: str | None, text: str) -> Verdict:
        try:
            self._argon2.verify(kept or self._nobody or "", text)
        except (VerificationError, InvalidHashError):
            return Verdict(is_right=False)
        if kept is None:
            return Verdict(is_right=False)
        if self._argon2.check_needs_rehash(kept):
            return Verdict(is_right=True, rehashed=self._argon2.hash(text))
        return Verdict(is_right=True)


def check_password(password: str, *, username: str) -> None:
    """Raise WeakPasswordError unless a new password is long enough and not the username."""
    text = _canonical(password)
    if len(text) < MINIMUM_LENGTH:
        raise WeakPasswordError(f"it needs at least {MINIMUM_LENGTH} characters")
    if len(text) > MAXIMUM_LENGTH:
        raise WeakPasswordError(f"it may have at most {MAXIMUM_LENGTH} characters")
    if username and username in text.casefold():
        raise WeakPasswordError("it contains the username")
    if len(set(text)) < 4:
        raise WeakPasswordError("it repeats too few characters")


def _canonical(password: str) -> str:
    """Make one form of what different keyboards type: NFKC, and ٣ is 3."""
    return western(unicodedata.normalize("NFKC", password))[: MAXIMUM_LENGTH + 1]
