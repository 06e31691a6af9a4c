"""Signing in and out: the form, what is refused and how it is said, where one lands."""

import pytest

from core_services.people.model import Role
from tests.support.pages import Visitor
from tests.support.site import PASSWORD, MakeSite, Site


@pytest.fixture
async def site(make_site: MakeSite) -> Site:
    return await make_site()


async def attempt(visitor: Visitor, username: str, password: str, next_: str = "") -> int:
    form = await visitor.get(f"/sign-in?next={next_}" if next_ else "/sign-in")
    seen = await visitor.submit(
        form, "/sign-in", follow=False, username=username, password=password
    )
    return seen.status


async def test_the_form_is_arabic_whatever_the_browser_prefers_and_english_when_asked(
    site: Site,
) -> None:
    arabic = await site.visitor().get("/sign-in")
    assert arabic.status == 200
    assert arabic.find("html").get("dir") == "rtl"
    assert arabic.words("h1") == "دخول الموظفين"
    english = await site.visitor().get("/sign-in?lang=en")
    assert english.words("h1") == "Staff sign-in"
    assert english.find("html").get("dir") == "ltr"


async def test_a_chosen_language_is_remembered_over_the_browsers_own(site: Site) -> None:
    visitor = site.visitor("ar")
    await visitor.get("/sign-in?lang=en")
    assert (await visitor.get("/sign-in")).words("h1") == "Staff sign-in"


@pytest.mark.parametrize(
    ("role", "home"), [("clerk", "/desk"), ("supervisor", "/supervisor"), ("admin", "/supervisor")]
)
async def test_everybody_lands_on_the_page_of_their_role(site: Site, role: Role, home: str) -> None:
    await site.add_staff(role=role)
    visitor = site.visitor()
    form = await visitor.get("/sign-in")
    seen = await visitor.submit(form, "/sign-in", follow=False, username="mona", password=PASSWORD)
    assert (seen.status, seen.headers["Location"]) == (303, home)
    again = await visitor.get("/", follow=False)
    assert (again.status, again.headers["Location"]) == (303, home)


async def test_the_first_page_sends_a_stranger_to_the_form(site: Site) -> None:
    seen = await site.visitor().get("/", follow=False)
    assert (seen.status, seen.headers["Location"]) == (303, "/sign-in")


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(site: Site) -> None:
    await site.add_staff()
    visitor = site.visitor()
    form = await visitor.get("/sign-in")
    seen = await visitor.submit(form, "/sign-in", follow=False, username="mona", password=PASSWORD)
    cookie = seen.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Max-Age" not in cookie


async def test_a_wrong_password_and_an_unknown_name_are_told_in_the_same_words(site: Site) -> None:
    await site.add_staff()
    said = []
    for username in ("mona", "nobody"):
        visitor = site.visitor()
        form = await visitor.get("/sign-in")
        seen = await visitor.submit(form, "/sign-in", username=username, password="wrong-wrong")
        assert seen.status == 422
        assert seen.words("title").startswith("خطأ:")
        said.append(seen.words("div", class_="summary"))
    assert said[0] == said[1]
    assert "حاول مرة أخرى" in said[0]


async def test_an_empty_form_says_which_fields_to_fill(site: Site) -> None:
    visitor = site.visitor()
    form = await visitor.get("/sign-in")
    seen = await visitor.submit(form, "/sign-in")
    assert seen.status == 422
    links = [each.get("href") for each in seen.find("div", class_="summary").iter("a")]
    assert links == ["#username", "#password"]
    assert seen.find("input", id="username").get("aria-describedby") == "username-error"


async def test_a_refused_form_is_read_in_the_other_language_and_still_leads_on(site: Site) -> None:
    visitor = site.visitor()
    form = await visitor.get("/sign-in?next=/supervisor%3Ftab%3D2")
    seen = await visitor.submit(form, "/sign-in")
    [link] = [each for each in seen.all("a") if each.get("hreflang") == "en"]
    english = await visitor.get(link.get("href") or "")
    assert (english.status, english.words("h1")) == (200, "Staff sign-in")
    assert english.find("input", name="next").get("value") == "/supervisor?tab=2"


async def test_the_username_stays_in_the_form_and_the_password_does_not(site: Site) -> None:
    visitor = site.visitor()
    form = await visitor.get("/sign-in")
    seen = await visitor.submit(form, "/sign-in", username="mona", password="wrong-wrong")
    assert seen.find("input", id="username").get("value") == "mona"
    assert "wrong-wrong" not in seen.text


async def test_eastern_digits_in_the_username_are_understood(site: Site) -> None:
    await site.add_staff(username="desk5")
    assert await attempt(site.visitor(), "Desk٥ ", PASSWORD) == 303


async def test_too_many_attempts_are_told_how_long_to_wait(site: Site) -> None:
    await site.add_staff()
    visitor = site.visitor()
    form = await visitor.get("/sign-in")
    for _ in range(20):
        seen = await visitor.submit(form, "/sign-in", username="mona", password="wrong-wrong")
        if seen.status == 429:
            break
    assert seen.status == 429
    assert int(seen.headers["Retry-After"]) >= 1
    assert "محاولات كثيرة. انتظر" in seen.words("div", class_="summary")


@pytest.mark.parametrize(
    ("wanted", "landed"),
    [
        ("/supervisor?tab=2", "/supervisor?tab=2"),
        ("//evil.example/desk", "/desk"),
        ("https://evil.example/", "/desk"),
        ("/\\evil.example", "/desk"),
        ("/sign-out", "/desk"),
    ],
)
async def test_only_a_page_of_this_server_is_gone_on_to(
    site: Site, wanted: str, landed: str
) -> None:
    await site.add_staff()
    visitor = site.visitor()
    seen = await visitor.post(
        "/sign-in",
        {"username": "mona", "password": PASSWORD, "next": wanted},
        follow=False,
    )
    assert seen.headers["Location"] == landed


async def test_a_form_sent_by_another_site_is_refused(site: Site) -> None:
    await site.add_staff()
    visitor = site.visitor()
    seen = await visitor.post(
        "/sign-in",
        {"username": "mona", "password": PASSWORD},
        Origin="http://evil.example",
    )
    assert seen.status == 403
    assert "Set-Cookie" not in seen.headers


async def test_signing_out_needs_the_sessions_own_form(site: Site) -> None:
    await site.add_staff()
    visitor = await site.sign_in()
    refused = await visitor.post("/sign-out", {"csrf": "guessed"})
    assert refused.status == 403
    page = await visitor.get("/api")
    left = await visitor.submit(page, "/sign-out", follow=False)
    assert (left.status, left.headers["Location"]) == (303, "/sign-in")
    home = await visitor.get("/", follow=False)
    assert home.headers["Location"] == "/sign-in"
