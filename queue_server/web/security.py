"""What keeps other sites out: headers of every answer, origin check, form tokens, limits."""

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import web

from core_services.credentials import is_same_secret
from core_services.people.model import Session
from queue_server.web.bodies import read_fields
from queue_server.web.errors import ForeignOriginError, StaleFormError
from queue_server.web.redirects import local_path

REQUEST_LIMIT_BYTES = 64 * 1024
"""The largest body of a form or an operation; give it to `web.Application(client_max_size=…)`."""

CSRF_HEADER = "X-CSRF-Token"
CSRF_FIELD = "csrf"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

_HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    # With no-referrer browsers would send `Origin: null` with forms, and the origin check fail.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Server": "Shubbak",
}


async def protect(request: web.Request, response: web.StreamResponse) -> None:
    """Add the headers of every answer (an `on_response_prepare` signal).

    A page without forms may bring a stricter `Referrer-Policy`.
    """
    headers = response.headers
    referrer = headers.get("Referrer-Policy")
    headers.update(_headers(request.host, request.scheme == "https"))
    if referrer is not None:
        headers["Referrer-Policy"] = referrer
    headers.setdefault("Cache-Control", "no-store")


def is_same_origin(request: web.Request, public_url: str | None = None) -> bool:
    """Say whether a page of this very server, or of its public address, sent the request.

    Every browser we serve sends `Origin` with POST and with a WebSocket's handshake.
    """
    origin = request.headers.get("Origin")
    return origin is not None and _is_own(request, origin, public_url)


def own_referrer(request: web.Request, public_url: str | None = None) -> str:
    """Return path and query of the page of this very server that sent the request, else nothing."""
    address = request.headers.get("Referer", "")
    try:
        origin, parts = origin_of(address), urlsplit(address)
    except ValueError:
        return ""
    if not _is_own(request, origin, public_url):
        return ""
    return local_path(f"{parts.path}?{parts.query}" if parts.query else parts.path)


def _is_own(request: web.Request, origin: str, public_url: str | None) -> bool:
    here = f"{request.scheme}://{request.host}"
    return origin == here or (public_url is not None and origin == origin_of(public_url))


def origin_of(url: str) -> str:
    """Return scheme, host and port of a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


async def check_form(request: web.Request, session: Session, public_url: str | None) -> None:
    """Let a state-changing request of a signed-in person pass only from our own page.

    The token comes in the header `X-CSRF-Token` or the form's field `csrf`. Raises
    ForeignOriginError or StaleFormError.
    """
    if not is_same_origin(request, public_url):
        raise ForeignOriginError
    given = request.headers.get(CSRF_HEADER)
    if given is None and request.content_type != "application/json":
        given = (await read_fields(request)).get(CSRF_FIELD)
    if given is None or not is_same_secret(session.csrf, given):
        raise StaleFormError


@lru_cache(maxsize=64)
def _headers(host: str, is_tls: bool) -> Mapping[str, str]:
    headers = {**_HEADERS, "Content-Security-Policy": _policy(host)}
    if is_tls and not is_loopback_host(host):
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers


def _policy(host: str) -> str:
    # Not every browser counts a socket to the same host as 'self' (w3c/webappsec-csp#7).
    sockets = f" ws://{host} wss://{host}" if _is_host(host) else ""
    return (
        "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; "
        f"frame-ancestors 'none'; img-src 'self' data:; connect-src 'self'{sockets}"
    )


def _is_host(text: str) -> bool:
    return bool(text) and all(letter.isalnum() or letter in ".-:[]" for letter in text)


def is_loopback_host(host: str) -> bool:
    """Say whether a `Host` header names this machine's loopback."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:  # as of "[::1"
        return False
    return name == "localhost" or is_loopback(name)


def is_loopback(address: str) -> bool:
    """Say whether that is an address of this machine alone."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
