"""What was scanned, at a window, a desk or reception: a number's slip, an appointment, or neither.

The pure part, shared with kiosks, is `core_services/paper/scans.py`.
"""

from core_services.paper.scans import AppointmentShown, SlipShown, what_is
from queue_server.appointments.acts import Appointments
from queue_server.appointments.model import Appointment
from queue_server.tickets.errors import UnknownAppointment, UnknownTicket
from queue_server.tickets.model import Ticket
from queue_server.tickets.place import place_of


async def find_scanned(
    appointments: Appointments, text: str, symbology: str | None = None
) -> Ticket | Appointment | None:
    """Return what the code stands for; None for a foreign or unknown one.

    `symbology` is its kind where the scanner tells it: the back of a card is never looked up.
    """
    try:
        match what_is(text, symbology):
            case SlipShown(token):
                return (await place_of(appointments.queue, token)).ticket
            case AppointmentShown(token=str(token)):
                return await appointments.by_token(token)
            case AppointmentShown(code=str(code)):
                return await appointments.by_code(code)
            case _:
                return None
    except (UnknownTicket, UnknownAppointment):
        return None
