"""How the queue's refusals are told: one problem for each, in both languages."""

from collections.abc import Mapping

from core_services.l10n import Language
from queue_server.alarms.errors import UnknownEpisode
from queue_server.broadcasts.errors import UnknownBroadcast
from queue_server.maintenance.errors import (
    UnknownEquipment,
    UnknownMaintenancePlan,
    UnknownOrder,
)
from queue_server.service_states.errors import UnknownServiceGroup
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
        errors.UnknownProfile,
        "unknown-profile",
        Words("لا يوجد نظام عمل بهذا الرمز", "There is no such work profile"),
    ),
    (
        errors.UnknownAlarm,
        "unknown-alarm",
        Words("لا يوجد إنذار بهذا المعرّف", "There is no such alarm"),
    ),
    (
        errors.UnknownFault,
        "unknown-fault",
        Words("لا يوجد بلاغ بهذا المعرّف", "There is no such fault"),
    ),
    (
        errors.UnknownService,
        "unknown-service",
        Words("لا توجد خدمة بهذا الرمز", "There is no such service"),
    ),
    (
        errors.UnknownQueue,
        "unknown-queue",
        Words("لا يوجد طابور بهذا الرمز", "There is no such queue"),
    ),
    (
        errors.UnknownStaff,
        "unknown-staff",
        Words("لا يوجد موظف بهذا المعرّف", "There is no such member of staff"),
    ),
    (
        UnknownServiceGroup,
        "unknown-service-group",
        Words("لا توجد مجموعة خدمات بهذا الرمز", "There is no such group of services"),
    ),
    (
        UnknownEpisode,
        "unknown-alarm-episode",
        Words("لا يوجد تنبيه بهذا المعرّف", "Nothing of that id was ever wrong"),
    ),
    (
        UnknownBroadcast,
        "unknown-broadcast",
        Words("لا توجد رسالة للصالة بهذا المعرّف", "There is no such message to the hall"),
    ),
    (
        errors.UnknownMachine,
        "unknown-machine",
        Words("لا يوجد جهاز بهذا الاسم", "There is no machine of that name"),
    ),
    (
        UnknownEquipment,
        "unknown-equipment",
        Words("لا توجد معدّة بهذا الملصق", "There is no equipment with that label"),
    ),
    (
        UnknownOrder,
        "unknown-maintenance-order",
        Words("لا يوجد أمر صيانة بهذا المعرّف", "There is no such maintenance order"),
    ),
    (
        UnknownMaintenancePlan,
        "unknown-maintenance-plan",
        Words("لا توجد خطة صيانة بهذا المعرّف", "There is no such maintenance plan"),
    ),
    (
        errors.UnknownAppointment,
        "unknown-appointment",
        Words("لا يوجد موعد بهذا المعرّف", "There is no such appointment"),
    ),
    (
        errors.UnknownPlan,
        "unknown-plan",
        Words("لا توجد خطة مواعيد بهذا المعرّف", "There is no such plan of appointments"),
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
        errors.TooEarly,
        "too-early",
        Words("لم يحن وقت هذا الفعل بعد", "It is too early for this"),
        Words(
            "الرقم {label} حالته: {state}. يُتاح ذلك بعد {seconds} ث.",
            "Ticket {label} is {state}. This is allowed in {seconds} s.",
        ),
    ),
    (
        errors.TooLate,
        "too-late",
        Words("فات وقت هذا الفعل", "It is too late for this"),
        Words(
            "الرقم {label} حالته: {state}. انتهت المهلة منذ {seconds} ث.",
            "Ticket {label} is {state}. The time for this ended {seconds} s ago.",
        ),
    ),
    (
        errors.LimitReached,
        "limit-reached",
        Words("بلغ الرقم الحدّ المسموح", "As often as is allowed"),
        Words(
            "الرقم {label} حالته: {state}. عدد المرات المسموح بها: {limit}.",
            "Ticket {label} is {state}. This is allowed {limit} times.",
        ),
    ),
    (
        errors.CannotStand,
        "message-cannot-stand",
        Words("لا يمكن عرض الرسالة هكذا", "The message cannot stand so"),
        Words("السبب: {state}.", "Why: {state}."),
    ),
    (
        errors.CannotBeTold,
        "machine-cannot-be-told",
        Words("لا يمكن إصدار هذا الأمر للجهاز", "The machine cannot be told that"),
        Words("السبب: {state}.", "Why: {state}."),
    ),
    (
        errors.CannotMaintain,
        "cannot-maintain",
        Words("لا يمكن ذلك لهذه المعدّة", "That cannot be done with this equipment"),
        Words("السبب: {state}.", "Why: {state}."),
    ),
    (
        errors.FaultActNotAllowed,
        "fault-act-not-allowed",
        Words("حالة البلاغ لا تسمح بهذا", "The fault's state does not allow this"),
        Words("حالته الآن: {state}.", "It is {state}."),
    ),
    (
        errors.FaultIsOpen,
        "fault-is-open",
        Words("العطل نفسه مُبلَّغ عنه من جديد", "The same fault is open already"),
        Words("حالته الآن: {state}. تابعه هناك.", "It is {state}; go on there."),
    ),
    (
        errors.NothingToUndo,
        "nothing-to-undo",
        Words("لا يوجد ما يُتراجع عنه", "There is nothing to undo"),
        Words(
            "آخر فعل على الرقم {label} لا يُتراجع عنه من هنا. حالته: {state}.",
            "The last act on ticket {label} cannot be undone from here. It is {state}.",
        ),
    ),
    (
        errors.OfAnotherDay,
        "of-another-day",
        Words("الرقم ليوم آخر", "The ticket is for another day"),
        Words("الرقم {label} ليس من أرقام اليوم.", "Ticket {label} is not one of today's."),
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
        errors.NobodyThere,
        "nobody-there",
        Words("لا يوجد من يستقبل الرقم هناك", "Nobody is there to take the ticket"),
        Words(
            "اختر شباكًا أو موظفًا أو طابورًا يعمل الآن.",
            "Choose a window, a person or a queue that is served now.",
        ),
    ),
    (
        errors.ServiceFull,
        "service-full",
        Words(
            "اكتملت أرقام اليوم لهذه الخدمة", "All of today's numbers for this service are given"
        ),
        Words(
            "الخدمة {service} اكتملت أرقامها اليوم. احضر في يوم عمل آخر.",
            "Service {service} has no number left today. Come on another working day.",
        ),
    ),
    (
        errors.TooManyRequests,
        "too-many-requests",
        Words("الطلبات على الرقم أكثر من المسموح", "More requests than one number carries here"),
        Words(
            "قلّل عدد الطلبات على هذا الرقم، وخُذ رقمًا آخر لباقيها.",
            "Ask for fewer on this number, and take another one for the rest.",
        ),
    ),
    (
        errors.HasANumber,
        "already-has-a-number",
        Words("لصاحب الطلب رقم قائم", "The same person has a number"),
        Words(
            "له الرقم {label} وحالته: {state}.",
            "They have ticket {label}, which is {state}.",
        ),
    ),
    (
        errors.SomebodyHasANumber,
        "already-has-a-number",
        Words("لصاحب الطلب رقم قائم", "The same person has a number"),
        Words(
            "لك رقم قائم اليوم. اسأل الاستقبال عنه.",
            "You have a number today. Ask reception for it.",
        ),
    ),
    (
        errors.LabelTaken,
        "label-taken",
        Words("الرقم مسجّل اليوم", "The label exists today"),
        Words("الرقم {label} حالته: {state}.", "Ticket {label} is {state}."),
    ),
    (
        errors.DayNotLater,
        "day-not-later",
        Words("اليوم المختار ليس لاحقًا", "The day is not a later one"),
        Words(
            "يوم العمل الحالي {state}. اختر يوم عمل لاحقًا.",
            "The business day is {state}. Choose a later one.",
        ),
    ),
    (
        errors.DayTooFar,
        "day-too-far",
        Words("اليوم المختار بعيد", "The day is too far ahead"),
        Words(
            "يوم العمل الحالي {state}. اختر يومًا لا يبعد عنه أكثر من شهر.",
            "The business day is {state}. Choose one of the next {limit} days.",
        ),
    ),
    (
        errors.ServiceClosed,
        "service-closed",
        Words("الخدمة متوقفة الآن", "The service is closed now"),
        Words("الخدمة {service} متوقفة.", "Service {service} is closed."),
    ),
    (
        errors.NumberNotPrinted,
        "number-not-printed",
        Words("الرقم ليس في أي دفتر طوارئ", "No emergency book has the number"),
        Words("راجع الرقم {label} على الورقة.", "Check the number {label} on the slip."),
    ),
    (
        errors.NotOffline,
        "not-offline",
        Words("ليس من أرقام الانقطاع", "It is no number of an offline series"),
        Words(
            "الرقم {label} لا يعطيه جهاز انقطع اتصاله.",
            "No kiosk gives {label} while it is cut off.",
        ),
    ),
    (
        errors.LabelNotGiven,
        "label-not-given",
        Words("لم يصدر هذا الرقم هنا", "Nobody here can have given this number"),
        Words("راجع الرقم {label} على الورقة.", "Check the number {label} on the slip."),
    ),
    (
        errors.OfTheBook,
        "of-the-emergency-book",
        Words("الرقم من دفتر الطوارئ", "The number is the emergency book's"),
        Words(
            "يُسجَّل الرقم {label} من صفحة دفتر الطوارئ في الاستقبال.",
            "Number {label} is keyed in at reception, on the page of the emergency book.",
        ),
    ),
    (
        errors.AppointmentActNotAllowed,
        "appointment-act-not-allowed",
        Words("حالة الموعد لا تسمح بهذا الفعل", "The appointment's state does not allow this"),
        Words("حالة الموعد الآن: {state}.", "The appointment is {state}."),
    ),
    (
        errors.CheckedInAlready,
        "checked-in-already",
        Words("سُجّل الحضور من قبل", "The appointment was checked in before"),
        Words("رقمه {label}.", "Its number is {label}."),
    ),
    (
        errors.NotTheDay,
        "not-the-day",
        Words("الموعد ليس اليوم", "The appointment is not today"),
        Words(
            "يُسجَّل الحضور في يوم الموعد فقط.",
            "Check in on the day of the appointment alone.",
        ),
    ),
    (
        errors.SlotFull,
        "slot-full",
        Words("اكتمل هذا الموعد", "The slot is full"),
        Words("اختر وقتًا آخر.", "Choose another time."),
    ),
    (
        errors.SlotNotOffered,
        "slot-not-offered",
        Words("هذا الموعد غير متاح", "This time is not offered"),
        Words("اختر وقتًا من المواعيد المتاحة.", "Choose one of the times that are offered."),
    ),
    (
        errors.HasABooking,
        "has-a-booking",
        Words("لهذا الهاتف موعد قادم", "This phone has an appointment already"),
        Words(
            "ألغِ موعدك القادم أو غيّره قبل حجز موعد آخر.",
            "Cancel or move the one that is to come before booking another.",
        ),
    ),
    (
        errors.NotIssuing,
        "not-issuing",
        Words("حجز الأرقام متوقف الآن", "No numbers are given now"),
        Words(
            "توقّف حجز الأرقام الآن، ومن معه رقم ستُقضى خدمته.",
            "No numbers are given now. Whoever holds a number will be served.",
        ),
    ),
    (
        errors.TooManyAway,
        "too-many-away",
        Words("الشبابيك المتوقفة بلغت الحدّ", "Too many windows are away"),
        Words(
            "الشبابيك المتوقفة الآن: {away}، والحد: {at_most}. انتظر حتى يعود أحدها.",
            "Windows away now: {away}, at most {at_most}. Wait until one is back.",
        ),
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
