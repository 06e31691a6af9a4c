"""What a training centre's screens, slips and panels say of themselves, and what they do not."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core_services.l10n import Language, Messages
from core_services.link.board_frames import BoardWindow
from core_services.link.citizen_frames import IssuedTicket
from core_services.link.errand_frames import OutOfService
from core_services.link.greeting_frames import CentreNames
from core_services.paper.slip import slip_facts, slip_parts
from core_services.training import name_under_band, training_name
from displays import cli as displays_cli
from displays.audience import Sounding
from displays.board import BoardState, Glass, fold
from displays.face import FacePainter
from displays.window_faces import unknown_face, window_faces
from kiosk.cli import LOCALE
from kiosk.place import Place
from kiosk.shell import load_shell
from kiosk.spoken import spoken
from kiosk.state import Flow
from kiosk.steps import Home, Number
from kiosk.view import Painter
from queue_server.backup.keeping import centres_in, moment_in, name_of
from queue_server.settings import ServerSettings
from queue_server.training.settings_file import training_folder, training_listen
from tests.support.hall_server import board, welcome
from tests.support.kiosk import hall, services, ticket
from tests.support.slips import KAFR_SAQR, TICKET

NOW = datetime(2026, 11, 22, 9, 14, tzinfo=UTC)
TRAINING: CentreNames = KAFR_SAQR.model_copy(
    update={
        "training": True,
        "name_ar": training_name(KAFR_SAQR.name_ar, "ar"),
        "name_en": training_name(KAFR_SAQR.name_en, "en"),
    }
)
LANGUAGES: tuple[Language, Language] = ("ar", "en")


def test_a_name_is_marked_once_and_read_without_under_a_band() -> None:
    for language in LANGUAGES:
        marked = training_name("KFS", language)
        assert marked != "KFS"
        assert training_name(marked, language) == marked
        assert name_under_band(marked, language) == "KFS"


@pytest.mark.parametrize(
    ("language", "words"),
    [("ar", "تدريب – هذا الرقم لا يُنادى"), ("en", "TRAINING – this number is not called")],
)
def test_a_slip_says_at_its_head_and_its_foot_that_nobody_is_called_by_it(
    language: Language, words: str
) -> None:
    issued = IssuedTicket(**(TICKET | {"language": language}))
    head, _, _, free = slip_parts(slip_facts(issued, TRAINING, "Africa/Cairo"), 576, None)
    assert (head["training"], free["training"]) == (words, words)
    assert head["centre"] == (TRAINING.name_ar if language == "ar" else TRAINING.name_en)
    head, _, _, free = slip_parts(slip_facts(issued, KAFR_SAQR, "Africa/Cairo"), 576, None)
    assert (head["training"], free["training"]) == (None, None)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ar", "تدريب – لا يُنادى على أحد من هذه الشاشة."),
        ("en", "Training – nobody is called by this screen."),
    ],
)
def test_a_hall_screen_says_so_over_everything(language: Language, words: str) -> None:
    painter = FacePainter(Messages.load(displays_cli.LOCALE), "v1")
    shown = Glass(None, (), TRAINING, None, None, None, stale=False)
    real = replace(shown, centre=KAFR_SAQR)
    for glass, said in ((shown, words), (real, None)):
        assert painter.face(glass, language, now=NOW, sounding=Sounding()).training == said


def test_no_number_of_training_hangs_above_a_window() -> None:
    state = BoardState(contact=0.0)
    told = board(10, windows=(BoardWindow(window=5, state="open", label="142", called_at=None),))
    real = fold(fold(state, welcome(), 0.0), told, 0.0)
    assert window_faces(real, 0.0)[5].text == "142"
    said = welcome().model_copy(update={"centre": TRAINING})
    learning = fold(fold(state, said, 0.0), told, 0.0)
    assert dict(window_faces(learning, 0.0)) == {}
    dashes = unknown_face(learning, 0.0)
    assert dashes is not None
    assert (dashes.text, dashes.dim) == ("---", True)


@pytest.fixture(scope="module")
def painter(font: Path) -> Painter:
    shell = load_shell(font)
    return Painter(Messages.load(LOCALE), shell.templates, shell.version)


def a_flow(language: Language, **changes: object) -> Flow:
    flow = Flow(language=language, connected=True, hall=hall(), services=tuple(services()))
    return replace(flow, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_kiosk_says_so_on_every_page_of_its_glass(painter: Painter, language: Language) -> None:
    said = {"ar": "أرقام هذا الجهاز لا يُنادى عليها.", "en": "not called"}[language]
    out = OutOfService(text_ar="متوقف", text_en="Closed")
    for flow in (
        a_flow(language),
        a_flow(language, step=Number(ticket(142), 0.0)),
        a_flow(language, out_of_service=out),
        a_flow(language, connected=False),
    ):
        marked = painter.face(flow, Place(TRAINING), now=NOW, elapsed=0.0)
        assert marked.html.startswith('<aside class="training"'), marked.step
        assert said in marked.html
        real = painter.face(flow, Place(KAFR_SAQR), now=NOW, elapsed=0.0)
        assert "training" not in real.html


def test_a_kiosk_that_starts_without_a_server_still_knows_it() -> None:
    assert Place.remembered(Place(TRAINING).to_json()).centre.training
    older = Place(KAFR_SAQR).to_json()
    del older["centre"]["training"]
    assert not Place.remembered(older).centre.training


def test_a_folder_belongs_to_one_kind_of_centre_once_it_knows_one() -> None:
    learning, usual = (welcome().model_copy(update={"centre": c}) for c in (TRAINING, KAFR_SAQR))
    assert Place(KAFR_SAQR).is_of_another_kind(learning)
    assert Place(TRAINING).is_of_another_kind(usual)
    assert not Place(TRAINING).is_of_another_kind(learning)
    for told in (learning, usual):
        assert not Place().is_of_another_kind(told)


def test_whoever_cannot_see_the_band_hears_it_first() -> None:
    for language in LANGUAGES:
        first = {"ar": "لِلتَّدْرِيب", "en": "for training"}[language]
        for step in (Home(), Number(ticket(142), 0.0)):
            flow = a_flow(language, step=step)
            said = spoken(flow, is_training=True)
            usual = spoken(flow)
            assert said is not None
            assert usual is not None
            assert first in said.clauses[0][0].text
            assert said.clauses[2:] == usual.clauses


def test_backups_of_training_are_told_apart_by_their_names() -> None:
    real, learning = name_of(["KFS"], NOW), name_of(["KFS"], NOW, is_training=True)
    assert (centres_in(real), centres_in(learning)) == ("KFS", "KFS-TRAINING")
    assert moment_in(real) == moment_in(learning) == NOW


def test_a_training_server_has_a_folder_and_a_port_beside_the_real_ones() -> None:
    settings = ServerSettings(listen="127.0.0.1:8080", data_dir=Path("/var/lib/shubbak"))
    assert training_folder(settings) == Path("/var/lib/shubbak-training")
    assert training_listen(settings) == "127.0.0.1:8180"
    high = ServerSettings(listen="[::1]:65500")
    assert training_listen(high) == "[::1]:65400"
