"""Staff at the API: clerks act at their own window, supervisors anywhere, from our pages only."""

import asyncio
from typing import Final

import pytest

from core_services.people.model import Role
from core_services.people.passwords import Passwords
from core_services.people.staff import create_staff
from tests.support.centre_server import CentreServer, Program
from tests.support.site import PASSWORD, By

CSRF: Final = "X-CSRF-Token"


async def person(
    server: CentreServer, passwords: Passwords, username: str, role: Role = "clerk"
) -> Program:
    """Add somebody, sign them in, and return their browser's way to speak to the API."""
    await create_staff(
        server.pool,
        passwords,
        centre_id=1,
        username=username,
        password=PASSWORD,
        role=role,
        name_ar=f"السيد {username}",
        name_en=username.title(),
        default_window=None,
        actor=By(),
        at=server.clock.now(),
    )
    async with server.session.post(
        f"{server.url}/sign-in",
        data={"username": username, "password": PASSWORD},
        headers={"Origin": server.url},
        allow_redirects=False,
    ) as answer:
        assert answer.status == 303, await answer.text()
        cookie = "; ".join(f"{each.key}={each.value}" for each in answer.cookies.values())
    csrf = await server.pool.fetchval(
        "SELECT s.csrf FROM staff_session s JOIN staff p ON p.id = s.staff_id"
        " WHERE p.username = $1",
        username,
    )
    return Program(server.session, server.url, {"Cookie": cookie, "Origin": server.url, CSRF: csrf})


async def test_a_clerk_acts_at_the_own_window_and_at_no_other(
    centre_server: CentreServer, passwords: Passwords
) -> None:
    mona = await person(centre_server, passwords, "mona")
    karim = await person(centre_server, passwords, "karim")
    await mona.post("/tickets")
    await mona.post("/tickets")
    assert (await mona.post("/windows/5/open")).body["opened_by"] == "السيد mona"
    assert (await karim.post("/windows/6/open")).status == 200
    hand = (await mona.post("/windows/5/call-next")).body
    for path in (
        "/windows/5/open",
        "/windows/5/close",
        "/windows/5/pause",
        "/windows/5/call-next",
        f"/tickets/{hand['id']}/start",
        f"/tickets/{hand['id']}/no-show",
        f"/tickets/{hand['id']}/recall",
    ):
        told = await karim.post(path, Accept_Language="en")
        assert told.status == 409, path
        assert told.body["type"] == "urn:shubbak:problem:window-of-another", path
        assert told.body["opened_by"] == "السيد mona"
        assert "السيد mona" in told.body["detail"]
    assert (await mona.post(f"/tickets/{hand['id']}/start")).status == 200
    assert (await mona.post(f"/tickets/{hand['id']}/finish")).status == 200


async def test_a_clerk_may_not_cancel_or_void_and_a_supervisor_may(
    centre_server: CentreServer, passwords: Passwords
) -> None:
    mona = await person(centre_server, passwords, "mona")
    hoda = await person(centre_server, passwords, "hoda", "supervisor")
    for act, permission in (("cancel", "cancel_any"), ("void", "void")):
        ticket = (await mona.post("/tickets")).body
        told = await mona.post(f"/tickets/{ticket['id']}/{act}")
        assert (told.status, told.body["permission"]) == (403, permission)
        assert (await hoda.post(f"/tickets/{ticket['id']}/{act}")).status == 200


async def test_a_supervisor_acts_at_every_window_and_closes_it(
    centre_server: CentreServer, passwords: Passwords
) -> None:
    mona = await person(centre_server, passwords, "mona")
    hoda = await person(centre_server, passwords, "hoda", "supervisor")
    await mona.post("/tickets")
    await mona.post("/windows/5/open")
    hand = (await mona.post("/windows/5/call-next")).body
    assert (await hoda.post(f"/tickets/{hand['id']}/start")).status == 200
    assert (await hoda.post("/windows/5/close")).status == 409, "a ticket is in hand"
    assert (await hoda.post(f"/tickets/{hand['id']}/finish")).status == 200
    assert (await hoda.post("/windows/5/close")).status == 200
    assert (await mona.post("/windows/5/call-next")).body["state"] == "closed"


@pytest.mark.parametrize(
    ("changes", "slug"),
    [
        ({"Origin": "https://evil.example"}, "foreign-origin"),
        ({"Origin": "null"}, "foreign-origin"),
        ({CSRF: "another"}, "stale-form"),
        ({CSRF: ""}, "stale-form"),
    ],
)
async def test_a_command_from_another_sites_page_is_refused_though_it_brings_the_cookie(
    centre_server: CentreServer, passwords: Passwords, changes: dict[str, str], slug: str
) -> None:
    mona = await person(centre_server, passwords, "mona")
    forged = Program(centre_server.session, centre_server.url, mona.headers | changes)
    told = await forged.post("/tickets")
    assert (told.status, told.body["type"]) == (403, f"urn:shubbak:problem:{slug}")
    assert (await forged.get("/windows")).status == 200, "reading changes nothing"
    assert await centre_server.pool.fetchval("SELECT count(*) FROM ticket") == 0


async def test_the_same_key_of_two_people_is_two_keys_and_a_person_is_not_a_program(
    centre_server: CentreServer, passwords: Passwords
) -> None:
    senders = [
        await person(centre_server, passwords, "mona"),
        await person(centre_server, passwords, "karim"),
        await centre_server.program(),
    ]
    told = [await each.post("/tickets", Idempotency_Key="tap") for each in senders]
    assert [each.status for each in told] == [201, 201, 201]
    assert len({each.body["id"] for each in told}) == 3


async def test_a_clerk_opens_one_window_however_many_are_asked_for_at_once(
    centre_server: CentreServer, passwords: Passwords
) -> None:
    mona = await person(centre_server, passwords, "mona")
    told = await asyncio.gather(*(mona.post(f"/windows/{number}/open") for number in range(2, 8)))
    assert sorted(each.status for each in told) == [200, 409, 409, 409, 409, 409]
    refused = next(each.body for each in told if each.status == 409)
    assert refused["type"] == "urn:shubbak:problem:another-window-open"
    assert refused["window"] == next(each.body["number"] for each in told if each.status == 200)
    assert (await mona.post(f"/windows/{refused['window']}/pause")).status == 200
    assert (await mona.post(f"/windows/{refused['window']}/open")).status == 200


async def test_a_supervisor_may_stand_in_at_several_windows(
    centre_server: CentreServer, passwords: Passwords
) -> None:
    hoda = await person(centre_server, passwords, "hoda", "supervisor")
    for number in (5, 6):
        assert (await hoda.post(f"/windows/{number}/open")).status == 200
