"""A citizen's phone: the place in line now, for everybody with the address and nobody else."""

import json
import time
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestClient

from core_services.l10n import digits
from queue_server.tickets.estimate import Pace, wait_range
from queue_server.tickets.journeys import return_ticket
from queue_server.tickets.model import Ticket
from queue_server.tickets.place import place_of
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import Seen, Visitor, strict_fragment

MOST_BYTES = 60_000


@pytest.fixture
def phone(scene: HallScene) -> Visitor:
    """A phone that prefers English, as many do, and keeps no cookie from anybody."""
    return Visitor(scene.site.client, "en")


def address(ticket: Ticket) -> str:
    return f"/t/{ticket.token.lower()}"


def told(seen: Seen) -> str:
    """Return the one sentence that says what to do."""
    return seen.words("p", class_="do")


def title(seen: Seen) -> str:
    return seen.words("title").removesuffix(" – المركز التكنولوجي لخدمة المواطنين")


async def test_a_place_in_line_shows_number_people_ahead_and_the_range_for_it(
    scene: HallScene, phone: Visitor
) -> None:
    await scene.seat(5)
    await scene.seat(6)
    await scene.site.issue(12)
    ticket = await scene.site.issue()
    seen = await phone.get(address(ticket))
    assert seen.status == 200
    assert seen.words("span", class_="own__number") == "١١٣"
    assert seen.words("span", class_="own__other") == "113"
    assert seen.words("dl").startswith("قبلك ١٢ المتوقع من ")
    assert seen.words("dl").endswith(" دقيقة")
    wait = wait_range(12, 2, 2, Pace())
    told_now = (await place_of(scene.site.queue, ticket.token)).wait
    assert wait is not None
    assert told_now is not None
    assert told_now.low_s <= wait.likely_s <= told_now.high_s
    assert "طلب تصالح" in seen.words("header")
    assert told(seen).startswith("تابع الشاشة واسمع النداء.")
    assert title(seen) == "١١٣ · قبلك ١٢"
    assert "آخر تحديث الآن. الصفحة تتجدد وحدها. لا توجد بيانات شخصية هنا." in seen.words()


async def test_the_place_moves_with_the_line(scene: HallScene, phone: Visitor) -> None:
    await scene.seat(5)
    await scene.site.issue(4)
    ticket = await scene.site.issue()
    for ahead in (4, 3, 2):
        seen = await phone.get(address(ticket))
        assert seen.words("dd", class_="number") == digits(str(ahead), "ar")
        await scene.site.serve(5, 60, scene.staff[5])


async def test_whoever_has_priority_comes_before(scene: HallScene, phone: Visitor) -> None:
    await scene.seat(5)
    ticket = await scene.site.issue()
    await scene.site.issue(2, priority="age65")
    assert (await phone.get(address(ticket))).words("dd", class_="number") == "٢"


async def test_each_state_says_what_to_do(scene: HallScene, phone: Visitor) -> None:
    site, queue = scene.site, scene.site.queue
    await scene.seat(5)
    clerk = scene.staff[5]
    ticket = await site.issue(4)
    seen = await phone.get(address(ticket))
    assert told(seen) == "دورك قرّب. خليك في الصالة وجهّز أصل البطاقة وصورتها."
    for _ in range(3):
        await site.serve(5, 10, clerk)
    await site.call(5, clerk)
    seen = await phone.get(address(ticket))
    assert title(seen) == "دورك الآن: شباك ٥"
    assert seen.words("span", class_="turn__number") == "٥"
    assert told(seen) == "توجّه إلى شباك ٥ الآن ومعك أصل البطاقة وصورتها."
    assert not seen.all("dl")
    for word in ("نداء ثانٍ", "النداء الأخير"):
        await site.act(ticket, "recall", clerk)
        assert (await phone.get(address(ticket))).words("p", class_="turn__again") == word
    await site.act(ticket, "start", clerk)
    assert told(await phone.get(address(ticket))) == "أنت الآن عند شباك ٥."
    await site.act(ticket, "finish", clerk)
    seen = await phone.get(address(ticket))
    assert told(seen) == "انتهت خدمتك. احتفظ بأي إيصال استلمته."
    assert not seen.all("script")
    assert not seen.all("meta", http_equiv="refresh")

    missed = await site.issue()
    await site.call(5, clerk)
    await site.act(missed, "no_show", clerk)
    seen = await phone.get(address(missed))
    assert told(seen).startswith("نودي على رقمك إلى شباك ٥ الساعة ٧:٣٠ ص ولم تحضر.")
    assert told(seen).endswith("لو فاتك النداء كلّم الاستقبال في نفس اليوم.")
    await return_ticket(queue, missed.id, actor=scene.supervisor, in_time_only=True)
    await site.call(5, clerk)
    await site.act(missed, "no_show", clerk)
    seen = await phone.get(address(missed))
    assert told(seen).endswith("لو فاتك النداء خُذ رقمًا جديدًا."), "nobody returns it once more"

    cancelled, void, late = [await site.issue() for _ in range(3)]
    await queue.act(cancelled.id, "cancel", actor=scene.supervisor, any_window=True)
    await queue.act(void.id, "void", actor=scene.supervisor, any_window=True)
    site.clock.jump(24 * 3600)
    await queue.keep_house()
    assert told(await phone.get(address(cancelled))).startswith("أُلغي هذا الرقم.")
    assert told(await phone.get(address(void))).startswith("هذا الرقم غير سارٍ.")
    assert told(await phone.get(address(late))).startswith("انتهى يوم العمل قبل النداء على رقمك.")


async def test_where_no_window_serves_the_wait_says_so(scene: HallScene, phone: Visitor) -> None:
    ticket = await scene.site.issue(3)
    seen = await phone.get(address(ticket))
    assert seen.words("dl") == "قبلك ٢ المتوقع يُعرف عند فتح شباك"
    assert told(seen) == "لا يعمل شباك لهذه الخدمة الآن. دورك محفوظ، تابع الشاشة."


async def test_the_page_speaks_the_tickets_language_unless_another_is_asked_for(
    scene: HallScene, phone: Visitor
) -> None:
    await scene.seat(5)
    arabic = await scene.site.issue()
    english = await scene.site.issue(language="en")
    assert (await phone.get(address(arabic))).find("html").get("lang") == "ar"
    assert (await phone.get(address(english))).find("html").get("lang") == "en"
    other = await phone.get(address(arabic) + "?lang=en")
    assert other.find("html").get("lang") == "en"
    assert other.words("span", class_="own__number") == "101"
    assert other.words("span", class_="own__other") == "١٠١"
    switch = other.find("a", hreflang="ar").get("href")
    assert switch == address(arabic) + "?lang=ar"
    part = await phone.client.get(address(arabic) + "/now?lang=en")
    assert part.headers.getall("Content-Type") == ["text/html; charset=utf-8"]
    assert "Ahead of you" in await part.text()


@pytest.mark.parametrize("change", [str.upper, str.lower, str.swapcase])
async def test_the_address_is_read_in_any_case(
    scene: HallScene, phone: Visitor, change: Any
) -> None:
    ticket = await scene.site.issue()
    for path in ("", "/now"):
        assert (await phone.client.get(f"/t/{change(ticket.token)}{path}")).status == 200


@pytest.mark.parametrize(
    "token", ["aaaaaaaaaaaaaaaa", "short", "a" * 500, "%00", "aaaaaaaaaaaaaaa%00", "٣" * 16]
)
async def test_an_unknown_address_gets_a_friendly_page(
    scene: HallScene, phone: Visitor, token: str
) -> None:
    seen = await phone.get(f"/t/{token}?lang=ar")
    assert seen.status == 404
    assert seen.words("h1") == "لا يوجد رقم بهذا العنوان"
    assert told(seen) == "دورك لم يضع: قُل رقمك لموظف الاستقبال."
    assert "/sign-in" not in seen.text
    for path in ("/now", "/live"):
        assert (await phone.client.get(f"/t/{token}{path}")).status == 404


async def test_an_address_cannot_be_guessed(scene: HallScene) -> None:
    tickets = [await scene.site.issue() for _ in range(50)]
    tokens = [ticket.token for ticket in tickets]
    assert {len(token) for token in tokens} == {16}
    assert all(len({token[place] for token in tokens}) > 10 for place in range(16))


async def test_it_goes_to_no_cache_no_other_site_and_sets_no_cookie(
    scene: HallScene, phone: Visitor
) -> None:
    ticket = await scene.site.issue()
    for path in ("", "?lang=en", "/now", "/now?lang=en"):
        answer = await phone.client.get(address(ticket) + path)
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store, private"
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert "Set-Cookie" not in answer.headers
    assert (await phone.get("/sign-in")).headers["Referrer-Policy"] == "same-origin"


async def test_nothing_personal_and_no_id_is_on_it(scene: HallScene, phone: Visitor) -> None:
    await scene.machine("K1")
    await scene.seat(5)
    ticket = await scene.from_kiosk("K1", "held", priority="disability")
    await scene.site.call(5, scene.staff[5])
    seen = await phone.get(address(ticket))
    for secret in (str(ticket.id), "منى", "disability", "إعاقة", "K1", "held"):
        assert secret not in seen.text


async def test_without_a_script_it_renews_itself_every_fifteen_seconds(
    scene: HallScene, phone: Visitor
) -> None:
    seen = await phone.get(address(await scene.site.issue()))
    [refresh] = seen.find("noscript").iter("meta")
    assert (refresh.get("http-equiv"), refresh.get("content")) == ("refresh", "15")


async def test_the_part_that_renews_is_that_of_the_page(scene: HallScene, phone: Visitor) -> None:
    await scene.seat(5)
    ticket = await scene.site.issue(3)
    page = await phone.get(address(ticket))
    place = page.find("div", id="place")
    assert place.get("data-live") == address(ticket) + "/live"
    text = await (await phone.client.get(place.get("data-now") or "")).text()
    assert "".join(strict_fragment(text).itertext()).split() == "".join(place.itertext()).split()


async def test_the_whole_page_is_under_sixty_kilobytes_without_the_font(
    scene: HallScene, phone: Visitor
) -> None:
    await scene.seat(5)
    ticket = await scene.site.issue(30, language="ar")
    seen = await phone.get(address(ticket))
    links = [each.get("href") or "" for each in seen.all("link")]
    links += [each.get("src") or "" for each in seen.all("script")]
    size = len(seen.text.encode())
    for link in {link for link in links if not link.endswith("font.woff2")}:
        async with phone.client.get(link) as answer:
            assert answer.status == 200
            size += len(await answer.read())  # as read, before compression
    assert len(links) >= 5
    assert size < MOST_BYTES, size


async def next_revision(stream: aiohttp.ClientResponse) -> int:
    async for line in stream.content:
        if line.startswith(b"data: "):
            revision: int = json.loads(line.removeprefix(b"data: "))["revision"]
            return revision
    raise AssertionError("the stream ended")


async def test_the_stream_tells_of_changes(scene: HallScene) -> None:
    ticket = await scene.site.issue()
    client: TestClient[Any, Any] = scene.site.client
    timeout = aiohttp.ClientTimeout(20)
    async with client.get(address(ticket) + "/live", timeout=timeout) as stream:
        assert stream.status == 200
        assert stream.headers["Content-Type"] == "text/event-stream"
        assert "Set-Cookie" not in stream.headers
        first = await next_revision(stream)
        await scene.site.issue()
        assert await next_revision(stream) > first


async def test_a_page_is_answered_in_time_on_a_full_day(scene: HallScene, phone: Visitor) -> None:
    await scene.morning()
    ticket = await scene.site.issue(60)
    took = []
    for _ in range(40):
        began = time.perf_counter()
        assert (await phone.get(address(ticket))).status == 200
        took.append(time.perf_counter() - began)
    assert sorted(took)[37] < 0.2, took
