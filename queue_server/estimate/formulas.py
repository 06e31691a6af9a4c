"""The closed formulas of the literature: what the forward run is measured against.

All take and give seconds. The first three know only waits that were seen; the others know the line.
"""

from collections.abc import Iterable, Sequence

NOBODY_SERVES = float("inf")


def moving_average(waits: Sequence[float]) -> float:
    """Return the mean of the latest waits, the plainest thing that halls show; 0 without any."""
    return sum(waits) / len(waits) if waits else 0.0


def last_to_enter_service(wait: float | None) -> float:
    """Return the wait of whoever was called last (LES); 0 before the first call.

    Ibrahim, Whitt: Real-time delay estimation based on delay history, M&SOM 11 (2009) 397-415.
    """
    return wait or 0.0


def head_of_line(since: float | None, at: float) -> float:
    """Return how long the head of the line has waited at `at` (HOL); 0 for an empty line.

    Ibrahim, Whitt 2009, as above.
    """
    return 0.0 if since is None else max(at - since, 0.0)


def queue_length(waiting: int, windows: int, idle: int, mean_hold: float) -> float:
    """Return the wait behind everybody in line (QL): each departure takes `mean_hold` / windows.

    Whitt: Predicting queueing delays, Management Science 45 (1999) 870-888. Infinite when no
    window serves. `idle`: how many of the windows could call at once.
    """
    if windows <= 0:
        return NOBODY_SERVES
    return max(waiting + 1 - idle, 0) * mean_hold / windows


def queue_length_with_abandonment(
    ahead: int, windows: int, idle: int, mean_hold: float, leaving: float
) -> float:
    """Return the wait behind those who stand before one, some of whom leave (QL_a).

    The sum of 1 / (s mu + j theta) over the departures that must happen; `leaving` is theta, the
    rate per second at which each in line leaves. Ibrahim, Whitt: Real-time delay estimation in
    overloaded multiserver queues with abandonments, Management Science 55 (2009) 1729-1742.
    """
    if windows <= 0:
        return NOBODY_SERVES
    departures = max(ahead + 1 - idle, 0)
    rate = windows / max(mean_hold, 1e-9)
    return sum(1.0 / (rate + step * leaving) for step in range(departures))


def queue_length_shared(
    ahead: Iterable[tuple[float, int, int]], windows: int, idle: int, mean_hold: float
) -> float:
    """Return the wait behind the work of those before one at the windows that he shares with them.

    `ahead`: for each of them the mean hold of his service, how many windows serve him, and how
    many of those serve also the one who asks. One departure more must happen, of `mean_hold` over
    his `windows`. Fed with the holds that the estimate has learned, it is the best that a closed
    formula makes of the same knowledge.
    """
    if windows <= 0:
        return NOBODY_SERVES
    if idle > 0:
        return 0.0
    work = sum(hold * shared / serving for hold, serving, shared in ahead if serving > 0)
    return (work + mean_hold) / windows
