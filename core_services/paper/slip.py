"""The queue slip («رقم الدور»): what stands on it, and its raster for a thermal printer."""

import io
import json
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import typst
from PIL import Image

from core_services.l10n import (
    Language,
    digits,
    format_date,
    format_time,
    isolate,
    wait_words,
)
from core_services.link.citizen_frames import IssuedTicket
from core_services.link.greeting_frames import CentreNames
from core_services.link.vocabulary import Priority
from core_services.paper.fonts import static_fonts
from core_services.paper.missed_call import missed_call_words
from core_services.paper.qr import MODULE_DOTS, QUIET_MODULES, qr_code
from core_services.paper.words import SLIP_WORDS, SlipWords

DOTS_PER_MM = 8
"""203.2 dpi, the pitch of the thermal heads we print on."""
WIDTHS_DOTS = (384, 512, 576, 640)
MOST_PAPER_LINES = 6
"""A longer list is cut, and its last line says where to ask."""

_TEMPLATE = Path(__file__).with_name("slip.typ")
_NARROW_DOTS = 480
"""Below this (58 mm paper) the QR stands under the text; `slip.typ` has the same limit."""
_PARTS = ("head", "turn", "advice", "free")
_STILL_PARTS = 64
"""Parts kept rendered: those that are the same for many tickets, about 10 KB each."""
_QUIET_DOTS = QUIET_MODULES * MODULE_DOTS
"""White that `slip.typ` keeps around the QR."""
_INK_BELOW = 144
_TO_INK = [0 if shade < _INK_BELOW else 255 for shade in range(256)]


class PaperError(Exception):
    """A template could not be rendered."""


@dataclass(frozen=True, slots=True)
class SlipFacts:
    """Everything that stands on one slip, in the language of its reader."""

    language: Language
    governorate: str
    unit: str
    centre: str
    label: str
    display_label: str
    service: str | None
    """None for a number taken with one touch: the line is left out."""
    ahead: int | None
    """None when not known (a kiosk cut off from the server): the line is left out."""
    wait_s: tuple[int, int] | None
    issued_at: datetime
    """In the centre's zone."""
    papers: tuple[str, ...]
    priority: Priority
    status_url: str | None
    """None: no QR, and nothing speaks of following by phone."""
    reprint: bool
    arrival: tuple[datetime, datetime] | None = None
    """Given along the line: between which moments of the centre's wall the citizen came."""
    appointment_at: datetime | None = None
    """In the centre's zone; None for whoever came without an appointment."""
    appointment_kept: bool = True
    """The place in line is the appointment's."""
    return_within_min: int = 30
    requests: int = 1
    """One is what everybody has: the line is left out."""
    cut_off: bool = False
    """Given while no server answered: it says so, and that the number is good all the same."""
    training: bool = False
    """Of a centre to learn on: it says so at its head and at its foot, and that nobody is called
    by it."""


def slip_facts(
    ticket: IssuedTicket, centre: CentreNames, zone: str, *, reprint: bool = False
) -> SlipFacts:
    """Choose the ticket's language and write its times in `zone`; position 0 means not known."""
    arabic = ticket.language == "ar"
    wall = ZoneInfo(zone)
    return SlipFacts(
        language=ticket.language,
        governorate=centre.governorate_ar if arabic else centre.governorate_en,
        unit=centre.unit_ar if arabic else centre.unit_en,
        centre=centre.name_ar if arabic else centre.name_en,
        label=ticket.label,
        display_label=ticket.display_label,
        service=ticket.service_ar if arabic else ticket.service_en,
        ahead=ticket.position - 1 if ticket.position > 0 else None,
        wait_s=(ticket.wait.low_s, ticket.wait.high_s) if ticket.wait else None,
        issued_at=ticket.issued_at.astimezone(wall),
        papers=tuple(ticket.papers_ar if arabic else ticket.papers_en),
        priority=ticket.priority,
        status_url=ticket.status_url,
        reprint=reprint,
        arrival=ticket.arrival
        and (ticket.arrival[0].astimezone(wall), ticket.arrival[1].astimezone(wall)),
        appointment_at=None
        if ticket.appointment_at is None
        else ticket.appointment_at.astimezone(wall),
        appointment_kept=ticket.appointment_kept,
        return_within_min=ticket.return_within_min,
        requests=ticket.requests,
        cut_off=ticket.cut_off,
        training=centre.training,
    )


class SlipPress:
    """Renders slips with one compiler that stays warm; blocking, one thread at a time."""

    def __init__(self, cache_dir: Path) -> None:
        """Make the fonts in `cache_dir` if they are not there yet (about 1.5 s, once)."""
        fonts = typst.Fonts(
            include_system_fonts=False,
            include_embedded_fonts=False,
            font_paths=[static_fonts(cache_dir)],
        )
        self._compiler = typst.Compiler(
            _TEMPLATE, root=_TEMPLATE.parent, font_paths=fonts, ignore_system_fonts=True
        )
        self._still = lru_cache(maxsize=_STILL_PARTS)(self._compile)
        self._turn = lru_cache(maxsize=1)(self._compile)

    def render(self, facts: SlipFacts, width_dots: int) -> Image.Image:
        """Return the slip as a mode "1" image exactly `width_dots` wide, black ink on white.

        A slip and its marked copy share their number: the second of the two costs little.

        Raises PaperError when the template fails.
        """
        code = qr_code(facts.status_url, width_dots) if facts.status_url else None
        images = []
        for part in slip_parts(facts, width_dots, qr_dots=code.height if code else None):
            text = json.dumps(part, ensure_ascii=False)
            images.append(self._turn(text) if part["name"] == "turn" else self._still(text))
        slip = Image.new("1", (width_dots, sum(image.height for image in images)), 1)
        foot = 0
        for name, image in zip(_PARTS, images, strict=True):
            slip.paste(image, (0, foot))
            foot += image.height
            if code and name == "advice":
                slip.paste(code, _place(code, width_dots, foot, facts.language))
        return slip

    def render_test(self, number: str, width_dots: int) -> Image.Image:
        """Return the short slip that is printed after a new roll: is this number to be seen?

        Raises PaperError when the template fails.
        """
        part = {
            "name": "test",
            "language": "ar",
            "width_mm": width_dots / DOTS_PER_MM,
            "title": SLIP_WORDS["ar"].test,
            "title_en": SLIP_WORDS["en"].test,
            "number": f"{digits(number, 'ar')} \u00b7 {number}",
        }
        return self._compile(json.dumps(part, ensure_ascii=False))

    def _compile(self, part: str) -> Image.Image:
        try:
            png = self._compiler.compile(
                format="png", ppi=25.4 * DOTS_PER_MM, sys_inputs={"part": part}
            )
        except typst.TypstError as error:
            raise PaperError(f"{_TEMPLATE.name}: {error.message}") from error
        if not isinstance(png, bytes):
            raise PaperError(f"{_TEMPLATE.name} must make one page")
        with Image.open(io.BytesIO(png)) as shades:
            return shades.getchannel("G").point(_TO_INK, "1")


def slip_parts(facts: SlipFacts, width_dots: int, qr_dots: int | None) -> list[dict[str, Any]]:
    """Return what `slip.typ` reads, part by part: every line as it will stand on the paper."""
    words, language = SLIP_WORDS[facts.language], facts.language
    papers = [isolate(paper) for paper in facts.papers or words.usual_papers]
    if len(papers) > MOST_PAPER_LINES:
        papers[MOST_PAPER_LINES - 1 :] = [words.more_papers]
    parts: dict[str, dict[str, Any]] = {
        "head": {
            "training": words.training if facts.training else None,
            "reprint": words.reprint if facts.reprint else None,
            "heading": [line for line in (facts.governorate, facts.unit) if line],
            "centre": facts.centre,
        },
        "turn": _turn(facts, words),
        "advice": {
            "papers_label": words.papers,
            "papers": papers,
            "advice": [
                words.watch_and_ask if facts.cut_off else words.watch,
                missed_call_words(facts.return_within_min, language),
            ],
            "follow": words.follow if qr_dots else None,
            "qr_mm": qr_dots / DOTS_PER_MM if qr_dots else None,
        },
        "free": {
            "free": words.free,
            "training": words.training if facts.training else None,
        },
    }
    shared = {"language": language, "width_mm": width_dots / DOTS_PER_MM}
    return [{"name": name, **shared, **parts[name]} for name in _PARTS]


def _turn(facts: SlipFacts, words: SlipWords) -> dict[str, Any]:
    language, at = facts.language, facts.issued_at
    large, small = facts.display_label, facts.label
    if language == "en":
        large, small = small, large
    figures: list[tuple[str | None, str]] = []
    if facts.ahead == 0:
        figures.append((None, words.nobody_ahead))
    elif facts.ahead is not None:
        figures.append((words.ahead, digits(str(facts.ahead), language)))
    if facts.wait_s is not None:
        figures.append((words.wait, wait_words(*facts.wait_s, language)))
    if facts.requests > 1:
        figures.append((words.requests, digits(str(facts.requests), language)))
    if facts.arrival is not None:
        figures.append((None, f"{words.arrival} {_band(*facts.arrival, language)}"))
    return {
        "caption": words.caption,
        "number": large,
        "other_digits": words.other_digits.format(isolate(small)),
        "priority": words.priority.get(facts.priority),
        "appointment": _appointment(facts, words),
        "service": [words.service, isolate(facts.service)] if facts.service else None,
        "figures": figures,
        "cut_off": [words.cut_off, words.place_kept] if facts.cut_off else [],
        "when": f"{format_date(at, language)} {format_time(at, language)}",
    }


def _band(first: datetime, last: datetime, language: Language) -> str:
    """Return `٨:١٠–٨:٢٠`: compared with a line, in which the half of the day is plain."""
    start, end = (format_time(each, language).partition(" ")[0] for each in (first, last))
    return f"{start}–{end}"


def _appointment(facts: SlipFacts, words: SlipWords) -> list[str]:
    """Return the appointment's line, and what is so when its time was missed."""
    if facts.appointment_at is None:
        return []
    line = words.appointment.format(isolate(format_time(facts.appointment_at, facts.language)))
    return [line] if facts.appointment_kept else [line, words.appointment_missed]


def _place(code: Image.Image, width_dots: int, foot: int, language: Language) -> tuple[int, int]:
    """Return where `advice`, which ends at `foot`, left room: centred or at the lines' end."""
    top = foot - _QUIET_DOTS - code.height
    if width_dots < _NARROW_DOTS:
        return (width_dots - code.width) // 2, top
    return (_QUIET_DOTS if language == "ar" else width_dots - _QUIET_DOTS - code.width), top
