"""A window changes hands with what it has in hand; each change is an event, nothing is lost."""

from uuid import UUID, uuid4

import pytest

from core_services.audit.verify import verify
from core_services.database.pool import Pool
from core_services.people.model import Role
from core_services.people.passwords import Passwords
from core_services.people.staff import create_staff
from queue_server.tickets import journeys, windows
from queue_server.tickets.acts import Queue
from queue_server.tickets.desk import window_day
from queue_server.tickets.errors import (
    AnotherWindowOpen,
    UnknownProfile,
    UnknownStaff,
    WindowActNotAllowed,
    WindowOfAnother,
)
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.model import Actor, Claim, Window
from queue_server.tickets.store_journeys import Destination
from tests.support.clock import ManualClock
from tests.support.queue import KEY, OTHER, STAFF
from tests.support.site import By


async def opened(queue: Queue, number: int, actor: Actor) -> Window:
    return await queue.act_on_window(
        number, "open", actor=actor, actor_name="منى", any_window=False, alone=True
    )


async def events(pool: Pool, number: int) -> list[str]:
    rows = await pool.fetch(
        "SELECT event FROM window_event WHERE window_number = $1 ORDER BY revision", number
    )
    return [row["event"] for row in rows]


async def a_person(
    pool: Pool, passwords: Passwords, clock: ManualClock, name: str, role: Role = "clerk"
) -> UUID:
    person = await create_staff(
        pool, passwords, centre_id=1, username=name, password="kfs-hall-2026!", role=role,
        name_ar="سعاد", name_en="Suad", default_window=None, actor=By(), at=clock.now(),
    )  # fmt: skip
    return person.id


async def test_an_offered_window_goes_to_the_next_who_opens_it_with_its_ticket(
    queue: Queue, pool: Pool, clock: ManualClock
) -> None:
    await opened(queue, 5, STAFF)
    ticket = await queue.issue(IssueRequest(KEY, "api"))
    await queue.call_next(5, actor=STAFF, own_only=True)
    with pytest.raises(WindowOfAnother):
        await opened(queue, 5, OTHER)
    await clock.advance(30)
    window = await windows.hand_over(queue, 5, offers=True, actor=STAFF)
    assert (window.is_offered, window.gives_way, window.opened_by) == (True, True, STAFF)
    window = await opened(queue, 5, OTHER)
    assert (window.is_offered, window.gives_way, window.opened_by) == (False, False, OTHER)
    assert window.ticket is not None
    assert window.ticket.id == ticket.id
    await queue.act(ticket.id, "start", actor=OTHER, any_window=False, window=5)
    with pytest.raises(WindowOfAnother):
        await queue.act(ticket.id, "finish", actor=STAFF, any_window=False, window=5)
    assert await events(pool, 5) == ["open", "offer", "take_over"]
    assert (await verify(pool, 1)).is_whole


async def test_an_offer_is_made_once_and_can_be_taken_back(queue: Queue, pool: Pool) -> None:
    await opened(queue, 5, STAFF)
    claim = Claim("staff", "POST", "/desk/5/offer", "k", b"x" * 32)
    for _ in range(2):
        await windows.hand_over(queue, 5, offers=True, actor=STAFF, claim=claim)
    await windows.hand_over(queue, 5, offers=True, actor=STAFF)
    with pytest.raises(WindowOfAnother):
        await windows.hand_over(queue, 5, offers=False, actor=OTHER)
    await windows.hand_over(queue, 5, offers=False, actor=STAFF)
    with pytest.raises(WindowOfAnother):
        await opened(queue, 5, OTHER)
    assert await events(pool, 5) == ["open", "offer", "keep"]


async def test_whoever_offers_a_window_still_works_there_and_a_pause_leaves_the_offer(
    queue: Queue, pool: Pool
) -> None:
    await opened(queue, 5, STAFF)
    await windows.hand_over(queue, 5, offers=True, actor=STAFF)
    await queue.issue(IssueRequest(KEY, "api"))
    ticket = await queue.call_next(5, actor=STAFF, own_only=True)
    assert ticket is not None
    await queue.act(ticket.id, "no_show", actor=STAFF, any_window=False, window=5)
    await queue.act_on_window(
        5, "pause", actor=STAFF, actor_name="", any_window=False, reason="prayer"
    )
    window = await opened(queue, 5, OTHER)
    assert (window.state, window.opened_by) == ("open", OTHER)
    assert await events(pool, 5) == ["open", "offer", "pause", "take_over"]


async def test_a_window_offered_goes_to_nobody_who_sits_elsewhere(queue: Queue) -> None:
    await opened(queue, 5, STAFF)
    await windows.hand_over(queue, 5, offers=True, actor=STAFF)
    await opened(queue, 6, OTHER)
    with pytest.raises(AnotherWindowOpen):
        await opened(queue, 5, OTHER)


async def test_a_closed_window_is_neither_offered_nor_assigned(
    queue: Queue, pool: Pool, passwords: Passwords, clock: ManualClock
) -> None:
    suad = await a_person(pool, passwords, clock, "suad")
    with pytest.raises(WindowActNotAllowed):
        await windows.hand_over(queue, 5, offers=True, actor=STAFF)
    with pytest.raises(WindowActNotAllowed):
        await windows.assign_window(queue, 5, to=suad, actor=OTHER)


async def test_a_supervisor_assigns_a_window_with_what_it_has_in_hand(
    queue: Queue, pool: Pool, passwords: Passwords, clock: ManualClock
) -> None:
    suad = await a_person(pool, passwords, clock, "suad")
    await opened(queue, 5, STAFF)
    await queue.issue(IssueRequest(KEY, "api"))
    await queue.call_next(5, actor=STAFF, own_only=True)
    window = await windows.assign_window(queue, 5, to=suad, actor=OTHER)
    assert window.opened_by == Actor("staff", suad)
    assert window.opened_by_name == "سعاد"
    assert window.ticket is not None
    row = await pool.fetchrow("SELECT * FROM window_event WHERE event = 'assign'")
    assert row is not None
    assert row["detail"] == {"from": str(STAFF.id), "to": str(suad)}
    assert row["actor_id"] == OTHER.id
    await opened(queue, 6, STAFF)
    with pytest.raises(AnotherWindowOpen):
        await windows.assign_window(queue, 6, to=suad, actor=OTHER)
    with pytest.raises(UnknownStaff):
        await windows.assign_window(queue, 6, to=uuid4(), actor=OTHER)
    assert (await verify(pool, 1)).is_whole


async def test_a_profile_is_changed_with_an_event_and_holds_from_the_next_call(
    queue: Queue, pool: Pool
) -> None:
    await opened(queue, 5, STAFF)
    plain = await queue.issue(IssueRequest(KEY, "api", service="reconciliation"))
    special = await queue.issue(IssueRequest(KEY, "api", service="collection"))
    assert special.issued_at >= plain.issued_at
    window = await windows.set_profile(queue, 5, profile="rare", actor=OTHER)
    assert (window.profile, window.queues) == ("rare", ("X",))
    await windows.set_profile(queue, 5, profile="rare", actor=OTHER)
    called = await queue.call_next(5, actor=STAFF, own_only=True)
    assert called is not None
    assert called.id == special.id
    with pytest.raises(UnknownProfile):
        await windows.set_profile(queue, 5, profile="nobody", actor=OTHER)
    row = await pool.fetchrow("SELECT * FROM window_event WHERE event = 'profile'")
    assert row is not None
    assert row["detail"] == {"from": "unified", "to": "rare"}
    assert await events(pool, 5) == ["open", "profile"]
    assert (await verify(pool, 1)).is_whole


async def test_numbers_bound_to_a_window_are_freed_when_it_leaves_their_line(
    queue: Queue, pool: Pool, passwords: Passwords, clock: ManualClock
) -> None:
    suad = Actor("staff", await a_person(pool, passwords, clock, "suad"))
    await opened(queue, 5, suad)
    await opened(queue, 6, OTHER)
    kept = await queue.issue(IssueRequest(KEY, "api", service="collection"))
    to_window = await queue.issue(IssueRequest(KEY, "api", service="reconciliation"))
    to_person = await queue.issue(IssueRequest(KEY, "api", service="reconciliation"))
    for ticket, to in (
        (kept, Destination(window=5)),
        (to_window, Destination(window=5)),
        (to_person, Destination(staff=suad.id)),
    ):
        await journeys.call_out_of_order(
            queue, 6, ticket.id, actor=OTHER, any_window=False, reason="health"
        )
        await journeys.transfer(
            queue, ticket.id, to, actor=OTHER, any_window=False, reason="cashier"
        )
    seen = [(await window_day(queue, number, call_id=None)).waiting for number in (5, 6)]
    assert seen == [3, 0], "a desk tells of those whom it would be handed"
    await windows.set_profile(queue, 5, profile="rare", actor=OTHER)
    lanes = [(await queue.ticket(each.id)).lane for each in (kept, to_window, to_person)]
    assert lanes == ["window:5", "plain", "plain"]
    called = {
        each.id
        for window, actor in ((5, suad), (6, OTHER))
        if (each := await queue.call_next(window, actor=actor, own_only=True)) is not None
    }
    assert called == {kept.id, to_window.id}
    assert (await verify(pool, 1)).is_whole


async def test_nobody_is_given_a_window_who_may_not_act_at_one(
    queue: Queue, pool: Pool, passwords: Passwords, clock: ManualClock
) -> None:
    samia = await a_person(pool, passwords, clock, "samia", role="receptionist")
    await opened(queue, 5, STAFF)
    with pytest.raises(UnknownStaff):
        await windows.assign_window(queue, 5, to=samia, actor=OTHER)
