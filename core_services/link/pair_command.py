"""`shubbak-kiosk pair` and its likes: pairs this machine and writes down what it was given.

Each file is whole or as it was before. Whatever a power cut leaves, the same is done again with
another code: the machine then gets another token, and the one that was lost ends.
"""

import asyncio
import os
import pwd
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Protocol, TypeVar

import typer

from core_services.clock import SystemClock
from core_services.files import write_durably
from core_services.link.code_proof import CODE_DIGITS
from core_services.link.pairing import Paired, PairingFailed, pair
from core_services.link.pairing_frames import PairingKind
from core_services.settings import (
    SYSTEM_FOLDER,
    Settings,
    SettingsError,
    load_settings,
    settings_file,
)

CANNOT, WRONG_USE = 1, 2
_DIGITS: Final = str.maketrans("٠١٢٣٤٥٦٧٨٩", "0123456789", " -")


class AgentSettings(Protocol):
    """What the settings of every machine have."""

    name: str
    server: str
    token_file: Path
    server_ca: Path | None


AgentModel = TypeVar("AgentModel", bound=Settings)


@dataclass(frozen=True, slots=True)
class _Places:
    """The files of this machine."""

    settings: Path
    token: Path
    ca: Path


def pair_command(kind: PairingKind, model: type[AgentModel]) -> Callable[..., None]:
    """Return the command of a kind of machine whose settings are that model."""

    def command(
        server: Annotated[
            str, typer.Option(help="The address of the server, such as https://192.168.10.2:8443.")
        ],
        code: Annotated[
            str | None, typer.Option(help="The code of six digits; asked for when left out.")
        ] = None,
        name: Annotated[
            str | None, typer.Option(help="Which machine; needed where several codes are open.")
        ] = None,
        config: Annotated[Path | None, typer.Option(help=f"The settings file, `{kind}.toml`.")] = (
            None
        ),
    ) -> None:
        try:
            address = _address(server)
            digits = _code(code if code is not None else typer.prompt("Code", err=True))
            places = _places(kind, model, config)
        except SettingsError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(WRONG_USE) from None
        try:
            _check_writable(places)
            paired = asyncio.run(pair(address, digits, kind=kind, name=name, clock=SystemClock()))
            _write(kind, places, address, paired)
        except PairingFailed as failed:
            typer.echo(f"{failed.fault}: {failed}", err=True)
            raise typer.Exit(CANNOT) from None
        except OSError as error:
            typer.echo(
                f"{error.filename or places.token} cannot be written: {error.strerror}; mend that "
                "and pair again, with another code if this one was used",
                err=True,
            )
            raise typer.Exit(CANNOT) from None
        _tell(kind, model, places, address, paired)

    command.__doc__ = "Pair this machine with the server by a code that its administrator reads."
    return command


def _address(server: str) -> str:
    if not server.startswith(("https://", "http://")):
        raise SettingsError([f'--server "{server}": must begin with https:// or http://'])
    return server.rstrip("/")


def _code(text: str) -> str:
    digits = text.translate(_DIGITS)
    if len(digits) != CODE_DIGITS or not digits.isdecimal():
        raise SettingsError([f"the code has {CODE_DIGITS} digits"])
    return digits


def _places(kind: PairingKind, model: type[AgentModel], config: Path | None) -> _Places:
    """Return where the settings say that the files lie. Raises SettingsError."""
    path = settings_file(kind, config) or SYSTEM_FOLDER / f"{kind}.toml"
    settings: Any = load_settings(model, path if _is_there(path) else None)
    known: AgentSettings = settings
    token = known.token_file if _is_there(path) else path.absolute().parent / f"{kind}.token"
    return _Places(
        settings=path,
        token=token,
        ca=known.server_ca or token.parent / f"{kind}-ca.crt",
    )


def _is_there(path: Path) -> bool:
    """Say whether a file is there; also one in a folder that is shut, which then cannot be read."""
    try:
        return path.exists()
    except PermissionError:
        return True


def _check_writable(places: _Places) -> None:
    """Raise OSError before a code is spent on a machine that can't keep what it gets."""
    for folder in {places.token.parent, places.ca.parent, places.settings.parent}:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise PermissionError(13, "permission denied; run it as root", str(folder))


def _write(kind: PairingKind, places: _Places, server: str, paired: Paired) -> None:
    """Write the CA, the settings where there are none, and last the token."""
    if paired.ca is not None:
        write_durably(places.ca, paired.ca.encode(), mode=0o600)
        _give_away(kind, places.ca)
    if not places.settings.exists():
        lines = [f'name = "{paired.name}"', f'server = "{server}"']
        if places.token != Path(f"/etc/shubbak/{kind}.token"):
            lines.append(f'token_file = "{places.token}"')
        if paired.ca is not None:
            lines.append(f'server_ca = "{places.ca}"')
        write_durably(places.settings, ("\n".join(lines) + "\n").encode(), mode=0o644)
    write_durably(places.token, f"{paired.token}\n".encode(), mode=0o600)
    _give_away(kind, places.token)


def _give_away(kind: PairingKind, path: Path) -> None:
    """Let the program's own user read a file that root wrote."""
    if os.geteuid() != 0:
        return
    try:
        user = pwd.getpwnam(f"shubbak-{kind}")
    except KeyError:
        return
    os.chown(path, user.pw_uid, user.pw_gid)


def _tell(
    kind: PairingKind, model: type[AgentModel], places: _Places, server: str, paired: Paired
) -> None:
    """Say what was written, and what a settings file that was there already still lacks."""
    typer.echo(f"paired as {paired.name}; token: {places.token}")
    if paired.ca is not None:
        typer.echo(f"CA: {places.ca}")
        typer.echo(f"CA SHA-256: {paired.fingerprint}")
        typer.echo("compare it with: shubbak tls show (on the server)", err=True)
    settings: Any = load_settings(model, places.settings)
    wanted: dict[str, object] = {
        "name": paired.name,
        "server": server,
        "token_file": places.token,
        "server_ca": None if paired.ca is None else places.ca,
    }
    for key, value in wanted.items():
        if value is not None and getattr(settings, key) != value:
            typer.echo(f'{places.settings} says otherwise; set: {key} = "{value}"', err=True)
