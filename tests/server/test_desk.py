"""The desk over HTTP: every act through its form, once, and every refusal in place."""

from collections.abc import Mapping
from typing import get_args
from xml.etree.ElementTree import Element

import pytest

from core_services.catalogue.load import load_catalogue
from core_services.l10n import fold_arabic
from core_services.people.api_keys import add_key
from queue_server.tickets.model import Actor
from queue_server.web.desk.acts import PauseReason
from tests.support.desk_site import COLLEAGUE, DeskSite
from tests.support.desk_site import site as site
from tests.support.pages import Seen, Visitor, strict_fragment

PARTS = ["top", "hand", "notice", "acts", "file", "hall", "said", "foot", "alarm"]
ALWAYS = ("return", "undo", "offer", "fault", "supervisor", "message", "emergency", "scan")
"""Acts that do not depend on what is in hand."""


async def parts(
    visitor: Visitor, path: str, fields: Mapping[str, str] | None = None
) -> tuple[int, Element]:
    """Ask for the parts of a page, or press a button as its script does."""
    headers = {"Accept": "text/html", "X-View": "parts"}
    if fields is None:
        answer = await visitor.client.get(path, headers=headers)
    else:
        headers["Origin"] = visitor.origin
        answer = await visitor.client.post(path, headers=headers, data=dict(fields))
    return answer.status, strict_fragment(await answer.text())


def fields_of(seen: Seen, action: str) -> dict[str, str]:
    """Return what the form with that action carries."""
    form = seen.find("form", action=action)
    return {each.get("name", ""): each.get("value", "") for each in form.iter("input")}


def words(root: Element) -> str:
    return " ".join("".join(root.itertext()).split())


def part(root: Element, name: str) -> Element:
    [found] = [each for each in root.iter() if each.get("data-part") == name]
    return found


def actions(seen: Seen) -> set[str]:
    always = {"/sign-out", *(f"/desk/5/{act}" for act in ALWAYS)}
    return {form.get("action", "") for form in seen.all("form")} - always


def acts_at_5(*acts: str) -> set[str]:
    return {f"/desk/5/{act}" for act in acts}


async def at_window(site: DeskSite, *, waiting: int = 3, language: str = "ar") -> Visitor:
    """Sign Mona in with window 5 open and people waiting."""
    mona = await site.sign_in(language=language)
    await mona.submit(await mona.get("/desk"), "/desk/5/open")
    if waiting:
        await site.issue(waiting)
    return mona


async def test_a_window_is_chosen_and_opened(site: DeskSite) -> None:
    await site.open(3)
    mona = await site.sign_in()
    seen = await mona.get("/desk")
    assert "شباكك المعتاد" in words(part(seen.find("main"), "hand"))
    assert actions(seen) == {f"/desk/{number}/open" for number in (1, 2, 4, 5, 6, 7, 8, 9)}
    assert "شباك ٣ كريم فؤاد – مفتوح" in seen.words()
    seen = await mona.submit(seen, "/desk/5/open")
    assert (seen.status, seen.path) == (200, "/desk?window=5")
    window = await site.window()
    assert (window.state, window.opened_by, window.opened_by_name) == (
        "open",
        site.clerk,
        "منى السيد",
    )
    assert (await mona.get("/desk")).words("header").startswith("شباك ٥ منى السيد · شباك موحّد")


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_every_state_is_a_strict_page_in_both_languages(
    site: DeskSite, language: str
) -> None:
    mona = await at_window(site, waiting=0, language=language)
    seen = await mona.get("/desk")
    for act in ("pause", "resume"):
        fields = {"reason": "prayer"} if act == "pause" else {}
        carried = fields_of(seen, f"/desk/5/{act}")
        seen = await mona.post(f"/desk/5/{act}", {**carried, **fields})
        assert seen.status == 200
    await site.issue(service=None, priority="age65", language="en")
    seen = await mona.get("/desk")
    for act in ("call-next", "recall", "start", "finish"):
        seen = await mona.submit(seen, f"/desk/5/{act}")
        assert seen.status == 200
        main = [each.get("data-part") for each in seen.find("main").iter()]
        assert [name for name in main if name] == PARTS[1:]
    assert await site.acts_on("101") == ["issue", "call", "recall", "start", "finish"]


async def test_the_whole_life_goes_by_forms(site: DeskSite) -> None:
    mona = await at_window(site)
    seen = await mona.get("/desk")
    assert actions(seen) == acts_at_5("call-next", "call", "walk-direct", "pause", "close")
    seen = await mona.submit(seen, "/desk/5/call-next")
    assert "رقم الدور ١٠١" in words(part(seen.find("main"), "hand"))
    assert actions(seen) == acts_at_5("start", "recall", "no-show", "transfer", "note", "service")
    seen = await mona.submit(seen, "/desk/5/recall")
    assert "عدد مرات النداء ٢" in seen.words()
    seen = await mona.submit(seen, "/desk/5/no-show")
    assert (await site.labelled("101")).state == "no_show"
    seen = await mona.submit(seen, "/desk/5/call-next")
    seen = await mona.submit(seen, "/desk/5/start")
    assert actions(seen) == acts_at_5(
        "finish-next", "park", "transfer", "finish", "note", "service", "person"
    )
    seen = await mona.submit(seen, "/desk/5/finish-next")
    assert (await site.labelled("102")).state == "finished"
    assert (await site.in_hand()).label == "103"
    seen = await mona.submit(seen, "/desk/5/start")
    seen = await mona.submit(seen, "/desk/5/finish")
    assert (await site.window()).ticket is None
    assert "خدمت اليوم ٢" in seen.words("header")
    seen = await mona.submit(seen, "/desk/5/close")
    assert seen.path == "/desk"
    assert (await site.window()).state == "closed"


async def test_a_pause_keeps_its_reason(site: DeskSite) -> None:
    mona = await at_window(site, waiting=0)
    for reason in get_args(PauseReason):
        carried = fields_of(await mona.get("/desk"), "/desk/5/pause")
        seen = await mona.post("/desk/5/pause", {**carried, "reason": reason})
        window = await site.window()
        assert (window.state, window.reason) == ("paused", reason)
        assert actions(seen) == {"/desk/5/resume", "/desk/5/close"}
        await mona.submit(seen, "/desk/5/resume")
        assert (await site.window()).state == "open"


async def test_before_the_start_a_clerk_sees_label_and_service_alone(site: DeskSite) -> None:
    mona = await at_window(site, waiting=0)
    await site.issue(priority="age65", language="en")
    site.clock.jump(23 * 60)
    seen = await mona.submit(await mona.get("/desk"), "/desk/5/call-next")
    assert "طلب تصالح" in seen.words()
    hidden = ("انتظر", "٦٥ سنة فأكثر", "هذه الزيارة", "بالإنجليزية")
    assert not [each for each in hidden if each in seen.words()]
    seen = await mona.submit(seen, "/desk/5/start")
    assert not [each for each in hidden if each not in seen.words()]
    assert "انتظر ٢٣ دقيقة" in seen.words()


async def test_the_hall_beside_the_desk_names_labels_and_nothing_to_choose_by(
    site: DeskSite,
) -> None:
    mona = await at_window(site, waiting=12)
    seen = await mona.get("/desk")
    hall = part(seen.find("main"), "hall")
    labels = " ".join(str(number) for number in range(101, 109))
    arabic = labels.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    assert words(hall) == f"في الانتظار ١٢ {arabic} شباك واحد يعمل"
    assert not [each for each in hall.iter() if each.tag in ("a", "button", "form")]


async def test_the_card_says_what_is_not_documented(site: DeskSite) -> None:
    mona = await at_window(site, waiting=0)
    vague = next(
        entry.code
        for entry in load_catalogue().services.values()
        if entry.papers_ar and not entry.papers_documented and entry.legal_days is None
    )
    await site.issue(service=vague)
    seen = await mona.submit(await mona.get("/desk"), "/desk/5/call-next")
    file = words(part(seen.find("main"), "file"))
    assert "الأوراق المطلوبة غير موثق" in file
    assert "مدة الرد غير موثق" in file
    assert "الرسوم تُحدَّد بعد الفحص" in file


async def test_choosing_the_service_is_the_first_act_at_the_file_and_starts_it(
    site: DeskSite,
) -> None:
    mona = await at_window(site, waiting=0)
    await site.issue(service=None)
    seen = await mona.submit(await mona.get("/desk"), "/desk/5/call-next")
    assert "لم تُحدَّد الخدمة بعد" in seen.words()
    carried = fields_of(seen, "/desk/5/service")
    seen = await mona.post("/desk/5/service", {**carried, "service": "building-new"})
    again = await mona.post("/desk/5/service", {**carried, "service": "building-new"})
    assert "ترخيص بناء جديد" in seen.words()
    assert again.status == 200
    ticket = await site.in_hand()
    assert (ticket.state, ticket.service) == ("serving", "building-new")
    assert await site.acts_on("101") == ["issue", "call", "start", "set_service"]


async def test_a_visit_may_end_without_a_service(site: DeskSite) -> None:
    mona = await at_window(site, waiting=0)
    await site.issue(service=None)
    seen = await mona.submit(await mona.get("/desk"), "/desk/5/call-next")
    seen = await mona.submit(seen, "/desk/5/start")
    seen = await mona.submit(seen, "/desk/5/finish")
    ticket = await site.labelled("101")
    assert (ticket.state, ticket.service) == ("finished", None)
    assert "لم تُحدَّد" in words(part(seen.find("main"), "file"))


async def test_the_list_of_services_is_found_by_folded_words(site: DeskSite) -> None:
    mona = await at_window(site)
    seen = await mona.get("/desk")
    options = seen.all("li", role="option")
    assert len(options) == 70
    [option] = [each for each in options if each.get("data-service") == "licence-copy"]
    assert fold_arabic("صورة طبق الأصل") in (option.get("data-words") or "")
    seen = await mona.submit(seen, "/desk/5/call-next")
    assert len(seen.find("select", name="service")) == 70


@pytest.mark.parametrize(
    "act", ["call-next", "recall", "no-show", "start", "finish", "finish-next"]
)
async def test_a_double_press_is_one_act(site: DeskSite, act: str) -> None:
    mona = await at_window(site)
    seen = await mona.get("/desk")
    before = {"call-next": [], "finish": ["call-next", "start"]}
    before["finish-next"] = before["finish"]
    for earlier in before.get(act, ["call-next"]):
        seen = await mona.submit(seen, f"/desk/5/{earlier}")
    first = await mona.submit(seen, f"/desk/5/{act}")
    second = await mona.submit(seen, f"/desk/5/{act}")
    assert (first.status, second.status) == (200, 200)
    events = await site.acts_on("101")
    kind = {"call-next": "call", "no-show": "no_show", "finish-next": "finish"}.get(act, act)
    assert events.count(kind) == 1
    assert (await site.labelled("102")).state == ("called" if act == "finish-next" else "waiting")
    assert (await site.labelled("103")).state == "waiting"


async def test_two_tabs_end_one_visit_once(site: DeskSite) -> None:
    mona = await at_window(site)
    seen = await mona.submit(await mona.get("/desk"), "/desk/5/call-next")
    seen = await mona.submit(seen, "/desk/5/start")
    other_tab = await mona.get("/desk")
    await mona.submit(seen, "/desk/5/finish-next")
    late = await mona.submit(other_tab, "/desk/5/finish-next")
    assert late.status == 200
    assert (await site.in_hand()).label == "102"
    assert (await site.in_hand()).state == "called"


async def test_a_lost_race_is_told_with_the_state_as_it_is_now(site: DeskSite) -> None:
    mona = await at_window(site)
    seen = await mona.submit(await mona.get("/desk"), "/desk/5/call-next")
    await site.act(await site.in_hand(), "no_show")
    for act in ("start", "recall"):
        lost = await mona.submit(seen, f"/desk/5/{act}")
        assert lost.status == 409
        notice = words(part(lost.find("main"), "notice"))
        assert notice == "الرقم ١٠١ حالته الآن: لم يحضر. ما أمامك محدَّث."
        assert "/desk/5/call-next" in actions(lost)


async def test_an_old_picture_never_ends_another_visit(site: DeskSite) -> None:
    mona = await at_window(site)
    seen = await mona.submit(await mona.get("/desk"), "/desk/5/call-next")
    old = await mona.submit(seen, "/desk/5/start")
    await site.act(await site.in_hand(), "finish")
    await site.call(5, site.clerk)
    lost = await mona.submit(old, "/desk/5/finish-next")
    assert lost.status == 409
    assert "الرقم ١٠١ حالته الآن: انتهى" in lost.words()
    assert ((await site.in_hand()).label, (await site.in_hand()).state) == ("102", "called")
    assert (await site.labelled("103")).state == "waiting"


async def test_calling_with_a_number_in_hand_is_refused_naming_it(site: DeskSite) -> None:
    mona = await at_window(site)
    idle = await mona.get("/desk")
    await site.call(5, site.clerk)
    lost = await mona.submit(idle, "/desk/5/call-next")
    assert lost.status == 409
    assert "الرقم ١٠١ عندك بالفعل، وحالته: نودي." in lost.words()


async def test_nobody_waiting_is_told_and_forgotten_when_somebody_comes(site: DeskSite) -> None:
    mona = await at_window(site, waiting=0)
    carried = fields_of(await mona.get("/desk"), "/desk/5/call-next")
    status, root = await parts(mona, "/desk/5/call-next", carried)
    assert status == 200
    assert words(part(root, "notice")) == "لا أحد في الانتظار لهذا الشباك الآن."
    await site.issue()
    status, root = await parts(mona, "/desk/5/call-next", carried)
    assert (status, words(part(root, "notice"))) == (200, "")
    assert "١٠١" in words(part(root, "hall"))


async def test_the_window_of_somebody_else_is_refused_naming_them(site: DeskSite) -> None:
    await site.issue(2)
    await site.open(3)
    called = await site.call(3)
    mona = await site.sign_in()
    chosen = await mona.get("/desk?window=3")
    assert chosen.status == 409
    assert "شباك ٣ فتحه كريم فؤاد." in chosen.words()
    csrf = fields_of(chosen, "/desk/5/open")["csrf"]
    for act, more in {
        "open": {},
        "pause": {"reason": "break"},
        "close": {},
        "call-next": {},
        "start": {"ticket": str(called.id)},
        "recall": {"ticket": str(called.id)},
        "no-show": {"ticket": str(called.id)},
        "finish-next": {"ticket": str(called.id)},
        "service": {"ticket": str(called.id), "service": "building-new"},
    }.items():
        refused = await mona.post(f"/desk/3/{act}", {"csrf": csrf, "key": act, **more})
        assert refused.status == 409, act
        assert "شباك ٣ فتحه كريم فؤاد." in refused.words(), act
    window = await site.window(3)
    assert (window.state, window.opened_by) == ("open", COLLEAGUE)
    assert window.ticket == called


async def test_a_clerk_with_a_window_open_sees_it_whatever_the_bookmark_asks_for(
    site: DeskSite,
) -> None:
    await site.open(3)
    mona = await at_window(site, waiting=0)
    seen = await mona.get("/desk?window=3")
    assert seen.status == 200
    assert words(part(seen.find("main"), "notice")) == ""
    assert "/desk/5/call-next" in actions(seen)
    status, root = await parts(mona, "/desk/view?window=3")
    assert (status, words(part(root, "notice"))) == (200, "")


async def test_a_look_does_not_say_again_whose_the_window_in_the_bookmark_is(
    site: DeskSite,
) -> None:
    await site.open(3)
    mona = await site.sign_in()
    assert (await mona.get("/desk?window=3")).status == 409
    status, root = await parts(mona, "/desk/view?window=3")
    assert (status, words(part(root, "notice"))) == (200, "")


async def test_a_cut_desk_says_of_what_hour_its_picture_is(site: DeskSite) -> None:
    seen = await (await at_window(site)).get("/desk")
    told = seen.words("p", id="cut")
    assert told.startswith("انقطع الاتصال بالخادم. آخر تحديث للبيانات الساعة")


async def test_a_refused_press_is_read_in_the_other_language_too(site: DeskSite) -> None:
    mona = await at_window(site)
    seen = await mona.submit(await mona.get("/desk"), "/desk/5/call-next")
    await site.act(await site.in_hand(), "no_show")
    lost = await mona.submit(seen, "/desk/5/start")
    assert lost.status == 409
    [link] = [each for each in lost.all("a") if each.get("hreflang") == "en"]
    english = await mona.get(link.get("href") or "")
    assert (english.status, english.headers["Content-Language"]) == (200, "en")
    assert "Call next" in english.words()


async def test_a_supervisor_works_at_a_desk_like_a_clerk(site: DeskSite) -> None:
    karim = await site.add_staff("karim", "clerk", "كريم فؤاد", "Karim Fouad")
    await site.open(3, Actor("staff", karim.id), karim.name("ar"))
    await site.add_staff("hoda", "supervisor", "هدى منصور", "Hoda Mansour")
    hoda = await site.sign_in("hoda", "en")
    seen = await hoda.get("/desk")
    assert "No usual window" in seen.words()
    seen = await hoda.get("/desk?window=3")
    assert "Window 3 was opened by Karim Fouad." in seen.words()
    seen = await hoda.get("/desk?window=7")
    assert "Open window 7" in seen.words()
    assert "Window 3 Karim Fouad – open" in seen.words(), "people are named in its language"
    refused = await hoda.post(
        "/desk/3/close", {"csrf": fields_of(seen, "/desk/7/open")["csrf"], "key": "a"}
    )
    assert refused.status == 409
    assert (await site.window(3)).state == "open"
    seen = await hoda.submit(seen, "/desk/7/open")
    assert seen.path == "/desk?window=7"
    assert (await site.window(7)).opened_by_name == "هدى منصور"
    refused = await hoda.post(
        "/desk/3/close", {"csrf": fields_of(seen, "/desk/7/close")["csrf"], "key": "b"}
    )
    assert "Window 3 was opened by Karim Fouad." in refused.words()


async def test_a_program_that_stands_in_gives_its_window_and_its_ticket_to_a_person(
    site: DeskSite,
) -> None:
    key = await add_key(
        site.queue.pool,
        centre_id=1,
        name="bots",
        scopes=("read", "stand_in"),
        actor=Actor("system"),
        at=site.clock.now(),
    )
    program = Actor("key", key.key.id)
    await site.issue(2)
    await site.open(5, program, "bots")
    called = await site.call(5, program)
    mona = await site.sign_in()
    seen = await mona.get("/desk?window=5")
    assert seen.status == 200
    assert "يعمل آليًا حتى تفتحه" in seen.words()
    seen = await mona.submit(seen, "/desk/5/open")
    assert "رقم الدور ١٠١" in seen.words()
    await mona.submit(seen, "/desk/5/start")
    assert (await site.in_hand()).id == called.id


async def test_nobody_opens_a_second_window(site: DeskSite) -> None:
    mona = await at_window(site)
    csrf = fields_of(await mona.get("/desk"), "/desk/5/close")["csrf"]
    refused = await mona.post("/desk/7/open", {"csrf": csrf, "key": "a"})
    assert refused.status == 409
    assert "شباك ٥ مفتوح باسمك. أغلقه أولًا." in refused.words()
    assert (await site.window(7)).state == "closed"


async def test_a_window_that_was_closed_elsewhere_becomes_a_choice(site: DeskSite) -> None:
    mona = await at_window(site)
    seen = await mona.get("/desk")
    await site.queue.act_on_window(
        5, "close", actor=COLLEAGUE, actor_name="هدى منصور", any_window=True
    )
    lost = await mona.submit(seen, "/desk/5/call-next")
    assert lost.status == 409
    assert "شباك ٥ حالته الآن: مغلق." in lost.words()
    assert "/desk/5/open" in actions(lost)


async def test_a_form_without_the_sessions_token_or_from_elsewhere_is_refused(
    site: DeskSite,
) -> None:
    mona = await at_window(site)
    carried = fields_of(await mona.get("/desk"), "/desk/5/call-next")
    stale = await mona.post("/desk/5/call-next", {**carried, "csrf": "x" * 52})
    missing = await mona.post("/desk/5/call-next", {"key": carried["key"]})
    foreign = await mona.post("/desk/5/call-next", carried, Origin="http://elsewhere.example")
    assert [stale.status, missing.status, foreign.status] == [403, 403, 403]
    assert (await site.window()).ticket is None


async def test_whoever_is_not_signed_in_goes_to_the_sign_in_page_and_back(site: DeskSite) -> None:
    visitor = Visitor(site.client)
    seen = await visitor.get("/desk?window=5")
    assert seen.path == "/sign-in?next=/desk?window%3D5"
    seen = await visitor.get("/desk/view", follow=False)
    assert (seen.status, seen.headers["Location"]) == (303, "/sign-in?next=/desk/view")
    refused = await visitor.post("/desk/5/open", {"key": "a"}, follow=False)
    assert (refused.status, refused.headers["Location"]) == (303, "/sign-in")


async def test_a_press_that_no_button_makes_is_an_error(site: DeskSite) -> None:
    mona = await site.sign_in()
    csrf = fields_of(await mona.get("/desk"), "/desk/5/open")["csrf"]
    unknown = "01970000-0000-7000-8000-000000000001"
    presses: list[tuple[str, dict[str, str], int]] = [
        ("/desk/5/dance", {}, 404),
        ("/desk/0/open", {}, 404),
        ("/desk/99/open", {"key": "a"}, 404),
        ("/desk/5/recall", {"key": "a"}, 422),
        ("/desk/5/recall", {"key": "a", "ticket": "142"}, 422),
        ("/desk/5/pause", {"key": "a", "reason": "tea"}, 422),
        ("/desk/5/open", {"key": ""}, 422),
        ("/desk/5/open", {"key": "a b"}, 422),
        ("/desk/5/open", {"key": "a", "more": "x"}, 422),
        ("/desk/5/start", {"key": "a", "ticket": unknown}, 404),
    ]
    for path, fields, status in presses:
        answer = await mona.post(path, {"csrf": csrf, **fields})
        assert answer.status == status, (path, fields)


async def test_a_window_that_is_none_is_not_found(site: DeskSite) -> None:
    mona = await site.sign_in()
    for number in ("0", "100", "x", "٥", "99"):
        assert (await mona.get(f"/desk?window={number}")).status == 404, number


async def test_an_open_page_gets_its_parts_alone_and_presses_get_them_too(site: DeskSite) -> None:
    mona = await at_window(site)
    status, root = await parts(mona, "/desk/view?window=5")
    assert status == 200
    assert [each.get("data-part") for each in root.iter() if each.get("data-part")] == PARTS
    carried = fields_of(await mona.get("/desk"), "/desk/5/call-next")
    status, root = await parts(mona, "/desk/5/call-next", carried)
    assert "١٠١" in words(part(root, "hand"))
    assert part(root, "hand").get("data-stamp", "").startswith("called-")


async def test_the_parts_are_small(site: DeskSite) -> None:
    mona = await at_window(site, waiting=40)
    answer = await mona.client.get("/desk/view", headers={"Accept": "text/html"})
    assert len(await answer.read()) < 20_000


async def test_the_tick_comes_with_a_displays_answer_and_goes_with_a_recall(
    site: DeskSite,
) -> None:
    mona = await at_window(site)
    seen = await mona.submit(await mona.get("/desk"), "/desk/5/call-next")
    assert "لم يظهر على الشاشة بعد" in seen.words()
    await site.show(await site.in_hand())
    seen = await mona.get("/desk")
    assert "ظهر على الشاشة" in seen.words()
    assert "لم يظهر" not in seen.words()
    seen = await mona.submit(seen, "/desk/5/recall")
    assert "لم يظهر على الشاشة بعد" in seen.words()


async def test_the_ticket_in_hand_outlives_a_restart_of_the_server(site: DeskSite) -> None:
    mona = await at_window(site)
    seen = await mona.submit(await mona.get("/desk"), "/desk/5/call-next")
    await mona.submit(seen, "/desk/5/start")
    await site.stop()
    await site.start()
    site.clock.jump(192)
    mona = await site.sign_in()
    seen = await mona.get("/desk")
    hand = words(part(seen.find("main"), "hand"))
    assert "رقم الدور ١٠١" in hand
    assert "٠٣:١" in hand
    assert (await mona.submit(seen, "/desk/5/finish-next")).status == 200
    assert (await site.in_hand()).label == "102"


async def test_the_window_at_work_counts_its_own_day_alone(site: DeskSite) -> None:
    mona = await at_window(site, waiting=6)
    await site.open(3)
    await site.serve(5, 100, site.clerk)
    await site.serve(5, 200, site.clerk)
    await site.serve(3, 900)
    seen = await mona.get("/desk")
    assert "خدمت اليوم ٢ متوسط ٢:٣" in seen.words("header")
    site.clock.jump(24 * 3600)
    mona = await site.sign_in()
    assert "خدمت اليوم ٠" in (await mona.get("/desk")).words("header")
