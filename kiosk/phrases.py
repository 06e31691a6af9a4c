"""What the screen says: why no number is given, what became of paper, what to do now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final, Literal

from core_services.l10n import Language, Messages, digits, format_date_words, format_time
from core_services.link.citizen_frames import IssuedTicket
from core_services.link.hall_frames import Down, ServiceCard
from kiosk.slips import NOT_ONE_BYTE, Slip
from kiosk.state import Flow, touches
from kiosk.steps import Notice, Why


@dataclass(frozen=True, slots=True)
class PaperWords:
    """The line about the slip, how it looks, and what the citizen may do."""

    words: str
    look: Literal["busy", "good", "bad"]
    offers_keeping: bool
    void_in_s: int | None
    """Seconds until the number is cancelled unless it is kept; None when it will not be."""


@dataclass(frozen=True, slots=True)
class NoticeWords:
    """What went wrong, and what to do."""

    title: str
    what_to_do: str
    again: str
    """What asking once more is called, where that helps."""


def paper_words(flow: Flow, number: str, messages: Messages, elapsed: float) -> PaperWords:
    """Say what became of the slip of the number on the glass."""
    _ = partial(messages.gettext, flow.language)
    news = flow.paper_news
    words = {
        "printing": _("Your slip is being printed…"),
        "printed": _("Take your slip, and keep it until you are called."),
        "kept": _("Your number {number} is kept. Tell it to reception to have it printed."),
        "not_printed": _(
            "The slip was not printed. Your number is {number}; tell it to reception, and they "
            "print it for you."
        ),
        "unsure": _(
            "The slip is late. Your number {number} holds its place; tell it to reception, and "
            "they print it for you."
        ),
    }[news]
    return PaperWords(
        words=words.format(number=number),
        look="busy" if news == "printing" else "good" if news in ("printed", "kept") else "bad",
        offers_keeping="kept" in touches(flow),
        void_in_s=_void_in_s(flow.slip, elapsed),
    )


def notice_words(notice: Notice, language: Language, messages: Messages) -> NoticeWords:
    """Say what went wrong and what to do."""
    _ = partial(messages.gettext, language)
    title, what_to_do = _what_went_wrong(notice, language, messages)
    is_for_fewer = notice.why == "too_many"
    again = _("Take a number for one request") if is_for_fewer else _("Try again")
    return NoticeWords(title, what_to_do, again)


def _what_went_wrong(notice: Notice, language: Language, messages: Messages) -> tuple[str, str]:
    """Return what a notice says, and what it tells to do."""
    _ = partial(messages.gettext, language)
    if notice.why == "voided":
        label = digits(notice.display_label or "", language)
        return (
            _("Number {number} was cancelled.").format(number=label),
            _(
                "Its slip was not printed and nobody kept the number. Take a new number, or ask "
                "at reception."
            ),
        )
    if notice.why == "no_appointment":
        return (
            _("No appointment of today has this code."),
            _("Check the code and type it again, or ask at reception."),
        )
    if notice.why == "checked_in":
        label = digits(notice.display_label or "", language)
        return (
            _("You have checked in: your number is {number}.").format(number=label),
            _("Watch the screen. If you have no slip, reception prints it for you."),
        )
    if notice.why == "has_number":
        return (
            _("You have a number today."),
            _("Watch the screen. If you do not know your number, ask at reception."),
        )
    if notice.why == "other_day":
        return (
            _("Your appointment is not today."),
            _("Come on its day. If you want to be served today, take a number now."),
        )
    if notice.why == "too_many":
        return (
            _("One number carries fewer requests here now."),
            _("Take a number for one request, and ask at reception about the others."),
        )
    if (words := _of_a_scan(notice.why, language, messages)) is not None:
        return words
    if notice.why == "rest":
        return (
            _("Too many wrong codes were typed here."),
            _("Reception checks you in with your code at once."),
        )
    return (_("The number could not be given."), _("Try again, or ask at reception."))


def _of_a_scan(why: Why, language: Language, messages: Messages) -> tuple[str, str] | None:
    """Say what a scanned code is that leads nowhere here; None for another notice."""
    _ = partial(messages.gettext, language)
    match why:
        case "application":
            return (
                _("This is an application's paper."),
                _("Ask about your application at reception or at any window."),
            )
        case "licence":
            return (
                _("This is a licence issued by a centre."),
                _("To check it, open its code with a phone, or ask at reception."),
            )
        case "card":
            return (
                _("The card's code is not read here."),
                _("Nothing of your card was kept. Show the card itself at the window."),
            )
        case "foreign":
            return (
                _("This code is not one of the centre's."),
                _("Hold your number's slip or your appointment's code before the scanner."),
            )
        case "unreadable":
            return (
                _("The code was not read."),
                _("Flatten the paper and hold it still, a hand's width from the scanner."),
            )
        case "no_such_slip":
            return (
                _("This number is not known here."),
                _("It may be of another centre, or of long ago. Ask at reception."),
            )
        case "cannot_look":
            return (
                _("There is no connection, so your paper cannot be looked up now."),
                _("Your number holds its place. Watch the screen, or ask at reception."),
            )
        case _:
            return None


def why_not(flow: Flow, messages: Messages) -> str | None:
    """Say why no number can be taken now; None when one can."""
    _ = partial(messages.gettext, flow.language)
    if flow.may_issue:
        return None
    if not flow.connected and flow.has_own_numbers and not flow.is_open_as_told:
        return _closed_words(flow, messages)
    hall = flow.hall_now
    if hall is not None:
        told = hall.closed_ar if flow.language == "ar" else hall.closed_en
        return told or _("No more numbers are given today. Whoever holds a number will be served.")
    return _(
        "There is no connection, so no number can be given here now. Please ask at reception. "
        "The kiosk comes back by itself."
    )


def _closed_words(flow: Flow, messages: Messages) -> str:
    """Say that none are given at this hour, by what was said last, and when they are again."""
    _ = partial(messages.gettext, flow.language)
    opens, at = flow.opens_as_told, flow.centre_time
    if opens is None or at is None:
        return _("No numbers are given now. Please ask at reception.")
    moment = format_time(opens, flow.language)
    if opens.date() != at.date():
        moment = f"{format_date_words(opens.date(), flow.language)} {moment}"
    return _("No numbers are given now. They are given again: {moment}").format(moment=moment)


def cut_off_words(flow: Flow, messages: Messages) -> tuple[str, ...]:
    """Say calmly that the line is cut and numbers are given all the same; nothing otherwise."""
    if flow.connected or not flow.may_give:
        return ()
    _ = partial(messages.gettext, flow.language)
    said = [_("The network is away now. Take your number as usual: your place is kept.")]
    if flow.hall is not None and flow.hall.appointments:
        said.append(_("If you have an appointment, tell reception."))
    is_of_old = any(card.down for card in flow.services) or (
        flow.hall is not None and flow.hall.payment_down is not None
    )
    heard, at = flow.last_contact, flow.centre_time
    if is_of_old and heard is not None and at is not None:
        since = heard.astimezone(at.tzinfo)
        moment = format_time(since, flow.language)
        if since.date() != at.date():
            moment = f"{format_date_words(since.date(), flow.language)} {moment}"
        said.append(_("The state of services below is as of {moment}.").format(moment=moment))
    return tuple(said)


def requests_words(flow: Flow, messages: Messages) -> str:
    """Say what to do with more requests than one number carries, and what one may be taken for."""
    _ = partial(messages.gettext, flow.language)
    has_appointments = flow.hall is not None and flow.hall.appointments
    what_to_do = (
        _("If you have more, ask reception about a «drop-off» appointment.")
        if has_appointments
        else _("If you have more, ask reception first.")
    )
    most = flow.most_requests
    bound = messages.ngettext(
        flow.language,
        "A number here carries {count} request.",
        "A number here carries up to {count} requests.",
        most,
    )
    return f"{what_to_do} {bound.format(count=digits(str(most), flow.language))}"


MOST_NAMES: Final = 2
"""The first page names so many things that are down; of more it says how many."""


def down_words(down: Down, language: Language, messages: Messages) -> str:
    """Say that something does not work now and why, for its tile."""
    _ = partial(messages.gettext, language)
    reason = {
        "ministry_system": _("the ministry's system"),
        "network": _("the network"),
        "power": _("electric power"),
        "printer": _("the printer or the forms"),
        "no_officer": _("the officer in charge is away"),
    }.get(down.reason)
    if reason is None:
        return _("Down now")
    return _("Down now – {reason}").format(reason=reason)


def back_words(down: Down, now: datetime, language: Language, messages: Messages) -> str | None:
    """Say when it should work again; None where nobody knows, or that time has passed."""
    if down.expected is None or down.expected <= now:
        return None
    back = down.expected.astimezone(now.tzinfo)
    moment = format_time(back, language)
    if back.date() != now.date():
        moment = f"{format_date_words(back.date(), language)} {moment}"
    return messages.gettext(language, "Expected: {moment}").format(moment=moment)


def hall_down_words(flow: Flow, messages: Messages) -> tuple[str, ...]:
    """Say on the first page what is down, before a number is taken; it is kept while cut off."""
    _ = partial(messages.gettext, flow.language)
    said: list[str] = []
    offered = [card for card in flow.services if card.open]
    names = _names_down(offered, flow.language)
    count = sum(card.down is not None for card in offered)
    if offered and count == len(offered):
        said.append(_("All services are down now. You may take a number and wait."))
    elif 0 < len(names) <= MOST_NAMES:
        joined = _(" and ").join(names)
        said.append(_("Down now: {names}. The other services work.").format(names=joined))
    elif names:
        said.append(
            _("Services down now: {count}. Touch «Services» to see which.").format(
                count=digits(str(count), flow.language)
            )
        )
    if flow.hall is not None and flow.hall.payment_down is not None:
        said.append(_("Electronic payment is down. Ask at reception."))
    return tuple(said)


def _names_down(offered: Sequence[ServiceCard], language: Language) -> list[str]:
    """Return the groups in which nothing works, and the other services that do not."""
    working = {card.group_ar for card in offered if card.down is None}
    names = dict.fromkeys(
        (card.name_ar if language == "ar" else card.name_en)
        if card.group_ar in working or not card.group_ar
        else (card.group_ar if language == "ar" else card.group_en)
        for card in offered
        if card.down is not None
    )
    return list(names)


def _void_in_s(slip: Slip | None, elapsed: float) -> int | None:
    if slip is None or slip.give_up_at is None or slip.state not in NOT_ONE_BYTE:
        return None
    return max(0, round(slip.give_up_at - elapsed))


def large_number(ticket: IssuedTicket, language: Language) -> str:
    """Return the label as the language's readers know it: ١٤٢ in Arabic, 142 in English."""
    return ticket.display_label if language == "ar" else ticket.label
