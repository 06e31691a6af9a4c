"""When each citizen of a world has a number: one by one at each kiosk and at reception; pure.

Where a kiosk or its printer does not work its people go to the next kiosk, and where none works to
reception.
"""

from queue_server.simulation.model import World

_NEVER = float("inf")


def numbers_taken(world: World) -> list[float | None]:
    """Return for each citizen when the number is there, in seconds from the opening.

    None for whoever goes home without one, or is not at the kiosk or reception when numbers end.
    """
    kiosks = [0.0] * world.kiosks
    reception_s = 0.0
    taken: list[float | None] = []
    for citizen in world.citizens:
        if citizen.goes_home:
            taken.append(None)
            continue
        place = _kiosk_for(world, kiosks, citizen.at_s) if citizen.way == "kiosk" else None
        free_s = reception_s if place is None else kiosks[place]
        begins_s = max(citizen.at_s, free_s)
        if begins_s >= world.closes_s:
            taken.append(None)
            continue
        ends_s = begins_s + (citizen.desk_s if place is None else citizen.takes_s)
        if place is None:
            reception_s = ends_s
        else:
            kiosks[place] = ends_s
        taken.append(ends_s)
    return taken


def _kiosk_for(world: World, free_s: list[float], at_s: float) -> int | None:
    """Return the kiosk that works and is free first for whoever comes then; None: none works."""
    begins = [
        (_NEVER if _is_dead(world, number, max(at_s, free)) else max(at_s, free), number)
        for number, free in enumerate(free_s)
    ]
    begins_s, place = min(begins)
    return None if begins_s == _NEVER else place


def _is_dead(world: World, place: int, at_s: float) -> bool:
    return any(
        fault.kind in ("kiosk", "printer")
        and fault.kiosk in (None, place + 1)
        and fault.from_s <= at_s < fault.until_s
        for fault in world.faults
    )
