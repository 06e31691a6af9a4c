"""From when the place in line of a booked slot is counted; pure."""

from datetime import datetime, timedelta


def is_in_grace(
    starts_at: datetime, at: datetime, *, early_grace_s: int, late_grace_s: int
) -> bool:
    """Say whether a check-in now keeps the slot's place in line."""
    early, late = timedelta(seconds=early_grace_s), timedelta(seconds=late_grace_s)
    return starts_at - early <= at <= starts_at + late


def arrival_of(
    starts_at: datetime,
    at: datetime,
    *,
    early_grace_s: int,
    late_grace_s: int,
    credit_s: int,
    largest_credit_s: int,
) -> datetime:
    """Return from when a check-in's place in line is counted, before the credit is taken off.

    Within the grace it is the slot's start, else now. The published rule says how far ahead of
    those who came before him anybody gets: the larger of grace and credit, never their sum. So
    whoever has a credit and comes late in the grace keeps of his slot what the rule leaves.
    """
    if not is_in_grace(starts_at, at, early_grace_s=early_grace_s, late_grace_s=late_grace_s):
        return at
    bound_s = max(largest_credit_s, late_grace_s)
    return max(starts_at, at - timedelta(seconds=bound_s - credit_s))
