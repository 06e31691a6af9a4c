"""The public pages of appointments, without a script: book, move, cancel, check in by phone."""

import hashlib
import re
from collections.abc import AsyncIterator
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import icalendar
import pytest
from aiohttp.test_utils import TestClient

from core_services.l10n import Language
from core_services.people.passwords import Passwords
from queue_server.appointments import store_plans
from queue_server.appointments.acts import Appointments
from queue_server.appointments.codes import code_words
from queue_server.appointments.model import Appointment
from queue_server.appointments.store_attempts import AT_MOST
from queue_server.appointments.wishes import Wish
from queue_server.tickets.store_reading import read_services
from queue_server.web.citizen.booking import CITIZEN
from queue_server.web.keys import APPOINTMENTS
from tests.support.appointments import add_plan, at_wall, book
from tests.support.centre_server import a_centre_server
from tests.support.citizens import PHONE, PHONE_AS_WRITTEN
from tests.support.database import Database, Servers, fresh_database
from tests.support.desk_site import DeskSite, desk_site
from tests.support.pages import Seen, Visitor

FILES = "تصالح حوض ٣\nرخصة محل، شارع الجيش\n\n  بيان   صلاحية \nتجديد رخصة\n"


@pytest.fixture
async def site(
    database: Database, passwords: Passwords, short_dir: Path, font: Path
) -> AsyncIterator[DeskSite]:
    """Kafr Saqr at 7:30 on a Sunday, with a plan for every service and one for drop-offs."""
    (short_dir / "cache").symlink_to(font.parent)
    async with desk_site(database, passwords, short_dir) as started:
        await add_plan(started.queue)
        await add_plan(started.queue, kind="drop_off", slot_minutes=60, walk_in_percent=0)
        yield started


@pytest.fixture
async def citizen(site: DeskSite) -> AsyncIterator[Visitor]:
    """Somebody at home, who has no account here."""
    client: TestClient[Any, Any] = TestClient(site.client.server)
    yield Visitor(client)
    await client.close()


@pytest.fixture
def appointments(site: DeskSite) -> Appointments:
    return site.client.app[APPOINTMENTS]


def told(seen: Seen) -> str:
    """Return what the page says is to be done."""
    return [" ".join("".join(each.itertext()).split()) for each in seen.all("p", class_="do")][-1]


def shown(found: Appointment, language: Language) -> str:
    """Return a code as `Seen.words` gives it, whose white space is single and plain."""
    return " ".join(code_words(found.code, language).split())


def links(seen: Seen) -> list[str]:
    return [each.get("href") or "" for each in seen.all("a", class_="book__choice")]


def times(seen: Seen) -> list[Element]:
    return [each for each in seen.all("input") if each.get("name") == "time"]


def slot(site: DeskSite, wall: str, days: int = 0) -> str:
    return at_wall(site.queue, wall, days=days).astimezone().isoformat()


async def form_of(
    citizen: Visitor, site: DeskSite, days: int = 1, what: str = "service=reconciliation"
) -> Seen:
    day = site.queue.today()[0] + timedelta(days=days)
    return await citizen.get(f"/book?{what}&day={day.isoformat()}")


async def booked(citizen: Visitor, site: DeskSite, wall: str = "10:30", days: int = 1) -> Seen:
    """Walk through the form and return the page of the booking."""
    form = await form_of(citizen, site, days)
    [choice] = [
        each.get("value") or ""
        for each in times(form)
        if datetime.fromisoformat(each.get("value") or "") == at_wall(site.queue, wall, days=days)
    ]
    return await citizen.submit(form, "/book", time=choice)


async def test_three_questions_lead_to_a_code(
    site: DeskSite, citizen: Visitor, appointments: Appointments
) -> None:
    services = await citizen.get("/book")
    assert services.find("html").get("lang") == "ar"
    assert "الموعد مجاني وليس شرطًا" in services.words()
    every = await read_services(site.queue.pool, 1)
    assert len(links(services)) == len(every) + 1  # and the drop-off
    assert "/book?service=reconciliation" in links(services)
    days = await citizen.get("/book?service=reconciliation")
    assert len(links(days)) == 15
    assert days.words("ul").startswith("الأحد ٢٢ نوفمبر ٢٠ مكانًا الاثنين ٢٣ نوفمبر ٢٠ مكانًا")
    form = await citizen.get(links(days)[1])
    assert [" ".join("".join(each.itertext()).split()) for each in form.all("label")][:2] == [
        *("٩:٠٠ ص", "٩:٣٠ ص"),
    ]
    page = await booked(citizen, site)
    assert re.fullmatch(r"/b/[a-z2-7]{16}\?lang=ar", page.path)
    [entry] = await appointments.of_day(site.queue.today()[0] + timedelta(days=1))
    found = entry.appointment
    assert page.words("h1") == "موعدك الاثنين ٢٣ نوفمبر ١٠:٣٠ ص"
    assert shown(found, "ar") in page.words()
    assert shown(found, "en") in page.words()
    assert "من ١٠:١٥ ص إلى ١٠:٤٥ ص ودورك محفوظ" in told(page)
    assert (found.service, found.language, found.state) == ("reconciliation", "ar", "booked")


async def test_a_long_day_shows_the_next_times_and_folds_the_others(
    site: DeskSite, citizen: Visitor, appointments: Appointments
) -> None:
    await add_plan(site.queue, service="collection", opens=time(20), closes=time(2), slot_minutes=5)
    form = await form_of(citizen, site, what="service=collection")
    folded = form.find("details", class_="book__later")
    assert folded.get("open") is None
    assert len(times(form)) == 12 * 6
    assert len(list(folded.iter("input"))) == 12 * 6 - 12
    night = [each for each in form.all("label") if "بعد منتصف الليل" in "".join(each.itertext())]
    assert len(night) == 12 * 2
    late = times(form)[-1].get("value") or ""
    mend = await citizen.submit(form, "/book", time=late, phone="abc")
    assert mend.find("details", class_="book__later").get("open") is not None
    page = await citizen.submit(mend, "/book", time=late, phone="")
    assert page.words("h1") == "موعدك الثلاثاء ٢٤ نوفمبر ١:٥٥ ص"


async def test_a_form_that_is_sent_twice_books_once(
    site: DeskSite, citizen: Visitor, appointments: Appointments
) -> None:
    form = await form_of(citizen, site)
    choice = times(form)[3].get("value") or ""
    first = await citizen.submit(form, "/book", time=choice)
    again = await citizen.submit(form, "/book", time=choice)
    assert first.path == again.path
    assert len(await appointments.of_day(site.queue.today()[0] + timedelta(days=1))) == 1


async def test_without_a_time_the_form_comes_back_with_what_to_mend(
    site: DeskSite, citizen: Visitor
) -> None:
    seen = await citizen.submit(await form_of(citizen, site), "/book", time="")
    assert seen.status == 422
    [mend] = [each for each in seen.all("a") if each.get("href") == "#times"]
    assert mend.text == "اختر الوقت"
    assert seen.words("title").startswith("خطأ: اختر الوقت")
    assert times(seen)


async def test_a_time_that_was_taken_meanwhile_is_told_and_offered_no_more(
    site: DeskSite, citizen: Visitor, appointments: Appointments
) -> None:
    form = await form_of(citizen, site)
    choice = times(form)[3].get("value") or ""
    for _ in range(2):
        await book(appointments, datetime.fromisoformat(choice))
    seen = await citizen.submit(form, "/book", time=choice)
    assert seen.status == 409
    assert "هذا الوقت لم يعد متاحًا. اختر وقتًا آخر." in seen.words()
    [full] = [each for each in times(seen) if each.get("disabled") is not None]
    assert full.get("value") == choice


async def test_a_drop_off_brings_its_list(
    site: DeskSite, citizen: Visitor, appointments: Appointments
) -> None:
    form = await form_of(citizen, site, what="kind=drop_off")
    choice = times(form)[0].get("value") or ""
    hidden = {each.get("name") or "": each.get("value") or "" for each in form.all("input")}
    fields = {**hidden, "time": choice, "files": "ملف\nملف\nملف"}
    short = await citizen.post("/book", fields)
    assert short.status == 422
    assert "اكتب من ٤ إلى ٢٠ ملفًا، كل ملف في سطر" in short.words()
    assert short.words("textarea") == "ملف ملف ملف"
    assert (await citizen.post("/book", {**fields, "files": "\n".join(["ملف"] * 21)})).status == 422
    assert (await citizen.post("/book", {**fields, "files": ("ط" * 121 + "\n") * 4})).status == 422
    page = await citizen.post("/book", {**fields, "files": FILES})
    assert page.words("ol") == "تصالح حوض ٣ رخصة محل، شارع الجيش بيان صلاحية تجديد رخصة"
    assert page.words("p", class_="top__service") == "تسليم مجمّع"
    [entry] = await appointments.of_day(site.queue.today()[0] + timedelta(days=1))
    assert (entry.appointment.kind, entry.appointment.files) == ("drop_off", 4)


async def test_where_nothing_is_planned_the_page_leads_to_the_kiosk(
    database: Database, passwords: Passwords, short_dir: Path, font: Path
) -> None:
    (short_dir / "cache").symlink_to(font.parent)
    async with desk_site(database, passwords, short_dir) as bare:
        visitor = Visitor(bare.client)
        seen = await visitor.get("/book")
        assert seen.status == 200
        assert told(seen) == "لا تُحجز مواعيد في الوقت الحالي. خُذ رقمك من جهاز الأرقام في المركز."
        assert (await visitor.post("/book", {"service": "reconciliation"})).path == "/book"


async def test_an_address_that_books_too_often_waits(site: DeskSite, citizen: Visitor) -> None:
    form = await form_of(citizen, site)
    for _ in range(AT_MOST["address"]):
        assert (await citizen.submit(form, "/book", time="")).status == 422
    choice = times(form)[3].get("value") or ""
    seen = await citizen.submit(form, "/book", time=choice)
    assert seen.status == 429
    assert int(seen.headers["Retry-After"]) > 3500
    assert "محاولات حجز كثيرة من شبكتك. حاول مرة أخرى بعد ٦٠ دقيقة." in seen.words()
    site.clock.jump(3600)
    assert (await citizen.submit(await form_of(citizen, site), "/book", time=choice)).status == 200


async def test_another_sites_form_books_cancels_and_checks_in_nothing(
    site: DeskSite, citizen: Visitor, appointments: Appointments
) -> None:
    page = await booked(citizen, site)
    path = page.path.partition("?")[0]
    form = await form_of(citizen, site)
    fields = {each.get("name") or "": each.get("value") or "" for each in form.all("input")}
    for address in ("/book", f"{path}/cancel", f"{path}/check-in", f"{path}/move"):
        seen = await citizen.post(address, fields, Origin="https://elsewhere.example")
        assert seen.status == 403, address
    [entry] = await appointments.of_day(site.queue.today()[0] + timedelta(days=1))
    assert entry.appointment.state == "booked"


async def test_a_booking_is_cancelled_on_its_own_page_and_only_once(
    site: DeskSite, citizen: Visitor, appointments: Appointments
) -> None:
    page = await booked(citizen, site)
    path = page.path.partition("?")[0]
    seen = await citizen.submit(page, f"{path}/cancel?lang=ar")
    assert told(seen) == "أُلغي هذا الموعد. يمكنك حجز موعد آخر."
    assert not seen.all("form")
    again = await citizen.post(f"{path}/cancel", {})
    assert "لا يمكن ذلك الآن." in again.words()
    [entry] = await appointments.of_day(site.queue.today()[0] + timedelta(days=1))
    assert entry.appointment.state == "cancelled"


async def test_a_booking_moves_to_another_day_and_keeps_its_code_and_address(
    site: DeskSite, citizen: Visitor, appointments: Appointments
) -> None:
    page = await booked(citizen, site)
    path = page.path.partition("?")[0]
    code = page.words("bdi", class_="book__digits")
    days = await citizen.get(f"{path}/move?lang=ar")
    form = await citizen.get(links(days)[3])
    assert not form.all("textarea")
    seen = await citizen.submit(form, f"{path}/move?lang=ar", time="")
    assert seen.status == 422
    seen = await citizen.submit(
        form, f"{path}/move?lang=ar", time=times(form)[0].get("value") or ""
    )
    assert seen.path.partition("?")[0] == path
    assert "تغيّر موعدك." in seen.words()
    assert seen.words("h1") == "موعدك الأربعاء ٢٥ نوفمبر ٩:٠٠ ص"
    assert seen.words("bdi", class_="book__digits") == code
    [entry] = await appointments.of_day(site.queue.today()[0] + timedelta(days=3))
    for _ in range(2):
        await book(appointments, at_wall(site.queue, "12:00", days=3))
    full = await citizen.post(
        f"{path}/move", {"time": slot(site, "12:00", 3), "day": entry.appointment.day.isoformat()}
    )
    assert full.status == 409
    assert "هذا الوقت لم يعد متاحًا" in full.words()


async def test_the_calendar_file_is_read_and_follows_a_move(
    site: DeskSite, citizen: Visitor, appointments: Appointments
) -> None:
    page = await booked(citizen, site)
    path = page.path.partition("?")[0]

    async def entry(language: str) -> Any:
        answer = await citizen.client.get(f"{path}.ics?lang={language}")
        assert answer.content_type == "text/calendar"
        assert answer.headers["Cache-Control"] == "no-store, private"
        [event] = icalendar.Calendar.from_ical(await answer.read()).walk("VEVENT")
        return event

    first = await entry("ar")
    [found] = [
        each.appointment
        for each in await appointments.of_day(site.queue.today()[0] + timedelta(days=1))
    ]
    assert first.decoded("DTSTART") == found.starts_at
    assert code_words(found.code, "ar") in first["DESCRIPTION"]
    assert code_words(found.code, "en") in (await entry("en"))["DESCRIPTION"]
    assert "URL" not in first
    await appointments.move(
        found.id, at_wall(site.queue, "12:00", days=2), via="page", actor=CITIZEN
    )
    later = await entry("ar")
    assert (later["UID"], later["SEQUENCE"]) == (first["UID"], 1)
    assert later.decoded("DTSTART") == at_wall(site.queue, "12:00", days=2)


async def test_a_phone_checks_in_within_the_grace_and_comes_to_its_number(
    site: DeskSite, citizen: Visitor, appointments: Appointments
) -> None:
    found = await book(appointments, at_wall(site.queue, "10:30"), service="reconciliation")
    path = f"/b/{found.token.lower()}"
    early = await citizen.post(f"{path}/check-in", {})
    assert early.status == 409
    assert "تسجيل الحضور من الموبايل متاح من ١٠:١٥ ص إلى ١٠:٤٥ ص." in early.words()
    assert not [each for each in early.all("form") if "/check-in" in (each.get("action") or "")]
    site.clock.jump(2 * 3600 + 50 * 60)  # 10:20
    page = await citizen.get(path)
    assert told(page) == "حان موعدك. سجّل حضورك قبل ١٠:٤٥ ص ودورك محفوظ."
    ticket_page = await citizen.submit(page, f"{path}/check-in?lang=ar")
    [ticket] = await site.queue.tickets()
    assert ticket_page.path == f"/t/{ticket.token.lower()}?lang=ar"
    assert ticket.service == "reconciliation"
    again = await citizen.post(f"{path}/check-in", {})
    assert again.path == ticket_page.path
    assert len(await site.queue.tickets()) == 1
    after = await citizen.get(path)
    assert told(after) == "سُجّل حضورك. رقمك ١٠١."
    assert after.find("a", class_="button--primary").get("href") == f"/t/{ticket.token.lower()}"


async def test_who_comes_too_late_is_led_to_the_kiosk(
    site: DeskSite, citizen: Visitor, appointments: Appointments
) -> None:
    found = await book(appointments, at_wall(site.queue, "10:30"))
    site.clock.jump(4 * 3600)
    await appointments.keep_house()
    page = await citizen.get(f"/b/{found.token.lower()}")
    assert told(page).startswith("فات الموعد وأُتيح مكانك للمنتظرين.")
    assert not page.all("form")
    assert shown(found, "ar") in page.words()


async def test_the_page_goes_to_no_cache_and_no_index_and_names_no_id(
    site: DeskSite, citizen: Visitor, appointments: Appointments
) -> None:
    found = await book(appointments, at_wall(site.queue, "10:30"))
    for path in ("", "?lang=en", ".ics", "/move"):
        answer = await citizen.client.get(f"/b/{found.token.lower()}{path}")
        assert answer.headers["Cache-Control"] == "no-store, private"
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert "Set-Cookie" not in answer.headers
        if path != ".ics":
            assert str(found.id) not in await answer.text()


@pytest.mark.parametrize("token", ["aaaaaaaaaaaaaaaa", "short", "%00", "٣" * 16, "a" * 500])
async def test_an_unknown_address_gets_a_friendly_page(citizen: Visitor, token: str) -> None:
    for path in ("", ".ics", "/move"):
        seen = await citizen.get(f"/b/{token}{path}")
        assert seen.status == 404
        assert seen.words("h1") == "لا يوجد موعد بهذا العنوان"
    for path in ("/cancel", "/check-in", "/move"):
        assert (await citizen.post(f"/b/{token}{path}", {})).status == 404


async def test_the_page_speaks_the_language_in_which_it_was_booked(
    site: DeskSite, citizen: Visitor, appointments: Appointments
) -> None:
    wish = Wish(at_wall(site.queue, "10:30"), service="reconciliation", language="en")
    found = await appointments.book(wish, via="page", actor=CITIZEN)
    seen = await citizen.get(f"/b/{found.token.lower()}")
    assert seen.find("html").get("lang") == "en"
    assert seen.words("h1") == "Your appointment Sunday 22 November 10:30 am"
    assert seen.words("bdi", class_="book__digits") == shown(found, "en")


async def test_a_code_for_other_phones_is_drawn_where_there_is_a_public_address(
    site: DeskSite,
    citizen: Visitor,
    appointments: Appointments,
    postgres_servers: Servers,
    server_data: Path,
) -> None:
    found = await book(appointments, at_wall(site.queue, "10:30"))
    assert not (await citizen.get(f"/b/{found.token.lower()}")).all("svg")
    async with (
        fresh_database(await postgres_servers.server("embedded")) as database,
        a_centre_server(database, server_data, public_url="https://kfs.example.gov.eg") as public,
    ):
        await add_plan(public.queue)
        other = await book(Appointments(public.queue), at_wall(public.queue, "10:30"))
        async with public.session.get(f"{public.url}/b/{other.token.lower()}") as answer:
            assert (await answer.text()).count("<svg") == 1


async def test_a_phone_is_asked_for_kept_sealed_and_held_to_one_booking_by_the_policy(
    site: DeskSite, citizen: Visitor
) -> None:
    form = await form_of(citizen, site)
    [first, second, *_] = [each.get("value") or "" for each in times(form)]
    wrong = await citizen.submit(form, "/book", time=first, phone="abc")
    assert wrong.status == 422
    assert "اكتب رقم موبايل مصريًا" in wrong.words()
    assert wrong.find("input", id="phone").get("value") == "abc"
    assert "بعد ٩٠ يومًا من زيارتك" in form.words()
    booked = await citizen.submit(form, "/book", time=first, phone=PHONE_AS_WRITTEN)
    assert booked.status == 200
    assert PHONE[-9:] not in booked.text
    pool = site.queue.pool
    sealed = await pool.fetchval("SELECT phone_sealed FROM appointment_person")
    assert PHONE[3:].encode() not in sealed
    await pool.execute("INSERT INTO policy_now (centre_id, one_live_per_phone) VALUES (1, true)")
    again = await citizen.submit(
        await form_of(citizen, site), "/book", time=second, phone=PHONE[3:].rjust(11, "0")
    )
    assert again.status == 409
    assert "لهذا الموبايل موعد قادم." in again.words()
    free = await citizen.submit(await form_of(citizen, site), "/book", time=second, phone="")
    assert free.status == 200


async def test_a_form_with_a_phone_in_it_is_known_again_by_no_plain_hash(
    site: DeskSite, citizen: Visitor
) -> None:
    form = await form_of(citizen, site)
    hidden = {each.get("name") or "": each.get("value") or "" for each in form.all("input")}
    fields = {**hidden, "time": times(form)[0].get("value") or "", "phone": "01000000017"}
    for _ in range(2):
        assert (await citizen.post("/book", fields)).status == 200
    [kept] = await site.queue.pool.fetch("SELECT fingerprint FROM command_claim")
    names = ("service", "kind", "day", "time", "files", "phone")
    meaning = "\0".join(fields.get(name, "") for name in names)
    assert kept["fingerprint"] != hashlib.sha256(meaning.encode()).digest()


async def test_who_missed_the_time_or_lost_the_slip_is_given_no_number_from_home(
    site: DeskSite, citizen: Visitor, appointments: Appointments
) -> None:
    missed = await book(appointments, at_wall(site.queue, "09:00"))
    voided = await book(appointments, at_wall(site.queue, "10:30"))
    done = await appointments.check_in(voided.id, via="kiosk", actor=site.clerk)
    await site.queue.act(done.ticket.id, "void", actor=site.clerk, any_window=True)
    site.clock.jump(4 * 3600)
    await appointments.keep_house()
    for found in (missed, voided):
        seen = await citizen.post(f"/b/{found.token.lower()}/check-in", {})
        assert seen.status == 409
        assert "تسجيل الحضور من الموبايل متاح" in seen.words()
    assert [ticket.state for ticket in await site.queue.tickets()] == ["void"]


async def test_a_number_that_was_taken_back_is_not_told_and_another_may_be_had(
    site: DeskSite, citizen: Visitor, appointments: Appointments
) -> None:
    found = await book(appointments, at_wall(site.queue, "09:00"))
    site.clock.jump(85 * 60)
    done = await appointments.check_in(found.id, via="kiosk", actor=site.clerk)
    await site.queue.act(done.ticket.id, "void", actor=site.clerk, any_window=True)
    path = f"/b/{found.token.lower()}"
    page = await citizen.get(path)
    assert "١٠١" not in told(page)
    assert told(page).startswith("حان موعدك.")
    assert not page.all("details")
    number = await citizen.submit(page, f"{path}/check-in?lang=ar")
    assert number.path.startswith("/t/")
    assert told(await citizen.get(path)) == "سُجّل حضورك. رقمك ١٠٢."


async def test_a_page_that_is_read_in_english_stays_english_step_by_step(
    site: DeskSite, citizen: Visitor, appointments: Appointments
) -> None:
    found = await book(appointments, at_wall(site.queue, "10:30", days=1))
    path = f"/b/{found.token.lower()}"
    page = await citizen.get(f"{path}?lang=en")
    days = await citizen.get(page.find("a", href=f"{path}/move?lang=en").get("href") or "")
    form = await citizen.get(links(days)[3])
    assert form.words("h1") == "Choose the time"
    mend = await citizen.submit(form, f"{path}/move?lang=en", time="")
    assert mend.words("h1") == "Choose the time"
    moved = await citizen.submit(
        form, f"{path}/move?lang=en", time=times(form)[0].get("value") or ""
    )
    assert "Your appointment was moved." in moved.words()
    seen = await citizen.submit(moved, f"{path}/cancel?lang=en")
    assert told(seen) == "This appointment was cancelled. You can book another."


async def test_whose_day_was_closed_is_told_and_moves_with_the_same_code(
    site: DeskSite, citizen: Visitor, appointments: Appointments
) -> None:
    page = await booked(citizen, site)
    path = page.path.partition("?")[0]
    [entry] = await appointments.of_day(site.queue.today()[0] + timedelta(days=1))
    await store_plans.close_day(
        site.queue.pool,
        1,
        at=site.clock.now(),
        day=entry.appointment.day,
        reason="",
        actor=site.clerk,
    )
    shut = await citizen.get(path)
    assert told(shut).startswith("المركز مغلق في هذا الموعد")
    assert shown(entry.appointment, "ar") in shut.words()
    assert not [
        each for each in shut.all("a") if (each.get("href") or "").startswith(f"{path}.ics")
    ]
    days = await citizen.get(f"{path}/move?lang=ar")
    form = await citizen.get(links(days)[3])
    moved = await citizen.submit(
        form, f"{path}/move?lang=ar", time=times(form)[0].get("value") or ""
    )
    assert told(moved).startswith("عند حضورك اكتب الكود")


async def test_moves_are_counted_with_the_bookings_of_an_address(
    site: DeskSite, citizen: Visitor, appointments: Appointments
) -> None:
    found = await book(appointments, at_wall(site.queue, "10:30", days=1))
    path = f"/b/{found.token.lower()}"
    fields = {"time": slot(site, "12:00", 3), "day": "2026-11-25"}
    for _ in range(AT_MOST["address"]):
        assert (await citizen.post(f"{path}/move", fields)).status == 200
    seen = await citizen.post(f"{path}/move", fields)
    assert seen.status == 429
    assert int(seen.headers["Retry-After"]) > 3500
    assert "محاولات حجز كثيرة من شبكتك" in seen.words()


async def test_a_cancelled_booking_takes_its_entry_out_of_the_calendar(
    site: DeskSite, citizen: Visitor, appointments: Appointments
) -> None:
    page = await booked(citizen, site)
    path = page.path.partition("?")[0]
    before = await citizen.client.get(f"{path}.ics")
    [kept] = icalendar.Calendar.from_ical(await before.read()).walk("VEVENT")
    seen = await citizen.submit(page, f"{path}/cancel?lang=ar")
    link = seen.find("a", href=f"{path}.ics?lang=ar").get("href") or ""
    answer = await citizen.client.get(link)
    calendar = icalendar.Calendar.from_ical(await answer.read())
    [event] = calendar.walk("VEVENT")
    assert (event["UID"], event["STATUS"], event["SEQUENCE"]) == (kept["UID"], "CANCELLED", 1)
    assert "METHOD" not in calendar, "an invitation needs an organiser (RFC 5546, 3.2.1)"
