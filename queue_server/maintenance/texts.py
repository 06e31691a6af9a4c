"""What people write in the care of equipment: how long it may be, and as what it is kept; pure."""

from collections.abc import Iterable
from itertools import islice
from typing import Final

from core_services.l10n import one_line
from queue_server.maintenance.model import Step

MODEL_LENGTH: Final = 80
SERIAL_LENGTH: Final = 60
ROOM_LENGTH: Final = 80
PLAN_TITLE_LENGTH: Final = 120
TITLE_LENGTH: Final = 160
"""Of an order."""
STEP_LENGTH: Final = 160
MOST_STEPS: Final = 30
DONE_LENGTH: Final = 500
PARTS_LENGTH: Final = 300


def line_of(text: str, longest: int) -> str:
    """Return words as they are kept: one line; what is longer is refused by pages and API."""
    return one_line(text)[:longest].strip()


def tidy_steps(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Return a list of steps as it is kept: each on one line, and not more than can be ticked."""
    lines = (Step(line_of(step.ar, STEP_LENGTH), line_of(step.en, STEP_LENGTH)) for step in steps)
    return tuple(islice((step for step in lines if step.ar), MOST_STEPS))
