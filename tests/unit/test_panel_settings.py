"""`[[panels]]` as people write it, right and wrong."""

from pathlib import Path

import pytest

from core_services.settings import SettingsError, load_settings
from displays.settings import DisplaySettings
from drivers.panels.alpha import AlphaPanels
from drivers.panels.modbus import ModbusPanels
from drivers.panels.template import TemplatePanels

TEMPLATE = r"template = '\x02{addr:02d}{number:>4}\x03{xor}'"


def load(folder: Path, text: str) -> DisplaySettings:
    path = folder / "display.toml"
    path.write_text(text, encoding="utf-8")
    return load_settings(DisplaySettings, path)


def test_each_bus_has_its_protocol_and_the_panels_of_its_windows(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        f"""
[[panels]]
url = "tcp://192.168.1.60:4001"
windows = {{ 1 = 1, 5 = 7 }}

[[panels]]
url = "tcp://192.168.1.61:4001"
protocol = "template"
{TEMPLATE}
windows = {{ 8 = 1 }}

[[panels]]
url = "file:///dev/ttyUSB0"
protocol = "alpha"
width = 6
picture_width = 32
windows = {{ 9 = 1 }}
""",
    )
    first, second, third = settings.panels
    assert first.windows == {1: 1, 5: 7}
    assert first.make_protocol() == ModbusPanels(digits=4)
    assert isinstance(second.make_protocol(), TemplatePanels)
    assert third.make_protocol() == AlphaPanels(width=6, picture_size=(7, 32))


BUS = '[[panels]]\nurl = "tcp://h:1"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[panels]]\nurl = "pigeon://loft"\nwindows = { 1 = 1 }', "a device's address starts"),
        (BUS, "windows"),
        (BUS + "windows = {}", "windows"),
        (BUS + "windows = { 0 = 1 }", "a window is 1 to 99, not 0"),
        (BUS + "windows = { 1 = 3, 2 = 3 }", "two windows the same panel"),
        (BUS + "windows = { 1 = 250 }", "a Modbus unit is 1 to 247, not 250"),
        (BUS + 'protocol = "template"\nwindows = { 1 = 1 }', "needs a template"),
        (
            BUS + "protocol = \"template\"\ntemplate = '{nummer}'\nwindows = { 1 = 1 }",
            "there is no field 'nummer'",
        ),
        (BUS + 'windows = { 1 = 1 }\nopen = "مفتوح"', "printable ASCII"),
        (BUS + "windows = { 1 = 1 }\n" + BUS + "windows = { 2 = 2 }", "one bus has one owner"),
        (BUS + "windows = { 1 = 1 }\ncolour = 1", "colour"),
    ],
)
def test_a_mistake_is_told_in_words(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, text)
    assert said in str(caught.value)
