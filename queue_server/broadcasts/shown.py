"""Messages to the hall as they travel to its machines; pure."""

from collections.abc import Sequence

from core_services.link.message_frames import BoardMessage
from queue_server.broadcasts.model import MOST_LINES, Broadcast, Glass


def on_glass(broadcasts: Sequence[Broadcast], glass: Glass) -> tuple[BoardMessage, ...]:
    """Return what a kind of machine is to show, the gravest first."""
    shown = [each for each in broadcasts if glass in each.glasses]
    return tuple(as_message(each) for each in shown[:MOST_LINES])


def as_message(broadcast: Broadcast) -> BoardMessage:
    """Return one message as it travels."""
    return BoardMessage(
        text_ar=broadcast.text_ar,
        text_en=broadcast.text_en,
        id=broadcast.id,
        kind=broadcast.kind,
        full_screen=broadcast.is_full_screen,
        calls_go_on=broadcast.calls_go_on,
        phrase=broadcast.phrase,
        since=broadcast.starts_at,
    )
