"""What a kiosk is told of a slip that was held before its scanner: where its number stands.

It is what the number's own page shows, so that a scanner tells no more than a phone does.
"""

from core_services.devices.model import Device
from core_services.link.citizen_frames import Found, Look
from core_services.link.vocabulary import WaitRange
from queue_server.appointments.acts import Appointments
from queue_server.tickets.errors import Refused
from queue_server.tickets.model import Actor
from queue_server.tickets.numbering import display_label
from queue_server.tickets.place import place_of
from queue_server.tickets.store_citizen import Place
from queue_server.tickets.store_policy import read_policy
from queue_server.web.citizen.view import phone_view


async def look(appointments: Appointments, device: Device, frame: Look) -> Found:
    """Return where the number behind a slip's address stands. Raises UnknownTicket.

    Who holds a number kept from an earlier day is noted as here, once, and told so.
    """
    queue = appointments.queue
    place = await place_of(queue, frame.token)
    checked_in = await _is_noted_as_here(appointments, device, place)
    if checked_in:
        place = await place_of(queue, frame.token)
    queue.foresight.note_shown(place.ticket, place.wait, place.told)
    policy = await read_policy(queue.pool, queue.centre.id)
    view = phone_view(
        place,
        queue.today()[0],
        return_within_min=policy.return_within_min(place.ticket.returns),
    )
    return Found(
        key=frame.key,
        label=place.ticket.label,
        display_label=display_label(place.ticket.label),
        stage=view.stage,
        ahead=view.ahead,
        wait=None
        if view.wait is None
        else WaitRange(low_s=view.wait.low_s, likely_s=view.wait.likely_s, high_s=view.wait.high_s),
        window=view.window,
        day=view.day,
        service_ar=place.service_ar,
        service_en=place.service_en,
        checked_in=checked_in,
        return_within_min=view.return_within_min,
    )


async def _is_noted_as_here(appointments: Appointments, device: Device, place: Place) -> bool:
    ticket = place.ticket
    if ticket.carried_from is None or ticket.business_day != appointments.queue.today()[0]:
        return False
    if ticket.state != "waiting":
        return False
    try:
        await appointments.note_presence(ticket.id, actor=Actor("device", device.id))
    except Refused:  # called in the very moment: its page tells that
        return False
    return True
