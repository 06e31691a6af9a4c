"""The frame of a chart: its size, its axes, its texts, and the turn from right to left; pure.

Charts are composed as if for English, from left to right; the frame mirrors every place for Arabic,
and only places: texts are never turned. All text is laid out left to right with an Arabic one
isolated within it, so that its anchor means the same in every language and to every renderer.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal
from xml.sax.saxutils import escape, quoteattr

from core_services.l10n import Language, format_number
from core_services.sheets.model import Kind
from core_services.sheets.texts import cell_text
from queue_server.charts.scales import Scale, second_ticks, ticks
from queue_server.charts.style import style_sheet

Anchor = Literal["start", "middle", "end"]
_RLI: Final = "\u2067"
_PDI: Final = "\u2069"
_OPPOSITE: Final[Mapping[Anchor, Anchor]] = {"start": "end", "middle": "middle", "end": "start"}

LETTER: Final = 7.6
"""A figure's usual width."""
_LATIN: Final = 8.4

LINE: Final = 18.0
"""A line of text's height."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a chart is to come out."""

    language: Language
    name: str
    """Its name on the page: ids within the chart begin with it."""
    description: str = ""
    """What a screen reader says of it after the title: what there is to see."""
    width: int = 560
    height: int = 280
    is_standalone: bool = False
    """It carries its own colours: a picture in a file or on paper, not part of a page."""


@dataclass(slots=True)
class Frame:
    """A chart that is being drawn; x grows in the direction of reading."""

    look: Look
    start: float = 44.0
    """The plot's margin where reading begins: the texts of the value axis stand there."""
    end: float = 16.0
    top: float = 14.0
    bottom: float = 30.0
    _parts: list[str] = field(default_factory=list)
    _patterns: dict[str, str] = field(default_factory=dict)

    @property
    def is_mirrored(self) -> bool:
        return self.look.language == "ar"

    @property
    def left(self) -> float:
        """Where the plot begins, in the direction of reading."""
        return self.start

    @property
    def right(self) -> float:
        return self.look.width - self.end

    @property
    def floor(self) -> float:
        return self.look.height - self.bottom

    def x(self, place: float) -> float:
        """Return where a place of the composition lies on the glass."""
        return self.look.width - place if self.is_mirrored else place

    # ------------------------------------------------------------ what is drawn

    def text(
        self, x: float, y: float, words: str, *, anchor: Anchor = "middle", kind: str = "text"
    ) -> None:
        """Write words; `anchor` is in the direction of reading."""
        if not words:
            return
        physical = _OPPOSITE[anchor] if self.is_mirrored else anchor
        self._add(
            "text",
            {
                "class": f"plot__{kind}",
                "x": self.x(x),
                "y": y,
                "text-anchor": physical,
            },
            escape(self._isolated(words)),
        )

    def rect(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        kind: str,
        *,
        pattern: str = "",
        title: str = "",
    ) -> None:
        """Draw a rectangle that begins at `x`; `title` is told where the pointer rests on it.

        `pattern` is the number of a series: the first is full, others are hatched.
        """
        left = self.x(x) - width if self.is_mirrored else x
        attributes: dict[str, str | float] = {
            "class": f"plot__{kind}",
            "x": left,
            "y": y,
            "width": width,
            "height": height,
        }
        if pattern and pattern != "1":
            attributes["fill"] = self._pattern(pattern)
        self._add("rect", attributes, f"<title>{escape(title)}</title>" if title else "")

    def line(self, x1: float, y1: float, x2: float, y2: float, kind: str) -> None:
        """Draw a straight line."""
        ends: dict[str, str | float] = {"x1": self.x(x1), "y1": y1, "x2": self.x(x2), "y2": y2}
        self._add("line", {"class": f"plot__{kind}", **ends})

    def path(self, points: Sequence[tuple[float, float]], kind: str) -> None:
        """Draw a line through points."""
        places = " ".join(f"{place(self.x(x))},{place(y)}" for x, y in points)
        self._add("polyline", {"class": f"plot__{kind}", "points": places})

    def dot(self, x: float, y: float, number: int, *, size: float = 3.0) -> None:
        """Draw a point of a series in the shape of its number: round, square, turned square."""
        kind = {"class": f"plot__dot plot__dot--{number}"}
        middle = self.x(x)
        if number == 1:
            self._add("circle", {**kind, "cx": middle, "cy": y, "r": size})
            return
        corner: dict[str, str | float] = {"x": middle - size, "y": y - size}
        side: dict[str, str | float] = {"width": 2 * size, "height": 2 * size}
        turn = {"transform": f"rotate(45 {place(middle)} {place(y)})"} if number % 2 else {}
        self._add("rect", {**kind, **corner, **side, **turn})

    # ------------------------------------------------------------ axes

    def value_axis(self, highest: float, kind: Kind, *, unit: str = "") -> Scale:
        """Draw the lines of a value axis that holds 0 to `highest`, and return its scale.

        Makes room for its texts: ask for the axis along x afterwards.
        """
        language = self.look.language
        if kind == "seconds":
            marks = second_ticks(highest)
        else:
            marks = ticks(highest, is_whole=kind == "int")
        words = [axis_text(mark, kind, language) for mark in marks]
        self.start = max(30.0, max(map(width_of, words)) + 16)
        if unit:
            self.top += LINE
            self.text(2, self.top - 12, unit, anchor="start", kind="quiet")
        scale = Scale(0.0, marks[-1], self.floor, self.top)
        for mark, text in zip(marks, words, strict=True):
            y = scale(mark)
            self.line(self.left, y, self.right, y, "axis" if mark == 0 else "grid")
            self.text(self.left - 8, y + 4.5, text, anchor="end", kind="quiet")
        return scale

    def under(self, places: Iterable[tuple[float, str]]) -> None:
        """Write texts under the plot, passing over those that would touch the one before.

        One that would reach over the picture's edge is moved within.
        """
        free_from = 0.0
        for x, words in places:
            half = width_of(words) / 2
            if x - half < free_from:
                continue
            middle = min(x, self.look.width - half)
            if middle - half < free_from:
                continue
            self.text(middle, self.floor + LINE, words, kind="quiet")
            free_from = middle + half + LETTER

    def legend(self, names: Sequence[tuple[str, str]]) -> None:
        """Write what is what above the plot: kind and words of each series, in reading order.

        Makes room for itself: ask for it before the axes.
        """
        x, y = 4.0, 14.0
        for kind, words in names:
            width = 34 + width_of(words)
            if x > 4 and x + width > self.look.width:
                x, y = 4.0, y + LINE
            if kind.startswith("line"):
                self.line(x, y - 4, x + 26, y - 4, kind)
            else:
                self.rect(x, y - 11, 26, 12, kind, pattern=kind.rpartition("--")[2])
            self.text(x + 32, y, words, anchor="start")
            x += width + 20
        self.top = y + 14

    # ------------------------------------------------------------ the whole

    def svg(self, title: str) -> str:
        """Return the chart."""
        look = self.look
        ids = f"{look.name}-title" + (f" {look.name}-desc" if look.description else "")
        head = {
            "xmlns": "http://www.w3.org/2000/svg",
            "class": "plot",
            "viewBox": f"0 0 {look.width} {look.height}",
            "role": "img",
            "lang": look.language,
            "dir": "ltr",
            "direction": "ltr",
            "aria-labelledby": ids,
        }
        if look.is_standalone:
            head |= {"width": str(look.width), "height": str(look.height)}
        opening = " ".join(f"{name}={quoteattr(value)}" for name, value in head.items())
        said = f'<title id="{look.name}-title">{escape(title)}</title>'
        if look.description:
            said += f'<desc id="{look.name}-desc">{escape(look.description)}</desc>'
        style = f"<style>{style_sheet()}</style>" if look.is_standalone else ""
        defs = f"<defs>{''.join(self._patterns.values())}</defs>" if self._patterns else ""
        return f"<svg {opening}>{said}{style}{defs}{''.join(self._parts)}</svg>"

    def _add(self, name: str, attributes: Mapping[str, str | float], inner: str = "") -> None:
        self._parts.append(element(name, attributes, inner))

    def _isolated(self, words: str) -> str:
        if not self.is_mirrored or words.isdecimal():
            return words
        return f"{_RLI}{words}{_PDI}"

    def _pattern(self, number: str) -> str:
        """Return the fill of a series, each hatched its own way."""
        name = f"{self.look.name}-hatch-{number}"
        if number not in self._patterns:
            self._patterns[number] = hatch(name, number)
        return f"url(#{name})"


def hatch(name: str, number: str) -> str:
    """Return the pattern of a series, told from the others without any colour."""
    ground = element("rect", {"class": f"plot__ground--{number}", "width": 8, "height": 8})
    strokes = {
        "2": "M0 8 L8 0 M-2 2 L2 -2 M6 10 L10 6",
        "3": "M0 2 H8 M0 6 H8",
        "4": "M2 0 V8 M6 0 V8",
    }[number]
    lines = element("path", {"class": f"plot__hatch--{number}", "d": strokes})
    size = {"width": "8", "height": "8", "patternUnits": "userSpaceOnUse"}
    return element("pattern", {"id": name, **size}, ground + lines)


def element(name: str, attributes: Mapping[str, str | float], inner: str = "") -> str:
    """Return an element; numbers are written with two decimals at most."""
    written = "".join(
        f" {key}={quoteattr(value if isinstance(value, str) else place(value))}"
        for key, value in attributes.items()
    )
    return f"<{name}{written}>{inner}</{name}>" if inner else f"<{name}{written}/>"


def place(value: float) -> str:
    """Write a place with at most two decimals and no needless ones."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def width_of(words: str) -> float:
    """Return about how wide words come out, for what may stand side by side; rather too much."""
    return sum(_LATIN if each.isascii() and each.isalpha() else LETTER for each in words)


def axis_text(value: float, kind: Kind, language: Language) -> str:
    """Write a value as charts do: durations in whole minutes, shares in whole percent."""
    if kind == "seconds":
        return format_number(int(value / 60 + 0.5), language)
    if kind == "share":
        percent = format_number(value * 100, language)
        return f"{percent}٪" if language == "ar" else f"{percent}%"
    if kind == "number":
        return format_number(value, language, decimals=0 if value == int(value) else 1)
    return cell_text(int(value), kind, language)
