"""A slip of a kiosk that was cut off, shown at a window before its kiosk is back."""

from tests.server.test_desk_acts import press
from tests.support.desk_site import DeskSite
from tests.support.desk_site import site as site
from tests.support.pages import Seen, Visitor


async def free_window(site: DeskSite) -> tuple[Visitor, Seen]:
    mona = await site.sign_in()
    return mona, await mona.submit(await mona.get("/desk"), "/desk/5/open")


async def test_a_slip_that_nobody_told_of_is_offered_and_served_at_once(site: DeskSite) -> None:
    mona, seen = await free_window(site)
    asked = await press(mona, seen, "call", label="ك١٠٥", reason="other")
    assert asked.status == 409
    assert "لا يوجد رقم ك-١٠٥ اليوم." in asked.words()
    served = await mona.submit(asked, "/desk/5/adopt")
    ticket = await site.in_hand()
    assert (ticket.label, ticket.state, ticket.channel) == ("K105", "serving", "adopted")
    assert "ك-١٠٥" in served.words()
    assert await site.acts_on("K105") == ["issue", "call", "start"]


async def test_a_number_that_no_slip_can_have_is_not_offered(site: DeskSite) -> None:
    mona, _ = await free_window(site)
    for typed in ("ك٩٩", "ط١٠١"):
        answer = await press(mona, await mona.get("/desk"), "call", label=typed, reason="other")
        assert answer.status == 409
        assert not [form for form in answer.all("form") if "adopt" in form.get("action", "")]
    far = await press(mona, await mona.get("/desk"), "call", label="٩٩٩٩", reason="other")
    refused = await mona.submit(far, "/desk/5/adopt")
    assert "لا يعطي أي جهاز هنا الرقم ٩٩٩٩. راجع الورقة." in refused.words()


async def test_a_slip_that_came_meanwhile_is_told_of(site: DeskSite) -> None:
    mona, seen = await free_window(site)
    asked = await press(mona, seen, "call", label="١٠١", reason="other")
    await site.issue()
    refused = await mona.submit(asked, "/desk/5/adopt")
    assert refused.status == 409
    assert "الرقم ١٠١ معروف، وحالته: في الانتظار." in refused.words()
