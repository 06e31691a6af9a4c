"""Appointments in a real browser: booking on a phone, the staff's list, plans and closed days."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Page, ViewportSize, expect

from core_services.people.passwords import Passwords
from queue_server.appointments.acts import Appointments
from queue_server.appointments.model import Appointment
from queue_server.web.keys import APPOINTMENTS
from tests.support.appointments import CITIZEN, add_plan, at_wall, book
from tests.support.database import Database
from tests.support.desk_site import DeskSite, desk_site
from tests.support.pages import DESK, PHONE, axe, look_at, scrolls_sideways
from tests.support.site import PASSWORD

SMALL: ViewportSize = {"width": 320, "height": 568}
FILES = ("تصالح حوض ٣", "رخصة محل، شارع الجيش", "بيان صلاحية", "تجديد رخصة")

NewContext = Callable[..., Awaitable[BrowserContext]]
Reach = Callable[[DeskSite, Appointments], Awaitable[Appointment]]


@pytest.fixture
async def site(
    database: Database, passwords: Passwords, short_dir: Path, font: Path
) -> AsyncIterator[DeskSite]:
    """Kafr Saqr at 7:30 on a Sunday, with a plan for every service and one for drop-offs."""
    (short_dir / "cache").symlink_to(font.parent)
    async with desk_site(database, passwords, short_dir) as started:
        await add_plan(started.queue)
        await add_plan(started.queue, kind="drop_off", slot_minutes=60, walk_in_percent=0)
        await started.add_staff("hoda", "supervisor", "هدى منصور", "Hoda Mansour")
        await started.add_staff("admin", "admin", "سامي رشاد", "Sami Rashad")
        yield started


@pytest.fixture
def appointments(site: DeskSite) -> Appointments:
    return site.client.app[APPOINTMENTS]


async def sound(page: Page, name: str, size: ViewportSize) -> None:
    """Leave a picture; the page has no fault, and fits the smallest screen of its kind."""
    await look_at(page, name)
    assert await axe(page) == []
    await page.set_viewport_size(SMALL)
    assert not await scrolls_sideways(page), name
    await page.set_viewport_size(size)


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_a_citizen_books_moves_and_cancels_on_a_phone(
    site: DeskSite, page: Page, language: str
) -> None:
    await page.set_viewport_size(PHONE)
    await page.goto(site.url(f"/book?lang={language}"))
    await page.locator("details").first.locator("summary").click()
    await sound(page, f"book-service-{language}", PHONE)
    await page.locator("details[open] a").nth(1).click()
    await sound(page, f"book-day-{language}", PHONE)
    await page.locator("a.book__choice").nth(1).click()
    await page.get_by_role("button").last.click()
    await expect(page.get_by_role("alert")).to_be_focused()
    await sound(page, f"book-time-missing-{language}", PHONE)
    await page.get_by_role("radio").nth(3).check()
    await sound(page, f"book-time-{language}", PHONE)
    await page.get_by_role("button").last.click()
    await page.wait_for_url("**/b/*")
    code = await page.locator(".book__digits").inner_text()
    await sound(page, f"booked-{language}", PHONE)
    await page.locator(".book__acts a").nth(1).click()
    await page.locator("a.book__choice").nth(2).click()
    await page.get_by_role("radio").first.check()
    await page.get_by_role("button").last.click()
    await page.wait_for_url("**said=moved")
    assert await page.locator(".book__digits").inner_text() == code
    await page.locator(".book__cancel summary").click()
    await sound(page, f"booked-cancel-{language}", PHONE)
    await page.locator(".book__cancel button").click()
    await expect(page.locator(".do--cancelled")).to_be_visible()
    await sound(page, f"booked-cancelled-{language}", PHONE)


async def test_without_a_script_it_is_the_same(site: DeskSite, new_context: NewContext) -> None:
    context = await new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.set_viewport_size(PHONE)
    await page.goto(site.url("/book?service=reconciliation"))
    await page.locator("a.book__choice").nth(1).click()
    await page.get_by_role("radio").nth(3).check()
    await page.get_by_role("button").last.click()
    await expect(page.locator(".book__digits")).to_be_visible()
    await page.locator(".book__cancel summary").click()
    await page.locator(".book__cancel button").click()
    await expect(page.locator(".do--cancelled")).to_be_visible()


async def now(site: DeskSite, appointments: Appointments) -> Appointment:
    found = await book(appointments, at_wall(site.queue, "10:30"), service="reconciliation")
    site.clock.jump(2 * 3600 + 50 * 60)
    return found


async def here(site: DeskSite, appointments: Appointments) -> Appointment:
    found = await now(site, appointments)
    await appointments.check_in(found.id, via="page", actor=CITIZEN)
    return found


async def missed(site: DeskSite, appointments: Appointments) -> Appointment:
    found = await now(site, appointments)
    site.clock.jump(3600)
    await appointments.keep_house()
    return found


async def files(site: DeskSite, appointments: Appointments) -> Appointment:
    return await book(appointments, at_wall(site.queue, "11:00", days=1), files=FILES)


@pytest.mark.parametrize("reach", [now, here, missed, files], ids=lambda each: each.__name__)
async def test_each_state_of_a_booking_is_in_order_in_both_languages(
    site: DeskSite, appointments: Appointments, page: Page, reach: Reach
) -> None:
    found = await reach(site, appointments)
    await page.set_viewport_size(PHONE)
    for language in ("ar", "en"):
        await page.goto(site.url(f"/b/{found.token.lower()}?lang={language}"))
        await sound(page, f"booked-{reach.__name__}-{language}", PHONE)


async def test_a_drop_off_is_booked_with_its_list(site: DeskSite, page: Page) -> None:
    await page.set_viewport_size(PHONE)
    for language in ("ar", "en"):
        await page.goto(site.url(f"/book?kind=drop_off&lang={language}"))
        await page.locator("a.book__choice").nth(1).click()
        await page.get_by_role("radio").nth(1).check()
        await page.locator("#files").fill("\n".join(FILES))
        await sound(page, f"book-files-{language}", PHONE)
    await page.get_by_role("button").last.click()
    await expect(page.locator("ol li")).to_have_text(list(FILES))


async def enter(page: Page, site: DeskSite, username: str, path: str, language: str) -> None:
    await page.goto(site.url(f"/sign-in?lang={language}&next={path}"))
    await page.locator("#username").fill(username)
    await page.locator("#password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url(site.url(path))


async def a_morning(site: DeskSite, appointments: Appointments) -> Appointment:
    """Let some come, some not, and some be late; return one that is still expected."""
    wall = {each: at_wall(site.queue, each) for each in ("09:00", "09:30", "10:30", "11:30")}
    came = await book(appointments, wall["09:00"], service="reconciliation")
    await book(appointments, wall["09:00"], service="shop-new")
    await book(appointments, wall["09:30"], service="building-new")
    given_back = await book(appointments, wall["10:30"])
    expected = await book(appointments, wall["10:30"], service="building-renewal")
    await book(appointments, at_wall(site.queue, "11:00"), files=FILES)
    site.clock.jump(90 * 60)
    await appointments.check_in(came.id, via="desk", actor=site.clerk)
    site.clock.jump(35 * 60)
    await appointments.cancel(given_back.id, via="page", actor=CITIZEN)
    await appointments.keep_house()
    return expected


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_the_days_list_shows_who_is_here_and_who_is_missing(
    site: DeskSite, appointments: Appointments, page: Page, language: str
) -> None:
    expected = await a_morning(site, appointments)
    await page.set_viewport_size(DESK)
    await enter(page, site, "hoda", "/supervisor/appointments", language)
    await page.locator("main details summary").click()
    await sound(page, f"appointments-{language}", DESK)
    await page.locator("#code").fill(expected.code)
    await page.keyboard.press("Enter")
    await expect(page.locator("tbody tr")).to_have_count(1)
    await page.locator("tbody form button").first.click()
    await expect(page.get_by_role("status")).to_contain_text("١٠٢" if language == "ar" else "102")
    await sound(page, f"appointments-checked-in-{language}", DESK)


async def test_a_clerk_finds_an_appointment_by_its_code(
    site: DeskSite, appointments: Appointments, page: Page
) -> None:
    await a_morning(site, appointments)
    await enter(page, site, "mona", "/desk/appointments", "ar")
    await page.locator("#code").fill("٩٩٩٩ ٩٩٩٩")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("لا يوجد موعد بهذا الكود")
    await sound(page, "appointments-unknown-code-ar", DESK)
    response = await page.goto(site.url("/supervisor/appointments"))
    assert response is not None
    assert response.status == 403


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_an_administrator_plans_changes_and_closes_days(
    site: DeskSite, appointments: Appointments, page: Page, language: str
) -> None:
    await book(appointments, at_wall(site.queue, "10:30", days=2))
    await page.set_viewport_size(DESK)
    await enter(page, site, "admin", "/admin/appointments", language)
    await sound(page, f"plans-{language}", DESK)
    await page.locator("a.button--primary").click()
    await page.locator("#capacity").fill("300")
    await page.locator("#closes").fill("08:00")
    await page.locator("main button[type=submit]").last.click()
    await sound(page, f"plan-wrong-{language}", DESK)
    await page.locator("#for").select_option("service:shop-new")
    await page.locator("#capacity").fill("٦" if language == "ar" else "6")
    await page.locator("#closes").fill("12:00")
    await page.locator("main button[type=submit]").last.click()
    await page.wait_for_url("**said=kept")
    await expect(page.locator("tbody tr")).to_have_count(3)
    day = at_wall(site.queue, "10:30", days=2).date().isoformat()
    await page.locator("#day").fill(day)
    await page.locator("#reason").fill("إجازة رسمية")
    await page.get_by_role(
        "button", name="أوقف الحجز في هذا اليوم" if language == "ar" else "Close"
    ).last.click()
    await expect(page.get_by_role("status").get_by_role("link")).to_be_visible()
    await sound(page, f"plans-closed-{language}", DESK)


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_the_desk_tells_of_the_appointment_and_its_list_once_it_is_served(
    site: DeskSite, appointments: Appointments, page: Page, language: str
) -> None:
    booking = await book(appointments, at_wall(site.queue, "09:00"), files=FILES)
    site.clock.jump(80 * 60)
    await appointments.check_in(booking.id, via="desk", actor=site.clerk)
    await site.open(5, site.clerk)
    ticket = await site.call(5, site.clerk)
    await site.act(ticket, "start", site.clerk)
    await page.set_viewport_size(DESK)
    await enter(page, site, "mona", "/desk", language)
    said = "موعد ٩:٠٠ ص" if language == "ar" else "Appointment 9:00 am"
    await expect(page.locator(".file")).to_contain_text(said)
    await expect(page.locator(".file")).to_contain_text(FILES[1])
    await look_at(page, f"desk-appointment-{language}")
    assert await axe(page) == []
