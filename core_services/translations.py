"""Finds user text that Arabic readers would get in English: what `ar.po` lacks, doubts or hoards.

A text is found where it is a literal in `_()`, `gettext()`, `ngettext()` or `{% trans %}`; one
that stands in a table is marked `N_("…")` there.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Message
from babel.messages.extract import extract_javascript
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

_KEYWORDS = ("_", "N_", "gettext", "ngettext")
_LANGUAGES = ("ar", "en")
_PLACEHOLDER = re.compile(r"%\((\w+)\)s|{(\w+)}")


@dataclass(frozen=True, slots=True)
class MissingMessages:
    """What is wrong with one program's catalogue, by msgid; `bool()` is True when anything is."""

    missing: tuple[str, ...]
    fuzzy: tuple[str, ...]
    unused: tuple[str, ...]
    placeholders: tuple[str, ...]
    """The Arabic asks for a value that the text does not give, or never uses one."""

    def __bool__(self) -> bool:
        return bool(self.missing or self.fuzzy or self.unused or self.placeholders)


def missing_messages(folder: Path) -> MissingMessages:
    """Compare the texts of a program's *.py, *.html and *.js with its `locale/ar.po`."""
    used = set(program_messages(folder))
    with (folder / "locale" / "ar.po").open("rb") as file:
        catalogue = {_msgid(message): message for message in read_po(file) if message.id}
    done = {msgid for msgid, message in catalogue.items() if all(_strings(message))}
    return MissingMessages(
        missing=tuple(sorted(used - done)),
        fuzzy=tuple(sorted(msgid for msgid, message in catalogue.items() if message.fuzzy)),
        unused=tuple(sorted(set(catalogue) - used)),
        placeholders=tuple(
            sorted(msgid for msgid in done if not _placeholders_agree(catalogue[msgid]))
        ),
    )


def program_messages(folder: Path) -> Iterator[str]:
    """Yield the msgid of every marked text in a folder and those below it."""
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".py":
            yield from _python_messages(ast.parse(path.read_bytes(), filename=str(path)))
        elif path.suffix == ".js":
            with path.open("rb") as file:
                keywords = dict.fromkeys(_KEYWORDS)
                for _, name, texts, _ in extract_javascript(file, keywords, [], {}):
                    yield from _marked(name, texts)
        elif path.suffix == ".html":
            with path.open("rb") as file:
                for _, called, words, _ in babel_extract(file, _KEYWORDS, [], {"silent": "false"}):
                    yield from _marked(called, words)


def _python_messages(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", None) or getattr(node.func, "id", None)
            if name in _KEYWORDS:
                given = (list(_literals(argument)) for argument in node.args)
                texts = (choice for choice in given if choice and choice[0] not in _LANGUAGES)
                yield from next(texts, [])


def _literals(argument: ast.expr) -> Iterator[str]:
    """Yield every text an argument may be: itself, or either branch of a condition."""
    match argument:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=body, orelse=other):
            yield from _literals(body)
            yield from _literals(other)


def _marked(name: object, texts: object) -> Iterator[str]:
    if name in _KEYWORDS:
        words = texts if isinstance(texts, (list, tuple)) else [texts]
        yield from [word for word in words if isinstance(word, str) and word][:1]


def _msgid(message: Message) -> str:
    return str(message.id if isinstance(message.id, str) else message.id[0])


def _strings(message: Message) -> list[str]:
    strings = message.string if isinstance(message.string, (list, tuple)) else [message.string]
    return [str(string or "") for string in strings]


def _placeholders_agree(message: Message) -> bool:
    """Tell whether each Arabic form asks only for given values, and some form for each."""
    texts = [message.id] if isinstance(message.id, str) else list(message.id)
    given = set(_PLACEHOLDER.findall(" ".join(texts)))
    asked = [set(_PLACEHOLDER.findall(text)) for text in _strings(message)]
    return all(names <= given for names in asked) and set().union(*asked) == given
