"""When each citizen of a world has a number: one by one at each kiosk and at reception; pure.

Whoever stands before a kiosk when it or its printer dies goes to the next kiosk, and where none
works to reception.
"""

import heapq
from typing import Final

from queue_server.simulation.model import Fault, World

_RECEPTION: Final = -1


def numbers_taken(world: World) -> list[float | None]:
    """Return for each citizen when the number is there, in seconds from the opening.

    None for whoever goes home without one, or is not at the kiosk or reception when numbers end.
    """
    dead = [fault for fault in world.faults if fault.kind in ("kiosk", "printer")]
    free_s = dict.fromkeys((_RECEPTION, *range(world.kiosks)), 0.0)
    taken: list[float | None] = [None] * len(world.citizens)
    comes = [
        (citizen.at_s, place)
        for place, citizen in enumerate(world.citizens)
        if not citizen.goes_home
    ]
    heapq.heapify(comes)
    while comes:
        at_s, who = heapq.heappop(comes)
        citizen = world.citizens[who]
        place = _RECEPTION
        if citizen.way == "kiosk":
            works = [each for each in range(world.kiosks) if _dies(dead, each, at_s, at_s) is None]
            place = min(works, key=lambda each: (free_s[each], each), default=_RECEPTION)
        begins_s = max(at_s, free_s[place])
        if place != _RECEPTION:
            dies_s = _dies(dead, place, at_s, begins_s)
            if dies_s is not None:
                heapq.heappush(comes, (dies_s, who))
                continue
        if begins_s >= world.closes_s:
            continue
        ends_s = begins_s + (citizen.desk_s if place == _RECEPTION else citizen.takes_s)
        free_s[place] = taken[who] = ends_s
    return taken


def _dies(dead: list[Fault], place: int, from_s: float, until_s: float) -> float | None:
    """Return when that kiosk is first seen dead within the span, both ends included."""
    return min(
        (
            max(fault.from_s, from_s)
            for fault in dead
            if fault.kiosk in (None, place + 1)
            and fault.from_s <= until_s
            and from_s < fault.until_s
        ),
        default=None,
    )
