"""A window's face to the citizen: public, its state in words, its number, nothing else."""

from tests.support.desk_site import DeskSite
from tests.support.desk_site import site as site
from tests.support.pages import Seen, Visitor


async def face(site: DeskSite, window: int = 5, language: str = "ar") -> Seen:
    """Ask without any sign-in."""
    return await Visitor(site.client, language).get(f"/windows/{window}/face?lang={language}")


async def test_a_window_says_in_words_whether_it_serves(site: DeskSite) -> None:
    assert "مغلق" in (await face(site)).words("main")
    await site.open(5)
    assert "مفتوح" in (await face(site)).words("main")
    await site.pause(5, "prayer")
    assert "متوقف للصلاة" in (await face(site)).words("main")
    assert "Stopped for prayer" in (await face(site, language="en")).words("main")
    await site.open(5)
    await site.pause(5, "break")
    seen = await face(site)
    assert "متوقف لفترة قصيرة" in seen.words("main")
    assert "استراحة" not in seen.text


async def test_a_called_number_stands_in_eastern_digits_until_its_visit_ends(
    site: DeskSite,
) -> None:
    await site.open(5)
    await site.issue(2)
    ticket = await site.call(5)
    seen = await face(site)
    assert seen.words("p", class_="glass__label") == "١٠١"
    assert seen.find("div", class_="glass").get("data-state") == "called"
    await site.act(ticket, "recall")
    assert "نداء ثانٍ" in (await face(site)).words("main")
    await site.act(ticket, "start")
    seen = await face(site)
    assert seen.find("div", class_="glass").get("data-state") == "serving"
    await site.act(ticket, "finish")
    assert "١٠١" not in (await face(site)).text


async def test_the_part_and_the_page_say_the_same_and_name_nobody(site: DeskSite) -> None:
    await site.open(5)
    await site.issue(priority="disability")
    await site.call(5)
    page = await face(site)
    part = await (await site.client.get("/windows/5/face/now?lang=ar")).text()
    assert part.strip() in page.text
    for secret in ("كريم", "طلب تصالح", "ذوو الهمم", "reconciliation", "disability"):
        assert secret not in page.text


async def test_a_window_that_does_not_exist_has_no_face(site: DeskSite) -> None:
    assert (await site.client.get("/windows/77/face")).status == 404
    assert (await site.client.get("/windows/0/face")).status == 404


async def test_a_face_without_script_asks_again_by_itself(site: DeskSite) -> None:
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in (await face(site)).text
