"""The desk's further acts over HTTP, as forms without a script: each once, refusals in place."""

from queue_server.tickets import windows
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.model import Actor, Ticket
from queue_server.tickets.window_alarms import WindowAlarm
from tests.support.desk_site import RECEPTION, DeskSite
from tests.support.desk_site import site as site
from tests.support.pages import Seen, Visitor


async def serving(site: DeskSite, *, waiting: int = 3) -> tuple[Visitor, Seen]:
    """Sign Mona in at window 5 with number 101 being served."""
    mona = await site.sign_in()
    seen = await mona.submit(await mona.get("/desk"), "/desk/5/open")
    await site.issue(waiting)
    seen = await mona.submit(await mona.get("/desk"), "/desk/5/call-next")
    return mona, await mona.submit(seen, "/desk/5/start")


def carried(seen: Seen, action: str) -> dict[str, str]:
    form = seen.find("form", action=action)
    fields = {each.get("name", ""): each.get("value", "") for each in form.iter("input")}
    return {name: value for name, value in fields.items() if name in ("csrf", "key", "ticket")}


async def press(mona: Visitor, seen: Seen, act: str, **fields: str) -> Seen:
    """Press a button that carries a value, as a browser without a script would."""
    action = f"/desk/5/{act}"
    return await mona.post(action, {**carried(seen, action), **fields})


async def test_a_number_is_parked_with_its_reason_and_called_again_first(site: DeskSite) -> None:
    mona, seen = await serving(site)
    again = seen
    seen = await press(mona, seen, "park", reason="copy", minutes="30")
    ticket = await site.labelled("101")
    assert (ticket.state, ticket.park_reason, ticket.window) == ("parked", "copy", 5)
    assert ticket.parked_until is not None
    assert (ticket.parked_until - ticket.last_at).total_seconds() == 1800
    assert "مؤجل عند شباكك ١٠١ ٢٩ دقيقة" in seen.words() or "٣٠ دقيقة" in seen.words()
    await press(mona, again, "park", reason="copy", minutes="30")
    assert await site.acts_on("101") == ["issue", "call", "start", "park"]
    seen = await press(mona, seen, "unpark")
    assert (await site.labelled("101")).lane == "window:5"
    seen = await press(mona, seen, "call-next")
    assert (await site.in_hand()).label == "101"


async def test_a_park_without_a_known_reason_is_no_park(site: DeskSite) -> None:
    mona, seen = await serving(site)
    answer = await press(mona, seen, "park", reason="mood")
    assert answer.status == 422
    answer = await press(mona, seen, "park", reason="copy", minutes="0")
    assert answer.status == 422
    assert (await site.labelled("101")).state == "serving"


async def test_a_number_goes_to_a_window_or_a_person_with_its_reason(site: DeskSite) -> None:
    suad = await site.add_staff("suad", "clerk", "سعاد عبد الله", "Suad Abdallah")
    await site.open(3, Actor("staff", suad.id), "سعاد عبد الله")
    mona, seen = await serving(site)
    targets = [each.get("value") for each in seen.all("input", name="to")]
    assert targets == ["window:3", f"staff:{suad.id}"]
    seen = await press(mona, seen, "transfer", to="window:3", reason="needs_specialist")
    ticket = await site.labelled("101")
    assert (ticket.state, ticket.lane) == ("waiting", "window:3")
    called = await site.call(3, Actor("staff", suad.id))
    assert called.label == "101"
    seen = await press(mona, seen, "call-next")
    seen = await press(mona, seen, "transfer", to=f"staff:{suad.id}", reason="other")
    assert (await site.labelled("102")).lane == f"staff:{suad.id}"


async def test_nobody_is_sent_to_a_window_where_nobody_sits(site: DeskSite) -> None:
    await site.open(3)
    mona, seen = await serving(site)
    answer = await press(mona, seen, "transfer", to="window:8", reason="other")
    assert answer.status == 409
    assert "لا أحد يخدم هناك الآن. اختر مكانًا آخر." in answer.words()
    assert (await site.labelled("101")).state == "serving"
    await site.open(8)
    await press(mona, answer, "transfer", to="window:8", reason="other")
    assert (await site.labelled("101")).lane == "window:8"


async def test_a_number_that_came_too_late_is_returned_by_a_key_or_by_its_label(
    site: DeskSite,
) -> None:
    mona, seen = await serving(site, waiting=4)
    missed: list[Ticket] = []
    await site.open(3)
    for _ in range(2):
        missed.append(await site.act(await site.call(3), "no_show"))
    seen = await mona.get("/desk")
    shown = [each.get("value") for each in seen.all("button", name="label")]
    assert shown == [each.label for each in reversed(missed)]
    seen = await press(mona, seen, "return", label=missed[0].label)
    assert "عاد الرقم إلى الدور." not in seen.words()  # a whole page says nothing twice
    assert (await site.labelled(missed[0].label)).state == "waiting"
    seen = await press(mona, await mona.get("/desk"), "return", label="١٠٣")
    assert (await site.labelled("103")).state == "waiting"
    answer = await press(mona, await mona.get("/desk"), "return", label="999")
    assert answer.status == 409
    assert "لا يوجد رقم ٩٩٩ اليوم." in answer.words()
    answer = await press(mona, await mona.get("/desk"), "return", label="101")
    assert answer.status == 409
    assert "الرقم ١٠١ حالته الآن: في الخدمة." in answer.words()


async def test_the_last_act_is_undone_within_its_time_and_once(site: DeskSite) -> None:
    mona, seen = await serving(site)
    seen = await press(mona, seen, "finish", outcome="refused")
    assert (await site.labelled("101")).outcome == "refused"
    undo = seen
    seen = await press(mona, seen, "undo")
    assert (await site.labelled("101")).state == "serving"
    await press(mona, undo, "undo")
    assert await site.acts_on("101") == ["issue", "call", "start", "finish", "undo"]
    seen = await press(mona, await mona.get("/desk"), "finish")
    stale = seen
    site.clock.jump(40)
    answer = await press(mona, stale, "undo")
    assert answer.status == 409
    assert "انتهى وقت هذا الإجراء." in answer.words()
    assert not [
        form for form in (await mona.get("/desk")).all("form") if "undo" in form.get("action", "")
    ]


async def test_a_number_is_called_out_of_order_with_a_reason_that_is_kept(site: DeskSite) -> None:
    mona, seen = await serving(site)
    seen = await press(mona, seen, "finish")
    answer = await press(mona, seen, "call", label="٩٩٩", reason="health")
    assert answer.status == 409
    seen = await press(mona, await mona.get("/desk"), "call", label="١٠٣", reason="health")
    ticket = await site.in_hand()
    assert (ticket.label, ticket.state) == ("103", "called")
    [*_, call] = await site.queue.events(ticket.id)
    assert (call.event, call.reason) == ("call", "health")
    answer = await press(mona, await mona.get("/desk"), "note", text="x" * 301)
    assert answer.status == 422


async def test_a_citizen_without_a_number_is_served_at_once(site: DeskSite) -> None:
    mona, seen = await serving(site, waiting=1)
    seen = await press(mona, seen, "finish")
    await press(mona, seen, "walk-direct", service="fence")
    ticket = await site.in_hand()
    assert (ticket.state, ticket.service, ticket.channel) == ("serving", "fence", "desk")
    assert ticket.label == "102"


async def test_the_policy_holds_a_no_show_back_and_the_button_says_until_when(
    site: DeskSite,
) -> None:
    await site.queue.pool.execute(
        "INSERT INTO policy_now (centre_id, no_show_after_s, no_show_after_more_time_s)"
        " VALUES (1, 45, 120)"
    )
    await site.queue.issue(IssueRequest(RECEPTION, "reception", needs=("more_time",)))
    mona = await site.sign_in()
    await mona.submit(await mona.get("/desk"), "/desk/5/open")
    seen = await press(mona, await mona.get("/desk"), "call-next")
    ticket = await site.in_hand()
    assert ticket.called_at is not None
    button = seen.find("button", id="act-no-show")
    assert button.get("data-from") == str(int((ticket.called_at.timestamp() + 120) * 1000))
    assert "يحتاج وقتًا أطول" not in seen.words()
    answer = await press(mona, seen, "no-show")
    assert answer.status == 409
    assert "ثانية." in answer.words()
    site.clock.jump(121)
    await press(mona, await mona.get("/desk"), "no-show")
    assert (await site.labelled("101")).state == "no_show"


async def test_needs_and_requests_are_told_in_words_from_the_start_on(site: DeskSite) -> None:
    await site.queue.issue(
        IssueRequest(RECEPTION, "reception", needs=("cannot_hear", "cannot_see"), requests=2)
    )
    mona = await site.sign_in()
    await mona.submit(await mona.get("/desk"), "/desk/5/open")
    seen = await press(mona, await mona.get("/desk"), "call-next")
    told = ("لا يسمع: اكتب ما تريد قوله.", "لا يرى:", "طلبان على هذا الرقم")
    assert not [each for each in told if each in seen.words()]
    seen = await press(mona, seen, "start")
    assert [each for each in told if each in seen.words()] == list(told)


async def test_a_note_stands_in_the_visit_and_in_no_event(site: DeskSite) -> None:
    mona, seen = await serving(site)
    again = seen
    seen = await press(mona, seen, "note", text="  أحضر أصل العقد ")
    assert "ملاحظة: أحضر أصل العقد" in seen.words()
    await press(mona, again, "note", text="  أحضر أصل العقد ")
    assert len(await windows.notes(site.queue, (await site.in_hand()).id)) == 1
    assert await site.acts_on("101") == ["issue", "call", "start"]


async def test_alarms_and_messages_go_by_forms_too(site: DeskSite) -> None:
    mona, seen = await serving(site)
    seen = await press(mona, seen, "emergency", aloud="")
    seen = await press(mona, seen, "fault", category="network")
    seen = await press(mona, seen, "supervisor")
    kinds = [(each.kind, each.category, each.is_silent) for each in await alarms(site)]
    assert kinds == [
        ("emergency", None, True),
        ("fault", "network", False),
        ("supervisor", None, False),
    ]
    [emergency, *_] = await alarms(site)
    fields = carried(seen, "/desk/5/settle") | {
        "alarm": str(emergency.id),
        "why": "false_alarm",
    }
    seen = await mona.post("/desk/5/settle", fields)
    assert [each.kind for each in await alarms(site)] == ["fault", "supervisor"]
    seen = await press(mona, seen, "message", text="أحتاج ورق طباعة")
    [message] = await windows.last_messages(site.queue, limit=5)
    assert (message.text, message.window, message.toward) == ("أحتاج ورق طباعة", 5, "supervisor")


async def alarms(site: DeskSite) -> tuple[WindowAlarm, ...]:
    return await windows.open_alarms(site.queue)


async def test_a_window_is_handed_over_and_taken_by_one_form_each(site: DeskSite) -> None:
    await site.add_staff("suad", "clerk", "سعاد عبد الله", "Suad Abdallah")
    mona, seen = await serving(site)
    suad = await site.sign_in("suad")
    assert "/desk/5/open" not in {
        form.get("action") for form in (await suad.get("/desk")).all("form")
    }
    seen = await press(mona, seen, "offer")
    taken = await suad.submit(await suad.get("/desk"), "/desk/5/open")
    assert "رقم الدور ١٠١" in taken.words()
    assert (await site.window()).opened_by_name == "سعاد عبد الله"
    answer = await press(mona, seen, "finish")
    assert answer.status == 409
    assert "شباك ٥ فتحه سعاد عبد الله." in answer.words()


async def test_a_reply_belongs_to_a_window_that_one_had_today(site: DeskSite) -> None:
    mona, _ = await serving(site)
    page = await mona.get("/desk/my-day")
    assert "مؤشر للمتابعة ولا يُعد سندًا للجزاء." in page.words()
    csrf = page.find("input", name="csrf").get("value") or ""
    refused = await mona.post("/desk/my-day/6/reply", {"csrf": csrf, "text": "x"})
    assert refused.status == 404
    page = await mona.post("/desk/my-day/5/reply", {"csrf": csrf, "text": "كان السيستم متوقفًا"})
    assert "حُفظ ردك بجانب المؤشرات." in page.words()
    [reply] = await windows.replies(site.queue)
    assert (reply.window, reply.text) == (5, "كان السيستم متوقفًا")


async def test_an_alarm_that_is_none_is_not_found(site: DeskSite) -> None:
    mona, seen = await serving(site)
    fields = carried(seen, "/desk/5/supervisor")
    for act, more in (("come", {}), ("settle", {"why": "handled"})):
        nobody = {"alarm": str(site.mona.id)}
        answer = await mona.post(f"/desk/5/{act}", {**fields, **nobody, **more})
        assert answer.status == 404


async def test_a_number_that_is_none_is_told_in_place_and_does_nothing(site: DeskSite) -> None:
    mona = await site.sign_in()
    seen = await mona.submit(await mona.get("/desk"), "/desk/5/open")
    fields = carried(seen, "/desk/5/call") | {"label": "غير رقم", "reason": "health"}
    headers = {"X-View": "parts", "Origin": mona.origin, "Accept": "text/html"}
    answer = await mona.client.post("/desk/5/call", data=fields, headers=headers)
    assert answer.status == 409
    assert "ما كُتب لا يصلح" in await answer.text()
    assert (await mona.post("/desk/5/call", fields)).status == 422


async def test_a_reply_of_many_lines_is_kept_whole(site: DeskSite) -> None:
    mona = await site.sign_in()
    await mona.submit(await mona.get("/desk"), "/desk/5/open")
    site.clock.jump(60)
    page = await mona.get("/desk/my-day")
    text = "\r\n".join("س" * 9 for _ in range(50))
    assert len(text.replace("\r\n", "\n")) <= 500 < len(text)
    csrf = page.find("input", name="csrf").get("value", "")
    await mona.post("/desk/my-day/5/reply", {"csrf": csrf, "text": text})
    [reply] = await windows.replies(site.queue)
    assert reply.text == text.replace("\r\n", "\n")
