"""How the queue's refusals are told: one problem for each, in both languages."""

from collections.abc import Mapping

from core_services.l10n import Language
from queue_server.tickets import errors
from queue_server.tickets.issuing import IssuingOverloaded
from queue_server.web.problems import Problems
from queue_server.web.words import Words

_UNKNOWN = (
    (
        errors.UnknownTicket,
        "unknown-ticket",
        Words("لا يوجد رقم دور بهذا المعرّف", "There is no such ticket"),
    ),
    (
        errors.UnknownWindow,
        "unknown-window",
        Words("لا يوجد شباك بهذا الرقم", "There is no such window"),
    ),
    (
        errors.UnknownService,
        "unknown-service",
        Words("لا توجد خدمة بهذا الرمز", "There is no such service"),
    ),
)

_REFUSED = (
    (
        errors.ActNotAllowed,
        "act-not-allowed",
        Words("حالة الرقم لا تسمح بهذا الفعل", "The ticket's state does not allow this"),
        Words("الرقم {label} حالته الآن: {state}.", "Ticket {label} is {state}."),
    ),
    (
        errors.TicketOfAnother,
        "ticket-of-another",
        Words("الرقم ليس عندك", "The ticket is not yours"),
        Words(
            "الرقم {label} عند شباك أو جهاز آخر، وحالته: {state}.",
            "Ticket {label} belongs to another window or device; it is {state}.",
        ),
    ),
    (
        errors.WindowNotOpen,
        "window-not-open",
        Words("الشباك غير مفتوح", "The window is not open"),
        Words(
            "شباك {window} حالته: {state}. افتحه أولًا.",
            "Window {window} is {state}. Open it first.",
        ),
    ),
    (
        errors.WindowBusy,
        "window-busy",
        Words("مع الشباك رقم الآن", "The window has a ticket in hand"),
        Words(
            "شباك {window} معه الرقم {label}. أنهِه أولًا.",
            "Window {window} has ticket {label} in hand. End it first.",
        ),
    ),
    (
        errors.WindowOfAnother,
        "window-of-another",
        Words("الشباك مفتوح باسم موظف آخر", "Somebody else opened the window"),
        Words("شباك {window} فتحه {opened_by}.", "Window {window} was opened by {opened_by}."),
    ),
    (
        errors.AnotherWindowOpen,
        "another-window-open",
        Words("لك شباك آخر", "You have another window"),
        Words(
            "شباك {window} حالته باسمك: {state}. أغلقه أولًا.",
            "Window {window} is {state} in your name. Close it first.",
        ),
    ),
    (
        errors.WindowActNotAllowed,
        "window-act-not-allowed",
        Words("حالة الشباك لا تسمح بهذا الفعل", "The window's state does not allow this"),
        Words("شباك {window} حالته: {state}.", "Window {window} is {state}."),
    ),
    (
        errors.ServiceClosed,
        "service-closed",
        Words("الخدمة متوقفة الآن", "The service is closed now"),
        Words("الخدمة {service} متوقفة.", "Service {service} is closed."),
    ),
    (
        errors.KeyReused,
        "key-reused",
        Words("استُخدم المفتاح لطلب آخر", "The key was used for another request"),
        Words("أرسل الطلب بمفتاح تكرار جديد.", "Send this request with a new idempotency key."),
    ),
    (
        errors.KeyAbandoned,
        "key-abandoned",
        Words("تُرك هذا الطلب", "This command was given up"),
        Words("اطلب رقمًا جديدًا.", "Ask for a new number."),
    ),
)


def register_refusals(problems: Problems) -> None:
    """Tell `problems` about everything the queue refuses."""
    for unknown, slug, title in _UNKNOWN:
        problems.register(unknown, status=404, slug=slug, title=title)
    for refused, slug, title, detail in _REFUSED:
        problems.register(refused, status=409, slug=slug, title=title, detail=detail, facts=_facts)
    problems.register(
        IssuingOverloaded,
        status=503,
        slug="too-many-at-once",
        title=Words("الطلب على الأرقام كبير الآن", "Too many numbers are asked for at once"),
        detail=Words("أعد المحاولة بعد ثوانٍ.", "Try again in a few seconds."),
        retry_after_s=2,
    )


def _facts(error: errors.Refused, _language: Language) -> Mapping[str, object]:
    """Name the state and what is allowed; `current` is the ticket that forbids it, or None."""
    current = None
    if error.ticket is not None:
        current = {"id": error.ticket, "label": error.label, "state": error.state}
    return {"allowed": [], "current": current, **error.facts}
