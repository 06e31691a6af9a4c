"""What the people of a training centre say when nobody gets a number."""

from queue_server.demo.crowd import refusal


def test_a_closed_centre_says_until_when_and_what_to_do() -> None:
    said = refusal({"state": "closed", "opens_at": "2026-12-01T07:00:00+00:00", "title": "x"})
    assert said.startswith("nobody gets a number until 2026-12-01T07:00:00+00:00: ")
    assert "/admin/policy" in said


def test_a_closed_centre_without_a_next_opening_names_none() -> None:
    said = refusal({"state": "closed", "opens_at": None})
    assert said.startswith("nobody gets a number: the training centre is closed")


def test_any_other_refusal_is_said_in_the_servers_words() -> None:
    assert refusal({"state": "stopped", "title": "حجز الأرقام متوقف الآن"}).endswith(
        ": حجز الأرقام متوقف الآن"
    )
    assert refusal(None) == "nobody gets a number: the server does not say why"
