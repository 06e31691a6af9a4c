"""Turns a batch of emergency numbers into the book that is printed."""

from core_services.paper.emergency import BookFacts
from queue_server.tickets.emergency import EMERGENCY_LETTER
from queue_server.tickets.model import Centre
from queue_server.tickets.numbering import EMERGENCY_SERIES
from queue_server.tickets.store_emergency import Batch


def batch_code(centre: Centre, batch: Batch) -> str:
    """Return what names a book on each of its sheets, such as `KFS-T-3`."""
    code = f"{centre.code}-{EMERGENCY_SERIES}-{batch.number}"
    return f"TRAINING-{code}" if centre.is_training else code


def book_facts(centre: Centre, batch: Batch) -> BookFacts:
    """Return what stands in the book; it is drawn the same however often."""
    return BookFacts(
        governorate=centre.governorate_ar,
        unit=centre.unit_ar,
        centre=centre.name_ar,
        code=batch_code(centre, batch),
        series=EMERGENCY_SERIES,
        letter=EMERGENCY_LETTER,
        first=batch.first,
        last=batch.last,
        for_day=batch.for_day,
        is_training=centre.is_training,
    )
