"""Makes of what somebody typed or sent a message that may stand in the hall; pure."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Literal

from core_services.l10n import one_line
from queue_server.broadcasts.model import (
    FURTHEST,
    GLASSES,
    LINE_LENGTH,
    TEXT_LENGTH,
    Glass,
    Kind,
    Wording,
)
from queue_server.broadcasts.phrases import PHRASES

Fault = Literal["lacks-text", "too-long", "unknown-phrase", "lacks-glass", "ends-before", "too-far"]


class BadWording(ValueError):
    """It may not stand so; `fault` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault: Fault = fault


def compose(
    kind: Kind,
    *,
    at: datetime,
    phrase: str | None = None,
    text_ar: str = "",
    text_en: str = "",
    glasses: Collection[Glass] = GLASSES,
    calls_go_on: bool | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> Wording:
    """Return the message at a moment; of a ready phrase only what differs need be given.

    An emergency stands on every glass, from now until it is ended, and keeps calls back unless it
    is said that they go on. Raises BadWording.
    """
    ready = None
    if phrase is not None:
        ready = PHRASES.get(phrase)
        if ready is None or ready.kind != kind:
            raise BadWording("unknown-phrase")
        text_ar, text_en = ready.ar, ready.en
    text_ar, text_en = one_line(text_ar), one_line(text_en)
    if not any(letter.isalnum() for letter in text_ar):
        raise BadWording("lacks-text")
    if max(len(text_ar), len(text_en)) > (TEXT_LENGTH if kind == "emergency" else LINE_LENGTH):
        raise BadWording("too-long")
    if kind == "emergency":
        return Wording(kind, text_ar, text_en, GLASSES, phrase, calls_go_on=bool(calls_go_on))
    if not glasses:
        raise BadWording("lacks-glass")
    begins = at if starts_at is None else max(at, starts_at)
    if ends_at is None and ready is not None and ready.minutes is not None:
        ends_at = begins + timedelta(minutes=ready.minutes)
    if ends_at is not None and ends_at <= begins:
        raise BadWording("ends-before")
    if max(begins, ends_at or begins) > at + FURTHEST:
        raise BadWording("too-far")
    return Wording(
        kind,
        text_ar,
        text_en,
        tuple(each for each in GLASSES if each in glasses),
        phrase,
        starts_at=begins,
        ends_at=ends_at,
    )
