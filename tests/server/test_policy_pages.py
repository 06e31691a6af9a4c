"""The administrator's pages of the policy: saved, compared, published, and never lost."""

import re
from datetime import date

import pytest

from queue_server.policy import store, versions
from queue_server.policy.body import Closing, PolicyBody, Returns
from queue_server.policy.model import Seen
from queue_server.policy.present import first_draft, read_present
from queue_server.tickets import journeys
from queue_server.tickets.model import Actor
from queue_server.web.keys import CONFIGURATION, REREAD
from tests.support.eventually import eventually
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import Seen as Page
from tests.support.pages import Visitor
from tests.support.policy_page import NEVER_TODAY, OPEN_8_TO_15, add_admin, publish


@pytest.fixture
async def amir(scene: HallScene) -> Actor:
    return await add_admin(scene)


@pytest.fixture
async def visitor(scene: HallScene, amir: Actor) -> Visitor:
    return await scene.site.sign_in("amir")


RECT = "{http://www.w3.org/2000/svg}rect"


def entered(page: Page) -> dict[str, str]:
    """Return what the form would send as it stands."""
    form = page.find("form", action="/admin/policy")
    return {
        each.get("name", ""): each.get("value", "")
        for each in form.iter("input")
        if each.get("type") != "checkbox" or each.get("checked") is not None
    }


async def save(visitor: Visitor, **changes: str) -> Page:
    page = await visitor.get("/admin/policy")
    return await visitor.post("/admin/policy", {**entered(page), **_dotted(changes)})


def _dotted(changes: dict[str, str]) -> dict[str, str]:
    return {name.replace("__", "."): value for name, value in changes.items()}


async def test_only_an_administrator_may_see_and_change_the_policy(
    scene: HallScene, amir: Actor
) -> None:
    hoda = await scene.site.sign_in("hoda")
    for path in ("", "/preview", "/publish", "/history"):
        assert (await hoda.get(f"/admin/policy{path}")).status == 403
    page = await hoda.get("/supervisor")
    assert not page.all("a", href="/admin/policy")
    csrf = page.find("input", name="csrf").get("value") or ""
    for path in ("", "/publish", "/discard"):
        assert (await hoda.post(f"/admin/policy{path}", {"csrf": csrf})).status == 403
    admin = await scene.site.sign_in("amir")
    assert (await admin.get("/supervisor")).all("a", href="/admin/policy")


async def test_the_form_begins_with_what_holds_and_suggests_times(visitor: Visitor) -> None:
    page = await visitor.get("/admin/policy")
    fields = entered(page)
    assert fields["credits.age65.minutes"] == "15"
    assert fields["calls.no_show_after_s"] == "45"
    assert fields["calls.no_show_after_more_time_s"] == "120"
    assert fields["first.profiles.priority"] == "on"
    words = page.words()
    assert "لم تُنشر قواعد بعد" in words
    assert "قانون رعاية حقوق المسنين رقم ١٩ لسنة ٢٠٢٤" in fields["credits.age65.basis_ar"]
    assert "المقترح: ٤٥." in words


async def test_saving_makes_a_draft_and_changes_nothing_in_the_hall(
    scene: HallScene, visitor: Visitor
) -> None:
    seen = await save(visitor, credits__age65__minutes="٢٥", note="x")
    assert "حُفظت المسودة" in seen.words()
    assert entered(seen)["credits.age65.minutes"] == "25"
    assert "آخر تعديل: أمير فهمي" in seen.words("div", id="g-credits")
    assert (await store.read_credits(scene.pool, 1))["age65"] == 900
    again = await save(visitor, returns__allowed="3")
    assert "آخر تعديل: أمير فهمي" in again.words("div", id="g-returns")


async def test_mistakes_are_named_and_nothing_that_was_typed_is_lost(
    scene: HallScene, visitor: Visitor
) -> None:
    seen = await save(visitor, credits__age65__minutes="500", hours__decree_number="77/2026")
    assert seen.status == 422
    summary = seen.words("div", class_="summary")
    assert "دقائق" not in summary
    assert "٦٥ سنة فأكثر: أكبر قيمة ١٢٠." in summary
    assert seen.all("a", href="#f-credits.age65.minutes")
    assert entered(seen)["credits.age65.minutes"] == "500"
    assert entered(seen)["hours.decree_number"] == "77/2026"
    assert await store.read_draft(scene.pool, 1) is None


async def test_a_mistake_in_a_row_is_named_at_its_cell(visitor: Visitor) -> None:
    seen = await save(visitor, hours__holidays__1__name_en="Feast")
    assert seen.status == 422
    assert seen.words("p", id="e-hours.holidays.0.day") == "املأ هذه الخانة."
    assert entered(seen)["hours.holidays.0.name_en"] == "Feast"


async def test_whoever_was_overtaken_keeps_every_word_and_sees_what_differs(
    scene: HallScene, visitor: Visitor, amir: Actor
) -> None:
    page = await visitor.get("/admin/policy")
    queue = scene.site.queue
    body = first_draft(await read_present(scene.pool, 1))
    other = body.model_copy(update={"returns": Returns(allowed=4)})
    await versions.save(queue, other, seen=Seen(), actor=scene.supervisor)
    mine = {**entered(page), "returns.allowed": "2", "hours.decree_number": "88"}
    seen = await visitor.post("/admin/policy", mine)
    assert seen.status == 409
    told = seen.words("div", class_="summary")
    assert told.startswith("حفظ غيرك في هذه الأثناء تعديلاتك كلها أدناه ولم تُحفظ.")
    assert "عدد مرات العودة" in told
    assert (entered(seen)["returns.allowed"], entered(seen)["hours.decree_number"]) == ("2", "88")
    draft = await store.read_draft(scene.pool, 1)
    assert draft is not None
    assert draft.body == other
    saved = await visitor.post("/admin/policy", entered(seen))
    assert "حُفظت المسودة" in saved.words()
    draft = await store.read_draft(scene.pool, 1)
    assert draft is not None
    assert (draft.body.returns.allowed, draft.body.hours.decree_number) == (2, "88")


async def test_suggestions_are_added_to_the_form_and_nothing_is_saved(
    scene: HallScene, visitor: Visitor
) -> None:
    page = await visitor.get("/admin/policy")
    seen = await visitor.post(
        "/admin/policy", {**entered(page), "suggest": "on", "returns.allowed": "7"}
    )
    fields = entered(seen)
    name = re.compile(r"hours\.holidays\.\d+\.day")
    days = [fields[each] for each in fields if name.fullmatch(each)]
    assert "2027-01-07" in days
    assert fields["hours.ramadan.0.first"] == "2027-02-08"
    assert fields["hours.ramadan.0.opens"] == "09:00"
    assert fields["returns.allowed"] == "7"
    assert await store.read_draft(scene.pool, 1) is None
    again = await visitor.post("/admin/policy", {**fields, "suggest": "on"})
    assert entered(again)["hours.ramadan.0.first"] == "2027-02-08"
    assert "hours.ramadan.1.first" in entered(again)
    assert entered(again)["hours.ramadan.1.first"] == ""


async def test_publishing_shows_what_changes_then_does_it_and_tells_of_it(
    scene: HallScene, visitor: Visitor
) -> None:
    await save(visitor, credits__age65__minutes="20")
    page = await visitor.get("/admin/policy/publish")
    words = page.words()
    assert "أتنشر الإصدار ١؟" in words
    assert "دقائق الأولوية: ٦٥ سنة فأكثر المعمول به الآن: ١٥ دقيقة بعد النشر: ٢٠ دقيقة" in words
    assert "بأكثر من ٢٠ دقيقة." in words
    seen = await visitor.submit(page, "/admin/policy/publish", note="بطلب المدير")
    assert "نُشرت القواعد وهي معمول بها الآن." in seen.words()
    assert "نشره أمير فهمي" in seen.words()
    assert "بطلب المدير" in seen.words()
    assert (await store.read_credits(scene.pool, 1))["age65"] == 1200
    ticket = await scene.site.issue(priority="age65")
    assert (ticket.issued_at - ticket.rank_at).total_seconds() == 1200
    rules = await visitor.get("/rules")
    assert "بأكثر من ٢٠ دقيقة." in rules.words()
    assert "قواعد الدور، الإصدار ١" in rules.words()


async def test_a_version_for_a_later_day_is_told_of_everywhere_and_holds_nowhere_yet(
    scene: HallScene, visitor: Visitor
) -> None:
    await save(visitor, credits__age65__minutes="20")
    page = await visitor.get("/admin/policy/publish")
    assert page.find("input", name="holds_from").get("min") == "2026-11-23"
    seen = await visitor.submit(page, "/admin/policy/publish", holds_from="2026-11-29", note="شتاء")
    assert "نُشرت القواعد، ويُعمل بها من افتتاح يومها." in seen.words()
    assert "يسري من افتتاح يوم الأحد ٢٩/١١/٢٠٢٦." in seen.words()
    assert "ينتظر يومه" in seen.words()
    assert (await store.read_credits(scene.pool, 1))["age65"] == 900
    told = "الإصدار ١ منشور ويسري من افتتاح يوم الأحد ٢٩/١١/٢٠٢٦."
    assert told in (await visitor.get("/admin/policy")).words()
    rules = (await visitor.get("/rules")).words()
    assert "من افتتاح يوم الأحد ٢٩/١١/٢٠٢٦ يُعمل بالإصدار ١:" in rules
    assert "حسب إعداد المركز." in rules
    await save(visitor, credits__age65__minutes="25")
    page = await visitor.get("/admin/policy/publish")
    assert "النشر ليوم قادم يحل محله" in page.words()
    history = await visitor.get("/admin/policy/history")
    seen = await visitor.submit(history, "/admin/policy/withdraw")
    assert "سُحب الإصدار ولن يُعمل به." in seen.words()
    assert "كان مقررًا ليوم الأحد ٢٩/١١/٢٠٢٦، ولم يُعمل به." in seen.words()
    again = await visitor.post("/admin/policy/withdraw", {"version": "1", **csrf_of(page)})
    assert "لم يعد ينتظر يومه" in again.words()
    assert "من افتتاح يوم" not in (await visitor.get("/rules")).words()


@pytest.mark.parametrize("day", ["2026-11-22", "2026-11-01", "2028-01-01", "الأحد", "29/11/2026"])
async def test_a_day_from_which_nothing_can_hold_is_refused_and_nothing_that_was_typed_is_lost(
    scene: HallScene, visitor: Visitor, day: str
) -> None:
    await save(visitor, credits__age65__minutes="20")
    page = await visitor.get("/admin/policy/publish")
    seen = await visitor.submit(page, "/admin/policy/publish", holds_from=day, note="شتاء")
    assert seen.status == 422
    assert "اكتب يومًا قادمًا خلال سنة" in seen.words("p", id="holds_from-error")
    assert seen.find("input", name="holds_from").get("value") == day
    assert seen.find("input", name="note").get("value") == "شتاء"
    assert await store.read_draft(scene.pool, 1) is not None


async def test_the_server_lets_a_version_hold_once_its_day_has_begun(
    scene: HallScene, visitor: Visitor, amir: Actor
) -> None:
    queue = scene.site.queue
    body = PolicyBody(returns=Returns(allowed=4))
    saved = await versions.save(queue, body, seen=Seen(), actor=amir)
    await versions.publish(
        queue, seen=saved.seen, note=None, actor=amir, holds_from=date(2026, 11, 23)
    )
    await scene.site.client.app[REREAD]()
    told = scene.site.client.app[CONFIGURATION]()
    assert told.coming is not None
    assert told.policy.version is None
    scene.site.clock.jump(86_400)

    async def holds() -> bool:
        now = scene.site.client.app[CONFIGURATION]()
        return now.policy.version is not None and now.coming is None

    await eventually(holds)
    assert scene.site.client.app[CONFIGURATION]().policy.body == body


async def test_calls_out_of_order_are_published_to_everybody(scene: HallScene) -> None:
    rules = Visitor(scene.site.client)
    assert (
        "لم يُنادَ أحد خارج الدور اليوم ولا في آخر سبعة أيام." in (await rules.get("/rules")).words()
    )
    await scene.seat(5)
    await scene.site.issue()
    chosen = await scene.site.issue()
    await journeys.call_out_of_order(
        scene.site.queue, 5, chosen.id, actor=scene.staff[5], any_window=False, reason="frail"
    )
    words = (await rules.get("/rules")).words()
    assert "مرات النداء خارج الدور، ولكل منها سبب مُسجّل: اليوم ١، وفي آخر سبعة أيام ١." in words
    assert "Calls out of order, each with its reason on record: 1 today, 1 in the last" in words


async def test_a_draft_that_changed_after_it_was_shown_is_not_published(
    scene: HallScene, visitor: Visitor, amir: Actor
) -> None:
    await save(visitor, credits__age65__minutes="20")
    page = await visitor.get("/admin/policy/publish")
    await save(visitor, credits__age65__minutes="60")
    seen = await visitor.submit(page, "/admin/policy/publish")
    assert "عدّل غيرك المسودة" in seen.words()
    assert (await store.read_credits(scene.pool, 1))["age65"] == 900
    seen = await visitor.submit(seen, "/admin/policy/discard")
    assert "حُذفت المسودة." in seen.words()
    assert "لا توجد مسودة" in (await visitor.get("/admin/policy/publish")).words()


async def test_the_history_tells_what_each_version_changed(
    scene: HallScene, visitor: Visitor, amir: Actor
) -> None:
    body = first_draft(await read_present(scene.pool, 1))
    await publish(scene, body, amir)
    await publish(scene, body.model_copy(update={"hours": OPEN_8_TO_15}), amir)
    page = await visitor.get("/admin/policy/history")
    words = page.words()
    assert "الإصدار ٢ معمول به" in words
    assert "الأحد – من" in words
    assert "٨:٠٠ ص" in words
    english = Visitor(visitor.client, "en")
    assert "Sunday – From" in (await english.get("/admin/policy/history?lang=en")).words()


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_the_preview_of_a_simulated_day_tells_of_each_group(
    scene: HallScene, visitor: Visitor, language: str
) -> None:
    await save(visitor, credits__infant__minutes="120", credits__age65__minutes="0")
    page = await visitor.get(f"/admin/policy/preview?lang={language}")
    rows = list(page.find("tbody").iter("tr"))
    assert len(rows) == 6
    words = page.words()
    assert ("من يكسب ومن يخسر؟" if language == "ar" else "Who gains and who loses?") in words
    assert page.all(RECT, class_="bars__now")
    assert len(page.all(RECT, class_="bars__then")) == 12


async def test_the_preview_of_a_recorded_day_is_the_first_offered(
    scene: HallScene, visitor: Visitor
) -> None:
    await scene.morning()
    scene.site.clock.jump(86_400)
    visitor = await scene.site.sign_in("amir")
    await save(visitor, credits__age65__minutes="0")
    page = await visitor.get("/admin/policy/preview")
    [chosen, *_] = [each for each in page.all("option") if each.get("selected") is not None]
    assert chosen.get("value") == "2026-11-22"
    assert "الأحد ٢٢/١١/٢٠٢٦" in page.words()
    simulated = await visitor.get("/admin/policy/preview?day=simulated")
    assert "بالمحاكاة" in simulated.words("p") or "بالمحاكاة" in simulated.words()


async def test_the_page_warns_of_a_decree_that_ended_and_of_holidays_that_are_not_entered(
    scene: HallScene, visitor: Visitor, amir: Actor
) -> None:
    hours = OPEN_8_TO_15.model_copy(update={"valid_to": date(2026, 6, 30)})
    body = PolicyBody(hours=hours)
    await publish(scene, body, amir)
    words = (await visitor.get("/admin/policy")).words()
    assert "انتهى قرار المواعيد يوم الثلاثاء ٣٠/٦/٢٠٢٦." in words
    assert "لا إجازات رسمية قادمة مسجّلة." in words


async def test_a_supervisor_stops_numbers_and_starts_them_again(scene: HallScene) -> None:
    hoda = await scene.site.sign_in("hoda")
    page = await hoda.get("/supervisor")
    assert "حجز الأرقام مستمر." in page.words()
    seen = await hoda.submit(page, "/supervisor/numbers/stop")
    assert "توقّف حجز الأرقام اليوم، ومن معه رقم ستُقضى خدمته." in seen.words()
    facts = (await hoda.get("/rules")).words()
    assert facts.startswith("توقّف حجز الأرقام اليوم")
    seen = await hoda.submit(seen, "/supervisor/numbers/start")
    assert "استُؤنف حجز الأرقام." in seen.words()
    assert (await scene.site.issue()).label == "101"


async def test_the_supervisors_page_tells_why_no_numbers_are_given(
    scene: HallScene, amir: Actor
) -> None:
    await publish(scene, PolicyBody(hours=NEVER_TODAY, closing=Closing(cuts_off=True)), amir)
    hoda = await scene.site.sign_in("hoda")
    words = (await hoda.get("/supervisor")).words()
    assert "الحجز القادم: الاثنين ٢٣/١١/٢٠٢٦ الساعة ١:٠٠ ص." in words


async def test_a_clerk_who_would_be_one_too_many_is_told_how_many_are_away(
    scene: HallScene, amir: Actor
) -> None:
    body = PolicyBody.model_validate({"breaks": {"away_at_most": 1}})
    await publish(scene, body, amir)
    await scene.seat(2)
    await scene.site.pause(2, "prayer", scene.staff[2])
    mona = await scene.site.sign_in("mona")
    page = await mona.get("/desk")
    if page.all("form", action="/desk/5/open"):
        page = await mona.submit(page, "/desk/5/open")
    fields = entered_in(page, "/desk/5/pause")
    seen = await mona.post("/desk/5/pause", {**fields, "reason": "break"})
    assert "الشبابيك الغائبة الآن: ١، ولا يُسمح بأكثر." in seen.words()
    assert (await scene.site.window(5)).state == "open"


def entered_in(page: Page, action: str) -> dict[str, str]:
    form = page.find("form", action=action)
    return {each.get("name", ""): each.get("value", "") for each in form.iter("input")}


def csrf_of(page: Page) -> dict[str, str]:
    return {"csrf": page.find("input", name="csrf").get("value") or ""}
