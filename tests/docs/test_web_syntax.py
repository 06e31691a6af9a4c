"""Style sheets, scripts and templates stay within what the centres' machines can do.

Desk PCs are often Windows 7, whose last browsers are Chrome 109 and Firefox 115; pages read both
from right to left and from left to right; nothing comes from another origin; the content security
policy forbids inline style and script. These are fixed lists, like a spelling checker's.
"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAMS = ("core_services", "queue_server", "kiosk", "displays")


def sources(suffix: str) -> list[Path]:
    return sorted(path for program in PROGRAMS for path in (ROOT / program).rglob(f"*{suffix}"))


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


CSS = sources(".css")
JS = sources(".js")
TEMPLATES = sources(".html")

TOO_NEW_IN_CSS = {
    r":has\(": "Firefox 121",
    r":dir\(": "Chrome 120",
    r":user-(in)?valid": "Chrome 119",
    r":popover-open": "Chrome 114",
    r":nth-(last-)?child\([^)]* of ": "Chrome 111",
    r"@scope": "Chrome 118",
    r"@starting-style": "Chrome 117",
    r"@property": "Firefox 128",
    r"@position-try": "Chrome 125",
    r"@view-transition|view-transition-": "Chrome 111",
    r"@container\s+style": "Chrome 111",
    r"^\s*&": "Chrome 112 (nesting)",
    r"\bsubgrid\b": "Chrome 117",
    r"\bcolor-mix\(": "Chrome 111",
    r"\b(ok)?l(ab|ch)\(|\bcolor\(": "Chrome 111",
    r"\blight-dark\(": "Chrome 123",
    r"\b(round|mod|rem|abs|sign)\(": "Chrome 125",
    r"\b(sin|cos|tan|asin|acos|atan2?|pow|sqrt|hypot|log|exp)\(": "Chrome 111",
    r"\blinear\(": "Chrome 113",
    r"\bxywh\(|\brect\(": "Chrome 119",
    r"\banchor(-size)?\(|anchor-name|position-anchor|position-area": "Chrome 125",
    r"[\d.](r?lh|r?cap|ric)\b": "Firefox 120",
    r"text-wrap(-style|-mode)?:": "Chrome 114",
    r"text-box(-trim|-edge)?:": "Chrome 133",
    r"white-space-collapse:": "Chrome 114",
    r"field-sizing:|interpolate-size:|calc-size\(": "Chrome 123",
    r"transition-behavior:|allow-discrete": "Chrome 117",
    r"animation-(timeline|range|composition)|scroll-timeline|view-timeline": "Chrome 112",
    r"(?<!-webkit-)mask(-\w+)?:": "Chrome 120 (prefix it too, or draw with borders)",
    r"(?<!-webkit-)print-color-adjust:": "Chrome 136",
    r"(?<!-webkit-)image-set\(": "Chrome 113",
    r"content-visibility:": "Firefox 125",
    r"scrollbar-(color|width):": "Chrome 121",
    r"font-size-adjust:": "Chrome 127",
    r"(float|clear|caption-side|resize):\s*(inline|block)(-start|-end)?\b": "Chrome 118",
    r"overflow-(inline|block):": "Chrome 135",
    r"margin-trim:": "no Chrome",
    r"initial-letter:": "Chrome 110",
}
PHYSICAL_IN_CSS = {
    r"\b(margin|padding|border|inset|scroll-margin|scroll-padding)-(left|right)\b": "-inline-start",
    r"(^|[;{\s])(left|right)\s*:": "inset-inline-start or -end",
    r"border-(top|bottom)-(left|right)-radius": "border-start-start-radius and its like",
    r"(text-align|float|clear|caption-side)\s*:\s*(left|right)": "start or end",
    r"(transform-origin|\w+-position)\s*:[^;]*\b(left|right)": "a place both directions share",
    r"\bto (left|right)\b": "a gradient that both directions share",
}
TOO_NEW_IN_JS = {
    r"\.to(Sorted|Reversed|Spliced)\(": "Chrome 110",
    r"\.with\(": "Chrome 110",
    r"\bObject\.groupBy|\bMap\.groupBy": "Chrome 117",
    r"\bArray\.fromAsync": "Chrome 121",
    r"\bPromise\.(withResolvers|try)": "Chrome 119",
    r"\bURL\.(canParse|parse)\(": "Chrome 120",
    r"\bAbortSignal\.any\(": "Chrome 116",
    r"\.is(Well)Formed\(|\.toWellFormed\(": "Chrome 111",
    r"\.(union|intersection|(symmetricD|d)ifference|is(Sub|Super)setOf)\(": "Chrome 122",
    r"\bIterator\.": "Chrome 122",
    r"\bIntl\.(Segmenter|DurationFormat)": "Firefox 125",
    r"\bTemporal\.": "no Chrome of ours",
    r"/[dgimsuy]*v[dgimsuy]*\.(test|exec)|, ?\"[dgimsuy]*v\"\)": "Chrome 112 (the v flag)",
    r"\bstartViewTransition\b": "Chrome 111",
    r"\b(show|hide|toggle)Popover\b|popovertarget": "Chrome 114",
    r"\bmoveBefore\(|\bsetHTML(Unsafe)?\(|\bgetHTML\(": "Chrome 124",
    r"\bimport\b[^;]*\bwith\s*\{": "Chrome 123",
    r"\busing\s+\w+\s*=": "Chrome 134",
    r"\bscheduler\.(yield|postTask)": "Firefox 142",
    r"\bcrypto\.randomUUID|\bcrypto\.subtle": "a secure context, which plain HTTP is not",
    r"\bnavigator\.clipboard": "a secure context, which plain HTTP is not",
}
FORBIDDEN_IN_JS = {
    r"\beval\(|\bnew Function\(": "the content security policy",
    r"\bdocument\.write\(": "the parser",
    r"\.style\.cssText|setAttribute\(\s*[\"']style": "the content security policy",
}
FORBIDDEN_IN_TEMPLATES = {
    r"\sstyle\s*=": "inline style",
    r"<style\b": "inline style",
    r"<script(?![^>]*\bsrc=)[^>]*>": "inline script",
    r"\son[a-z]+\s*=\s*[\"']": "inline handler",
    r"javascript:": "inline script",
    r"\|\s*safe\b|Markup\(": "text that is not escaped",
}
OTHER_ORIGIN = r"(?:https?:)?//(?!www\.w3\.org/)[\w{]"


def without_comments(path: Path) -> str:
    """Return the text with comments blanked, lines kept."""
    text = path.read_text(encoding="utf-8")
    patterns = {
        ".css": r"/\*.*?\*/",
        ".js": r"/\*.*?\*/|(?<![:\"'])//[^\n]*",
        ".html": r"\{#.*?#\}",
    }
    return re.sub(
        patterns[path.suffix],
        lambda found: "\n" * found[0].count("\n"),
        text,
        flags=re.DOTALL,
    )


def offences(path: Path, forbidden: dict[str, str]) -> list[str]:
    found = []
    for number, line in enumerate(without_comments(path).splitlines(), 1):
        found += [
            f"{named(path)}:{number}: {line.strip()} ({why})"
            for pattern, why in forbidden.items()
            if re.search(pattern, line)
        ]
    return found


@pytest.mark.parametrize("sheet", CSS, ids=named)
def test_a_style_sheet_works_on_the_oldest_browsers(sheet: Path) -> None:
    assert offences(sheet, TOO_NEW_IN_CSS) == []


@pytest.mark.parametrize("sheet", CSS, ids=named)
def test_a_style_sheet_names_no_left_or_right(sheet: Path) -> None:
    assert offences(sheet, PHYSICAL_IN_CSS) == []


@pytest.mark.parametrize("sheet", CSS, ids=named)
def test_a_style_sheet_has_no_shorthand_that_is_different_left_and_right(sheet: Path) -> None:
    shorthand = re.compile(
        r"(margin|padding|inset|border-width|border-style|border-color|border-radius)\s*:"
        r"\s*([^\s;]+)\s+([^\s;]+)\s+([^\s;]+)\s+([^\s;]+)\s*;"
    )
    for found in shorthand.finditer(without_comments(sheet)):
        first, second, third, fourth = found.groups()[1:]
        if found[1] == "border-radius":
            assert (first, third) == (second, fourth), found[0]
        else:
            assert second == fourth, found[0]


@pytest.mark.parametrize("sheet", CSS, ids=named)
def test_colours_stand_in_the_tokens_alone(sheet: Path) -> None:
    if sheet.name == "tokens.css":
        return
    assert offences(sheet, {r":[^;{]*#[0-9a-fA-F]{3,8}\b|\brgba?\(|\bhsla?\(": "a token"}) == []


@pytest.mark.parametrize("script", JS, ids=named)
def test_a_script_works_on_the_oldest_browsers(script: Path) -> None:
    assert offences(script, TOO_NEW_IN_JS) == []


@pytest.mark.parametrize("script", JS, ids=named)
def test_a_script_stays_within_the_content_security_policy(script: Path) -> None:
    assert offences(script, FORBIDDEN_IN_JS) == []


@pytest.mark.parametrize("template", TEMPLATES, ids=named)
def test_a_template_has_no_inline_style_or_script(template: Path) -> None:
    assert offences(template, FORBIDDEN_IN_TEMPLATES) == []


@pytest.mark.parametrize("path", [*CSS, *JS, *TEMPLATES], ids=named)
def test_nothing_comes_from_another_origin(path: Path) -> None:
    for number, line in enumerate(without_comments(path).splitlines(), 1):
        address = re.search(rf"""["'(=]\s*{OTHER_ORIGIN}""", line)
        is_socket = re.search(r"wss?://\$\{location\.host\}", line)
        assert address is None or is_socket, f"{named(path)}:{number}: {line.strip()}"


@pytest.mark.parametrize(
    ("bad", "forbidden"),
    [
        ("  margin-left: 1px;", PHYSICAL_IN_CSS),
        ("  left: 0;", PHYSICAL_IN_CSS),
        (".a:has(.b) {", TOO_NEW_IN_CSS),
        ("  color: color-mix(in srgb, red, blue);", TOO_NEW_IN_CSS),
        ("  & .child {", TOO_NEW_IN_CSS),
        ("const a = list.toSorted();", TOO_NEW_IN_JS),
        ("const id = crypto.randomUUID();", TOO_NEW_IN_JS),
        ('<p style="color: red">', FORBIDDEN_IN_TEMPLATES),
        ("<script>alert(1)</script>", FORBIDDEN_IN_TEMPLATES),
        ('<button onclick="go()">', FORBIDDEN_IN_TEMPLATES),
    ],
)
def test_the_lists_find_what_they_are_for(bad: str, forbidden: dict[str, str]) -> None:
    assert any(re.search(pattern, bad) for pattern in forbidden)
