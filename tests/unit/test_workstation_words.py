"""Which word a workstation owes about a job, and what its settings refuse."""

from itertools import product
from pathlib import Path
from typing import get_args

import pytest

from core_services.clock import SystemClock
from core_services.link.frames import OutcomeState
from core_services.settings import SettingsError, load_settings
from kiosk.station.model import Fate, word_for
from kiosk.station.opening import open_workers
from kiosk.station.settings import WorkstationSettings

SAID: tuple[OutcomeState | None, ...] = (None, *get_args(OutcomeState))


@pytest.mark.parametrize(("said", "fate"), list(product(SAID, get_args(Fate))))
def test_nothing_is_said_twice_nor_of_what_is_on_its_way(
    said: OutcomeState | None, fate: Fate
) -> None:
    word = word_for(said, fate)
    assert word in (None, fate)
    if fate in ("open", said):
        assert word is None


@pytest.mark.parametrize("fate", get_args(Fate))
def test_after_the_last_word_nothing_is_said(fate: Fate) -> None:
    assert word_for("done", fate) is None
    assert word_for("failed", fate) is None


def test_a_late_proof_corrects_a_doubt() -> None:
    assert word_for("unknown", "done") == "done"
    assert word_for("sent", "failed") == "failed"


def workers(settings: WorkstationSettings) -> list[str]:
    opened = open_workers(
        settings,
        SystemClock(),
        on_news=lambda news: None,
        on_state=lambda: None,
        on_open=lambda worker: None,
    )
    return [each.name for each in opened]


def read(folder: Path, text: str) -> WorkstationSettings:
    file = folder / "workstation.toml"
    file.write_text(text)
    return load_settings(WorkstationSettings, file)


def test_printers_are_named_in_tables_and_keep_their_order(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        'name = "W1"\n[printers.wall]\nurl = "tcp://10.0.0.9:9100"\nprofile = "epson-576"\n'
        '[printers.desk]\nurl = "file:///dev/usb/lp0"\n',
    )
    assert workers(settings) == ["wall", "desk"]
    assert workers(read(tmp_path, "")) == []


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ('url = "telnet://x"', '"printers.desk.url": cannot open'),
        ('url = "10.0.0.9"', "must be a URL"),
        ('url = "tcp://x:1"\nprofile = "epson-575"', 'did you mean "epson-576"'),
        ('url = "tcp://x:1"\nprofile = "clone-384"\nwidth_dots = 576', "can print; leave it out"),
        ('url = "tcp://x:1"\ncolour = "red"', "line 3"),
        ('url = "tcp://x:1"\nprofil = "epson-576"', 'did you mean "profile"?'),
        ('profile = "epson-576"', "Field required"),
    ],
)
def test_a_printer_that_cannot_be_is_refused_with_what_to_do(
    tmp_path: Path, table: str, sentence: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        workers(read(tmp_path, f"[printers.desk]\n{table}\n"))
    assert sentence in str(refused.value)


def test_a_name_that_no_folder_may_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        read(tmp_path, '[printers."../desk"]\nurl = "tcp://x:1"\n')
