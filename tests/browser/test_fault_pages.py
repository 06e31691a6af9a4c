"""Faults in a real browser: reported from the desk, taken up and mended, on a desk and a phone."""

from dataclasses import replace

import pytest
from playwright.async_api import Page, expect

from core_services.devices.model import Attached
from tests.browser.test_supervisor_page import enter
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import DESK, PHONE, axe, look_at, scrolls_sideways
from tests.support.site import PASSWORD


async def looks_good(page: Page, name: str) -> None:
    await look_at(page, name)
    assert not await scrolls_sideways(page)
    assert await axe(page) == []


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_a_clerk_reports_a_fault_from_the_desk_and_comes_back(
    scene: HallScene, page: Page, language: str
) -> None:
    await scene.seat(5)
    printer = Attached("receipt", "receipt_printer", "not_ready", paper="out", window=5)
    await scene.machine("W5", "workstation", attached=(printer,))
    await scene.machine("K1")
    await page.set_viewport_size(DESK)
    await page.goto(scene.site.url(f"/sign-in?next=/desk&lang={language}"))
    await page.fill("input[name=username]", "mona")
    await page.fill("input[name=password]", PASSWORD)
    await page.click("button[type=submit]")
    await page.click("#report > summary")
    await look_at(page, f"fault-desk-menu-{language}")
    await page.click("#report a")
    await expect(page.locator("#place")).to_have_value("window:5")
    await page.check("#kind-printer")
    await page.check("input[name=stops_work][value=yes]")
    await page.fill("#words", "تسحب الورق ولا تطبع شيئًا")
    await looks_good(page, f"fault-form-{language}")
    await page.click("button[type=submit].button--primary")
    await expect(page.locator(".fault__said")).to_be_focused()
    await looks_good(page, f"fault-sent-{language}")
    await page.set_viewport_size(PHONE)
    await looks_good(page, f"fault-form-phone-{language}")
    await page.set_viewport_size(DESK)
    await page.click(".fault__top a")
    await expect(page.locator(".said__line")).to_be_visible()
    assert page.url.endswith("/desk?window=5")


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_a_supervisor_takes_a_fault_up_and_mends_it(
    scene: HallScene, page: Page, language: str
) -> None:
    await scene.machine("K1", printer="not_ready", paper="out", jobs={"done": 88, "held": 2})
    printer = Attached("receipt", "receipt_printer", "not_ready", paper="out", window=4)
    await scene.machine("W4", "workstation", attached=(printer, replace(printer, window=5)))
    await page.set_viewport_size(DESK)
    await enter(page, scene, language)
    mona = await scene.site.sign_in("mona")
    for kind, place, stops, words in (
        ("printer", "window:4", "yes", "الورق محشور"),
        ("printer", "window:5", "no", "ما زال"),
        ("printer", "device:K1", "no", ""),
        ("crowd", "hall", "no", ""),
    ):
        form = await mona.get("/fault?from=/desk")
        known = {"csrf": "", "key": ""}
        known = {name: form.find("input", name=name).get("value") or "" for name in known}
        fields = {"kind": kind, "place": place, "stops_work": stops, "words": words}
        assert "بلاغك" in (await mona.post("/fault", known | fields)).words()
    report = page.locator(".alarm", has=page.locator("a[href^='/supervisor/faults/']")).first
    await expect(report).to_be_visible(timeout=4000)
    await looks_good(page, f"fault-hall-{language}")
    await page.goto(scene.site.url(f"/supervisor/faults?lang={language}"))
    await page.click("tbody a >> nth=0")
    await page.click("form[action$='/accept'] button")
    await expect(page.locator("[data-focus]")).to_be_focused()
    for size, name in ((DESK, "desk"), (PHONE, "phone")):
        await page.set_viewport_size(size)
        await looks_good(page, f"fault-one-{name}-{language}")
    await page.fill("#words-mend", "أُخرج الورق المحشور ونُظّف الرأس")
    await page.click("form[action$='/mend'] button")
    await page.goto(scene.site.url(f"/supervisor/faults?lang={language}"))
    for size, name in ((DESK, "desk"), (PHONE, "phone")):
        await page.set_viewport_size(size)
        await looks_good(page, f"faults-{name}-{language}")
