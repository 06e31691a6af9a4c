"""A technician's own profile is read from the settings, or refused in a sentence that helps."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from core_services.settings import SettingsError, load_settings
from drivers.printers.profile_table import ProfileTable, profile_of
from drivers.printers.profiles import PROFILES, with_baud
from kiosk.settings import KioskSettings


def test_a_profile_differs_from_the_one_that_it_is_based_on_where_the_table_says() -> None:
    table = ProfileTable.model_validate(
        {"based_on": "clone-640", "raster": "gs_L", "after_cut": "1D 65 05", "baud": 38400}
    )
    mine = profile_of("vkp80", table)
    assert (mine.name, mine.width_dots, mine.raster) == ("vkp80", 640, "gs_L")
    assert (mine.after_cut, mine.baud) == (b"\x1de\x05", 38400)
    assert mine.cut == PROFILES["clone-640"].cut


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"based_on": "epson-567"}, 'did you mean "epson-576"'),
        ({"based_on": "nothing"}, "known are: blind-576"),
        ({"width_dots": 570}, "multiple of 8 from 384 to 640, such as 384, 512, 576 or 640"),
        ({"width_dots": 1024}, "1024 is not a width of paper"),
        ({"after_cut": "1D 6"}, 'write them as in "1D 65 05"'),
        ({"after_cut": 7}, "between quotes"),
        ({"beep": "10 14 01 01 02"}, "real-time command"),
        ({"before_job": "00 " * 65}, "has 65 bytes"),
        ({"chunk_rows": 300}, "less than or equal to 256"),
        ({"raster": "gs_l"}, "gs_v0"),
        ({"capabilities": "RP326"}, "not a printer whose width python-escpos knows"),
        ({"colour": True}, "not permitted"),
    ],
)
def test_a_wrong_table_is_refused_with_words_that_mend_it(
    table: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        ProfileTable.model_validate(table)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("name", "table", "words"),
    [
        ("epson-576", {}, "give yours another name"),
        ("mine", {"width_dots": 640}, "set one of these: CT-S651"),
        ("mine", {"answers": False}, "echo = false and asb = false"),
        ("mine", {"cut": "none", "after_cut": "1D 65 05"}, "needs a knife"),
    ],
)
def test_parts_that_do_not_fit_together_are_refused(
    name: str, table: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        profile_of(name, ProfileTable.model_validate(table))


def test_a_kiosk_s_settings_take_a_table_and_tell_the_line_of_a_wrong_one(tmp_path: Path) -> None:
    file = tmp_path / "kiosk.toml"
    file.write_text('printer_profile = "mine"\n[profiles.mine]\nbased_on = "clone-640"\n')
    assert load_settings(KioskSettings, file).profiles["mine"].based_on == "clone-640"
    file.write_text('printer_profile = "mine"\n[profiles.mine]\nwidth_dots = 5\n')
    with pytest.raises(SettingsError, match=r"line 3: .profiles.mine.width_dots.: 5 is not a wid"):
        load_settings(KioskSettings, file)


@pytest.mark.parametrize(
    ("url", "opened"),
    [
        ("serial:///dev/ttyUSB0", "serial:///dev/ttyUSB0?baud=9600"),
        ("serial:///dev/ttyUSB0?flow=rtscts", "serial:///dev/ttyUSB0?flow=rtscts&baud=9600"),
        ("serial:///dev/ttyUSB0?baud=19200", "serial:///dev/ttyUSB0?baud=19200"),
        ("tcp://printer:9100", "tcp://printer:9100"),
    ],
)
def test_a_serial_line_has_the_speed_of_the_profile_unless_it_names_its_own(
    url: str, opened: str
) -> None:
    assert with_baud(url, PROFILES["clone-384"]) == opened
