"""The frames of `/ws/pair`: a machine without a token proves a code and is given one.

Bytes are base64. What is sealed is JSON that only the two sides can read.
"""

from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, TypeAdapter

from core_services.link.frame import Frame

PAIRING_VERSION: Final = 1
LARGEST_BYTES: Final = 64 * 1024

PairingKind = Literal["kiosk", "display", "workstation"]
PairingRefusal = Literal["no_code", "several_codes", "wrong_code", "too_many_attempts", "version"]


class _Bytes(Frame):
    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")


class PairBegin(Frame):
    """A machine asks for the code that is open for its kind, or for its name."""

    type: Literal["pair_begin"] = "pair_begin"
    versions: list[int] = Field(max_length=16)
    kind: PairingKind
    name: str | None = Field(default=None, max_length=32)
    """Needed where several codes are open for the kind."""


class PairSalt(_Bytes):
    """The centre names the pairing and the salt of its code."""

    type: Literal["pair_salt"] = "pair_salt"
    version: int
    pairing: UUID
    salt: bytes = Field(max_length=64)


class PairElement(_Bytes):
    """The machine's element of SPAKE2."""

    type: Literal["pair_element"] = "pair_element"
    element: bytes = Field(max_length=64)


class PairAnswer(_Bytes):
    """The centre's element, and its proof that it knows the code."""

    type: Literal["pair_answer"] = "pair_answer"
    element: bytes = Field(max_length=64)
    proof: bytes = Field(max_length=64)


class PairProof(_Bytes):
    """The machine's proof that it knows the code."""

    type: Literal["pair_proof"] = "pair_proof"
    proof: bytes = Field(max_length=64)


class PairSealed(_Bytes):
    """Sealed by the centre: first the name and the CA, then the token."""

    type: Literal["pair_sealed"] = "pair_sealed"
    sealed: bytes


class PairAgreed(_Bytes):
    """Sealed by the machine: whether that CA vouches for the line it came by."""

    type: Literal["pair_agreed"] = "pair_agreed"
    sealed: bytes


class PairRefused(Frame):
    """The centre gives nothing; `reason` says why."""

    type: Literal["pair_refused"] = "pair_refused"
    reason: PairingRefusal
    wait_s: int | None = None


PairingAgentFrame = Annotated[
    PairBegin | PairElement | PairProof | PairAgreed, Field(discriminator="type")
]
PairingServerFrame = Annotated[
    PairSalt | PairAnswer | PairSealed | PairRefused, Field(discriminator="type")
]
pairing_agent_frames: TypeAdapter[PairingAgentFrame] = TypeAdapter(PairingAgentFrame)
pairing_server_frames: TypeAdapter[PairingServerFrame] = TypeAdapter(PairingServerFrame)


def about(version: int, pairing: UUID, kind: PairingKind, salt: bytes) -> bytes:
    """Return what both sides must have seen alike; it goes into every key."""
    return f"{version} {pairing} {kind} ".encode() + salt
