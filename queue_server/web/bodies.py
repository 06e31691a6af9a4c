"""Reads the bodies of requests: in finite time, and what cannot be read is told as the sender's."""

import asyncio
from collections.abc import Mapping
from typing import Final

from aiohttp import web

from queue_server.web.errors import MalformedRequestError, UnsupportedMediaError
from queue_server.web.words import Words

BODY_TIMEOUT_S: Final = 20.0
"""A body of 64 KB that takes longer holds a socket for nothing."""
FORM: Final = "application/x-www-form-urlencoded"

NO_NUL: Final = Words("النص لا يقبل الحرف NUL.", "No text may hold the character NUL.")
_UNREADABLE: Final = Words("محتوى الطلب لا يُقرأ.", "The request's content cannot be read.")


async def read_body(request: web.Request) -> bytes:
    """Return the whole body. Raises MalformedRequestError or HTTPRequestTimeout."""
    try:
        if request.content.is_eof():  # it came with its head, as nearly all do: no need of a timer
            return await request.read()
        async with asyncio.timeout(BODY_TIMEOUT_S):
            return await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except web.RequestPayloadError as error:  # as of a compressed body that is none
        raise MalformedRequestError(_UNREADABLE) from error


async def read_fields(request: web.Request) -> Mapping[str, str]:
    """Return the fields of a page's form; of two with one name the first.

    Our pages send no other form than URL-encoded UTF-8. Raises MalformedRequestError,
    UnsupportedMediaError or HTTPRequestTimeout.
    """
    if await read_body(request) and request.content_type != FORM:
        raise UnsupportedMediaError(request.content_type)
    try:
        fields = await request.post()
    except (LookupError, ValueError) as error:  # bytes or a charset that are no text
        raise MalformedRequestError(_UNREADABLE) from error
    texts: dict[str, str] = {}
    for name, value in fields.items():
        if not isinstance(value, str) or "\0" in name or "\0" in value:
            raise MalformedRequestError(NO_NUL)
        texts.setdefault(name, value)
    return texts
