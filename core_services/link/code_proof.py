"""Two sides that know one code of six digits prove it to each other and agree on a key: SPAKE2.

Whoever listens, or stands in between, learns nothing that guesses could be tried against later:
each guess costs a whole attempt with somebody who counts (docs/adr/0015-pairing-by-code.md). The
group is Ed25519's; the library follows Abdalla and Pointcheval's SPAKE2 as RFC 9382 does, with a
transcript of its own.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

CODE_DIGITS: Final = 6
SALT_BYTES: Final = 16
_AGENT, _CENTRE = b"shubbak pairing agent", b"shubbak pairing centre"
_CONTEXT: Final = b"shubbak pairing 1"


class ProofFailed(Exception):
    """The other side does not know the code, or somebody changed what passed."""


def new_code() -> str:
    """Return a random code."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"


def new_salt() -> bytes:
    """Return the salt of a code."""
    return secrets.token_bytes(SALT_BYTES)


def stretch(code: str, salt: bytes) -> bytes:
    """Return what both sides make of the code: argon2id, 64 MiB and some 0.2 s of one core.

    A stolen row of the database costs so much for each code that is tried, and the code is over
    long before half of them are. Blocks.
    """
    from argon2.low_level import Type, hash_secret_raw  # paid only by who pairs

    return hash_secret_raw(
        code.encode(),
        salt,
        time_cost=3,
        memory_cost=65_536,
        parallelism=1,
        hash_len=32,
        type=Type.ID,
    )


class CodeProof:
    """One side of one attempt; what it holds is good for that attempt alone."""

    def __init__(self, secret: bytes, *, is_centre: bool, about: bytes) -> None:
        """Take the stretched code; `about` is what both sides must have seen alike.

        Blocks for some 40 ms, as `meet` does.
        """
        import spake2  # paid only by who pairs
        from spake2.ed25519_basic import NotOnCurve

        side = spake2.SPAKE2_B if is_centre else spake2.SPAKE2_A
        self._exchange = side(secret, idA=_AGENT, idB=_CENTRE)
        self._failures: tuple[type[Exception], ...] = (spake2.SPAKEError, NotOnCurve, ValueError)
        self._is_centre = is_centre
        self._about = about
        self._keys: dict[str, bytes] = {}
        self._sealed = 0
        self._opened = 0
        self.element: bytes = self._exchange.start()
        """What the other side needs of this one."""

    def meet(self, element: bytes) -> None:
        """Take the other side's element and work the keys out. Raises ProofFailed."""
        if len(element) != len(self.element):
            raise ProofFailed("no element of the group")
        try:
            shared = self._exchange.finish(element)
        except self._failures as error:
            raise ProofFailed("no element of the group") from error
        mine, theirs = self.element, element
        pair = (theirs, mine) if self._is_centre else (mine, theirs)
        transcript = hashlib.sha256(
            b"".join(len(part).to_bytes(4, "big") + part for part in (*pair, self._about))
        ).digest()
        names = ("proof of agent", "proof of centre", "seal of agent", "seal of centre")
        for name in names:
            kdf = HKDF(SHA256(), 32, salt=transcript, info=_CONTEXT + b" " + name.encode())
            self._keys[name] = kdf.derive(shared)

    def proof(self) -> bytes:
        """Return what shows the other side that this one knows the code."""
        return self._proof(self._is_centre)

    def check(self, proof: bytes) -> None:
        """Raise ProofFailed unless the other side knows the code."""
        if not hmac.compare_digest(self._proof(not self._is_centre), proof):
            raise ProofFailed("the other side knows another code")

    def seal(self, content: Mapping[str, Any]) -> bytes:
        """Return what only the other side can read, and nobody can change."""
        self._sealed += 1
        key = self._keys["seal of centre" if self._is_centre else "seal of agent"]
        return AESGCM(key).encrypt(_nonce(self._sealed), json.dumps(content).encode(), None)

    def open(self, sealed: bytes) -> dict[str, Any]:
        """Read what the other side sealed, in its order. Raises ProofFailed."""
        self._opened += 1
        key = self._keys["seal of agent" if self._is_centre else "seal of centre"]
        try:
            content = json.loads(AESGCM(key).decrypt(_nonce(self._opened), sealed, None))
        except (InvalidTag, ValueError) as error:
            raise ProofFailed("what was sealed was changed") from error
        if not isinstance(content, dict):
            raise ProofFailed("what was sealed is no object")
        return content

    def _proof(self, is_centre: bool) -> bytes:
        key = self._keys["proof of centre" if is_centre else "proof of agent"]
        return hmac.digest(key, _CONTEXT, "sha256")


def _nonce(number: int) -> bytes:
    """Each key seals few messages, each with a number of its own."""
    return number.to_bytes(12, "big")
