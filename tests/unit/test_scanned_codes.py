"""What a scanned text is: an address or token of a place in line, of a booking, or its code."""

import pytest

from queue_server.scans import read_code

TOKEN = "jbswy3dpehpk3pxp"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (f"https://kfs.example.gov.eg/t/{TOKEN}", ("ticket", TOKEN)),
        (f"HTTPS://KFS.EXAMPLE.GOV.EG/T/{TOKEN.upper()}", ("ticket", TOKEN.upper())),
        (f"http://10.20.0.5:8080/t/{TOKEN}/\r\n", ("ticket", TOKEN)),
        (TOKEN, ("ticket", TOKEN)),
        (f"https://kfs.example.gov.eg/b/{TOKEN}", ("booking", TOKEN)),
        ("47298381", ("code", "47298381")),
        ("4729 8381\n", ("code", "47298381")),
    ],
)
def test_our_own_codes_are_known_in_every_form_that_paper_and_glass_give_them(
    text: str, meant: tuple[str, str]
) -> None:
    assert read_code(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        "6221031490378",
        "47298380",
        "https://example.com/",
        f"https://kfs.example.gov.eg/x/{TOKEN}",
        f"https://kfs.example.gov.eg/t/{TOKEN}/feedback",
        f"javascript:/t/{TOKEN}",
        "jbswy3dpehpk3px1",
        "",
        "٤٧٢٩٨٣٨١",
        "x" * 1000,
    ],
)
def test_foreign_codes_are_nothing(text: str) -> None:
    assert read_code(text) is None
