"""Signs that one hand takes many numbers, on the supervisor's pages: words, acts, no names."""

import pytest

from queue_server.policy.body import PolicyBody, Signs
from tests.server.test_desk import fields_of
from tests.support.citizens import GROWN
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import Visitor
from tests.support.patterns import one_card, quick_row
from tests.support.policy_page import publish

PAGE = "/supervisor/patterns"


@pytest.fixture
async def hoda(scene: HallScene) -> Visitor:
    await scene.seat(5)
    return await scene.site.sign_in("hoda")


async def test_an_honest_week_has_an_empty_page_and_no_alarm(
    scene: HallScene, hoda: Visitor
) -> None:
    await one_card(scene, 3)
    seen = await hoda.get(PAGE)
    assert "لا مؤشرات في آخر سبعة أيام." in seen.words()
    assert "مؤشر للمتابعة" not in (await hoda.get("/supervisor")).words()


async def test_the_counts_from_which_signs_are_told_are_those_of_the_published_policy(
    scene: HallScene, hoda: Visitor
) -> None:
    await publish(scene, PolicyBody(signs=Signs(id_day=5)), scene.supervisor)
    await one_card(scene)
    assert "لا مؤشرات في آخر سبعة أيام." in (await hoda.get(PAGE)).words()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ar", "٤ أرقام في يوم واحد لبطاقة آخرها «٠٠٠٧»."),
        ("en", "4 numbers on one day for the ID that ends in 0007."),
    ],
)
async def test_a_sign_is_an_alarm_in_words_that_shows_no_more_than_the_end_of_an_id(
    scene: HallScene, hoda: Visitor, language: str, words: str
) -> None:
    tickets = await one_card(scene)
    for path in ("/supervisor", PAGE):
        seen = await hoda.get(f"{path}?lang={language}")
        assert words in seen.words()
        assert GROWN not in seen.text
    links = {link.get("href") for link in seen.find("table").iter("a")}
    assert links == {f"/supervisor/tickets/{ticket.id}" for ticket in tickets}


async def test_what_was_looked_at_leaves_the_alarms_with_who_and_when_and_comes_back_when_it_grows(
    scene: HallScene, hoda: Visitor
) -> None:
    await one_card(scene)
    page = await hoda.get("/supervisor")
    done = await hoda.submit(page, "/supervisor/patterns/seen")
    assert done.path.startswith("/supervisor?")
    assert done.words("div", class_="notice").startswith("سُجّلت متابعتك.")
    assert "أرقام في يوم واحد" not in done.words("section", aria_label="التنبيهات")
    listed = await hoda.get(PAGE)
    assert "تمت المتابعة هدى منصور" in listed.words("table")
    assert not [form for form in listed.all("form") if form.get("action", "").endswith("/seen")]
    event = await scene.pool.fetchrow("SELECT kind, n, actor_kind, actor_id FROM pattern_event")
    assert event is not None
    assert tuple(event) == ("id-day", 4, "staff", scene.hoda.id)
    await one_card(scene, 1)
    assert "٥ أرقام في يوم واحد" in (await hoda.get("/supervisor")).words()


async def test_a_second_press_and_a_forged_one_change_nothing_and_say_so(
    scene: HallScene, hoda: Visitor
) -> None:
    await one_card(scene)
    page = await hoda.get(PAGE)
    await hoda.submit(page, "/supervisor/patterns/seen")
    again = await hoda.submit(page, "/supervisor/patterns/seen")
    assert again.path.startswith(PAGE)
    assert again.words("div", class_="notice").startswith("تابعه زميل من قبل")
    for fields in ({"n": "x"}, {"ticket": "nobody"}, {"kind": "id-year"}, {"n": "9" * 30}):
        carried = fields_of(page, "/supervisor/patterns/seen")
        told = await hoda.post("/supervisor/patterns/seen", {**carried, **fields})
        assert told.words("div", class_="notice").startswith("تابعه زميل من قبل")
    assert await scene.pool.fetchval("SELECT count(*) FROM pattern_event") == 1


async def test_a_quick_row_nobody_claims_names_its_kiosk_and_its_numbers(
    scene: HallScene, hoda: Visitor
) -> None:
    row = await quick_row(scene)
    seen = await hoda.get(PAGE)
    assert "٨ أرقام أُخذت متتالية بسرعة من K1 ولم يحضر أصحابها عند النداء." in seen.words()
    links = {link.get("href") for link in seen.find("table").iter("a")}
    assert links == {f"/supervisor/tickets/{ticket.id}" for ticket in row[1:]}


async def test_more_signs_than_fit_are_counted_by_a_link(scene: HallScene, hoda: Visitor) -> None:
    for last in range(4):
        await one_card(scene, national_id=GROWN[:-1] + str(last))
    seen = await hoda.get("/supervisor")
    forms = [form for form in seen.all("form") if form.get("action", "").endswith("/seen")]
    assert len(forms) == 3
    assert [link.get("href") for link in seen.all("a") if "كل المؤشرات" in "".join(link.itertext())]


async def test_a_clerk_sees_no_signs(scene: HallScene) -> None:
    mona = await scene.site.sign_in("mona")
    assert (await mona.get(PAGE)).status == 403
