"""`docs/simulation.md` tells every key of a scenario's file and every day of the library."""

import re
from datetime import time
from pathlib import Path
from typing import Any

import pytest
from pydantic_core import PydanticUndefined

from queue_server.simulation import scenario
from queue_server.simulation.library import library, load_scenario

PAGE = Path(__file__).parents[2] / "docs" / "simulation.md"
TABLES: dict[str, type[scenario.Part]] = {
    "The day": scenario.Plan,
    "`[arrivals]`": scenario.Arrivals,
    "`[[arrivals.bursts]]`": scenario.Burst,
    "`[ways]`": scenario.Ways,
    "`[taking]`": scenario.Taking,
    "`[people]`": scenario.People,
    "`[services]`": scenario.Services,
    "`[services.times.CODE]`": scenario.ServiceTime,
    "`[[windows]]`": scenario.Windows,
    "`[[breaks]]`": scenario.Breaks,
    "`[absences]`": scenario.Absences,
    "`[patience]`": scenario.Patience,
    "`[[appointments]]`": scenario.Booked,
    "`[[faults]]`": scenario.Fault,
}


def row(name: str, field: Any) -> str:
    return f"| `{name}` | {shown(field)} | {field.description} |"


def shown(field: Any) -> str:
    if field.is_required():
        return "must be given"
    default = field.default
    if default is None:
        return "unset"
    if isinstance(default, scenario.Part):
        return "by its table"
    if default is PydanticUndefined or default == ():
        return "none"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, time):
        return f"`{default}`"
    if isinstance(default, tuple):
        return f"`[{', '.join(_value(each) for each in default)}]`"
    return f"`{_value(default)}`"


def _value(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else f"{value:g}"


def section(title: str) -> str:
    text = PAGE.read_text(encoding="utf-8")
    return text.split(f"### {title}\n", 1)[1].split("\n#", 1)[0]


@pytest.mark.parametrize("title", TABLES)
def test_every_key_of_a_scenario_is_documented_with_its_default_and_meaning(title: str) -> None:
    rows = [row(name, field) for name, field in TABLES[title].model_fields.items()]
    documented = [line for line in section(title).splitlines() if line.startswith("| `")]
    assert documented == rows, "\n".join(["the table should be:", *rows])


def test_every_key_has_a_description_that_is_a_sentence() -> None:
    for model in TABLES.values():
        for name, field in model.model_fields.items():
            assert field.description, name
            assert re.search(r"[.)]$", field.description), name


def test_every_part_of_a_scenario_has_a_table() -> None:
    parts = {
        each
        for each in vars(scenario).values()
        if isinstance(each, type) and issubclass(each, scenario.Part)
    }
    assert parts - {scenario.Part} == set(TABLES.values())


def test_the_library_is_listed_with_its_titles() -> None:
    text = PAGE.read_text(encoding="utf-8").split("## The library", 1)[1].split("\n## ", 1)[0]
    listed = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \|", text, re.MULTILINE)
    titles = [(name, load_scenario(name).plan.title) for name in library()]
    assert listed == [(name, title.ar, title.en) for name, title in titles]
