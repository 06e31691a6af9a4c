"""Understands the numbers that a kiosk delivers after it was cut off."""

from datetime import UTC, datetime, timedelta
from typing import Final

from core_services.devices.model import Device
from core_services.devices.offline import is_offline_number
from core_services.ids import fold_token
from core_services.link.cut_off_frames import Given as GivenFrame
from queue_server.tickets.errors import NotOffline
from queue_server.tickets.late import Given
from queue_server.tickets.model import Claim, PaperMark
from queue_server.tickets.numbering import parts_of

_OLDEST_AGE: Final = timedelta(days=3650)
"""What is older is no age."""


def given_of(
    device: Device,
    frame: GivenFrame,
    *,
    mark: PaperMark,
    abandons: Claim | None,
    received_at: datetime,
) -> Given:
    """Return the number that a frame tells of. Raises NotOffline.

    A time without a zone is taken for one of UTC, as all times on the link are.
    """
    series, number = parts_of(frame.label) or ("", 0)
    if frame.ticket is None and not is_offline_number(series, number):
        raise NotOffline(state="unknown", label=frame.label)
    taken_at = frame.taken_at
    if taken_at.tzinfo is None:
        taken_at = taken_at.replace(tzinfo=UTC)
    if frame.age_ms is not None:
        taken_at = received_at - min(timedelta(milliseconds=frame.age_ms), _OLDEST_AGE)
    return Given(
        device_id=device.id,
        key=frame.key,
        day=frame.day,
        series=series,
        number=number,
        claimed_at=taken_at,
        mark=mark,
        ticket_id=frame.ticket,
        token=None if frame.token is None else fold_token(frame.token),
        service=frame.service,
        priority=frame.priority,
        language=frame.language,
        requests=frame.requests,
        abandons=abandons,
    )
