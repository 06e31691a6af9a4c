"""What a kiosk says aloud: the greeting, the number with its letter, and no more than that."""

import subprocess

import pytest

from core_services.link.citizen_frames import IssuedTicket
from core_services.link.vocabulary import Language
from drivers.voices.espeak import fed
from kiosk.spoken import spoken
from kiosk.state import Flow
from kiosk.steps import Card, Code, Groups, Home, Notice, Number, Services, Step
from tests.support.kiosk import hall, services, ticket
from tests.support.spoken_arabic import normal


def flow(step: Step, language: Language = "ar", *, connected: bool = True) -> Flow:
    return Flow(
        step=step, language=language, connected=connected, hall=hall(), services=tuple(services())
    )


def lettered() -> IssuedTicket:
    return ticket(101).model_copy(update={"label": "A101", "display_label": "أ-١٠١", "series": "A"})


def text(flow: Flow) -> str:
    said = spoken(flow)
    assert said is not None
    return said.text


def sounds(flow: Flow) -> list[str]:
    """Return what espeak-ng makes of it, one line a breath."""
    said = spoken(flow)
    assert said is not None
    done = subprocess.run(
        ["espeak-ng", "-v", "ar", "--ipa", "-q", "--stdin"],
        input=fed(said),
        capture_output=True,
        text=True,
        check=True,
        timeout=10,
    )
    return [normal(line) for line in done.stdout.splitlines()]


def test_the_first_page_greets_as_one_speaks_in_egypt() -> None:
    assert sounds(flow(Home())) == [
        "ʔˈahlan bˈiːk",
        "dˈuːs ʕˈaz zurˈaːri lkibˈiːr wixˈud rˈaqamak",
        "lˈaw miħtˈaːɡ musˈaːʕda dˈuːs ʕˈaz zurˈaːri lʔˈasˤfaril lˈiː tˈaħt",
    ]
    assert text(flow(Home(), "en")).startswith("welcome, press the big button")


def test_where_no_number_can_be_taken_it_sends_to_reception() -> None:
    assert sounds(flow(Home(), connected=False))[1:] == [
        "mˈaː fˈiːʃ ʔarqˈaːm dilwˈaqtiː",
        "ʔˈisʔali listiqbˈaːl mˈin fˈadˤlak",
    ]
    assert text(flow(Home(), "en", connected=False)).endswith("please ask at reception")


def test_the_number_is_said_with_its_letter_and_what_to_do_now() -> None:
    assert sounds(flow(Number(ticket(142), 0.0))) == [
        "rˈaqamak mˈiʔa waθnˈajn waʔarbaʕˈiːn",
        "tˈaːbiʕiʃ ʃˈaːʃa wˈasmaʕin nidˈaːʔ",
    ]
    assert sounds(flow(Number(lettered(), 0.0)))[:2] == [
        "rˈaqamak ħˈarf ʔˈalif",
        "mˈiʔa wawˈaːħid",
    ]
    assert text(flow(Number(lettered(), 0.0), "en")) == (
        "your number is letter A, one hundred and one, watch the screen and listen for the call"
    )


@pytest.mark.parametrize(
    "step",
    [Code("1234"), Groups(), Services(0), Card("101", 0, 0), Notice("refused", 0.0)],
    ids=lambda step: type(step).__name__,
)
def test_nothing_else_is_said_and_typed_digits_least_of_all(step: Step) -> None:
    assert spoken(flow(step)) is None
