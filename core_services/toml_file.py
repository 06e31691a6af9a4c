"""Reads a TOML file and remembers the line of each key, so that a mistake can be pointed at."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KeyPath = tuple[str | int, ...]

_PART = r"(?:\"(?:[^\"\\]|\\.)*\"|'[^']*'|[A-Za-z0-9_-]+)"
_DOTTED = rf"{_PART}(?:\s*\.\s*{_PART})*"
_TABLE = re.compile(rf"\s*\[\s*({_DOTTED})\s*\]\s*(?:#.*)?$")
_TABLES = re.compile(rf"\s*\[\[\s*({_DOTTED})\s*\]\]\s*(?:#.*)?$")
_KEY = re.compile(rf"\s*({_DOTTED})\s*=")
_TOKEN = re.compile(r'"""|\'\'\'|"(?:[^"\\]|\\.)*"|\'[^\']*\'|[\[\]{}]|#')


class TomlError(Exception):
    """A file that cannot be read as TOML."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


@dataclass(frozen=True, slots=True)
class TomlFile:
    """What a file says, and where."""

    path: Path
    values: dict[str, Any]
    lines: dict[KeyPath, int]

    def line_of(self, key: Sequence[str | int]) -> int | None:
        """Return the line of that key, or of the nearest thing around it that has one."""
        here = tuple(key)
        while here:
            if here in self.lines:
                return self.lines[here]
            here = here[:-1]
        return None


def read_toml(path: Path) -> TomlFile:
    """Read a UTF-8 TOML file; raise TomlError when it is missing, unreadable or not TOML."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise TomlError(path, "there is no such file") from None
    except OSError as error:
        raise TomlError(path, f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise TomlError(path, "is not UTF-8 text") from None
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TomlError(path, f"is not TOML: {error}") from None
    return TomlFile(path, values, key_lines(text))


def key_lines(text: str) -> dict[KeyPath, int]:
    """Map each table, array element and key of valid TOML to its line, counted from 1."""
    lines: dict[KeyPath, int] = {}
    counts: dict[KeyPath, int] = {}
    table: KeyPath = ()
    quote = ""
    depth = 0
    for number, line in enumerate(text.splitlines(), start=1):
        rest = line
        if not quote and depth == 0:
            if match := _TABLES.match(line):
                name = _resolve(_parts(match[1]), counts, last=False)
                counts[name] = counts.get(name, 0) + 1
                table = (*name, counts[name] - 1)
                lines.setdefault(name, number)
                lines[table] = number
                continue
            if match := _TABLE.match(line):
                table = _resolve(_parts(match[1]), counts, last=True)
                lines[table] = number
                continue
            if match := _KEY.match(line):
                key = table
                for part in _parts(match[1]):
                    key = (*key, part)
                    lines.setdefault(key, number)
                rest = line[match.end() :]
        quote, depth = _scan(rest, quote, depth)
    return lines


def _parts(dotted: str) -> list[str]:
    return [part.strip("\"'") for part in re.findall(_PART, dotted)]


def _resolve(parts: list[str], counts: dict[KeyPath, int], *, last: bool) -> KeyPath:
    """Put the index of its latest element after each part that names an array of tables."""
    path: KeyPath = ()
    for position, part in enumerate(parts):
        path = (*path, part)
        if path in counts and (last or position < len(parts) - 1):
            path = (*path, counts[path] - 1)
    return path


def _scan(rest: str, quote: str, depth: int) -> tuple[str, int]:
    """Follow multi-line strings and brackets through one line of a value."""
    position = 0
    while position < len(rest):
        if quote:
            end = rest.find(quote, position)
            if end < 0:
                return quote, depth
            position, quote = end + 3, ""
            continue
        match = _TOKEN.search(rest, position)
        if match is None or match[0] == "#":
            break
        position = match.end()
        if match[0] in ('"""', "'''"):
            quote = match[0]
        elif match[0] in ("[", "{"):
            depth += 1
        elif match[0] in ("]", "}"):
            depth -= 1
    return quote, depth
