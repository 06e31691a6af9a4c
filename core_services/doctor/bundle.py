"""Writes what somebody far away needs to help: no secret and nobody's data is in it.

Settings keep their names and lose what may hold a secret; of the database's log only lines are
taken that quote no statement and no row.
"""

import io
import re
import subprocess
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from importlib.metadata import distributions
from pathlib import Path
from typing import Final

from core_services.doctor.report import Report, as_text

_LINES: Final = 2000
_TIMEOUT_S: Final = 30
_SECRET: Final = re.compile(
    r"""^(\s*[\w."'-]*(?:database|token|secret|password|key|pin|dsn)[\w."'-]*\s*=\s*).*$""",
    re.IGNORECASE | re.MULTILINE,
)
_IN_A_URL: Final = re.compile(r"(\w+://)[^/\s\"'@]*@")
_FIT: Final = re.compile(r"\b(?:LOG|FATAL|PANIC|WARNING):  (?!.*statement)")


def write_bundle(
    path: Path, report: Report, *, settings: Sequence[Path], database_log: Path | None
) -> None:
    """Write the archive; raises OSError, and FileExistsError for a file that is there already."""
    with path.open("xb") as file:
        path.chmod(0o600)
        with tarfile.open(fileobj=file, mode="w:gz") as archive:
            for name, text in _contents(report, settings, database_log).items():
                data = text.encode(errors="replace")
                entry = tarfile.TarInfo(f"shubbak-doctor/{name}")
                entry.size, entry.mode = len(data), 0o600
                entry.mtime = round(report.at.timestamp())
                archive.addfile(entry, io.BytesIO(data))


def without_secrets(settings: str) -> str:
    """Return a settings file's text with what may hold a secret taken out."""
    return _IN_A_URL.sub(r"\1…@", _SECRET.sub(r"\1(withheld)", settings))


def fit_lines(log: str) -> str:
    """Return those lines of PostgreSQL's log that quote neither statements nor rows."""
    return "\n".join(line for line in log.splitlines()[-_LINES:] if _FIT.search(line))


def _contents(
    report: Report, settings: Sequence[Path], database_log: Path | None
) -> Mapping[str, str]:
    return {
        "report.txt": as_text(report, "en"),
        "report.json": report.model_dump_json(indent=2),
        "versions.txt": "\n".join(sorted(_versions())),
        **dict(_settings(settings)),
        **{f"logs/{each.role}.txt": _journal(each.role) for each in report.examinations},
        **dict(_database_log(database_log)),
    }


def _versions() -> Iterator[str]:
    for each in distributions():
        yield f"{each.metadata['Name']}=={each.version}"


def _settings(files: Sequence[Path]) -> Iterator[tuple[str, str]]:
    for file in files:
        with suppress(OSError):
            yield f"settings/{file.name}", without_secrets(file.read_text(errors="replace"))


def _journal(role: str) -> str:
    command = ["journalctl", "-u", f"shubbak-{role}", "-n", str(_LINES), "--no-pager", "-o", "cat"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"(no journal: {error})"
    return done.stdout or f"(no journal: {done.stderr.strip()})"


def _database_log(log: Path | None) -> Iterator[tuple[str, str]]:
    if log is not None:
        with suppress(OSError):
            yield "logs/database.txt", fit_lines(log.read_text(errors="replace"))
