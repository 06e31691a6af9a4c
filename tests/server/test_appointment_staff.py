"""Appointments on the staff's pages: the day's list, plans, closed days, the desk, the kiosks."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from core_services.people.passwords import Passwords
from queue_server.appointments import store_diary, store_plans
from queue_server.appointments.acts import Appointments
from queue_server.appointments.codes import code_words
from queue_server.appointments.model import SlotPlan
from queue_server.configuration import read_configuration
from queue_server.web.keys import APPOINTMENTS, CATALOGUE
from tests.support.appointments import add_plan, at_wall, book
from tests.support.database import Database
from tests.support.desk_site import DeskSite, desk_site
from tests.support.pages import Seen, Visitor

FILES = ("تصالح حوض ٣", "رخصة محل", "بيان صلاحية", "تجديد رخصة")


@pytest.fixture
async def site(
    database: Database, passwords: Passwords, short_dir: Path, font: Path
) -> AsyncIterator[DeskSite]:
    """Kafr Saqr at 7:30 on a Sunday, with a supervisor and an administrator; no plan yet."""
    (short_dir / "cache").symlink_to(font.parent)
    async with desk_site(database, passwords, short_dir) as started:
        await started.add_staff("hoda", "supervisor", "هدى منصور", "Hoda Mansour")
        await started.add_staff("admin", "admin", "سامي رشاد", "Sami Rashad")
        yield started


@pytest.fixture
def appointments(site: DeskSite) -> Appointments:
    return site.client.app[APPOINTMENTS]


@pytest.fixture
async def hoda(site: DeskSite) -> Visitor:
    await add_plan(site.queue)
    return await site.sign_in("hoda")


@pytest.fixture
async def admin(site: DeskSite) -> Visitor:
    return await site.sign_in("admin")


def rows(seen: Seen) -> list[str]:
    """Return the lines of the list, without what only ears read."""
    return [" ".join("".join(each.itertext()).split()) for each in seen.all("tr")][1:]


async def send(visitor: Visitor, seen: Seen, action: str, fields: dict[str, str]) -> Seen:
    """Send the form with that action, its lists of choices as `fields` have them."""
    form = seen.find("form", action=action)
    known = {each.get("name", ""): each.get("value", "") for each in form.iter("input")}
    return await visitor.post(action, {**known, **fields})


async def plans(site: DeskSite) -> tuple[SlotPlan, ...]:
    return await store_diary.read_plans(site.queue.pool, 1)


async def test_the_list_tells_who_is_expected_here_and_missing(
    site: DeskSite, appointments: Appointments
) -> None:
    await add_plan(site.queue)
    nine = at_wall(site.queue, "09:00")
    here = await book(appointments, nine, service="reconciliation")
    await book(appointments, nine)
    await book(appointments, at_wall(site.queue, "10:30"))
    site.clock.jump(95 * 60)
    await appointments.check_in(here.id, via="desk", actor=site.clerk)
    hoda = await site.sign_in("hoda")
    seen = await hoda.get("/supervisor/appointments")
    assert seen.words("dl") == "منتظَر١ حضر١ لم يحضر١"
    assert rows(seen)[0].startswith("٩:٠٠ ص حضر")
    assert "١٠١" in rows(seen)[0]
    assert "لم يصل بعد" in rows(seen)[1]
    assert "منتظَر" in rows(seen)[2]
    site.clock.jump(11 * 60)
    await appointments.keep_house()
    assert "لم يحضر" in rows(await hoda.get("/supervisor/appointments"))[1]


async def test_a_supervisor_finds_checks_in_and_cancels(
    site: DeskSite, hoda: Visitor, appointments: Appointments
) -> None:
    first = await book(appointments, at_wall(site.queue, "09:00"))
    second = await book(appointments, at_wall(site.queue, "09:30"))
    found = await hoda.get(f"/supervisor/appointments?code={code_words(first.code, 'ar')}")
    assert len(rows(found)) == 1
    root = "/supervisor/appointments"
    done = await hoda.submit(found, f"{root}/{first.id}/check-in")
    assert "سُجّل الحضور، والرقم ١٠١" in done.words()
    assert "حضر في غير وقت الموعد" in done.words()  # 90 minutes before the slot
    again = await hoda.post(f"{root}/{first.id}/check-in", {"csrf": csrf(done)})
    assert "١٠١" in again.words("p", role="status")
    day = second.day.isoformat()
    cancelled = await hoda.submit(done, f"{root}/{second.id}/cancel?day={day}")
    assert "أُلغي الموعد، ومكانه متاح لغيره." in cancelled.words()
    refused = await hoda.post(f"{root}/{second.id}/cancel", {"csrf": csrf(done)})
    assert "لا يمكن ذلك الآن" in refused.words()


def csrf(seen: Seen) -> str:
    return seen.find("meta", name="csrf-token").get("content") or ""


async def test_bookings_at_times_when_nobody_is_served_are_told_above_every_days_list(
    site: DeskSite, hoda: Visitor, appointments: Appointments
) -> None:
    kept = await book(appointments, at_wall(site.queue, "09:00", days=1))
    for _ in range(2):
        await book(appointments, at_wall(site.queue, "09:30", days=3))
    assert "مغلق" not in (await hoda.get("/supervisor/appointments")).words()
    day = kept.day + timedelta(days=2)
    await store_plans.close_day(
        site.queue.pool, 1, at=site.clock.now(), day=day, reason="إجازة", actor=site.clerk
    )
    seen = await hoda.get("/supervisor/appointments")
    assert "الأربعاء ٢٥ نوفمبر موعدان" in seen.words()
    link = seen.find("a", href=f"/supervisor/appointments?day={day.isoformat()}")
    shut = await hoda.get(link.get("href") or "")
    assert "هذا اليوم مغلق، ولا يُحجز فيه شيء." in shut.words()
    assert ["المركز مغلق وقتها" in row for row in rows(shut)] == [True, True]


@pytest.mark.parametrize("label", ["x", "%D9%A1", "101%20أ", "A" * 300])
async def test_an_address_with_words_for_a_number_shows_none(hoda: Visitor, label: str) -> None:
    seen = await hoda.get(f"/supervisor/appointments?said=checked-in&label={label}")
    assert seen.status == 200
    assert seen.words("p", role="status") == "سُجّل الحضور، والرقم"


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2026-02-30", "x"])
async def test_a_day_that_cannot_be_meant_is_today(hoda: Visitor, day: str) -> None:
    seen = await hoda.get(f"/supervisor/appointments?day={day}")
    assert seen.words("h1") == "المواعيد الأحد ٢٢ نوفمبر"


async def test_another_days_code_leads_to_its_day_and_offers_no_check_in(
    site: DeskSite, hoda: Visitor, appointments: Appointments
) -> None:
    later = await book(appointments, at_wall(site.queue, "09:00", days=2))
    seen = await hoda.get(f"/supervisor/appointments?code={later.code}")
    assert seen.words("h1") == "المواعيد الثلاثاء ٢٤ نوفمبر"
    actions = [form.get("action") for form in seen.all("form")]
    assert f"/supervisor/appointments/{later.id}/check-in" not in actions
    assert "لا يوجد موعد بهذا الكود" in (await hoda.get("/supervisor/appointments?code=11")).words()


async def test_clerks_have_the_list_beside_the_desk_and_not_the_supervisors(
    site: DeskSite, hoda: Visitor, appointments: Appointments
) -> None:
    booking = await book(appointments, at_wall(site.queue, "09:00"))
    mona = await site.sign_in("mona")
    seen = await mona.get("/desk/appointments")
    done = await mona.submit(seen, f"/desk/appointments/{booking.id}/check-in")
    assert done.path.startswith("/desk/appointments?said=checked-in")
    for path in ("/supervisor/appointments", "/admin/appointments", "/admin/appointments/new"):
        assert (await mona.get(path)).status == 403
    assert (await hoda.get("/admin/appointments")).status == 403


async def test_a_drop_offs_list_stands_in_the_list_and_at_the_desk_once_it_is_served(
    site: DeskSite, hoda: Visitor, appointments: Appointments
) -> None:
    await add_plan(site.queue, kind="drop_off", slot_minutes=60)
    booking = await book(appointments, at_wall(site.queue, "09:00"), files=FILES)
    seen = await hoda.get("/supervisor/appointments")
    assert seen.words("ol") == "".join(FILES)
    site.clock.jump(85 * 60)
    await appointments.check_in(booking.id, via="desk", actor=site.clerk)
    await site.open(5, site.clerk)
    ticket = await site.call(5, site.clerk)
    mona = await site.sign_in("mona")
    called = await mona.get("/desk")
    assert "موعد" not in called.words()
    assert FILES[0] not in called.text
    await site.act(ticket, "start", site.clerk)
    serving = await mona.get("/desk")
    assert "موعد ٩:٠٠ ص" in serving.words()
    for name in FILES:
        assert name in serving.words()


async def test_an_administrator_makes_changes_and_withdraws_a_plan(
    site: DeskSite, admin: Visitor, appointments: Appointments
) -> None:
    empty = await admin.get("/admin/appointments")
    assert "لا يُحجز شيء حتى الآن" in empty.words()
    form = await admin.get("/admin/appointments/new")
    fields = {"for": "service:shop-new", "capacity": "٦", "walk_in_percent": "50"}
    kept = await send(admin, form, "/admin/appointments", fields)
    assert "حُفظت الخطة" in kept.words()
    [plan] = await plans(site)
    assert (plan.terms.service, plan.terms.capacity, plan.terms.bookable) == ("shop-new", 6, 3)
    twice = await send(admin, form, "/admin/appointments", fields)
    assert "حُفظت الخطة" in twice.words()
    assert len(await plans(site)) == 1
    path = f"/admin/appointments/{plan.id}"
    change = await admin.get(path)
    assert change.find("input", id="capacity").get("value") == "6"
    assert "ترخيص محل عام جديد" in change.words("select")
    await send(admin, change, path, {**fields, "capacity": "8", "valid_to": "2026-12-31"})
    [changed] = await plans(site)
    assert (changed.id, changed.terms.capacity) == (plan.id, 8)
    booking = await book(appointments, at_wall(site.queue, "09:00"), service="shop-new")
    page = await admin.get("/admin/appointments")
    gone = await admin.submit(page, f"{path}/withdraw")
    assert "أُوقفت الخطة" in gone.words()
    assert await plans(site) == ()
    assert (await admin.get(path)).status == 404
    assert (await appointments.appointment(booking.id)).state == "booked"
    told = await site.queue.pool.fetch("SELECT event FROM appointment_plan_event ORDER BY revision")
    assert [row["event"] for row in told] == ["made", "changed", "withdrawn"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("closes", "08:00"),
        ("closes", "09:20"),
        ("opens", ""),
        ("slot_minutes", "4"),
        ("capacity", "abc"),
        ("walk_in_percent", "101"),
        ("horizon_days", "-1"),
        ("valid_from", "2026-02-30"),
        ("valid_to", "2026-01-01"),
        ("for", "service:unheard-of"),
    ],
)
async def test_what_cannot_be_a_plan_is_named_beside_its_field(
    site: DeskSite, admin: Visitor, field: str, value: str
) -> None:
    form = await admin.get("/admin/appointments/new")
    seen = await send(admin, form, "/admin/appointments", {"for": "visit", field: value})
    assert seen.status == 422
    links = [each.get("href") for each in seen.find("div", role="alert").iter("a")]
    assert links == [f"#{field}"]
    assert await plans(site) == ()


async def test_a_closed_day_is_told_with_the_bookings_that_stand_on_it(
    site: DeskSite, admin: Visitor, appointments: Appointments
) -> None:
    await add_plan(site.queue)
    await book(appointments, at_wall(site.queue, "09:00", days=3))
    page = await admin.get("/admin/appointments")
    day = (site.queue.today()[0] + timedelta(days=3)).isoformat()
    closed = await admin.submit(page, "/admin/appointments/days/close", day=day, reason="إجازة")
    assert "فيه حجز واحد: أخبِر صاحبه أو ألغِه" in closed.words()
    [link] = [each for each in closed.all("a") if each.get("href", "").endswith(f"?day={day}")]
    assert link.get("href") == f"/supervisor/appointments?day={day}"
    assert "إجازة" in closed.words()
    opened = await admin.submit(closed, "/admin/appointments/days/open")
    assert "فُتح الحجز" in opened.words()
    wrong = await admin.submit(page, "/admin/appointments/days/close", day="2020-01-01")
    assert "اختر يومًا لم يأتِ بعد" in wrong.words()


async def test_kiosks_ask_for_codes_and_the_rule_knows_the_grace_only_where_there_is_a_plan(
    site: DeskSite,
) -> None:
    pool, catalogue = site.queue.pool, site.client.app[CATALOGUE]
    bare = await read_configuration(pool, catalogue, public_url=None)
    assert not bare.facts.appointments
    assert "١٥ دقيقة" in bare.sentence.ar
    await pool.execute("INSERT INTO policy_now (centre_id, late_grace_s) VALUES (1, 1200)")
    assert (await read_configuration(pool, catalogue, public_url=None)).sentence == bare.sentence
    await add_plan(site.queue)
    planned = await read_configuration(pool, catalogue, public_url=None)
    assert planned.facts.appointments
    assert "٢٠ دقيقة" in planned.sentence.ar
