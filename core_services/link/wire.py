"""Frames as they lie on the wire: reading one message, and the close codes that both sides know."""

from typing import TypeVar

import pydantic
from pydantic import TypeAdapter

PROTOCOL_REFUSED = 4406
"""No protocol version in common; the agent must be updated, or the server."""
HELLO_LATE = 4408
"""The socket was opened and no valid `hello` came in time."""
REPLACED = 4409
"""The same device opened another connection; the newer one stays."""
REVOKED = 4401
"""The device's token is no longer valid."""
GOING_AWAY = 1012
"""The server restarts, or its next welcome says something new; come back."""
TRY_LATER = 1013
"""The server cannot welcome anybody now; come back."""

SILENCE_S = 12.0
"""An agent that hears nothing for so long takes the connection for dead."""
PING_EVERY_S = 5.0
"""How often the server sends `ping` to each agent."""
LARGEST_FROM_AGENT = 64 * 1024
"""Bytes; a longer message from an agent closes its socket (1009)."""
LARGEST_FROM_SERVER = 1024 * 1024
"""Bytes; a longer message from the server closes the agent's socket (1009)."""

F = TypeVar("F")


class WireError(ValueError):
    """A message is no frame; the receiver ignores it and goes on."""


class UnknownFrameError(WireError):
    """A frame of a later protocol."""

    def __init__(self, frame_type: str) -> None:
        super().__init__(frame_type)
        self.frame_type = frame_type

    def __str__(self) -> str:
        return f"frame type {self.frame_type!r} is not known here"


class MalformedFrameError(WireError):
    """Not JSON, not an object, or a known type with wrong fields."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__(problems)
        self.problems = problems
        """`where: what`, without the values, which may be personal."""

    def __str__(self) -> str:
        return "malformed frame: " + "; ".join(self.problems)


def read_frame(frames: TypeAdapter[F], message: str | bytes) -> F:
    """Return the frame in `message`; raise `UnknownFrameError` or `MalformedFrameError`."""
    try:
        return frames.validate_json(message)
    except pydantic.ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
    if details[0]["type"] == "union_tag_invalid":
        raise UnknownFrameError(str(details[0]["ctx"]["tag"])[:60])
    problems = tuple(
        f"{'.'.join(str(part) for part in detail['loc']) or 'message'}: {detail['type']}"
        for detail in details[:5]
    )
    raise MalformedFrameError(problems)
