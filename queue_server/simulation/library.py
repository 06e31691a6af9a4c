"""Scenarios by name or by path, with the centre in which each of them plays."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from core_services.catalogue.load import load_catalogue
from core_services.mistakes import mistake
from core_services.settings import did_you_mean
from core_services.toml_file import KeyPath, TomlError, TomlFile, read_toml
from queue_server.centre_file import CentreFile, CentreFileError, read_centre_file
from queue_server.simulation.contradictions import contradicting_times
from queue_server.simulation.scenario import Plan


class ScenarioError(Exception):
    """A scenario that cannot be played; `problems` are sentences that say what to mend."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(*problems)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "\n".join(self.problems)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario, whole: what its file says, and the centre that it plays in."""

    name: str
    plan: Plan
    centre: CentreFile
    centre_path: Path

    def changed(self, changes: Mapping[str, Any]) -> "Scenario":
        """Return the scenario with other values; tables are merged, lists are replaced.

        `{"absences": {"share": 0.15}}` leaves the rest of `absences` as it is. Raises
        ScenarioError.
        """
        values = _merged(self.plan.model_dump(exclude_unset=True), changes)
        return _checked(self.name, values, self.centre, self.centre_path, None)


def library() -> tuple[str, ...]:
    """Return the names of the packaged scenarios in the order of the alphabet."""
    return tuple(sorted(path.stem for path in _packaged().glob("*.toml")))


def load_scenario(name_or_path: str | Path) -> Scenario:
    """Read a scenario of the library by its name, or any by its path.

    Raises ScenarioError with every mistake that can be found at once, each with line and key.
    """
    path = _path_of(name_or_path)
    try:
        file = read_toml(path)
    except TomlError as error:
        raise ScenarioError([str(error)]) from None
    centre_path = _centre_of(path, file)
    try:
        centre = read_centre_file(centre_path, load_catalogue().services)
    except CentreFileError as error:
        raise ScenarioError(list(error.problems)) from None
    return _checked(path.stem, file.values, centre, centre_path, file)


def scenario_of(
    values: Mapping[str, Any], *, name: str = "scenario", centre: str = "kafr_saqr.toml"
) -> Scenario:
    """Make a scenario of values instead of a file, in a packaged centre. Raises ScenarioError."""
    centre_path = _packaged_centres() / centre
    read = read_centre_file(centre_path, load_catalogue().services)
    return _checked(name, values, read, centre_path, None)


def _packaged() -> Path:
    return Path(str(files("queue_server.simulation"))) / "scenarios"


def _packaged_centres() -> Path:
    return Path(str(files("queue_server.demo")))


def _path_of(name_or_path: str | Path) -> Path:
    path = Path(name_or_path)
    if path.suffix == ".toml" or path.exists():
        return path
    packaged = _packaged() / f"{path.name}.toml"
    if str(path) == path.name and packaged.exists():
        return packaged
    known = did_you_mean(str(path), library())
    raise ScenarioError([f'"{path}" is no scenario of the library and no file{known}'])


def _centre_of(path: Path, file: TomlFile) -> Path:
    named = file.values.get("centre", Plan.model_fields["centre"].default)
    if not isinstance(named, str):
        line = file.line_of(("centre",))
        raise ScenarioError([f"{path}, line {line}: centre: must be a file's name in quotes"])
    beside = path.absolute().parent / named
    if beside.exists():
        return beside
    packaged = _packaged_centres() / named
    if packaged.exists():
        return packaged
    line = file.line_of(("centre",))
    raise ScenarioError(
        [f'{path}, line {line}: centre: there is no "{named}" beside the scenario, nor packaged']
    )


def _checked(
    name: str,
    values: Mapping[str, Any],
    centre: CentreFile,
    centre_path: Path,
    file: TomlFile | None,
) -> Scenario:
    try:
        plan = Plan.model_validate(dict(values))
    except ValidationError as error:
        raise ScenarioError(
            [_place(file, name, each["loc"]) + _sentence(each) for each in _told_once(error)]
        ) from None
    problems = [
        _place(file, name, key) + sentence for key, sentence in _contradictions(plan, centre)
    ]
    if problems:
        raise ScenarioError(problems)
    return Scenario(name, plan, centre, centre_path)


def _contradictions(plan: Plan, centre: CentreFile) -> list[tuple[KeyPath, str]]:
    """Find what the file alone cannot know: services, windows and profiles of the centre."""
    found: list[tuple[KeyPath, str]] = []
    services = sorted(centre.services)
    named: list[tuple[KeyPath, str]] = [
        (("services", "mix", code), code) for code in plan.services.mix
    ]
    named += [(("services", "times", code), code) for code in plan.services.times]
    for index, booked in enumerate(plan.appointments):
        named += [(("appointments", index, "services"), code) for code in booked.services]
    for index, fault in enumerate(plan.faults):
        named += [(("faults", index, "services"), code) for code in fault.services]
    for key, code in named:
        if code not in centre.services:
            found.append(
                (key, f'"{code}" is no service of the centre{did_you_mean(code, services)}')
            )
    weights = [plan.services.mix.get(code, plan.services.others) for code in services]
    if not sum(weights) > 0:
        found.append((("services",), "no service of the centre has a weight above 0"))
    profiles = [profile.code for profile in centre.profiles]
    known = {number for part in centre.windows for number in part.numbers}
    staffed = {number for part in plan.windows for number in part.numbers}
    for index, windows in enumerate(plan.windows):
        found += [
            (("windows", index, "numbers"), f"the centre has no window {number}")
            for number in windows.numbers
            if number not in known
        ]
        if windows.profile is not None and windows.profile not in profiles:
            found.append(
                (
                    ("windows", index, "profile"),
                    f'"{windows.profile}" is no profile of the centre'
                    f"{did_you_mean(windows.profile, profiles)}",
                )
            )
    away = [(("breaks", index, "windows"), part.windows) for index, part in enumerate(plan.breaks)]
    away += [(("faults", index, "windows"), part.windows) for index, part in enumerate(plan.faults)]
    for place, numbers in away:
        found += [
            (place, f"window {number} is not staffed in this scenario")
            for number in numbers
            if number not in staffed
        ]
    return found + contradicting_times(plan)


def _merged(values: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(values)
    for key, value in changes.items():
        old = merged.get(key)
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            merged[key] = _merged(old, value)
        else:
            merged[key] = value
    return merged


def _told_once(error: ValidationError) -> list[ErrorDetails]:
    """Leave out that a list is too short where it is because an item of it is wrong."""
    found = error.errors()
    inside = {each["loc"][:place] for each in found for place in range(len(each["loc"]))}
    return [each for each in found if each["type"] != "too_short" or each["loc"] not in inside]


def _place(file: TomlFile | None, name: str, key: KeyPath) -> str:
    where = name
    if file is not None:
        line = file.line_of(key)
        where = f"{file.path}, line {line}" if line else str(file.path)
    dotted = ""
    for part in key:
        dotted += f" {part + 1}" if isinstance(part, int) else f"{'.' if dotted else ''}{part}"
    return f"{where}: {dotted}: " if dotted else f"{where}: "


def _sentence(problem: ErrorDetails) -> str:
    if problem["type"] == "extra_forbidden":
        known = _fields_beside(problem["loc"])
        return f"is not known here{did_you_mean(str(problem['loc'][-1]), known)}"
    return mistake(problem)


def _fields_beside(location: KeyPath) -> list[str]:
    """Return the keys that are known where an unknown one stands."""
    model: type[BaseModel] = Plan
    for part in location[:-1]:
        field = model.model_fields.get(str(part))
        if field is not None:
            model = next(iter(_models_in(field.annotation)), model)
    return list(model.model_fields)


def _models_in(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    inner = getattr(annotation, "__args__", ())
    return [found for each in inner for found in _models_in(each)]
