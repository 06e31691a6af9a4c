"""«كم طلب معك؟» on a service's card: what is asked, what an answer counts as, what is told."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core_services.l10n import Language, Messages
from core_services.link.hall_frames import Hall
from kiosk.cli import LOCALE
from kiosk.flow import advance
from kiosk.place import Place
from kiosk.shell import load_shell
from kiosk.state import Flow, touches
from kiosk.steps import (
    Command,
    CommandRefused,
    Event,
    ForgetKey,
    HallChanged,
    LinkChanged,
    Notice,
    SendIssue,
    Touched,
)
from kiosk.view import Face, Painter
from tests.support.kiosk import hall
from tests.support.kiosk_server import MORNING

ANSWERS = {"requests:one", "requests:several", "requests:more"}


class Reader:
    """A citizen who reads the card of service 101, by a clock of one touch a second."""

    def __init__(self, told: Hall) -> None:
        self.flow, self.now = Flow(), 100.0
        for event in (LinkChanged(True), HallChanged(told)):
            self.tell(event)
        self.touch("services", "group:0", "service:101")

    def tell(self, event: Event) -> tuple[object, ...]:
        self.flow, effects = advance(self.flow, event, self.now)
        return effects

    def touch(self, *names: str) -> tuple[object, ...]:
        effects: tuple[object, ...] = ()
        for name in names:
            self.now += 1
            effects = self.tell(Touched(name, f"key-{self.now:08.0f}"))
        return effects

    def command(self, *names: str) -> Command:
        """Touch these, the last of which must send a command."""
        (effect,) = self.touch(*names)
        assert isinstance(effect, SendIssue)
        return effect.command

    def notice(self) -> Notice:
        assert isinstance(self.flow.step, Notice)
        return self.flow.step


@pytest.mark.parametrize(
    ("answer", "at_most", "requests"),
    [
        (None, 3, 1),
        ("one", 3, 1),
        ("several", 3, 3),
        ("more", 3, 3),
        ("several", 2, 2),
        ("more", 2, 2),
        ("several", 9, 3),
    ],
)
@pytest.mark.parametrize("take", ["take", "take:age65"])
def test_an_answer_counts_as_the_most_that_it_may_mean_within_the_policy(
    take: str, answer: str | None, at_most: int, requests: int
) -> None:
    reader = Reader(hall(requests_at_most=at_most))
    if answer is not None:
        assert reader.touch(f"requests:{answer}") == ()
    command = reader.command(take)
    assert (command.service, command.requests) == ("101", requests)


def test_the_last_answer_counts_in_either_language_and_the_next_citizen_begins_with_one() -> None:
    reader = Reader(hall())
    command = reader.command("requests:more", "requests:several", "language", "take")
    assert (command.requests, command.language) == (3, "en")
    reader = Reader(hall())
    reader.touch("requests:several", "back", "service:101")
    assert reader.command("take").requests == 1


@pytest.mark.parametrize(
    "changes",
    [{"requests_at_most": 1}, {"morning": True}, {"issuing": False}],
    ids=["one at most", "morning", "no numbers"],
)
def test_nobody_is_asked_where_the_answer_would_change_nothing(changes: dict[str, Any]) -> None:
    reader = Reader(hall())
    assert touches(reader.flow) >= ANSWERS
    reader.touch("requests:several")
    reader.tell(HallChanged(hall(2, **changes)))
    assert not touches(reader.flow) & ANSWERS
    effects = reader.touch("take")
    assert [each.command.requests for each in effects if isinstance(each, SendIssue)] in ([1], [])


def test_a_closed_service_a_lost_line_and_an_older_server_ask_nothing() -> None:
    reader = Reader(hall())
    reader.touch("back", "service:104")
    assert not touches(reader.flow) & ANSWERS
    reader.touch("back", "service:101")
    assert touches(reader.flow) >= ANSWERS
    reader.tell(LinkChanged(False))
    assert not touches(reader.flow) & ANSWERS
    said = hall().model_dump(exclude={"requests_at_most"})
    assert not touches(Reader(Hall.model_validate(said)).flow) & ANSWERS


def test_a_command_that_is_sent_again_asks_for_as_many() -> None:
    reader = Reader(hall())
    sent = reader.command("requests:several", "take")
    reader.tell(LinkChanged(False))
    assert reader.tell(LinkChanged(True)) == (SendIssue(sent),)
    reader.tell(CommandRefused(sent.key))
    again = reader.command("retry")
    assert (again.requests, again.key == sent.key) == (3, False)


def test_more_than_the_policy_allows_is_told_and_one_request_offered_instead() -> None:
    reader = Reader(hall())
    sent = reader.command("requests:several", "take:infant")
    assert reader.tell(CommandRefused(sent.key, "too-many-requests")) == (ForgetKey(sent.key),)
    assert replace(sent, requests=1) == reader.notice().command
    assert reader.notice().why == "too_many"
    again = reader.command("retry")
    assert (again.requests, again.service, again.priority) == (1, "101", "infant")


@pytest.fixture(scope="module")
def painter(font: Path) -> Painter:
    shell = load_shell(font)
    return Painter(Messages.load(LOCALE), shell.templates, shell.version)


def face_of(painter: Painter, reader: Reader) -> Face:
    return painter.face(reader.flow, Place(), now=MORNING, elapsed=reader.now)


def answers_on(face: Face) -> list[tuple[str, bool]]:
    found = re.findall(r'aria-pressed="(true|false)"[^>]*><bdi>([^<]*)</bdi>', face.html)
    return [(words, pressed == "true") for pressed, words in found]


@pytest.mark.parametrize(
    ("language", "at_most", "words"),
    [
        ("ar", 3, ["١", "٢–٣", "أكثر"]),
        ("ar", 2, ["١", "٢", "أكثر"]),
        ("en", 3, ["1", "2–3", "more"]),
        ("en", 2, ["1", "2", "more"]),
    ],
)
def test_the_answers_read_as_the_policy_allows_and_one_is_chosen(
    painter: Painter, language: Language, at_most: int, words: list[str]
) -> None:
    reader = Reader(hall(requests_at_most=at_most))
    if language == "en":
        reader.touch("language")
    face = face_of(painter, reader)
    asked = "كم طلب معك؟" if language == "ar" else "How many requests do you have?"
    assert asked in face.html
    assert answers_on(face) == list(zip(words, [True, False, False], strict=True))
    assert "requests__more" not in face.html
    reader.touch("requests:several")
    face = face_of(painter, reader)
    assert answers_on(face) == list(zip(words, [False, True, False], strict=True))
    assert "requests__more" not in face.html


@pytest.mark.parametrize(
    ("changes", "language", "told"),
    [
        (
            {"appointments": True},
            "ar",
            "لو معك أكثر، اسأل الاستقبال عن موعد «تسليم مجمّع». "
            "الرقم من هنا يشمل ٣ طلبات على الأكثر.",
        ),
        (
            {"requests_at_most": 2},
            "ar",
            "لو معك أكثر، اسأل الاستقبال أولًا. الرقم من هنا يشمل طلبين على الأكثر.",
        ),
        (
            {"appointments": True},
            "en",
            "If you have more, ask reception about a «drop-off» appointment. "
            "A number here carries up to 3 requests.",
        ),
        (
            {},
            "en",
            "If you have more, ask reception first. A number here carries up to 3 requests.",
        ),
    ],
)
def test_who_has_more_is_told_where_to_go_and_may_take_a_number_all_the_same(
    painter: Painter, changes: dict[str, Any], language: Language, told: str
) -> None:
    reader = Reader(hall(**changes))
    if language == "en":
        reader.touch("language")
    reader.touch("requests:more")
    face = face_of(painter, reader)
    assert f">{told}</p>" in face.html
    assert "take" in face.touches


def test_a_card_without_the_question_says_nothing_of_it(painter: Painter) -> None:
    face = face_of(painter, Reader(hall(requests_at_most=1)))
    assert answers_on(face) == []
    assert "كم طلب معك؟" not in face.html
