"""What a code before the kiosk's scanner is taken for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core_services.ids import new_token
from core_services.paper.scans import AppointmentShown, SlipShown, what_is, what_is_unreadable

TOKEN = "7K2M4QXA5D3F6G7H"


@pytest.mark.parametrize(
    "text",
    [
        f"https://dawr.kafr-saqr.example/t/{TOKEN.lower()}",
        f"HTTPS://DAWR.KAFR-SAQR.EXAMPLE/T/{TOKEN}",
        f"http://10.0.0.5:8080/t/{TOKEN}?lang=en",
        f"https://q.example/t/{TOKEN}/",
        f"http://10.20.0.5:8080/t/{TOKEN.lower()}/\r\n",
        f" {TOKEN} ",
        TOKEN.lower(),
    ],
)
def test_a_slip_is_known_by_its_address_or_its_bare_token_in_any_case(text: str) -> None:
    assert what_is(text, None) == SlipShown(TOKEN)
    assert what_is(text, "QR") == SlipShown(TOKEN)


@pytest.mark.parametrize("text", ["47298381", "4729 8381\n", "4729-8381", "٤٧٢٩ ٨٣٨١"])
def test_eight_digits_without_a_zero_are_the_code_of_an_appointment(text: str) -> None:
    assert what_is(text, "QR") == AppointmentShown(code="47298381")


def test_a_booking_is_known_by_its_address() -> None:
    shown = what_is(f"https://q.example/b/{TOKEN.lower()}", None)
    assert shown == AppointmentShown(token=TOKEN)


@pytest.mark.parametrize(("path", "what"), [("a", "application"), ("V", "licence")])
def test_other_papers_of_the_centre_are_told_apart(path: str, what: str) -> None:
    assert what_is(f"https://q.example/{path}/{TOKEN}", "QR") == what


@pytest.mark.parametrize(
    "text",
    [
        "6221031491016",
        "40170725",
        "47298380",
        "123",
        "https://example.com/menu?table=7",
        "https://example.com/t/short",
        f"ftp://q.example/t/{TOKEN}",
        f"/t/{TOKEN}",
        f"javascript:/t/{TOKEN}",
        f"https://kfs.example.gov.eg/x/{TOKEN}",
        "jbswy3dpehpk3px1",
        "x" * 1000,
        f"https:///t/{TOKEN}",
        "https://[::1/t/x",
        "WIFI:T:WPA;S:cafe;P:12345678;;",
        "BEGIN:VCARD",
        "https://example.com/" + "x" * 600,
        "شكرًا",
        "",
    ],
)
def test_what_is_none_of_ours_is_foreign(text: str) -> None:
    assert what_is(text, None) == "foreign"


def test_the_code_of_a_small_packet_is_no_appointment() -> None:
    assert what_is("47298381", "EAN") == "foreign"


def test_the_back_of_a_card_is_known_and_never_looked_up() -> None:
    assert what_is("47298381", "PDF417") == "card"
    assert what_is("anything", "PDF417") == "card"
    assert what_is("29801011301234", "Code 128") == "card"


def test_bytes_that_made_no_code_are_a_card_when_they_are_many() -> None:
    assert what_is_unreadable("PDF417", 3) == "card"
    assert what_is_unreadable(None, 900) == "card"
    assert what_is_unreadable(None, 12) == "unreadable"
    assert what_is_unreadable("QR", 40) == "unreadable"


@given(st.builds(new_token), st.sampled_from(("t", "T")))
def test_every_token_that_the_server_makes_is_known(token: str, path: str) -> None:
    assert what_is(f"https://q.example/{path}/{token.lower()}", None) == SlipShown(token)


@given(st.text(max_size=60), st.sampled_from((None, "QR", "EAN")))
def test_no_text_breaks_it(text: str, symbology: str | None) -> None:
    what_is(text, symbology)


def test_no_token_or_code_stands_in_a_repr() -> None:
    assert TOKEN not in repr(SlipShown(TOKEN)) + repr(AppointmentShown(token=TOKEN))
