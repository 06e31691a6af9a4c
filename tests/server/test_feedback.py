"""Asking citizens after a visit, at the window and by phone, and what staff may see of it."""

import csv
import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from core_services.people.permissions import ALL_SCOPES, SCOPE_PERMISSIONS, permissions_of_role
from queue_server.feedback.model import Given
from queue_server.feedback.publication import week_of
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.model import Ticket
from queue_server.web.keys import ANSWERS
from tests.support.centre_server import CentreServer, a_centre_server
from tests.support.database import Database
from tests.support.desk_site import JumpingClock
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import Visitor, strict_fragment
from tests.support.queue import KEY
from tests.unit.test_sheets import Book

WINDOW = "/windows/5/feedback"


@pytest.fixture
def citizen(scene: HallScene) -> Visitor:
    """A browser that nobody is signed in with."""
    return Visitor(scene.site.client)


async def served(scene: HallScene) -> Ticket:
    """Serve one citizen at window 5."""
    if 5 not in scene.staff:
        await scene.seat(5)
    await scene.site.issue()
    ticket = await scene.site.call(5, scene.staff[5])
    await scene.site.act(ticket, "start", scene.staff[5])
    return await scene.site.act(ticket, "finish", scene.staff[5])


async def scores(scene: HallScene) -> list[str]:
    rows = await scene.pool.fetch("SELECT score FROM feedback ORDER BY last_at, ticket_id")
    return [row["score"] for row in rows]


@dataclass(frozen=True, slots=True)
class Part:
    """A fragment, as a screen's script gets it."""

    status: int
    text: str


async def part(citizen: Visitor, path: str, fields: dict[str, str] | None = None) -> Part:
    """Ask for a fragment, or send a touch and get one."""
    client, headers = citizen.client, {"X-View": "parts", "Origin": citizen.origin}
    if fields is None:
        answer = await client.get(path, headers=headers)
    else:
        answer = await client.post(path, headers=headers, data=fields)
    text = await answer.text()
    if answer.status == 200:
        strict_fragment(text)
    return Part(answer.status, text)


def visit_in(seen: Part) -> str:
    (field,) = [
        each for each in strict_fragment(seen.text).iter("input") if each.get("name") == "visit"
    ]
    return field.get("value", "")


async def test_a_window_asks_after_a_visit_and_takes_one_touch(
    scene: HallScene, citizen: Visitor
) -> None:
    assert (await part(citizen, WINDOW)).status == 204
    ticket = await served(scene)
    seen = await part(citizen, WINDOW)
    assert seen.status == 200
    assert "الموظف لا يرى إجابتك." in seen.text
    visit = visit_in(seen)
    assert visit == str(ticket.id)
    thanks = await part(citizen, WINDOW, {"visit": visit, "score": "unsatisfied"})
    assert (thanks.status, await scores(scene)) == (200, ["unsatisfied"])
    assert "شكرًا لك، وصلت إجابتك." in thanks.text
    assert "unsatisfied" not in thanks.text
    assert (await part(citizen, WINDOW)).status == 204
    again = await part(citizen, WINDOW, {"visit": visit, "score": "unsatisfied"})
    assert "شكرًا لك" in again.text
    assert await scene.pool.fetchval("SELECT count(*) FROM feedback_event") == 1


async def test_an_answer_at_the_window_can_be_changed_there_without_being_shown(
    scene: HallScene, citizen: Visitor
) -> None:
    await served(scene)
    visit = visit_in(await part(citizen, WINDOW))
    await part(citizen, WINDOW, {"visit": visit, "score": "unsatisfied"})
    seen = await part(citizen, WINDOW + "?again=1")
    assert visit_in(seen) == visit
    assert "checked" not in seen.text
    await part(citizen, WINDOW, {"visit": visit, "score": "satisfied"})
    assert await scores(scene) == ["satisfied"]


async def test_the_faces_are_gone_after_thirty_seconds_and_a_late_touch_counts_for_two_minutes(
    scene: HallScene, citizen: Visitor
) -> None:
    await served(scene)
    visit = visit_in(await part(citizen, WINDOW))
    scene.site.clock.jump(31)
    assert (await part(citizen, WINDOW)).status == 204
    scene.site.clock.jump(60)
    await part(citizen, WINDOW, {"visit": visit, "score": "fair"})
    assert await scores(scene) == ["fair"]
    other = await served(scene)
    scene.site.clock.jump(121)
    late = await part(citizen, WINDOW, {"visit": str(other.id), "score": "fair"})
    assert "انتهى وقت الإجابة." in late.text
    assert len(await scores(scene)) == 1


async def test_a_touch_for_the_visit_before_is_never_kept_for_the_next_one(
    scene: HallScene, citizen: Visitor
) -> None:
    first = await served(scene)
    await served(scene)
    told = await part(citizen, WINDOW, {"visit": str(first.id), "score": "fair"})
    assert "انتهى وقت الإجابة." in told.text
    elsewhere = await part(
        citizen, "/windows/6/feedback", {"visit": str(first.id), "score": "fair"}
    )
    assert "انتهى وقت الإجابة." in elsewhere.text
    assert await scores(scene) == []


async def test_another_sites_page_a_wrong_face_and_too_many_touches_are_refused(
    scene: HallScene, citizen: Visitor
) -> None:
    await served(scene)
    visit = visit_in(await part(citizen, WINDOW))
    fields = {"visit": visit, "score": "fair"}
    foreign = await citizen.post(WINDOW, fields, Origin="https://elsewhere.example")
    assert foreign.status == 403
    assert (await citizen.post(WINDOW, {"visit": visit, "score": "superb"})).status == 422
    statuses = [(await part(citizen, WINDOW, fields)).status for _ in range(25)]
    assert set(statuses) == {200, 429}
    assert await scene.pool.fetchval("SELECT count(*) FROM feedback_event") == 1


async def test_the_faces_are_a_page_of_their_own_without_script(
    scene: HallScene, citizen: Visitor
) -> None:
    page = await citizen.get(WINDOW + "/page")
    assert "لا سؤال الآن." in page.words()
    await served(scene)
    page = await citizen.get(WINDOW + "/page?lang=en")
    assert "How was your visit?" in page.words()
    form = page.find("form")
    hidden = {each.get("name", ""): each.get("value", "") for each in form.iter("input")}
    told = await citizen.post(form.get("action", ""), {**hidden, "score": "satisfied"})
    assert "Thank you. Your answer has arrived." in told.words()
    assert await scores(scene) == ["satisfied"]


def slip(ticket: Ticket, more: str = "") -> str:
    return f"/t/{ticket.token.lower()}{more}"


async def test_the_slips_page_asks_after_the_visit_and_keeps_reasons_and_words(
    scene: HallScene, citizen: Visitor
) -> None:
    ticket = await scene.site.issue()
    assert "هل أنت راضٍ" not in (await citizen.get(slip(ticket, "?lang=ar"))).text
    await scene.seat(5)
    ticket = await scene.site.call(5, scene.staff[5])
    await scene.site.act(ticket, "start", scene.staff[5])
    await scene.site.act(ticket, "finish", scene.staff[5])
    page = await citizen.get(slip(ticket, "?lang=ar"))
    assert "هل أنت راضٍ عن الخدمة؟" in page.words()
    told = await citizen.post(
        slip(ticket, "/feedback"),
        {
            "score": "unsatisfied",
            "reason-waiting": "1",
            "reason-other": "1",
            "text": "انتظرت\r\nساعتين",
            "lang": "ar",
        },
        Origin="null",
    )
    assert "شكرًا لك، وصلت إجابتك." in told.words()
    assert "انتظرت" not in told.text
    row = await scene.pool.fetchrow(
        "SELECT f.reasons, x.text FROM feedback f JOIN feedback_text x USING (centre_id, ticket_id)"
    )
    assert row is not None
    assert (row["reasons"], row["text"]) == (["other", "waiting"], "انتظرت\nساعتين")


async def test_the_slips_page_fetches_the_question_when_the_visit_has_ended(
    scene: HallScene, citizen: Visitor
) -> None:
    waiting = await scene.site.issue()
    assert (await part(citizen, slip(waiting, "/feedback"))).status == 204
    ticket = await served(scene)
    asked = await part(citizen, slip(ticket, "/feedback?lang=ar"))
    assert "هل أنت راضٍ عن الخدمة؟" in asked.text
    answer = await citizen.client.get(slip(ticket, "/feedback"))
    assert answer.headers["Referrer-Policy"] == "no-referrer"


async def test_the_slips_page_lets_an_answer_be_changed_for_ten_minutes(
    scene: HallScene, citizen: Visitor
) -> None:
    ticket = await served(scene)
    send = slip(ticket, "/feedback")
    await citizen.post(send, {"score": "fair"}, Origin="null")
    assert "غيّرها خلال ١٠ دقائق" in (await citizen.get(slip(ticket, "?lang=ar"))).text
    scene.site.clock.jump(601)
    page = await citizen.get(slip(ticket, "?lang=ar"))
    assert "شكرًا لك" in page.text
    assert page.all("form") == []
    told = await citizen.post(send, {"score": "satisfied"}, Origin="null")
    assert "لم يتغيّر شيء: انتهى وقت الإجابة." in told.words()
    assert await scores(scene) == ["fair"]


async def test_words_beyond_their_length_and_addresses_that_nobody_has_are_refused(
    scene: HallScene, citizen: Visitor
) -> None:
    ticket = await served(scene)
    long = {"score": "fair", "text": "ا" * 301}
    assert (await citizen.post(slip(ticket, "/feedback"), long, Origin="null")).status == 422
    nowhere = "/t/" + "a" * 16 + "/feedback"
    assert (await citizen.post(nowhere, {"score": "fair"}, Origin="null")).status == 404
    assert await scores(scene) == []


async def test_staff_neither_answer_for_a_citizen_nor_see_what_was_answered(
    scene: HallScene, citizen: Visitor
) -> None:
    ticket = await served(scene)
    words = "كلام لا يراه أحد"
    await citizen.post(
        slip(ticket, "/feedback"), {"score": "unsatisfied", "text": words}, Origin="null"
    )
    for username in ("mona", "hoda"):
        staff = await scene.site.sign_in(username)
        page = await staff.get(slip(ticket, "?lang=ar"))
        assert page.all("form", class_="feedback__form") == []
        told = await staff.post(slip(ticket, "/feedback"), {"score": "satisfied"})
        assert told.status == 403
        for path in ("/desk", f"/supervisor/tickets/{ticket.id}", "/supervisor"):
            assert words not in (await staff.get(path)).text
    assert await scores(scene) == ["unsatisfied"]


@pytest.fixture
async def later_server(database: Database, server_data: Path) -> AsyncIterator[CentreServer]:
    """A server whose clock jumps over a week at once."""
    async with a_centre_server(database, server_data, clock=JumpingClock()) as server:
        yield server


async def finish_one(server: CentreServer, answer: Given | None) -> Ticket:
    queue = server.queue
    window = next(each for each in (await queue.hall()).windows if each.number == 5)
    if window.state == "closed":
        await queue.act_on_window(5, "open", actor=KEY, actor_name="x", any_window=True)
    await queue.issue(IssueRequest(KEY, "api", service="reconciliation"))
    ticket = await queue.call_next(5, actor=KEY, own_only=False)
    assert ticket is not None
    await queue.act(ticket.id, "start", actor=KEY, any_window=True)
    ticket = await queue.act(ticket.id, "finish", actor=KEY, any_window=True)
    if answer is not None:
        await server.app[ANSWERS].keep(ticket.id, answer, channel="window")
    return ticket


async def a_week_of_answers(server: CentreServer, satisfied: int, others: int) -> str:
    """Let citizens answer, let the week end, and return its first day."""
    clock = server.clock
    assert isinstance(clock, JumpingClock)
    week = week_of(server.queue.today()[0])
    for given in [Given("satisfied")] * satisfied + [Given("fair")] * others:
        await finish_one(server, given)
    clock.jump(7 * 86_400)
    return str(week)


async def test_satisfaction_is_told_by_service_and_week_between_bounds(
    later_server: CentreServer,
) -> None:
    week = await a_week_of_answers(later_server, 18, 3)
    program = await later_server.program("supervise")
    last = later_server.queue.today()[0]
    told = await program.get(f"/satisfaction?from={week}&to={last}")
    assert told.status == 200, told.body
    (item,) = told.body["items"]
    assert (item["week_begins"], item["service"], item["answers"]) == (week, "reconciliation", 21)
    assert (item["satisfied_at_least"], item["satisfied_at_most"]) == (17, 21)
    assert (item["share_at_least_percent"], item["share_at_most_percent"]) == (80, 100)
    assert told.body["total"]["answers"] == 21


async def test_no_range_of_days_and_no_order_of_asking_tells_a_hidden_answer(
    later_server: CentreServer,
) -> None:
    week = await a_week_of_answers(later_server, 3, 1)
    program = await later_server.program("supervise")
    begin = later_server.queue.today()[0] - timedelta(days=14)
    for length in range(0, 21, 3):
        told = await program.get(f"/satisfaction?from={begin}&to={begin + timedelta(days=length)}")
        assert told.body["items"] == []
        assert told.body["total"]["answers"] == 0
    reversed_range = await program.get(f"/satisfaction?from={week}&to=2020-01-01")
    assert reversed_range.body["items"] == []


def test_no_clerk_and_no_clerks_key_may_ask_for_satisfaction() -> None:
    assert "see_satisfaction" not in permissions_of_role("clerk")
    assert [scope for scope in ALL_SCOPES if "see_satisfaction" in SCOPE_PERMISSIONS[scope]] == [
        "supervise"
    ]


async def test_no_answer_of_the_interface_holds_a_citizens_answer(
    centre_server: CentreServer,
) -> None:
    ticket = await finish_one(centre_server, Given("unsatisfied"))
    program = await centre_server.program()
    for path in (f"/tickets/{ticket.id}", "/tickets", "/windows", "/queues", "/services"):
        told = await program.get(path)
        assert "unsatisfied" not in json.dumps(told.body), path
        assert "feedback" not in json.dumps(told.body), path
    async with aiohttp.request("GET", f"{centre_server.url}/metrics") as answer:
        assert "satisf" not in await answer.text()


async def test_a_supervisor_sees_the_week_and_takes_it_as_a_table(scene: HallScene) -> None:
    answers = scene.site.client.app[ANSWERS]
    week = week_of(answers.queue.today()[0])
    for given in [Given("satisfied")] * 12 + [Given("fair", ("waiting",))] * 6:
        ticket = await served(scene)
        await answers.keep(ticket.id, given, channel="phone")
    hoda = await scene.site.sign_in("hoda")
    page = await hoda.get("/supervisor/satisfaction")
    assert "لا خدمة بلغت ٥ إجابات هذا الأسبوع." in page.words()
    scene.site.clock.jump(7 * 86_400)
    hoda = await scene.site.sign_in("hoda")
    page = await hoda.get("/supervisor/satisfaction")
    assert "٦٦٪ من ١٨ إجابة" in page.words()
    assert "الانتظار ٦" in page.words("ul", class_="reasons")
    last = week + timedelta(days=6)
    table = await hoda.get(f"/supervisor/satisfaction.csv?from={week}&to={last}")
    assert table.headers["Content-Type"] == "text/csv; charset=utf-8"
    (row,) = csv.DictReader(io.StringIO(table.text.removeprefix("\ufeff")))
    assert (row["week_begins"], row["answers"], row["satisfied_at_least"]) == (
        str(week),
        "18",
        "12",
    )
    async with hoda.client.get(f"/supervisor/satisfaction.xlsx?from={week}&to={last}") as answer:
        assert Book(await answer.read()).rows(1)[-1][5:] == [18, 12, 12, 66, 66]
    for wrong in ("", "?from=x&to=y", f"?from={last}&to={week}", "?from=0001-01-01&to=0001-02-01"):
        assert (await hoda.get(f"/supervisor/satisfaction.csv{wrong}")).status == 400


async def test_a_clerk_sees_no_satisfaction(scene: HallScene) -> None:
    mona = await scene.site.sign_in("mona")
    for form in ("", ".csv", ".xlsx"):
        assert (await mona.get(f"/supervisor/satisfaction{form}")).status == 403
