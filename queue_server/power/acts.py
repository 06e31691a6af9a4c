"""What the centre is told when the power fails, comes back, or the battery is nearly empty."""

from datetime import datetime
from uuid import UUID

from core_services.database.pool import Pool
from core_services.people.api_keys import add_key
from core_services.people.store_keys import list_keys
from queue_server.administration import SYSTEM
from queue_server.alarms.model import Finding
from queue_server.alarms.standing import end_standing, raise_standing
from queue_server.broadcasts.by_command import end_phrase, send_phrase
from queue_server.power.model import ALL, EMPTYING, KEY, ON_BATTERY, PHRASE


async def note_failing(pool: Pool, centre_id: int, *, at: datetime, tells_hall: bool) -> None:
    """Raise the supervisor's alarm and, if told to, the hall's message; harmless when repeated."""
    await raise_standing(pool, centre_id, Finding(ON_BATTERY, ALL, is_grave=True), at=at)
    if tells_hall:
        key_id = await _sender(pool, centre_id)
        if key_id is None:
            made = await add_key(
                pool, centre_id=centre_id, name=KEY, scopes=("supervise",), actor=SYSTEM, at=at
            )
            key_id = made.key.id
        await send_phrase(pool, centre_id, PHRASE, key_id=key_id, at=at)


async def note_critical(pool: Pool, centre_id: int, *, at: datetime) -> None:
    """Make the alarm worse: the battery is nearly empty."""
    finding = Finding(ON_BATTERY, ALL, is_grave=True, level=EMPTYING)
    await raise_standing(pool, centre_id, finding, at=at)


async def note_over(pool: Pool, centre_id: int, *, at: datetime) -> None:
    """End the alarm, and the message that was sent with it."""
    await end_standing(pool, centre_id, ON_BATTERY, at=at)
    key_id = await _sender(pool, centre_id)
    if key_id is not None:
        await end_phrase(pool, centre_id, PHRASE, key_id=key_id, at=at)


async def _sender(pool: Pool, centre_id: int) -> UUID | None:
    """Return the key in whose name the hall is told; its text was told to nobody."""
    keys = await list_keys(pool, centre_id=centre_id)
    return next((key.id for key in keys if key.name == KEY), None)
