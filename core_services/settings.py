"""Reads a program's settings from one TOML file and says precisely what is wrong with them.

Each program declares its settings as a frozen `Settings` model whose every field has a description;
`docs/configuration.md` lists them all and a test keeps it true.
"""

import difflib
import os
import types
import typing
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from core_services.mistakes import mistake
from core_services.toml_file import TomlError, TomlFile, read_toml

SYSTEM_FOLDER = Path("/etc/shubbak")
"""Where a centre keeps `server.toml`, `kiosk.toml`, `display.toml` and `workstation.toml`."""

_CREDENTIAL = "credential:"


class Settings(BaseModel):
    """What one program's settings share: unknown keys are refused, values are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _of_this_machine(value: str) -> str:
    address = urlsplit(value)
    if address.scheme != "http" or address.hostname not in ("127.0.0.1", "localhost", "::1"):
        raise ValueError("must be an http address of this machine, such as http://127.0.0.1:9222")
    return value.rstrip("/")


LoopbackUrl = Annotated[str, AfterValidator(_of_this_machine)]
"""An address that no other machine reaches."""

SettingsType = TypeVar("SettingsType", bound=Settings)


class SettingsError(Exception):
    """Settings that cannot be used; `problems` are sentences that say how to mend them."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(*problems)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "\n".join(self.problems)


def settings_file(program: str, given: Path | None) -> Path | None:
    """Return the file to read: `--config`, else `SHUBBAK_<PROGRAM>_CONFIG`, else the system's.

    None when neither is given and `/etc/shubbak/<program>.toml` does not exist: the defaults hold.
    """
    if given is not None:
        return given
    if named := os.environ.get(f"SHUBBAK_{program.upper()}_CONFIG"):
        return Path(named)
    system = SYSTEM_FOLDER / f"{program}.toml"
    try:
        return system if system.exists() else None
    except PermissionError:
        return system  # whoever reads it is told that it cannot be


def load_settings(
    model: type[SettingsType], path: Path | None, **overrides: object
) -> SettingsType:
    """Read the file, put the overrides that are not None over it, and check the whole.

    Relative paths in a file are relative to the file's folder. Where the model has a `secrets_file`
    and it is set, the keys of that file (mode 0600) win over the settings file's. Raises
    SettingsError naming every unknown or wrong key with its line.
    """
    values: dict[str, Any] = {}
    sources: list[TomlFile] = []
    if path is not None:
        _read_into(model, path, values, sources)
    given = {name: value for name, value in overrides.items() if value is not None}
    secrets = given.get("secrets_file", values.get("secrets_file"))
    if "secrets_file" in model.model_fields and isinstance(secrets, str | Path):
        check_private(Path(secrets))
        _read_into(model, Path(secrets), values, sources)
    try:
        return model.model_validate({**values, **given})
    except ValidationError as error:
        raise SettingsError(
            [_sentence(model, problem, sources) for problem in error.errors()]
        ) from None


def path_of(text: str, folder: Path) -> Path:
    """Return the file that a setting names: `credential:NAME` is one that systemd gives the unit.

    Another relative path is relative to `folder`. Raises SettingsError where there are none.
    """
    if not text.startswith(_CREDENTIAL):
        return folder / Path(text).expanduser()
    name = text.removeprefix(_CREDENTIAL)
    if not name or "/" in name or name in (".", ".."):
        raise SettingsError(
            [f'"{text}": a credential has a plain name, such as {_CREDENTIAL}token']
        )
    given = _credentials()
    if given is None:
        raise SettingsError(
            [
                f'"{text}" is a credential of systemd, and this program was given none; put '
                f"LoadCredential={name}:/whole/path into its unit (systemctl edit UNIT)"
            ]
        )
    return given / name


def read_secret(path: Path) -> str:
    """Return the secret in a file; raise SettingsError unless it is private and not empty."""
    check_private(path)
    secret = path.read_text(encoding="utf-8").strip()
    if not secret:
        raise SettingsError([f"{path} is empty; it must hold the secret alone."])
    return secret


def check_private(path: Path) -> None:
    """Raise SettingsError unless the file exists and only its owner may read it (mode 0600).

    systemd lets the unit's user read a credential by an access list, which stands where the mode
    of the group is (systemd.exec(5)): 0440 is private there.
    """
    others = 0o037 if path.parent == _credentials() else 0o077
    try:
        mode = path.stat().st_mode & 0o777
    except OSError as error:
        raise SettingsError([f"{path} cannot be read: {error.strerror}."]) from None
    if mode & others:
        raise SettingsError(
            [f"{path} can be read by others (mode {mode:04o}); run: chmod 600 {path}"]
        )
    if not os.access(path, os.R_OK):
        raise SettingsError([f"{path} cannot be read by this user."])


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """Return `; did you mean "…"?`, or the list of what is known when nothing is near."""
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if near:
        return f'; did you mean "{near[0]}"?'
    return f"; known are: {', '.join(sorted(known))}."


def _read_into(
    model: type[Settings], path: Path, values: dict[str, Any], sources: list[TomlFile]
) -> None:
    try:
        file = read_toml(path)
    except TomlError as error:
        raise SettingsError([str(error)]) from None
    folder = path.absolute().parent
    for name, value in file.values.items():
        field = model.model_fields.get(name)
        if field is not None and isinstance(value, str) and _is_path(field.annotation):
            values[name] = path_of(value, folder)
        else:
            values[name] = value
    sources.append(file)


def _credentials() -> Path | None:
    """Return the folder with the credentials that systemd gave this unit."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    return Path(folder) if folder else None


def _is_path(annotation: object) -> bool:
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return Path in typing.get_args(annotation)
    return annotation is Path


def _sentence(model: type[Settings], problem: ErrorDetails, sources: list[TomlFile]) -> str:
    location = problem["loc"]
    name = ".".join(str(part) for part in location)
    where = ""
    for file in reversed(sources):
        if location and location[0] in file.values:
            where = f"{file.path}, line {file.line_of(location)}: "
            break
    if problem["type"] == "extra_forbidden":
        known = _fields_beside(model, location)
        return f'{where}"{name}" is not a setting{did_you_mean(str(location[-1]), known)}'
    if problem["type"] == "missing" and len(location) == 1:
        return f'"{name}" must be set: {model.model_fields[name].description}'
    message = mistake(problem)
    return f'{where}"{name}": {message}' if name else f"{where}{message}"


def _fields_beside(model: type[BaseModel], location: Sequence[int | str]) -> list[str]:
    """Return the settings that are known where a key stands, in a table within a table too."""
    for part in location[:-1]:
        field = model.model_fields.get(str(part))
        for inner in _models_in(None if field is None else field.annotation):
            model = inner
    return list(model.model_fields)


def _models_in(annotation: object) -> list[type[BaseModel]]:
    """Return the models of an annotation: itself, of a union, or the values of a table."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for each in typing.get_args(annotation) for found in _models_in(each)]
