"""`docs/configuration.md` tells every setting of every program, and nothing else."""

import re
from pathlib import Path

import pytest

from core_services.settings import Settings
from displays.settings import DisplaySettings
from kiosk.settings import KioskSettings
from kiosk.station.settings import WorkstationSettings
from queue_server.settings import ServerSettings

PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"
PROGRAMS: dict[str, type[Settings]] = {
    "server.toml": ServerSettings,
    "kiosk.toml": KioskSettings,
    "display.toml": DisplaySettings,
    "workstation.toml": WorkstationSettings,
}


def row(name: str, default: object, description: str) -> str:
    return f"| `{name}` | {shown(default)} | {description} |"


def shown(default: object) -> str:
    if default is None:
        return "unset"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, tuple):
        items = ", ".join(f'"{item}"' for item in default)
        return f"`[{items}]`"
    if isinstance(default, str | Path):
        return f'`"{default}"`'
    return f"`{default:g}`" if isinstance(default, float) else f"`{default}`"


def section(title: str) -> str:
    text = PAGE.read_text(encoding="utf-8")
    return text.split(f"## `{title}`", 1)[1].split("\n## ", 1)[0]


@pytest.mark.parametrize("title", PROGRAMS)
def test_every_setting_is_documented_with_its_default_and_meaning(title: str) -> None:
    rows = [
        row(name, field.default, field.description or "")
        for name, field in PROGRAMS[title].model_fields.items()
    ]
    documented = [line for line in section(title).splitlines() if line.startswith("| `")]
    assert documented == rows, "\n".join(["the table should be:", *rows])


@pytest.mark.parametrize("model", PROGRAMS.values())
def test_every_setting_has_a_description_that_is_a_sentence(model: type[Settings]) -> None:
    for name, field in model.model_fields.items():
        assert field.description, name
        assert re.search(r"[.)]$", field.description), name


def test_the_page_names_no_unknown_file() -> None:
    titles = re.findall(r"^## `([a-z]+\.toml)`", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert titles == list(PROGRAMS)
