"""What the editing of a policy refuses.

Refused
├── PolicyDraftChanged  somebody else saved, discarded or published meanwhile
├── NoPolicyDraft       there is nothing to publish or to discard
├── NoPolicyToCome      the version does not wait for its day (any more)
└── DayNotToCome        a version cannot come into force on a day that has begun, or so far ahead
"""

from queue_server.tickets.errors import Refused


class PolicyDraftChanged(Refused):
    sentence = "Somebody else has changed the draft of the policy meanwhile."


class NoPolicyDraft(Refused):
    sentence = "There is no draft of the policy."


class NoPolicyToCome(Refused):
    sentence = "That version of the policy does not wait for its day."


class DayNotToCome(Refused):
    sentence = "The day must be a later one, at most a year ahead."
