"""What screens and kiosks are told of outages: the states laid over the hall's facts; pure.

One bad row (a service that the centre no longer has, a group of another catalogue) is passed over;
the others are told.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from core_services.catalogue.model import Catalogue
from core_services.link.hall_frames import Down, ServiceCard
from core_services.link.message_frames import BoardMessage
from queue_server.live.board import HallFacts
from queue_server.service_states.model import Outage, Reason, States

MOST_LINES: Final = 3
"""The board says so many outages one by one; more become one line."""

_SYSTEM: Final[frozenset[Reason]] = frozenset({"ministry_system", "network"})
"""Outages that people call «السيستم واقع»."""

PAYMENT_LINE: Final = BoardMessage(
    text_ar="الدفع الإلكتروني متوقف الآن. اسأل الموظف عن طريقة السداد، ودورك محفوظ.",
    text_en="Electronic payment is down now. Ask the clerk how to pay; your place is kept.",
)
ALL_LINE: Final = BoardMessage(
    text_ar="كل الخدمات متوقفة الآن، ودورك محفوظ.",
    text_en="All services are down now. Your place is kept.",
)
SYSTEM_LINE: Final = BoardMessage(
    text_ar="السيستم متوقف الآن في كل الخدمات، ودورك محفوظ.",
    text_en="The system is down for all services now. Your place is kept.",
)


def with_states(facts: HallFacts, states: States, catalogue: Catalogue) -> HallFacts:
    """Return the facts with what is down in them, outages before the hall's other news."""
    if not states.outages:
        return facts
    cards = tuple(_card(card, states) for card in facts.services)
    return replace(
        facts,
        services=cards,
        messages=(*board_lines(cards, states, catalogue), *facts.messages),
        payment_down=None if states.payment is None else down(states.payment),
    )


def down(outage: Outage) -> Down:
    """Return an outage as it travels."""
    return Down(reason=outage.reason, since=outage.since, expected=outage.expected)


def board_lines(
    cards: Sequence[ServiceCard], states: States, catalogue: Catalogue
) -> tuple[BoardMessage, ...]:
    """Return the hall's lines about outages, never that others work when none does."""
    payment = () if states.payment is None else (PAYMENT_LINE,)
    offered = [card for card in cards if card.open]
    if offered and all(card.down is not None for card in offered):
        is_system = all(card.down and card.down.reason in _SYSTEM for card in offered)
        return (SYSTEM_LINE if is_system else ALL_LINE, *payment)
    lines = [*_group_lines(offered, states, catalogue), *_service_lines(offered, states)]
    if len(lines) > MOST_LINES:
        count = sum(card.down is not None for card in offered)
        lines = [
            BoardMessage(
                text_ar=f"عدد الخدمات المتوقفة الآن: {count}، باقي الخدمات تعمل ودورك محفوظ.",
                text_en=f"Services down now: {count}. The others work, and your place is kept.",
            )
        ]
    return (*lines, *payment)


def _card(card: ServiceCard, states: States) -> ServiceCard:
    outage = states.of(card.code)
    return card if outage is None else card.model_copy(update={"down": down(outage)})


def _group_lines(
    offered: Iterable[ServiceCard], states: States, catalogue: Catalogue
) -> list[BoardMessage]:
    """One line for each group that is down and has a service here."""
    with_service = {states.group_of.get(card.code) for card in offered}
    names = {group.code: (group.name_ar, group.name_en) for group in catalogue.groups}
    return [
        _line(outage, *names[subject.code])
        for subject, outage in states.outages.items()
        if subject.kind == "group" and subject.code in names and subject.code in with_service
    ]


def _service_lines(offered: Iterable[ServiceCard], states: States) -> list[BoardMessage]:
    """One line for each service that is down by itself."""
    cards = {card.code: card for card in offered}
    return [
        _line(outage, cards[subject.code].name_ar, cards[subject.code].name_en)
        for subject, outage in states.outages.items()
        if subject.kind == "service" and subject.code in cards
    ]


def _line(outage: Outage, name_ar: str, name_en: str) -> BoardMessage:
    if outage.reason in _SYSTEM:
        return BoardMessage(
            text_ar=f"السيستم متوقف في {name_ar}، باقي الخدمات تعمل ودورك محفوظ.",
            text_en=f"The system is down for {name_en}. Other services work; your place is kept.",
        )
    return BoardMessage(
        text_ar=f"متوقف الآن: {name_ar}. باقي الخدمات تعمل ودورك محفوظ.",
        text_en=f"Not available now: {name_en}. Other services work; your place is kept.",
    )
