"""The published sentence of a policy at the windows that a centre has; pure."""

from collections.abc import Sequence

from queue_server.policy.body import PolicyBody
from queue_server.policy.model import WindowFacts
from queue_server.tickets.fairness import FairnessSentence, fairness_sentence


def sentence_of(
    body: PolicyBody, windows: Sequence[WindowFacts], *, has_appointments: bool = True
) -> FairnessSentence:
    """Return the sentence that this policy makes true; it names the priority-first windows.

    The grace of appointments moves nobody where there are none.
    """
    return fairness_sentence(
        max(body.credit_s().values()),
        [each.number for each in windows if each.profile in body.first.profiles],
        return_credit_s=body.returns.credit_minutes * 60,
        late_grace_s=body.appointments.late_grace_minutes * 60 if has_appointments else 0,
    )
