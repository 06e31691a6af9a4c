"""`shubbak doctor`: what is wrong with this machine, whatever it is, and what to do about it."""

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from core_services.doctor.model import Role
from core_services.doctor.options import EPILOG as EPILOG
from core_services.doctor.options import AsJson, Bundle, Fix, InLanguage
from queue_server.console import Config, run, say

if TYPE_CHECKING:
    from core_services.doctor.examination import Examination

_LONGEST_S = 600


def doctor(
    role: Annotated[
        Role | None,
        typer.Option(help="What this machine is; else all that it has a settings file for."),
    ] = None,
    as_json: AsJson = False,
    fix: Fix = False,
    migrate: Annotated[
        bool, typer.Option("--migrate", help="With --fix: bring the schema forward too.")
    ] = False,
    language: InLanguage = None,
    bundle: Bundle = None,
    config: Config = None,
) -> None:
    """Look at this machine: what is wrong, and what to do about it."""
    from core_services.doctor.report import report_of
    from core_services.doctor.running import spoken, tell
    from core_services.settings import settings_file

    roles: list[Role] = [role] if role else ["server"] if config is not None else roles_here()
    spoken(language)
    examinations: list[Examination] = []
    for each in roles:
        if each == "server":
            examinations.append(_server(config, language, fix=fix, may_migrate=migrate))
        else:
            examinations += _of_program(each, language, config if role else None, fix=fix)
    files = [
        file
        for each in roles
        if (file := settings_file(each, config if role or each == "server" else None))
    ]
    raise typer.Exit(
        tell(
            report_of(examinations),
            language=language,
            as_json=as_json,
            bundle=bundle,
            files=files,
            database_log=_database_log(config) if "server" in roles else None,
        )
    )


def _database_log(config: Path | None) -> Path | None:
    """Return where the embedded database writes its log; None where there is none to read."""
    from core_services.owner import FolderShut
    from core_services.settings import SettingsError, load_settings, settings_file
    from queue_server.doctor.looking import database_log
    from queue_server.settings import ServerSettings

    try:
        return database_log(load_settings(ServerSettings, settings_file("server", config)))
    except (SettingsError, FolderShut):
        return None


def roles_here() -> list[Role]:
    """Return what this machine is by its settings files; a server where there are none."""
    from core_services.settings import settings_file

    found: list[Role] = [role for role in get_args(Role) if settings_file(role, None) is not None]
    return found or ["server"]


def _server(
    config: Path | None, language: str | None, *, fix: bool, may_migrate: bool
) -> "Examination":
    from core_services.clock import SystemClock
    from core_services.doctor.examination import Speech
    from core_services.doctor.running import spoken
    from core_services.logs import configure_logs
    from core_services.settings import settings_file
    from queue_server.doctor.examining import CATALOGUE, examine_server

    configure_logs("shubbak", json=None, level="error")
    return run(
        examine_server(
            settings_file("server", config),
            Speech(spoken(language), CATALOGUE),
            SystemClock(),
            fix=fix,
            may_migrate=may_migrate,
        )
    )


def _of_program(
    role: Role, language: str | None, config: Path | None, *, fix: bool
) -> "list[Examination]":
    """Have another program look at itself: programs do not know each other."""
    from core_services.doctor.report import COULD_NOT_RUN, Report
    from core_services.doctor.running import spoken

    script = Path(sys.executable).parent / f"shubbak-{role}"
    words = [str(script), "doctor", "--json", "--language", spoken(language)]
    try:
        done = subprocess.run(
            [
                *words,
                *(["--fix"] if fix else []),
                *([] if config is None else ["--config", str(config)]),
            ],
            capture_output=True,
            timeout=_LONGEST_S,
            check=False,
        )
        return Report.model_validate_json(done.stdout).examinations
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        say(f"{script} doctor could not run: {error}")
        raise typer.Exit(COULD_NOT_RUN) from None
