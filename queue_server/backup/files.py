"""Which files of a centre belong into its backup, and which of them are secrets."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from queue_server.backup.manifest import Root
from queue_server.power.running import RUNNING
from queue_server.settings import ServerSettings

ASIDE: Final = "before-"
"""How the folders begin into which a restore sets aside what was there."""
STAGING: Final = ".restore"
RESTORES: Final = "restores.json"
"""From which number each centre went on, and on which day: a further restore goes on above."""

_LEFT_OUT: Final = frozenset(
    {"database", "cache", "backups", STAGING, RESTORES, RUNNING, "lost+found"}
)
"""The database goes by its rows; what is worked out again at need is left."""
_PUBLIC: Final = frozenset({"exports", "backtest"})
"""All else below the data folder is a secret: a folder that nobody thought of is one too."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file that is there now, and where it belongs."""

    root: Root
    path: str
    source: Path
    is_secret: bool


def files_of(settings: ServerSettings, config: Path | None) -> Iterator[Source]:
    """Yield the files of a centre: its data folder's, its settings, its centre's file, its keys."""
    backups = settings.backups.resolve()
    for top in sorted(settings.data_dir.iterdir()) if settings.data_dir.is_dir() else []:
        if top.name in _LEFT_OUT or top.name.startswith(ASIDE) or top.resolve() == backups:
            continue
        for path in sorted([top] if top.is_file() else top.rglob("*")):
            if path.is_file() and not path.is_symlink():
                inside = path.relative_to(settings.data_dir).as_posix()
                yield Source("data", inside, path, top.name not in _PUBLIC)
    seen: set[Path] = set()
    for path, is_secret in _beside(settings, config):
        if path.is_file() and path.resolve() not in seen:
            seen.add(path.resolve())
            yield Source("configuration", path.name, path, is_secret)


def _beside(settings: ServerSettings, config: Path | None) -> Iterator[tuple[Path, bool]]:
    if settings.secrets_file is not None:
        yield settings.secrets_file, True
    if not settings.person_keys.is_relative_to(settings.data_dir):
        yield settings.person_keys, True
    if config is not None:
        yield config, config.stat().st_mode & 0o077 == 0
        yield config.with_name("centre.toml"), False
