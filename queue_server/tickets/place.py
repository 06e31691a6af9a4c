"""What a citizen's phone asks of the queue: the place in line behind a public address."""

import re
from dataclasses import replace

from core_services.ids import fold_token
from queue_server.tickets.acts import Queue
from queue_server.tickets.errors import UnknownTicket
from queue_server.tickets.store_citizen import Place, read_place

_TOKEN = re.compile(r"[A-Z2-7]{16}")


async def place_of(queue: Queue, token: str) -> Place:
    """Return the place of the ticket with that token, written in any case.

    Raises UnknownTicket, without asking the database for what can be no token.
    """
    folded = fold_token(token)
    if _TOKEN.fullmatch(folded) is None:
        raise UnknownTicket("of this address")
    return await place_behind(queue, folded)


async def place_behind(queue: Queue, token: str) -> Place:
    """Return the place of the ticket with that token, with the wait that is foreseen for it.

    Raises UnknownTicket.
    """
    place = await read_place(queue.pool, queue.centre.id, token)
    if place is None:
        raise UnknownTicket("of this address")
    if place.wait is None:
        return place
    await queue.foresight.catch_up(place.head)
    told = queue.foresight.of(place.ticket.id)
    return place if told is None else replace(place, wait=told.wait, told=told)
