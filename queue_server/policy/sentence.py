"""The published sentence of a policy at the windows that a centre has; pure."""

from collections.abc import Sequence

from queue_server.policy.body import PolicyBody
from queue_server.policy.model import WindowFacts
from queue_server.tickets.fairness import FairnessSentence, fairness_sentence


def sentence_of(
    body: PolicyBody, windows: Sequence[WindowFacts], *, has_appointments: bool = True
) -> FairnessSentence:
    """Return the sentence that this policy makes true; it names the priority-first windows."""
    return fairness_sentence(
        bound_s(body, has_appointments=has_appointments),
        [each.number for each in windows if each.profile in body.first.profiles],
    )


def bound_s(body: PolicyBody, *, has_appointments: bool = True) -> int:
    """Return the N of the sentence, in seconds.

    The grace of appointments moves nobody where there are none.
    """
    return max(
        *body.credit_s().values(),
        body.returns.credit_minutes * 60,
        body.appointments.late_grace_minutes * 60 if has_appointments else 0,
    )
