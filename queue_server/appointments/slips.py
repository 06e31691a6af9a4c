"""What a slip says of the appointment that its number was given for; pure."""

from core_services.link.citizen_frames import IssuedTicket
from queue_server.appointments.model import Appointment


def with_appointment(slip: IssuedTicket, found: Appointment | None) -> IssuedTicket:
    """Return the slip with the appointment's line; as it is for whoever came without one."""
    if found is None:
        return slip
    return slip.model_copy(
        update={"appointment_at": found.starts_at, "appointment_kept": not found.is_late}
    )
