"""What the editing of a policy refuses.

Refused
├── PolicyDraftChanged  somebody else saved, discarded or published meanwhile
└── NoPolicyDraft       there is nothing to publish or to discard
"""

from queue_server.tickets.errors import Refused


class PolicyDraftChanged(Refused):
    sentence = "Somebody else has changed the draft of the policy meanwhile."


class NoPolicyDraft(Refused):
    sentence = "There is no draft of the policy."
