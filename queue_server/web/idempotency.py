"""Reads a request's Idempotency-Key into a claim: the same key does its work once."""

import hashlib
from typing import Final

import orjson
from aiohttp import web

from queue_server.tickets.model import Claim
from queue_server.web.errors import FieldError, InvalidInputError, MalformedRequestError
from queue_server.web.field_errors import NOT_JSON
from queue_server.web.words import Words

HEADER: Final = "Idempotency-Key"
MAX_LENGTH: Final = 255
PATTERN: Final = r"^[\x21-\x7e]{1,255}$"


def claim_of(request: web.Request, credential: str, raw: bytes) -> Claim | None:
    """Return the claim of a request that carries a key; `raw` is its body.

    The fingerprint is that of the body in one canonical form, so that neither white space nor the
    order of fields makes another request of it. Raises InvalidInputError for a key that is none.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not (1 <= len(key) <= MAX_LENGTH and key.isascii() and key.isprintable() and " " not in key):
        raise InvalidInputError([_NO_KEY])
    return Claim(
        credential=credential,
        method=request.method,
        path=request.path,
        key=key,
        fingerprint=hashlib.sha256(_canonical(raw)).digest(),
    )


def _canonical(raw: bytes) -> bytes:
    if not raw:
        return raw
    try:
        return orjson.dumps(orjson.loads(raw), option=orjson.OPT_SORT_KEYS)
    except orjson.JSONDecodeError as error:
        raise MalformedRequestError(NOT_JSON) from error


_NO_KEY: Final = FieldError(
    place="header",
    field=HEADER,
    code="string_pattern_mismatch",
    message=Words(
        f"قيمة {HEADER} من 1 إلى {MAX_LENGTH} حرفًا لاتينيًا أو رقمًا دون مسافات.",
        f"{HEADER} takes 1 to {MAX_LENGTH} printable ASCII characters without spaces.",
    ),
)
