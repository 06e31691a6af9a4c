"""Which word a workstation owes about a job, and what its settings refuse."""

from itertools import product
from pathlib import Path
from typing import get_args

import pytest

from core_services.clock import SystemClock
from core_services.link.work_frames import OutcomeState
from core_services.pulse import Pulse
from core_services.settings import SettingsError, load_settings
from kiosk.station.model import Fate, word_for
from kiosk.station.opening import open_devices
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
    clock = SystemClock()
    opened = open_devices(
        settings,
        clock,
        Pulse(clock),
        on_news=lambda news: None,
        on_state=lambda: None,
        on_open=lambda worker: None,
        on_scan=lambda scanner, window, text, symbology: None,
        on_unreadable=lambda scanner: None,
    )
    return [each.name for each in (*opened.workers, *opened.others)]


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


def test_every_kind_of_device_has_its_table(tmp_path: Path) -> None:
    pin = tmp_path / "sim.pin"
    pin.write_text("1234")
    pin.chmod(0o600)
    settings = read(
        tmp_path,
        '[printers.receipt]\nurl = "tcp://10.0.0.9:9100"\n'
        '[printers.a4]\nurl = "ipp://10.0.0.8/ipp/print"\n'
        f'[modem]\nurl = "serial:///dev/ttyUSB2"\npin_file = "{pin}"\n'
        '[scanners.desk]\nurl = "serial:///dev/ttyACM0"\nwindow = 5\nsuffix = "cr"\n'
        '[document_scanners.adf]\nurl = "http://10.0.0.7/eSCL"\n',
    )
    assert workers(settings) == ["receipt", "a4", "modem", "desk", "adf"]


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ('url = "telnet://x"', '"printers.desk.url": cannot open'),
        ('url = "10.0.0.9"', "must be a URL"),
        ('url = "tcp://x:1"\nprofile = "epson-575"', 'did you mean "epson-576"'),
        ('url = "tcp://x:1"\nprofile = "clone-384"\nwidth_dots = 576', "can print; leave it out"),
        ('url = "tcp://x:1"\ncolour = "red"', "line 3"),
        ('url = "tcp://x:1"\nprofil = "epson-576"', 'did you mean "profile"?'),
        ('profile = "epson-576"', '"printers.desk.url": must be given'),
    ],
)
def test_a_printer_that_cannot_be_is_refused_with_what_to_do(
    tmp_path: Path, table: str, sentence: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        workers(read(tmp_path, f"[printers.desk]\n{table}\n"))
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[printers.a4]\nurl = "ipp://"', '"printers.a4.url": cannot open'),
        (
            '[printers.a4]\nurl = "ipp://x/ipp/print"\nprofile = "epson-576"',
            '"printers.a4.profile": an A4 printer has none; leave it out',
        ),
        ('[scanners.desk]\nurl = "serial:///dev/ttyACM0"', '"scanners.desk.window": must be given'),
        ('[scanners.desk]\nurl = "usb:4"\nwindow = 5', "must be a URL, such as serial://"),
        ('[scanners.desk]\nurl = "ftp://x"\nwindow = 5', '"scanners.desk": cannot open'),
        (
            '[scanners.desk]\nurl = "tcp://x:1"\nwindow = 5\nprefix = "zz"',
            "'zz' is neither one of",
        ),
        ('[scanners.desk]\nurl = "tcp://x:1"\nwindow = 5\nencodings = ["utf-9"]', "no encoding"),
        ('[scanners.desk]\nurl = "tcp://x:1"\nwindow = 5\nsufix = "cr"', 'mean "suffix"?'),
        ('[modem]\nurl = "ttyUSB0"', "must be a URL, such as serial:///dev/shubbak/modem"),
        ('[modem]\nurl = "sms://x"', '"modem.url": cannot open'),
        ('[modem]\nurl = "tcp://x:1"\npin_file = "sim.pin"', "must be a whole path"),
        (
            '[modem]\nurl = "tcp://x:1"\npin_file = "/nonexistent/sim.pin"',
            '"modem.pin_file": /nonexistent/sim.pin: ',
        ),
        ('[document_scanners.adf]\nurl = "tcp://x:1"', "must be where it speaks eSCL"),
        (
            '[printers.desk]\nurl = "tcp://x:1"\n[scanners.desk]\nurl = "tcp://y:1"\nwindow = 5',
            '"scanners.desk": "printers.desk" has the same name',
        ),
        (
            '[printers.wall]\nurl = "tcp://x:1"\n[modem]\nurl = "tcp://x:1"',
            '"modem": "printers.wall" is at the same address; one device has one owner',
        ),
        ('[printers.cache]\nurl = "tcp://x:1"', "choose another"),
        (
            "".join(
                f'[scanners.s{number}]\nurl = "tcp://x:{number}"\nwindow = {number}\n'
                for number in range(1, 18)
            ),
            "17 devices are more than the 16",
        ),
    ],
)
def test_devices_that_cannot_be_are_refused_with_what_to_do(
    tmp_path: Path, text: str, sentence: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        workers(read(tmp_path, text + "\n"))
    assert sentence in str(refused.value)


def test_a_pin_that_others_can_read_is_refused_and_not_shown(tmp_path: Path) -> None:
    pin = tmp_path / "sim.pin"
    pin.write_text("8642")
    pin.chmod(0o644)
    with pytest.raises(SettingsError) as refused:
        workers(read(tmp_path, f'[modem]\nurl = "tcp://x:1"\npin_file = "{pin}"\n'))
    assert "set its mode to 0600" in str(refused.value)
    assert "8642" not in str(refused.value)


def test_a_name_that_no_folder_may_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        read(tmp_path, '[printers."../desk"]\nurl = "tcp://x:1"\n')
