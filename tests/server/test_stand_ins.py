"""A program that sits in for people: at its own windows only, and only until a person comes."""

from uuid import UUID

import pytest

from core_services.people.model import Scope, Staff
from core_services.people.passwords import Passwords
from core_services.people.sessions import SessionLimits, sign_in, sign_out
from core_services.people.staff import create_staff
from queue_server.tickets.errors import WindowOfAnother
from queue_server.tickets.model import Actor, Window
from tests.support.centre_server import CentreServer, Program
from tests.support.site import PASSWORD, By

PERSON = UUID(int=7)


@pytest.fixture
async def bots(centre_server: CentreServer) -> Program:
    return await centre_server.program("read", "issue", "stand_in", name="موظف تجريبي")


async def add_clerk(server: CentreServer, passwords: Passwords, username: str = "mona") -> Staff:
    return await create_staff(
        server.pool,
        passwords,
        centre_id=1,
        username=username,
        password=PASSWORD,
        role="clerk",
        name_ar="منى السيد",
        name_en="Mona El-Sayed",
        default_window=5,
        actor=By(),
        at=server.clock.now(),
    )


async def person_opens(server: CentreServer, window: int, person: UUID = PERSON) -> Window:
    return await server.queue.act_on_window(
        window, "open", actor=Actor("staff", person), actor_name="منى السيد", any_window=False
    )


async def awaited(program: Program) -> dict[int, str]:
    windows = (await program.get("/windows")).body["items"]
    return {each["number"]: each["awaited_by"] for each in windows if each["awaited_by"]}


async def test_a_stand_in_works_through_a_visit_at_its_own_window(bots: Program) -> None:
    await bots.post("/tickets")
    opened = await bots.post("/windows/5/open")
    assert (opened.body["opened_by"], opened.body["gives_way"]) == ("موظف تجريبي", True)
    called = await bots.post("/windows/5/call-next")
    for act in ("recall", "start", "finish"):
        told = await bots.post(f"/tickets/{called.body['id']}/{act}", {"window": 5})
        assert told.status == 200
    for act in ("pause", "open", "close"):
        assert (await bots.post(f"/windows/5/{act}")).status == 200


async def test_a_stand_in_may_nothing_at_a_window_of_others(
    centre_server: CentreServer, bots: Program
) -> None:
    await bots.post("/tickets")
    await person_opens(centre_server, 5)
    for act in ("open", "pause", "close", "call-next"):
        told = await bots.post(f"/windows/5/{act}")
        assert (told.status, told.body["opened_by"]) == (409, "منى السيد")


@pytest.mark.parametrize("state", ["open", "paused"])
async def test_a_person_takes_over_the_window_of_a_stand_in(
    centre_server: CentreServer, bots: Program, state: str
) -> None:
    await bots.post("/windows/5/open")
    if state == "paused":
        await bots.post("/windows/5/pause", {"reason": "break"})
    window = await person_opens(centre_server, 5)
    assert (window.state, window.opened_by_name) == ("open", "منى السيد")
    assert (window.gives_way, window.reason) == (False, None)
    events = await centre_server.pool.fetch(
        "SELECT event, from_state, actor_kind FROM window_event ORDER BY revision DESC LIMIT 1"
    )
    assert [tuple(event) for event in events] == [("take_over", state, "staff")]


async def test_the_ticket_in_hand_goes_over_with_the_window_and_the_stand_in_lets_go(
    centre_server: CentreServer, bots: Program
) -> None:
    await bots.post("/tickets")
    await bots.post("/windows/5/open")
    ticket = (await bots.post("/windows/5/call-next")).body
    window = await person_opens(centre_server, 5)
    assert window.ticket is not None
    assert str(window.ticket.id) == ticket["id"]
    for act in ("start", "no-show", "recall"):
        told = await bots.post(f"/tickets/{ticket['id']}/{act}", {"window": 5})
        assert (told.status, told.body["opened_by"]) == (409, "منى السيد")
    person = Actor("staff", PERSON)
    for event in ("start", "finish"):
        await centre_server.queue.act(
            window.ticket.id, event, actor=person, any_window=False, window=5
        )


@pytest.mark.parametrize("scopes", [("act",), ("act", "stand_in")])
async def test_a_program_that_may_act_at_any_window_does_not_give_way(
    centre_server: CentreServer, scopes: tuple[Scope, ...]
) -> None:
    program = await centre_server.program(*scopes)
    opened = await program.post("/windows/5/open")
    assert not opened.body["gives_way"]
    with pytest.raises(WindowOfAnother):
        await person_opens(centre_server, 5)


async def test_a_person_does_not_give_way_to_another(centre_server: CentreServer) -> None:
    await person_opens(centre_server, 5)
    with pytest.raises(WindowOfAnother):
        await person_opens(centre_server, 5, UUID(int=8))


async def test_a_person_who_is_signed_in_without_a_window_is_awaited_at_the_usual_one(
    centre_server: CentreServer, bots: Program, passwords: Passwords
) -> None:
    mona = await add_clerk(centre_server, passwords)
    assert await awaited(bots) == {}
    signed_in = await sign_in(
        centre_server.pool,
        passwords,
        centre_id=1,
        username="mona",
        password=PASSWORD,
        address="127.0.0.1",
        at=centre_server.clock.now(),
        limits=SessionLimits(),
    )
    assert await awaited(bots) == {5: "منى السيد"}
    await person_opens(centre_server, 3, mona.id)
    assert await awaited(bots) == {}
    await centre_server.queue.act_on_window(
        3, "close", actor=Actor("staff", mona.id), actor_name="", any_window=False
    )
    assert await awaited(bots) == {5: "منى السيد"}
    await sign_out(centre_server.pool, signed_in.token)
    assert await awaited(bots) == {}
