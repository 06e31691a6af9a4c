"""Says a moment of the flow in the citizen's language: the page that stands on the glass."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Literal

import jinja2
from markupsafe import Markup
from pydantic import BaseModel, ConfigDict

from core_services.l10n import (
    Language,
    Messages,
    digits,
    format_date_words,
    format_money,
    format_time,
    isolate,
    wait_words,
)
from core_services.link.citizen_frames import IssuedTicket
from core_services.link.hall_frames import Down, ServiceCard
from core_services.link.trust import Fault
from core_services.link.vocabulary import WaitRange
from core_services.paper.missed_call import missed_call_words
from core_services.paper.words import SLIP_WORDS
from core_services.training import name_under_band
from kiosk.codes import draw
from kiosk.fault_words import fault_words
from kiosk.id_words import id_fault_words, masked_cells, typed_words
from kiosk.phrases import (
    back_words,
    cut_off_words,
    down_words,
    hall_down_words,
    large_number,
    notice_words,
    paper_words,
    requests_words,
    why_not,
)
from kiosk.place import Place
from kiosk.spoken import spoken
from kiosk.standing import standing_words
from kiosk.state import (
    ANSWERS,
    CODE_DIGITS,
    PER_PAGE,
    Flow,
    PaperNews,
    pages_of,
    step_name,
    touches,
)
from kiosk.steps import (
    Card,
    Code,
    Groups,
    Home,
    HowMany,
    IdPad,
    Issuing,
    Looking,
    Notice,
    Number,
    Services,
    Standing,
)

_LETTERS_OF_LINE = 60
_ROOMY_LINES = 4
"""A card with more lines of papers and notes is drawn together, so that its page does not scroll.

It does not depend on the answer to «كم طلب معك؟»: nothing above a touched answer moves.
"""

_PAPERS_LETTERS = 90
"""As much of the papers as stands on the glass beside the number; the slip has room for more."""


class ShownNumber(BaseModel):
    """The number on the glass, for whoever reads the socket without eyes."""

    model_config = ConfigDict(frozen=True)

    ticket: str
    label: str
    display_label: str
    paper: PaperNews


class Face(BaseModel):
    """The whole glass; the latest wins."""

    model_config = ConfigDict(frozen=True)

    type: Literal["glass"] = "glass"
    version: str
    """Of the page's own files: a page that is older loads itself again."""
    step: str
    language: Language
    direction: Literal["rtl", "ltr"]
    touches: list[str]
    number: ShownNumber | None
    html: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A tile of a list."""

    touch: str
    name: str
    more: str | None = None
    is_closed: bool = False
    down: str | None = None
    """Why it does not work now; it may be touched all the same."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One of the answers to «كم طلب معك؟»."""

    touch: str
    words: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Painter:
    """Makes faces from flows."""

    messages: Messages
    templates: jinja2.Environment
    version: str
    listens: bool = False
    """A voice is there, so that pages with something to hear have a button «اسمع»."""

    def face(
        self,
        flow: Flow,
        place: Place,
        *,
        now: datetime,
        elapsed: float,
        fault: Fault | None = None,
    ) -> Face:
        """Say `flow`; `now` is local, `elapsed` the seconds of the clock that the flow runs by.

        `fault`, why the server is not believed, is a line for whoever is called to help.
        """
        step = step_name(flow)
        context = self._shared(flow, place, now, elapsed) | self._own(flow, now, elapsed)
        context["line_fault"] = fault_words(fault, self.messages, flow.language)
        return Face(
            version=self.version,
            step=step,
            language=flow.language,
            direction="rtl" if flow.language == "ar" else "ltr",
            touches=sorted(touches(flow)),
            number=_shown_number(flow),
            html=self._band(place, flow.language)
            + self.templates.get_template(f"{step}.html").render(context),
        )

    def _band(self, place: Place, language: Language) -> str:
        """Return the mark of a centre to learn on, which stands above every page."""
        if not place.centre.training:
            return ""
        _ = partial(self.messages.gettext, language)
        return self.templates.get_template("_training.html").render(_=_)

    def document(self, face: Face) -> str:
        """Return the whole HTML document of a face."""
        return self.templates.get_template("page.html").render(
            language=face.language,
            direction=face.direction,
            version=face.version,
            step=face.step,
            glass=Markup(face.html),
            _=partial(self.messages.gettext, face.language),
        )

    def _shared(self, flow: Flow, place: Place, now: datetime, elapsed: float) -> dict[str, Any]:
        """Return what every template reads."""
        _ = partial(self.messages.gettext, flow.language)
        arabic, centre = flow.language == "ar", place.centre
        name = centre.name_ar if arabic else centre.name_en
        return {
            "_": _,
            "digits": lambda value: digits(str(value), flow.language),
            "wait_words": partial(_wait, language=flow.language),
            "step": step_name(flow),
            "other_language": ("en", "English") if arabic else ("ar", "العربية"),
            "centre": name_under_band(name, flow.language) if centre.training else name,
            "place": centre.short_ar if arabic else centre.short_en,
            "date": format_date_words(now.date(), flow.language),
            "time": format_time(now, flow.language),
            "touches": touches(flow),
            "may_listen": self.listens and spoken(flow) is not None,
            "help": flow.help,
            "asking_s": _asking_s(flow, elapsed),
            "why_not": why_not(flow, self.messages),
            "priorities": (
                ("age65", _("Aged 65 or over")),
                ("disability", _("Person with a disability")),
                ("infant", _("Pregnant or with an infant")),
            ),
        }

    def _own(self, flow: Flow, now: datetime, elapsed: float) -> dict[str, Any]:
        """Return what only the step's own template reads."""
        language = flow.language
        if (said := flow.emergency) is not None:
            return {
                "title_ar": self.messages.gettext("ar", "Emergency"),
                "said_ar": digits(said.text_ar, "ar"),
                "said_en": said.text_en,
            }
        if flow.roll_test is not None and flow.asks_about_roll:
            return {"is_blank": flow.roll_test.state == "blank"}
        if flow.is_out and flow.out_of_service is not None:
            out = flow.out_of_service
            return {"said_ar": digits(out.text_ar, "ar"), "said_en": out.text_en}
        match flow.step:
            case Home():
                return {
                    "hall": flow.hall_now,
                    "printer_ready": flow.printer_ready,
                    "asks_national_id": flow.asks_national_id,
                    "scanner_ready": flow.scanner_ready and flow.connected,
                    "has_services": bool(flow.services),
                    "has_appointments": flow.hall is not None and flow.hall.appointments,
                    "is_morning": flow.is_morning,
                    "notice": _notice(flow),
                    "messages": _messages(flow),
                    "down_lines": hall_down_words(flow, self.messages),
                    "cut_off_lines": cut_off_words(flow, self.messages),
                }
            case Groups(page):
                count = len(flow.groups)
                choices = [self._group(flow, index) for index in _on_page(page, count)]
                return {"page": page, "pages": pages_of(count), "choices": choices}
            case Services(group, page):
                found = flow.services_of(group)
                return {
                    "page": page,
                    "pages": pages_of(len(found)),
                    "group": _group_name(flow, group),
                    "choices": [
                        self._service(found[index], language)
                        for index in _on_page(page, len(found))
                    ],
                }
            case Card(code, how_many=how_many):
                service = flow.service(code)
                asks = service is not None and service.open and flow.most_requests > 1
                return {
                    "answers": self._answers(flow, how_many) if asks else (),
                    "more_requests": requests_words(flow, self.messages)
                    if asks and how_many == "more"
                    else None,
                    "service": _card(service, language),
                    "down": None if service is None else self._down(service.down, now, language),
                    "payment_is_down": flow.hall is not None and flow.hall.payment_down is not None,
                }
            case Code(typed):
                return {"cells": _cells(typed, language), "may_check_in": flow.may_check_in}
            case IdPad(typed=typed):
                return {
                    "cells": masked_cells(typed, language),
                    "typed_words": typed_words(typed, language, self.messages),
                    "fault": id_fault_words(flow.id_fault, language, self.messages),
                }
            case Issuing() | Looking():
                return {}
            case Standing(found):
                return {
                    "slip_words": SLIP_WORDS[language],
                    "standing": standing_words(found, language, self.messages),
                    "wait": None if found.wait is None else _wait(found.wait, language),
                }
            case Number(ticket):
                number = large_number(ticket, language)
                return {
                    "slip_words": SLIP_WORDS[language],
                    "number": _number(ticket, language, now),
                    "paper": paper_words(flow, number, self.messages, elapsed),
                    "code": draw(ticket.status_url) if ticket.status_url else None,
                }
            case Notice() as notice:
                return {"notice": notice_words(notice, language, self.messages)}

    def _group(self, flow: Flow, index: int) -> Choice:
        cards = flow.services_of(index)
        count, downs = len(cards), [card.down for card in cards if card.down is not None]
        more = self.messages.ngettext(flow.language, "{count} service", "{count} services", count)
        return Choice(
            touch=f"group:{index}",
            name=_group_name(flow, index),
            more=more.format(count=digits(str(count), flow.language)),
            down=down_words(downs[0], flow.language, self.messages)
            if len(downs) == count
            else None,
        )

    def _service(self, service: ServiceCard, language: Language) -> Choice:
        return Choice(
            touch=f"service:{service.code}",
            name=service.name_ar if language == "ar" else service.name_en,
            is_closed=not service.open,
            down=None
            if service.down is None or not service.open
            else down_words(service.down, language, self.messages),
        )

    def _answers(self, flow: Flow, chosen: HowMany) -> tuple[Answer, ...]:
        most = flow.most_requests
        words = {
            "one": digits("1", flow.language),
            "several": digits("2" if most == 2 else f"2–{most}", flow.language),
            "more": self.messages.gettext(flow.language, "more"),
        }
        return tuple(Answer(f"requests:{each}", words[each], each == chosen) for each in ANSWERS)

    def _down(self, down: Down | None, now: datetime, language: Language) -> list[str] | None:
        """Return what a service's own page says of its outage, line by line."""
        if down is None:
            return None
        why = down_words(down, language, self.messages)
        back = back_words(down, now, language, self.messages)
        return [why] if back is None else [why, back]


def _cells(typed: str, language: Language) -> tuple[str, ...]:
    """Return the places of a code, in the reader's digits, empty where nothing was typed."""
    return tuple(digits(digit.strip(), language) for digit in typed.ljust(CODE_DIGITS))


def _on_page(page: int, count: int) -> range:
    return range(count)[page * PER_PAGE : (page + 1) * PER_PAGE]


def _group_name(flow: Flow, index: int) -> str:
    names = flow.groups[index : index + 1]
    return names[0][flow.language == "en"] if names else ""


def _card(service: ServiceCard | None, language: Language) -> dict[str, Any]:
    if service is None:
        return {"name": "", "papers": [], "is_usual": False, "fee": None, "is_open": False}
    fee, arabic = service.fee_piastres, language == "ar"
    papers = service.papers_ar if arabic else service.papers_en
    fee_note = service.fee_note_ar if arabic else service.fee_note_en
    lines = sum(1 + len(each) // _LETTERS_OF_LINE for each in [*papers, fee_note] if each)
    return {
        "name": service.name_ar if arabic else service.name_en,
        "papers": papers,
        "is_long": lines + (not service.papers_documented) > _ROOMY_LINES,
        "is_usual": not service.papers_documented,
        "fee": format_money(fee, language) if fee else None,
        "is_free": fee == 0,
        "fee_note": fee_note,
        "is_open": service.open,
    }


def _number(ticket: IssuedTicket, language: Language, now: datetime) -> dict[str, Any]:
    words, arabic = SLIP_WORDS[language], language == "ar"
    small = ticket.label if arabic else ticket.display_label
    return {
        "large": large_number(ticket, language),
        "small": words.other_digits.format(small),
        "service": ticket.service_ar if arabic else ticket.service_en,
        "priority": words.priority.get(ticket.priority),
        "ahead": ticket.position - 1 if ticket.position > 0 else None,
        "wait": _wait(ticket.wait, language) if ticket.wait else None,
        "requests": digits(str(ticket.requests), language) if ticket.requests > 1 else None,
        "appointment": _appointment(ticket, language, now),
        "missed": missed_call_words(ticket.return_within_min, language),
        "papers": ("، " if arabic else ", ").join(_some_papers(ticket, language)),
        "cut_off": [words.cut_off, words.place_kept] if ticket.cut_off else [],
        "watch": words.watch_and_ask if ticket.cut_off else words.watch,
    }


def _appointment(ticket: IssuedTicket, language: Language, now: datetime) -> list[str]:
    """Return the appointment's line as the slip has it, and what is so when its time was missed."""
    if ticket.appointment_at is None:
        return []
    words = SLIP_WORDS[language]
    at = format_time(ticket.appointment_at.astimezone(now.tzinfo), language)
    line = words.appointment.format(isolate(at))
    return [line] if ticket.appointment_kept else [line, words.appointment_missed]


def _some_papers(ticket: IssuedTicket, language: Language) -> list[str]:
    words = SLIP_WORDS[language]
    papers = [*(ticket.papers_ar if language == "ar" else ticket.papers_en)] or [
        *words.usual_papers
    ]
    some: list[str] = []
    for paper in papers:
        if some and sum(map(len, some)) + len(paper) > _PAPERS_LETTERS:
            return [*some, words.more_papers]
        some.append(paper)
    return some


def _shown_number(flow: Flow) -> ShownNumber | None:
    if not isinstance(flow.step, Number):
        return None
    ticket = flow.step.ticket
    return ShownNumber(
        ticket=str(ticket.id),
        label=ticket.label,
        display_label=ticket.display_label,
        paper=flow.paper_news,
    )


def _notice(flow: Flow) -> str:
    """Return the centre's published rule, which holds also while the line is down."""
    if flow.hall is None:
        return ""
    return flow.hall.notice_ar if flow.language == "ar" else flow.hall.notice_en


def _messages(flow: Flow) -> list[tuple[str, Language]]:
    """Return what was sent to this machine and to the hall, each with the language that it is in.

    Messages to the hall do not stand without a line: nobody could end them.
    """
    hall, notice = flow.hall_now, flow.notice_now
    said = [] if notice is None else [(notice.text_ar, notice.text_en)]
    said += [] if hall is None else [(each.text_ar, each.text_en) for each in hall.messages]
    return [
        (english, "en") if flow.language == "en" and english else (digits(arabic, "ar"), "ar")
        for arabic, english in said
    ]


def _asking_s(flow: Flow, elapsed: float) -> int | None:
    if flow.asking_since is None:
        return None
    return max(0, round(flow.asking_since + flow.patience.answer_s - elapsed))


def _wait(wait: WaitRange, language: Language) -> str:
    return wait_words(wait.low_s, wait.high_s, language)
