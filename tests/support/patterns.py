"""Lets the hall of a test show signs that one hand takes many numbers."""

from core_services.egypt import read_national_id
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.model import Actor, Ticket
from queue_server.web.keys import PATTERNS, PERSONS
from tests.support.citizens import GROWN
from tests.support.hall_scene import HallScene


async def quick_row(scene: HallScene, people: int = 9, *, missing: int = 8) -> list[Ticket]:
    """Let one hand take numbers at kiosk K1; the last ones of them miss their calls at window 5."""
    site, device = scene.site, await scene.machine("K1")
    kiosk = Actor("device", device.id)
    row = []
    for _ in range(people):
        ticket = await site.queue.issue(IssueRequest(kiosk, "kiosk", device_id=device.id))
        row.append(await site.queue.mark_paper(ticket.id, "printed", actor=kiosk))
        site.clock.jump(5)
    for place in range(people):
        ticket = await site.call(5, scene.staff[5])
        site.clock.jump(20)
        if place < people - missing:
            await site.act(ticket, "start", scene.staff[5])
            await site.act(ticket, "finish", scene.staff[5])
        else:
            await site.act(ticket, "no_show", scene.staff[5])
    await site.client.app[PATTERNS].read()
    return row


async def one_card(scene: HallScene, times: int = 4, *, national_id: str = GROWN) -> list[Ticket]:
    """Let one card be shown at window 5 with so many numbers, one after another."""
    site = scene.site
    persons = site.client.app[PERSONS]
    card = read_national_id(national_id, today=site.queue.today()[0])
    tickets = []
    for _ in range(times):
        await site.issue()
        site.clock.jump(40)
        ticket = await site.call(5, scene.staff[5])
        await persons.bind(
            ticket.id,
            phone=None,
            national_id=card,
            actor=scene.staff[5],
            window=5,
            any_window=False,
            claim=None,
        )
        site.clock.jump(30)
        tickets.append(await site.act(ticket, "finish", scene.staff[5]))
    await site.client.app[PATTERNS].read()
    return tickets
