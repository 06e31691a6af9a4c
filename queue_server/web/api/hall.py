"""The API of the hall: queues and services."""

from queue_server.tickets.store_reading import read_services
from queue_server.web.api.answers import queue_answer, state_answer
from queue_server.web.api.shapes import QueueList, ServiceList
from queue_server.web.keys import CATALOGUE, QUEUE, SERVICE_STATES
from queue_server.web.operations import Answer, ApiRequest, operation

_TAG = "hall"


@operation(
    "GET",
    "/queues",
    tag=_TAG,
    summary="List queues",
    scope="see_hall",
    answers={200: QueueList},
)
async def list_queues(request: ApiRequest[None]) -> Answer:
    """Every line now: who waits, how long, and how long a newcomer would."""
    hall = await request.app[QUEUE].hall_foreseen()
    return Answer(content={"items": [queue_answer(queue) for queue in hall.queues], "next": None})


@operation(
    "GET",
    "/services",
    tag=_TAG,
    summary="List services",
    scope=None,
    answers={200: ServiceList},
)
async def list_services(request: ApiRequest[None]) -> Answer:
    """What the centre does, with papers and fees in both languages and what is down now; open to
    everybody.
    """
    queue = request.app[QUEUE]
    catalogue = request.app[CATALOGUE]
    states = await request.app[SERVICE_STATES].now()
    items = []
    for service in await read_services(queue.pool, queue.centre.id):
        card = catalogue.services.get(service.code)
        items.append(
            {
                "code": service.code,
                "queue": service.queue,
                "name_ar": service.name_ar,
                "name_en": service.name_en,
                "papers_ar": [] if card is None else list(card.papers_ar),
                "papers_en": [] if card is None else list(card.papers_en),
                "fee_piastres": None if card is None else card.fee_piastres,
                "target_s": service.target_s,
                "open": service.is_open,
                "state": state_answer(states.of(service.code)),
            }
        )
    return Answer(content={"items": items, "next": None})
