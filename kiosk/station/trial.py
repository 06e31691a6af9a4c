"""Says in words what a trial of a document scanner brought, page by page, or why it failed."""

from dataclasses import dataclass
from functools import partial

import structlog

from core_services.l10n import Language, Messages, digits
from drivers.errors import (
    DeviceError,
    FeederEmpty,
    OpenFailed,
    PageDamaged,
    ScannerBusy,
    ScannerRefused,
)
from kiosk.station.documents import DocumentScanner, TrialPage

logger = structlog.get_logger()

_TYPES = {"image/jpeg": "JPEG", "image/png": "PNG", "application/pdf": "PDF"}
_MM_PER_INCH = 25.4


@dataclass(frozen=True, slots=True)
class PageLine:
    """One page of a trial, in words."""

    title: str
    facts: str
    """Type, size in millimetres, resolution, bytes."""
    verdict: str
    tone: str
    """`good` or `warn`."""
    advice: str
    thumbnail: str | None


@dataclass(frozen=True, slots=True)
class TrialView:
    """What a trial brought."""

    name: str
    title: str
    pages: tuple[PageLine, ...] = ()
    not_shown: int = 0
    trouble: str | None = None
    """What to do; None where it went well."""
    detail: str | None = None
    """The driver's own sentence, for whoever is called to help."""


async def try_out(scanner: DocumentScanner, messages: Messages, language: Language) -> TrialView:
    """Scan what lies in it, and say how that went. No page is kept."""
    _ = partial(messages.gettext, language)
    try:
        count, pages = await scanner.try_out()
    except (DeviceError, TimeoutError) as error:
        logger.warning("trial_scan_failed", device=scanner.name, reason=str(error))
        return TrialView(
            scanner.name,
            _("The trial scan failed."),
            trouble=_advice(error, messages, language),
            detail=str(error) or None,
        )
    logger.info("trial_scan_shown", device=scanner.name, pages=count)
    title = _("Trial scan, pages: {n}").format(n=digits(str(count), language))
    lines = tuple(
        _line(number, page, messages, language) for number, page in enumerate(pages, start=1)
    )
    return TrialView(scanner.name, title, lines, not_shown=count - len(pages))


def _line(number: int, page: TrialPage, messages: Messages, language: Language) -> PageLine:
    _ = partial(messages.gettext, language)

    def said(value: object) -> str:
        return digits(str(value), language)

    wide, high = (round(each / page.dpi * _MM_PER_INCH) for each in (page.width_px, page.height_px))
    facts = _("{kind}, {wide} × {high} mm, {dpi} dots per inch, {size} KB").format(
        kind=_TYPES.get(page.media_type, page.media_type),
        wide=said(wide),
        high=said(high),
        dpi=said(page.dpi),
        size=said(-(-page.size_bytes // 1000)),
    )
    advice = ""
    if page.is_blank:
        verdict, tone = _("blank"), "warn"
        advice = _("If it is not, it lies the wrong way up: turn it over.")
    elif page.is_blank is None:
        verdict, tone = _("whole; not looked at"), "good"
    else:
        verdict, tone = _("whole"), "good"
    title = _("Page {n}").format(n=said(number))
    return PageLine(title, facts, verdict, tone, advice, page.thumbnail)


def _advice(error: Exception, messages: Messages, language: Language) -> str:
    _ = partial(messages.gettext, language)
    match error:
        case OpenFailed():
            return _("Check its power and its cable.")
        case FeederEmpty():
            return _("Put a paper in and try again.")
        case ScannerBusy():
            return _("It is busy. Wait until it is free and try again.")
        case ScannerRefused():
            return _("Look at its own display.")
        case PageDamaged():
            return _("A page came incomplete. Try again; if it happens often, check its cable.")
        case _:
            return _("Put all pages in again, and look for a jam or an open cover.")
