"""What a kiosk is told of a service before a number is taken for it."""

from core_services.catalogue.load import load_catalogue
from core_services.link.hall_frames import ServiceCard
from queue_server.configuration import service_card
from queue_server.tickets.model import Service

CATALOGUE = load_catalogue()


def card(code: str) -> ServiceCard:
    service = Service(code, "unified", "خدمة", "A service", target_s=600, is_open=True)
    return service_card(service, CATALOGUE)


def test_a_card_says_whether_its_papers_stand_in_a_source() -> None:
    told = {code: card(code).papers_documented for code in CATALOGUE.services}
    assert told == {code: each.papers_documented for code, each in CATALOGUE.services.items()}
    assert set(told.values()) == {True, False}


def test_a_card_bears_the_note_about_its_fee() -> None:
    notes = {code: (card(code).fee_note_ar, card(code).fee_note_en) for code in CATALOGUE.services}
    assert notes["reconciliation"][1].startswith("An examination fee, then")
    for code, service in CATALOGUE.services.items():
        assert notes[code] == (service.fee_note_ar or "", service.fee_note_en or "")


def test_a_service_of_the_centre_alone_promises_nothing() -> None:
    own = card("not-in-the-catalogue")
    assert (own.papers_ar, own.fee_piastres, own.fee_note_ar) == ([], None, "")
