"""The staff frame in a real browser: how it looks, how it is reached, what it never does."""

from typing import Literal

import pytest
from playwright.async_api import Page, ViewportSize, expect

from queue_server.web.operations import Answer, ApiModel, ApiRequest, PlainText, operation
from tests.support.pages import DESK, PHONE, axe, look_at, scrolls_sideways
from tests.support.site import PASSWORD, MakeSite, Site

SIZES: dict[str, ViewportSize] = {
    "desk": DESK,
    "phone": PHONE,
    "small": {"width": 320, "height": 568},
}


class Wish(ApiModel):
    """What a citizen comes for."""

    service: PlainText | None = None
    priority: Literal["none", "age65", "disability", "infant"] = "none"


@operation(
    "POST",
    "/tickets",
    tag="tickets",
    summary="Issue",
    scope="issue",
    body=Wish,
    answers={201: Wish},
)
async def issue_ticket(request: ApiRequest[Wish]) -> Answer:
    """Give a number."""
    return Answer(201, request.body)


@operation(
    "POST",
    "/alarms/episodes/{episode_id}/acknowledge-in-the-name-of/{username}",
    tag="alarms",
    summary="Acknowledge",
    scope="act_any_window",
    body=Wish,
    answers={201: Wish},
)
async def far_away(request: ApiRequest[Wish], episode_id: int, username: str) -> Answer:
    """Have a path longer than a phone is wide."""
    del episode_id, username
    return Answer(201, request.body)


@pytest.fixture
async def site(make_site: MakeSite) -> Site:
    return await make_site([issue_ticket, far_away])


def address(site: Site, path: str) -> str:
    return str(site.client.make_url(path))


@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize("size", list(SIZES))
async def test_the_sign_in_form_is_in_order_in_every_size_and_language(
    site: Site, page: Page, language: str, size: str
) -> None:
    await page.set_viewport_size(SIZES[size])
    await page.goto(address(site, f"/sign-in?lang={language}"))
    assert await page.get_attribute("html", "dir") == ("rtl" if language == "ar" else "ltr")
    assert not await scrolls_sideways(page)
    await look_at(page, f"sign-in-{size}-{language}")
    assert await axe(page) == []


async def test_the_own_font_is_used(site: Site, page: Page) -> None:
    await page.goto(address(site, "/sign-in"))
    await page.evaluate("document.fonts.ready.then(() => true)")
    assert await page.evaluate("document.fonts.check('900 20px Shubbak', '١٤٢')")
    loaded = "[...document.fonts].filter(face => face.status === 'loaded').length"
    assert await page.evaluate(loaded) == 1


async def test_a_mistake_takes_the_focus_and_leads_to_its_field(site: Site, page: Page) -> None:
    await page.goto(address(site, "/sign-in"))
    await page.get_by_role("button", name="دخول", exact=True).click()
    summary = page.get_by_role("alert")
    await expect(summary).to_be_focused()
    await look_at(page, "sign-in-mistake-ar")
    assert await axe(page) == []
    await summary.get_by_role("link").first.click()
    await expect(page.get_by_label("اسم المستخدم")).to_be_focused()


async def test_everything_is_reached_by_the_keyboard_in_reading_order(
    site: Site, page: Page
) -> None:
    await page.goto(address(site, "/sign-in"))
    reached = []
    for _ in range(7):
        await page.keyboard.press("Tab")
        reached.append(
            await page.evaluate(
                "document.activeElement.id || document.activeElement.textContent.trim()"
            )
        )
        outline = "getComputedStyle(document.activeElement).outlineStyle"
        assert await page.evaluate(outline) == "solid"
    assert reached == [
        "انتقل إلى محتوى الصفحة",
        "المركز التكنولوجي بكفر صقر",
        "English",
        "username",
        "password",
        "إظهار",
        "دخول",
    ]


async def test_a_password_can_be_shown_and_hidden(site: Site, page: Page) -> None:
    await page.goto(address(site, "/sign-in"))
    password = page.locator("#password")
    await password.fill("سر-secret")
    await page.get_by_role("button", name="إظهار").click()
    assert await password.get_attribute("type") == "text"
    await page.get_by_role("button", name="إخفاء").click()
    assert await password.get_attribute("type") == "password"


async def test_a_clerk_signs_in_and_out(site: Site, page: Page) -> None:
    await site.add_staff()
    await page.goto(address(site, "/sign-in?next=/api"))
    await page.get_by_label("اسم المستخدم").fill("mona")
    await page.locator("#password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(address(site, "/api"))
    await expect(page.get_by_text("منى السيد")).to_be_visible()
    await look_at(page, "signed-in-ar")
    await page.get_by_role("button", name="تسجيل الخروج").click()
    await expect(page).to_have_url(address(site, "/sign-in"))
    assert await page.context.cookies() == []


async def test_the_form_stays_usable_with_text_twice_as_large(site: Site, page: Page) -> None:
    await page.set_viewport_size({"width": 683, "height": 384})
    await page.goto(address(site, "/sign-in"))
    assert not await scrolls_sideways(page)
    await expect(page.get_by_role("button", name="دخول", exact=True)).to_be_visible()


async def test_the_form_is_whole_in_forced_colours(site: Site, page: Page) -> None:
    await page.emulate_media(forced_colors="active", reduced_motion="reduce")
    await page.goto(address(site, "/sign-in"))
    await look_at(page, "sign-in-forced-colours-ar")
    button = page.get_by_role("button", name="دخول", exact=True)
    width = "button => getComputedStyle(button).borderInlineStartWidth"
    assert await button.evaluate(width) == "2px"


@pytest.mark.parametrize("size", list(SIZES))
async def test_the_api_page_is_in_order_in_every_size(site: Site, page: Page, size: str) -> None:
    await page.set_viewport_size(SIZES[size])
    await page.goto(address(site, "/api?lang=en"))
    assert not await scrolls_sideways(page)
    await page.goto(address(site, "/api?lang=ar"))
    await look_at(page, f"api-{size}-ar")
    assert not await scrolls_sideways(page)
    assert await axe(page) == []


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_an_error_page_is_in_order(site: Site, page: Page, language: str) -> None:
    await page.goto(address(site, f"/nowhere?lang={language}"))
    await look_at(page, f"error-{language}")
    assert await axe(page) == []
