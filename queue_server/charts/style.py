"""The colours of charts that stand alone: the pages' own style sheet, with its tokens filled in."""

import re
from functools import cache
from pathlib import Path
from typing import Final

import core_services.look

_LOOK: Final = Path(core_services.look.__path__[0])
_TOKEN: Final = re.compile(r"--([\w-]+):\s*([^;]+);")
_USE: Final = re.compile(r"var\(--([\w-]+)\)")
_RULE: Final = re.compile(r"(\.plot[^{}@]*)\{([^{}]*)\}")
_ALONE: Final = (
    '.plot{font-family:"IBM Plex Sans Arabic","Noto Sans Arabic","DejaVu Sans",sans-serif}'
)


@cache
def style_sheet() -> str:
    """Return the rules of `plot.css` for pictures: no variables, nothing but plain selectors.

    Rules for special screens (`@media`) are left out: paper has none.
    """
    tokens = dict(_TOKEN.findall(_first_block(_read("tokens.css"))))
    plain = _without_media(_read("plot.css"))
    rules = (
        f"{_tight(selector)}{{{_tight(_filled(body, tokens))}}}"
        for selector, body in _RULE.findall(plain)
    )
    return _ALONE + "".join(rules)


def _read(name: str) -> str:
    text = (_LOOK / name).read_text(encoding="utf-8")
    return re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)


def _first_block(text: str) -> str:
    return text[text.index("{") : text.index("}")]


def _without_media(text: str) -> str:
    """Drop every `@media` block with what it holds."""
    while (start := text.find("@media")) >= 0:
        depth, end = 0, text.index("{", start)
        while True:
            depth += (text[end] == "{") - (text[end] == "}")
            end += 1
            if depth == 0:
                break
        text = text[:start] + text[end:]
    return text


def _filled(body: str, tokens: dict[str, str]) -> str:
    while _USE.search(body):
        body = _USE.sub(lambda found: tokens[found[1]], body)
    return body


def _tight(text: str) -> str:
    return re.sub(r"\s*([:;,])\s*", r"\1", " ".join(text.split()))
