"""The agents' side of documents: fetches what an order prints, whole or not at all."""

import hashlib
import ssl

import aiohttp

from core_services.link.work_frames import WorkDocument

LARGEST_BYTES = 16 * 1024 * 1024
_TIMEOUT_S = 120.0
_SILENCE_S = 15.0
"""A server that sends nothing for so long is given up; it is asked again later."""


class DocumentError(Exception):
    """The document could not be had now; asking again may help."""


class DocumentGone(DocumentError):
    """The server has no open order of this machine with that job; asking again is useless."""


async def fetch_document(
    server: str,
    token: str,
    job: str,
    expected: WorkDocument,
    *,
    trust: ssl.SSLContext | None = None,
) -> bytes:
    """Return the document of an order; `trust` judges the certificate of an https address.

    Raises DocumentGone, and DocumentError when the line, the server or the hash is not right.
    """
    if expected.bytes > LARGEST_BYTES:
        raise DocumentError(f"{expected.bytes} bytes are more than a document may have")
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S, sock_connect=5.0, sock_read=_SILENCE_S)
    headers = {"Authorization": f"Bearer {token}"}
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, auto_decompress=False) as session,
            session.get(
                f"{server}/agent/work/{job}/document",
                headers=headers,
                ssl=trust or True,
                allow_redirects=False,
            ) as answer,
        ):
            if answer.status in (401, 403, 404, 410):
                raise DocumentGone(f"HTTP {answer.status}")
            if answer.status != 200:
                raise DocumentError(f"HTTP {answer.status}")
            content = bytearray()
            async for piece in answer.content.iter_chunked(65_536):
                content += piece
                if len(content) > expected.bytes:
                    raise DocumentError("it is longer than the order says")
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        raise DocumentError(str(error) or type(error).__name__) from error
    if hashlib.sha256(content).hexdigest() != expected.sha256:
        raise DocumentError("it is not what the order says")
    return bytes(content)
