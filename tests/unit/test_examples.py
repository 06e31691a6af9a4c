"""How the examples that Hypothesis makes are judged: by what they show, never by their time."""

from hypothesis import settings


def test_no_example_fails_because_the_machine_is_busy() -> None:
    assert settings().deadline is None
