"""The citizen's card on the desk in a real Chromium: typed, refused in place, recorded."""

import pytest
from playwright.async_api import Page, expect

from tests.support.citizens import GROWN
from tests.support.desk_page import hand, press, sign_in
from tests.support.desk_site import DeskSite
from tests.support.desk_site import site as site
from tests.support.pages import axe, look_at, scrolls_sideways

UNDER = {"ar": "أقل من ٦٥ حسب البطاقة", "en": "Under 65 by the card"}
DIGITS = {"ar": "الرقم القومي ١٤ رقمًا", "en": "A national ID has 14 digits"}


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_a_card_is_typed_without_pressing_the_keys_of_the_desk(
    site: DeskSite, page: Page, language: str
) -> None:
    await site.open(5, site.clerk, "منى السيد")
    await site.issue(3, priority="age65")
    await sign_in(site, page, language=language)
    await press(page, "NumpadEnter")
    await expect(hand(page, "called")).to_be_visible()
    assert await page.locator("#person-id").count() == 0
    await press(page, "NumpadEnter")
    await expect(hand(page, "serving")).to_be_visible()
    await look_at(page, f"desk-person-{language}")
    assert await axe(page) == []
    await page.locator("#person-id").focus()
    await page.keyboard.type(GROWN[:13])
    await page.keyboard.press("Enter")
    await expect(page.locator("#person-problem")).to_contain_text(DIGITS[language])
    await expect(page.locator("#person-id")).to_have_value(GROWN[:13])
    await look_at(page, f"desk-person-refused-{language}")
    assert await axe(page) == []
    await expect(hand(page, "serving")).to_be_visible()
    await page.locator("#person-id").fill(GROWN)
    await page.wait_for_timeout(600)  # longer than what counts as a double press
    await page.keyboard.press("Enter")
    await expect(page.locator(".person")).to_contain_text(UNDER[language])
    await expect(page.locator("#person-id")).to_have_value("")
    await look_at(page, f"desk-person-under-65-{language}")
    assert await axe(page) == []
    assert not await scrolls_sideways(page)
    await page.locator("#person-priority").click()
    await expect(page.locator("#person-priority")).to_have_count(0)
    assert (await site.in_hand()).priority == "none"
