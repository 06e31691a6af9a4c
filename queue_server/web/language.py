"""Decides in which language a request is answered.

Pages are Arabic until somebody asks for English: what a centre's browsers send as their preference
is what their seller left there. Programs get the language that their header prefers.
"""

from functools import lru_cache

from aiohttp import web

from core_services.l10n import Language

COOKIE = "lang"
_CHOSEN = web.RequestKey("language", str)
_IS_FIXED = web.RequestKey("language_is_fixed", bool)
_YEAR_S = 365 * 24 * 3600


def page_language(request: web.Request) -> Language:
    """Return the language of a page: `?lang=`, else the cookie, else Arabic."""
    known = request.get(_CHOSEN)
    if known is None:
        wishes = (request.query.get("lang"), request.cookies.get(COOKIE))
        known = next((wish for wish in wishes if wish in ("ar", "en")), "ar")
        request[_CHOSEN] = known
    return "en" if known == "en" else "ar"


def choose_language(request: web.Request, language: Language) -> None:
    """Let this answer be in that language, whatever the browser prefers, and set no cookie."""
    request[_CHOSEN] = language
    request[_IS_FIXED] = True


@lru_cache(maxsize=256)
def preferred_language(header: str | None) -> Language:
    """Return the one of our languages that an Accept-Language header puts first (RFC 9110 §12.5.4).

    Arabic where neither is named.
    """
    if not header:
        return "ar"
    best: Language = "ar"
    best_weight = 0.0
    for part in header.split(","):
        tag, _, weight_text = part.partition(";")
        primary = tag.strip().lower().split("-")[0]
        if primary not in ("ar", "en"):
            continue
        weight = _weight(weight_text)
        if weight > best_weight:
            best, best_weight = ("en" if primary == "en" else "ar"), weight
    return best


def remember_language(request: web.Request, response: web.StreamResponse) -> None:
    """Keep a language that was asked for by `?lang=` for a year, unless the page has its own."""
    wish = request.query.get("lang")
    if request.get(_IS_FIXED):
        return
    if wish in ("ar", "en") and request.cookies.get(COOKIE) != wish:
        response.set_cookie(
            COOKIE, wish, max_age=_YEAR_S, httponly=True, samesite="Lax", secure=request.secure
        )


def _weight(text: str) -> float:
    name, _, value = text.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(1.0, max(0.0, float(value)))
    except ValueError:
        return 0.0
