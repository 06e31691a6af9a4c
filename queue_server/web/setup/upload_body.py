"""Reads a form with a file of any length: its token first, and then the file piece by piece."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from aiohttp import BodyPartReader, MultipartReader, hdrs, web

from core_services.credentials import is_same_secret
from queue_server.backup.errors import SendingBroke
from queue_server.web.bodies import BODY_TIMEOUT_S
from queue_server.web.errors import StaleFormError, UnsupportedMediaError
from queue_server.web.security import CSRF_FIELD

FORM: Final = "multipart/form-data"
PIECE_BYTES: Final = 1 << 18
SILENCE_S: Final = 30.0
"""A piece that takes longer ends the sending: a line that carries less would take a day."""
_LONGEST_TOKEN: Final = 512


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file that is being sent."""

    name: str
    """As its sender calls it; empty: no file was chosen."""
    pieces: AsyncIterator[bytes]
    """Each of `PIECE_BYTES` at least but the last; raises SendingBroke."""
    whole: int
    """Bytes at most."""


async def open_sent(request: web.Request, csrf: str) -> SentFile:
    """Check that the form is this browser's own, and return the file that follows its token.

    Nothing behind the token is read before it was found right. Raises StaleFormError,
    UnsupportedMediaError, SendingBroke, HTTPLengthRequired, HTTPRequestTimeout.
    """
    if request.content_type != FORM or hdrs.CONTENT_ENCODING in request.headers:
        raise UnsupportedMediaError(request.content_type)
    if request.content_length is None:
        raise web.HTTPLengthRequired
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            parts = await request.multipart()
            token = await parts.next()
            if not is_same_secret(csrf, await _token(token)):
                raise StaleFormError
            file = await parts.next()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except (OSError, ValueError, AssertionError, web.RequestPayloadError) as error:
        raise SendingBroke(str(error)) from error
    if not isinstance(file, BodyPartReader):
        raise SendingBroke("the form ended before its file")
    return SentFile(file.filename or "", _pieces(file), request.content_length)


async def _token(part: BodyPartReader | MultipartReader | None) -> str:
    """Return what the form's first part says, if that is its token."""
    if not isinstance(part, BodyPartReader) or part.name != CSRF_FIELD:
        return ""
    data = b""
    while not part.at_eof() and len(data) <= _LONGEST_TOKEN:
        data += await part.read_chunk(_LONGEST_TOKEN)
    return data.decode("utf-8", "replace")


async def _pieces(part: BodyPartReader) -> AsyncIterator[bytes]:
    piece = bytearray()
    while not part.at_eof():
        try:
            async with asyncio.timeout(SILENCE_S):
                while len(piece) < PIECE_BYTES and not part.at_eof():
                    piece += await part.read_chunk(PIECE_BYTES)
        except TimeoutError:
            raise SendingBroke("its sender fell silent") from None
        except (OSError, ValueError, AssertionError, web.RequestPayloadError) as error:
            raise SendingBroke(str(error) or type(error).__name__) from error
        yield bytes(piece)
        piece.clear()
