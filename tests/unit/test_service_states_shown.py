"""What board and kiosks are told of outages."""

from datetime import UTC, datetime
from typing import Final

import pytest

from core_services.catalogue.load import load_catalogue
from core_services.catalogue.model import Catalogue
from core_services.link.hall_frames import ServiceCard
from core_services.link.message_frames import BoardMessage
from queue_server.configuration import service_card
from queue_server.live.board import HallFacts
from queue_server.service_states.model import PAYMENT, Outage, Reason, States, Subject
from queue_server.service_states.shown import MOST_LINES, with_states
from queue_server.tickets.model import Service

AT: Final = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
RULE = BoardMessage(text_ar="الأسبق حضورًا أولًا.", text_en="First come, first served.")


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture(scope="module")
def facts(catalogue: Catalogue) -> HallFacts:
    """A whole centre: every service of the catalogue."""
    cards = tuple(
        service_card(Service(each.code, "U", each.name_ar, each.name_en, 300, True), catalogue)
        for each in catalogue.services.values()
    )
    return HallFacts(services=cards, messages=(RULE,))


def shown(
    facts: HallFacts,
    catalogue: Catalogue,
    *subjects: Subject,
    reason: Reason = "ministry_system",
) -> HallFacts:
    outages = {each: Outage(each, reason, AT, None, 7) for each in subjects}
    group_of = {code: each.group.code for code, each in catalogue.services.items()}
    return with_states(facts, States(outages, group_of), catalogue)


def down(facts: HallFacts) -> set[str]:
    return {card.code for card in facts.services if card.down is not None}


def lines(facts: HallFacts) -> list[str]:
    return [message.text_ar for message in facts.messages if message != RULE]


def test_a_hall_where_all_works_is_told_as_it_was(facts: HallFacts, catalogue: Catalogue) -> None:
    assert shown(facts, catalogue) is facts


def test_a_group_that_is_down_is_one_line_and_all_its_cards(
    facts: HallFacts, catalogue: Catalogue
) -> None:
    told = shown(facts, catalogue, Subject("group", "building"))
    assert down(told) == {each.code for each in catalogue.in_group("building")}
    assert lines(told) == ["السيستم متوقف في رخص البناء، باقي الخدمات تعمل ودورك محفوظ."]
    assert told.messages[0].text_en.startswith("The system is down for Building licences.")
    assert told.messages[-1] == RULE


def test_what_is_no_system_is_not_called_one(facts: HallFacts, catalogue: Catalogue) -> None:
    told = shown(facts, catalogue, Subject("service", "reconciliation"), reason="no_officer")
    assert down(told) == {"reconciliation"}
    (line,) = lines(told)
    assert "السيستم" not in line
    assert line.startswith("متوقف الآن: ")


def test_a_service_down_by_itself_and_with_its_group_is_told_by_its_own_reason(
    facts: HallFacts, catalogue: Catalogue
) -> None:
    own, group = Subject("service", "reconciliation"), Subject("group", "reconciliation")
    states = States(
        {own: Outage(own, "power", AT, None, 1), group: Outage(group, "network", AT, None, 2)},
        {"reconciliation": "reconciliation"},
    )
    outage = states.of("reconciliation")
    assert outage is not None
    assert outage.reason == "power"


def test_many_outages_become_one_line_with_their_count(
    facts: HallFacts, catalogue: Catalogue
) -> None:
    codes = list(catalogue.services)[: MOST_LINES + 2]
    told = shown(facts, catalogue, *(Subject("service", code) for code in codes))
    (line,) = lines(told)
    assert f": {len(codes)}، باقي الخدمات تعمل" in line


def test_where_nothing_works_no_line_says_that_the_rest_does(
    facts: HallFacts, catalogue: Catalogue
) -> None:
    told = shown(facts, catalogue, *(Subject("group", each.code) for each in catalogue.groups))
    assert lines(told) == ["السيستم متوقف الآن في كل الخدمات، ودورك محفوظ."]


def test_where_nothing_works_for_another_reason_the_system_is_not_blamed(
    facts: HallFacts, catalogue: Catalogue
) -> None:
    groups = (Subject("group", each.code) for each in catalogue.groups)
    told = shown(facts, catalogue, *groups, reason="power")
    assert lines(told) == ["كل الخدمات متوقفة الآن، ودورك محفوظ."]


def test_electronic_payment_has_a_line_of_its_own(facts: HallFacts, catalogue: Catalogue) -> None:
    told = shown(facts, catalogue, PAYMENT)
    assert told.payment_down is not None
    assert down(told) == set()
    (line,) = lines(told)
    assert line.startswith("الدفع الإلكتروني متوقف الآن")


def test_a_row_that_means_nothing_here_leaves_the_others_told(
    facts: HallFacts, catalogue: Catalogue
) -> None:
    told = shown(
        facts,
        catalogue,
        Subject("service", "long-gone"),
        Subject("group", "of-another-catalogue"),
        Subject("service", "reconciliation"),
    )
    assert down(told) == {"reconciliation"}
    assert len(lines(told)) == 1


def test_a_kiosk_of_yesterday_reads_the_card_without_its_state(facts: HallFacts) -> None:
    card = facts.services[0].model_dump(mode="json")
    assert ServiceCard.model_validate(card | {"down": None, "of_tomorrow": 1}) == facts.services[0]
