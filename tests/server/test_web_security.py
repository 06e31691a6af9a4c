"""Origins, headers beyond loopback, and the language of a request."""

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from core_services.l10n import Language
from queue_server.web.language import preferred_language
from queue_server.web.redirects import local_path
from queue_server.web.security import is_same_origin, protect


def request(host: str = "127.0.0.1:8080", **headers: str) -> web.Request:
    return make_mocked_request("POST", "/desk", headers={"Host": host, **headers})


@pytest.mark.parametrize(
    ("origin", "public_url", "is_ours"),
    [
        ("http://127.0.0.1:8080", None, True),
        ("http://127.0.0.1:8081", None, False),
        ("https://127.0.0.1:8080", None, False),
        ("http://evil.example", None, False),
        ("null", None, False),
        ("https://kfs.example", "https://kfs.example/queue", True),
        ("https://other.example", "https://kfs.example", False),
    ],
)
def test_only_our_own_pages_are_of_our_origin(
    origin: str, public_url: str | None, is_ours: bool
) -> None:
    assert is_same_origin(request(Origin=origin), public_url) is is_ours


def test_a_request_without_an_origin_is_not_ours() -> None:
    assert not is_same_origin(request())


async def headers_of(host: str, *, tls: bool) -> dict[str, str]:
    asked = request(host).clone(scheme="https" if tls else "http")
    response = web.Response()
    await protect(asked, response)
    return dict(response.headers)


@pytest.mark.parametrize(
    ("host", "tls", "is_strict"),
    [
        ("kfs.local", True, True),
        ("kfs.local", False, False),
        ("127.0.0.1:8443", True, False),
        ("[::1]:8443", True, False),
        ("localhost:8443", True, False),
    ],
)
async def test_strict_transport_is_asked_for_beyond_loopback_over_tls(
    host: str, tls: bool, is_strict: bool
) -> None:
    assert ("Strict-Transport-Security" in await headers_of(host, tls=tls)) is is_strict


async def test_a_socket_to_this_host_is_allowed_by_name() -> None:
    policy = (await headers_of("kfs.local:8080", tls=False))["Content-Security-Policy"]
    assert "connect-src 'self' ws://kfs.local:8080 wss://kfs.local:8080" in policy


@pytest.mark.parametrize("host", ["a; script-src *", "a b", "a,b", "*"])
async def test_a_host_that_is_none_adds_nothing_to_the_policy(host: str) -> None:
    policy = (await headers_of(host, tls=False))["Content-Security-Policy"]
    assert policy.endswith("connect-src 'self'")


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "ar"),
        ("", "ar"),
        ("*", "ar"),
        ("fr", "ar"),
        ("en", "en"),
        ("en-GB,en;q=0.9,ar;q=0.8", "en"),
        ("ar-EG,ar;q=0.9,en;q=0.8", "ar"),
        ("en;q=0.1, ar;q=0.2", "ar"),
        ("fr, EN;q=0.5", "en"),
        ("en;q=0", "ar"),
        ("en;q=x, ar;q=", "ar"),
    ],
)
def test_the_language_that_is_preferred_is_found(header: str | None, language: Language) -> None:
    assert preferred_language(header) == language


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("/desk?window=5", "/desk?window=5"),
        ("//evil.example", ""),
        ("/\\evil.example", ""),
        ("https://evil.example", ""),
        ("/desk\r\nSet-Cookie: a=b", ""),
        ("", ""),
    ],
)
def test_a_way_on_leads_to_this_server_alone(given: str, kept: str) -> None:
    assert local_path(given) == kept
