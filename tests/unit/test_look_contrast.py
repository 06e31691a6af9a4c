"""The tokens can be read: every pair of colours that meets on a screen keeps its ratio.

axe passes most low-contrast Arabic, since it takes joined letters for icons; this test does not.
"""

import re
from pathlib import Path

import pytest

import core_services.look

ROOT = Path(__file__).parents[2]
LOOK = Path(core_services.look.__path__[0])
SHEETS = sorted(
    path for folder in ("core_services", "queue_server") for path in (ROOT / folder).rglob("*.css")
)

PAIRS = [
    # On kiosk and board, in bright halls: 7
    ("ink", "sand", 13.0),
    ("ink", "paper", 13.0),
    ("paper", "ink", 13.0),
    ("paper", "ink-raised", 7.0),
    ("mist", "ink", 7.0),
    ("mist", "ink-raised", 7.0),
    ("ink", "gold", 10.0),
    ("gold", "ink", 10.0),
    ("paper", "teal", 9.0),
    ("teal-soft", "teal", 7.0),
    ("teal", "paper", 9.0),
    ("teal", "sand", 7.0),
    ("teal", "teal-soft", 7.0),
    ("ink", "teal-soft", 7.0),
    ("ink", "alarm-soft", 7.0),
    ("ink", "warn-soft", 7.0),
    ("alarm", "paper", 7.0),
    ("alarm", "alarm-soft", 7.0),
    ("paper", "teal-deep", 7.0),
    # On desk and phone: 4.5
    ("muted", "paper", 7.0),
    ("muted", "sand", 4.5),
    ("muted", "teal-soft", 4.5),
    ("warn", "warn-soft", 4.5),
    ("alarm", "sand", 4.5),
    # Edges of controls: 3
    ("edge", "paper", 3.0),
    ("edge", "sand", 3.0),
    ("teal", "line", 3.0),
    # Figures on the fields of a heat map, and the series of charts
    ("ink", "heat-1", 7.0),
    ("ink", "heat-2", 7.0),
    ("ink", "heat-3", 7.0),
    ("paper", "heat-4", 4.5),
    ("paper", "heat-5", 7.0),
    ("plot-1", "paper", 4.5),
    ("plot-2", "paper", 4.5),
    ("plot-3", "paper", 4.5),
    ("plot-4", "paper", 4.5),
]


def tokens() -> dict[str, str]:
    text = (LOOK / "tokens.css").read_text(encoding="utf-8")
    first_block = text[text.index(":root {") : text.index("}")]
    return dict(re.findall(r"--([\w-]+):\s*([^;]+);", first_block))


def colour(name: str) -> str:
    value = tokens()[name].strip()
    while found := re.fullmatch(r"var\(--([\w-]+)\)", value):
        value = tokens()[found[1]].strip()
    return value


def ratio(one: str, other: str) -> float:
    """WCAG 2.2, contrast ratio."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance of an sRGB colour `#rrggbb`."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(("text", "ground", "least"), PAIRS)
def test_a_pair_of_tokens_keeps_its_ratio(text: str, ground: str, least: float) -> None:
    assert ratio(colour(text), colour(ground)) >= least


def rules(sheet: Path) -> list[tuple[str, dict[str, str]]]:
    css = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
    return [
        (selector.strip(), dict(re.findall(r"(?:^|[;\s])([\w-]+):\s*([^;]+);", body)))
        for selector, body in re.findall(r"([^{}]+)\{([^{}]*)\}", css)
    ]


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: str(path.relative_to(ROOT)))
def test_text_is_readable_where_a_rule_sets_both_colours(sheet: Path) -> None:
    for selector, declared in rules(sheet):
        text = re.fullmatch(r"var\(--([\w-]+)\)", declared.get("color", ""))
        ground = re.fullmatch(
            r"var\(--([\w-]+)\)", declared.get("background", declared.get("background-color", ""))
        )
        if text and ground and {text[1], ground[1]} <= set(tokens()):
            assert ratio(colour(text[1]), colour(ground[1])) >= 4.5, selector


def test_a_ratio_is_computed_as_wcag_says() -> None:
    assert ratio("#000000", "#ffffff") == pytest.approx(21.0)
    assert ratio("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
