"""The citizen's card on the desk: recorded by a form, refused in place, shown without a digit."""

import pytest

from queue_server.tickets.model import Priority
from queue_server.web.keys import PERSONS
from tests.server.test_desk import fields_of, part, parts, words
from tests.support.citizens import GROWN, OLD, PHONE_AS_WRITTEN
from tests.support.desk_site import DeskSite
from tests.support.desk_site import site as site
from tests.support.pages import Seen, Visitor

FORM = "/desk/5/person"


async def serving(site: DeskSite, priority: Priority = "none") -> tuple[Visitor, Seen]:
    """Sign Mona in at window 5, where a citizen stands."""
    mona = await site.sign_in()
    await site.open(5, site.clerk, "منى السيد")
    await site.issue(priority=priority)
    ticket = await site.call(5, site.clerk)
    await site.act(ticket, "start", site.clerk)
    return mona, await mona.get("/desk")


async def test_before_the_start_no_card_is_asked_for(site: DeskSite) -> None:
    mona = await site.sign_in()
    await site.open(5, site.clerk, "منى السيد")
    await site.issue()
    await site.call(5, site.clerk)
    assert FORM not in {form.get("action") for form in (await mona.get("/desk")).all("form")}


async def test_a_card_is_recorded_and_not_a_digit_of_it_is_shown(site: DeskSite) -> None:
    mona, seen = await serving(site)
    assert "الرقم القومي مسجَّل" not in seen.words()
    seen = await mona.submit(seen, FORM, national_id=GROWN, phone=PHONE_AS_WRITTEN)
    assert (seen.status, seen.path) == (200, "/desk?window=5")
    assert "الرقم القومي مسجَّل" in seen.words()
    assert "الهاتف مسجَّل" in seen.words()
    assert not any(text in seen.text for text in (GROWN, GROWN[-4:], PHONE_AS_WRITTEN))
    known = await site.client.app[PERSONS].known((await site.in_hand()).id)
    assert (known.has_national_id, known.has_phone) == (True, True)


@pytest.mark.parametrize(
    ("national_id", "phone", "sentence"),
    [
        ("", "", "اكتب الرقم القومي أو الهاتف."),
        (GROWN[:13], "", "الرقم القومي ١٤ رقمًا."),
        ("5" + GROWN[1:], "", "الرقم القومي يبدأ بـ ٢ أو ٣."),
        ("29013171300007", "", "تاريخ الميلاد في الرقم القومي غير صحيح"),
        ("29005170500007", "", "كود المحافظة في الرقم القومي غير معروف"),
        (GROWN, "0101", "رقم الهاتف غير صحيح."),
    ],
)
async def test_what_cannot_be_is_said_in_place_and_what_was_typed_stays(
    site: DeskSite, national_id: str, phone: str, sentence: str
) -> None:
    mona, seen = await serving(site)
    told = await mona.submit(seen, FORM, national_id=national_id, phone=phone)
    assert told.status == 409
    assert sentence in told.words("p", id="person-problem")
    typed = {told.find("input", id=name).get("value") for name in ("person-id", "person-phone")}
    assert typed == {national_id, phone}
    addresses = [link.get("href", "") for link in told.all("a")]
    assert not [each for each in addresses if national_id and national_id in each]
    assert await site.queue.pool.fetchval("SELECT count(*) FROM ticket_person") == 0


async def test_a_claim_that_the_card_does_not_bear_out_is_said_and_taken_back_by_one_press(
    site: DeskSite,
) -> None:
    mona, seen = await serving(site, "age65")
    seen = await mona.submit(seen, FORM, national_id=GROWN)
    assert "أقل من ٦٥ حسب البطاقة" in seen.words()
    seen = await mona.submit(seen, "/desk/5/priority")
    assert "أقل من ٦٥" not in seen.words()
    ticket = await site.in_hand()
    assert (ticket.priority, ticket.state) == ("none", "serving")
    last = (await site.queue.events(ticket.id))[-1]
    assert (last.event, last.reason) == ("set_priority", "under_65")


async def test_a_claim_that_the_card_bears_out_is_said(site: DeskSite) -> None:
    mona, seen = await serving(site, "age65")
    seen = await mona.submit(seen, FORM, national_id=OLD)
    assert "٦٥ فأكثر حسب البطاقة" in seen.words()
    assert "/desk/5/priority" not in {form.get("action") for form in seen.all("form")}


async def test_an_old_tab_records_nothing_for_a_citizen_who_has_gone(site: DeskSite) -> None:
    mona, seen = await serving(site)
    await site.act(await site.in_hand(), "finish", site.clerk)
    told = await mona.submit(seen, FORM, national_id=GROWN)
    assert told.status == 409
    assert await site.queue.pool.fetchval("SELECT count(*) FROM ticket_person") == 0


async def test_a_page_that_is_open_gets_its_parts(site: DeskSite) -> None:
    mona, seen = await serving(site)
    status, root = await parts(mona, FORM, {**fields_of(seen, FORM), "national_id": GROWN})
    assert status == 200
    assert "الرقم القومي مسجَّل" in words(part(root, "file"))
    status, root = await parts(mona, FORM, {**fields_of(seen, FORM), "national_id": "1"})
    assert status == 409
    assert "الرقم القومي ١٤ رقمًا." in words(part(root, "file"))
