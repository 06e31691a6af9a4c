"""What every answer has in common: headers, error pages, languages, files."""

import gzip

import pytest
from aiohttp import web

from core_services.database.errors import DatabaseGone, DiskFull
from core_services.people.model import Role
from queue_server.web.callers import Caller
from queue_server.web.problems import Problems
from queue_server.web.staff_pages import staff_page
from tests.support.pages import Seen
from tests.support.site import MakeSite, Site


async def broken(request: web.Request) -> web.Response:
    raise RuntimeError("a secret of the server")


async def gone(request: web.Request) -> web.Response:
    raise DatabaseGone("refused")


async def full(request: web.Request) -> web.Response:
    raise DiskFull("no space left on device")


@staff_page("see_staff")
async def supervisor(request: web.Request, caller: Caller) -> web.Response:
    return web.Response(text="hall")


async def cached(request: web.Request) -> web.Response:
    return web.Response(text="open data", headers={"Cache-Control": "public, max-age=5"})


def extend(app: web.Application, problems: Problems) -> None:
    app.router.add_get("/broken", broken)
    app.router.add_get("/gone", gone)
    app.router.add_get("/full", full)
    app.router.add_route("*", "/supervisor", supervisor)
    app.router.add_get("/cached", cached)


@pytest.fixture
async def site(make_site: MakeSite) -> Site:
    return await make_site((), extend)


def static_urls(seen: Seen) -> list[str]:
    return [each.get("href", "") for each in seen.all("link")]


@pytest.mark.parametrize("path", ["/sign-in", "/nowhere", "/broken", "/api/v1/nothing", "/cached"])
async def test_every_answer_keeps_other_sites_out(site: Site, path: str) -> None:
    seen = await site.visitor().get(path)
    policy = seen.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self';")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert seen.headers["X-Content-Type-Options"] == "nosniff"
    assert seen.headers["Referrer-Policy"] == "same-origin"
    assert seen.headers["Server"] == "Shubbak"
    assert "Strict-Transport-Security" not in seen.headers


async def test_pages_are_never_kept_unless_they_say_so(site: Site) -> None:
    visitor = site.visitor()
    assert (await visitor.get("/sign-in")).headers["Cache-Control"] == "no-store"
    assert (await visitor.get("/cached")).headers["Cache-Control"] == "public, max-age=5"


@pytest.mark.parametrize(
    ("path", "status", "arabic", "english"),
    [
        ("/nowhere", 404, "غير موجود", "Not found"),
        ("/broken", 500, "حدث خطأ في الخادم", "Something went wrong on the server"),
        ("/gone", 503, "قاعدة البيانات لا ترد الآن", "The database does not answer now"),
        ("/full", 503, "قرص قاعدة البيانات ممتلئ", "The database's disk is full"),
    ],
)
async def test_a_person_gets_an_error_as_a_page_in_their_language(
    site: Site, path: str, status: int, arabic: str, english: str
) -> None:
    seen = await site.visitor("ar").get(path)
    assert (seen.status, seen.words("h1")) == (status, arabic)
    seen = await site.visitor("en").get(path)
    assert (seen.status, seen.words("h1")) == (status, english)
    assert "secret" not in seen.text


async def test_a_script_gets_an_error_as_a_problem(site: Site) -> None:
    response = await site.client.get("/broken", headers={"Accept": "*/*"})
    assert response.content_type == "application/problem+json"


async def test_a_stranger_is_sent_to_sign_in_and_back(site: Site) -> None:
    await site.add_staff(role="supervisor")
    seen = await site.visitor().get("/supervisor?tab=2", follow=False)
    assert (seen.status, seen.headers["Location"]) == (303, "/sign-in?next=/supervisor%3Ftab%3D2")
    form = await site.visitor().get(seen.headers["Location"])
    assert form.find("input", name="next").get("value") == "/supervisor?tab=2"
    script = await site.client.get("/supervisor", headers={"Accept": "*/*"})
    assert script.status == 401


@pytest.mark.parametrize(("role", "status"), [("clerk", 403), ("supervisor", 200), ("admin", 200)])
async def test_a_staff_page_opens_to_who_has_its_permission(
    site: Site, role: Role, status: int
) -> None:
    await site.add_staff(role=role)
    visitor = await site.sign_in()
    assert (await visitor.get("/supervisor")).status == status


async def test_a_staff_page_changes_nothing_without_the_sessions_token(site: Site) -> None:
    await site.add_staff(role="supervisor")
    visitor = await site.sign_in()
    page = await visitor.get("/api")
    token = page.find("meta", name="csrf-token").get("content", "")
    assert (await visitor.post("/supervisor", {"csrf": "guessed"})).status == 403
    assert (await visitor.post("/supervisor", {})).status == 403
    assert (await visitor.post("/supervisor", {"csrf": token}, Origin="null")).status == 403
    assert (await visitor.post("/supervisor", {"csrf": token})).status == 200


async def test_an_error_after_a_form_leads_to_the_first_page_in_the_other_language(
    site: Site,
) -> None:
    await site.add_staff(role="supervisor")
    visitor = await site.sign_in()
    refused = await visitor.post("/supervisor", {"csrf": "guessed"})
    [link] = [each for each in refused.all("a") if each.get("hreflang") == "en"]
    assert link.get("href") == "/?lang=en"
    seen = await visitor.get("/?lang=en", follow=False)
    assert (seen.status, seen.headers["Location"]) == (303, "/supervisor")
    assert (await visitor.get("/nowhere")).headers["Content-Language"] == "en"


async def test_a_session_ends_after_its_time(site: Site) -> None:
    await site.add_staff(role="supervisor")
    visitor = await site.sign_in()
    await site.clock.advance(31 * 60)
    assert (await visitor.get("/supervisor", follow=False)).status == 303


async def test_a_page_names_only_files_that_are_served_for_ever(site: Site) -> None:
    page = await site.visitor().get("/sign-in")
    urls = static_urls(page) + [each.get("src", "") for each in page.all("script")]
    assert len(urls) >= 6
    for url in urls:
        response = await site.client.get(url)
        assert response.status == 200, url
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"


async def test_a_file_under_a_plain_or_old_address_is_asked_for_again(site: Site) -> None:
    for url in ("/static/base.css", "/static/000000000000/base.css"):
        response = await site.client.get(url)
        assert response.status == 200
        assert response.headers["Cache-Control"] == "no-cache"
        again = await site.client.get(url, headers={"If-None-Match": response.headers["ETag"]})
        assert again.status == 304
        assert await again.read() == b""


async def test_style_sheets_travel_squeezed_to_whoever_takes_it(site: Site) -> None:
    response = await site.client.get(
        "/static/base.css", headers={"Accept-Encoding": "gzip"}, auto_decompress=False
    )
    assert response.headers["Content-Encoding"] == "gzip"
    whole = await site.client.get("/static/base.css", headers={"Accept-Encoding": "identity"})
    assert gzip.decompress(await response.read()) == await whole.read()
    assert "Content-Encoding" not in whole.headers


@pytest.mark.parametrize(
    "path", ["/static/", "/static/nothing.css", "/static/../app.py", "/static/%2e%2e/app.py"]
)
async def test_nothing_but_the_files_is_served(site: Site, path: str) -> None:
    assert (await site.client.get(path)).status == 404


async def test_the_font_of_the_style_sheet_is_served_beside_it(site: Site) -> None:
    page = await site.visitor().get("/sign-in")
    [css] = [url for url in static_urls(page) if url.endswith("base.css")]
    font = await site.client.get(css.replace("base.css", "font.woff2"))
    assert font.content_type == "font/woff2"
    assert (await font.read())[:4] == b"wOF2"
