"""What is published of how the order was kept: calls out of it, today and in seven days."""

from dataclasses import dataclass
from datetime import timedelta

from core_services.calendar import day_bounds
from queue_server.tickets.acts import Queue
from queue_server.tickets.store_order import OutOfOrder, count_late, read_out_of_order

_SIX_DAYS = timedelta(days=6)


@dataclass(frozen=True, slots=True)
class KeptOrder:
    """Calls that the dispatcher did not make."""

    today: OutOfOrder
    seven_days: OutOfOrder
    """The business days that end with today."""
    late_today: int = 0
    """Numbers that the server heard of after they were given: the rule does not hold for them."""
    late_seven_days: int = 0


async def kept_order(queue: Queue) -> KeptOrder:
    """Count both until now."""
    centre, (today, at) = queue.centre, queue.today()

    async def since(days: timedelta) -> OutOfOrder:
        begins, _ = day_bounds(today - days, centre.zone, centre.cut_over)
        return await read_out_of_order(
            queue.pool, centre.id, since=begins, until=at + timedelta(microseconds=1)
        )

    async def late(days: timedelta) -> int:
        return await count_late(queue.pool, centre.id, first=today - days, last=today)

    return KeptOrder(
        await since(timedelta()),
        await since(_SIX_DAYS),
        late_today=await late(timedelta()),
        late_seven_days=await late(_SIX_DAYS),
    )
