"""The fields of the policy in their groups: one table for form, errors and history."""

from typing import Final

from queue_server.policy.body import DAYS, NO_LIMIT
from queue_server.web.admin.fields import MINUTES, NONE, SECONDS, Field, Group, Rows
from queue_server.web.rules.hours_text import WEEKDAYS
from queue_server.web.words import Words

_ARABIC_BASIS: Final = Words("السند (بالعربية)", "Basis (Arabic)")
_ENGLISH_BASIS: Final = Words("السند (بالإنجليزية)", "Basis (English)")


def _credit(name: str, label: Words) -> tuple[Field, ...]:
    return (
        Field(f"credits.{name}.minutes", label, unit=MINUTES, suggested="15"),
        Field(f"credits.{name}.basis_ar", _both(label, _ARABIC_BASIS), "text", language="ar"),
        Field(f"credits.{name}.basis_en", _both(label, _ENGLISH_BASIS), "text", language="en"),
    )


def _both(first: Words, second: Words) -> Words:
    return Words(f"{first.ar} – {second.ar}", f"{first.en} – {second.en}")


_OPENS, _CLOSES = Words("من", "From"), Words("إلى", "To")


def _day(day: str) -> tuple[Field, ...]:
    name = WEEKDAYS[day]
    return (
        Field(f"hours.week.{day}.opens", _both(name, _OPENS), "time"),
        Field(f"hours.week.{day}.closes", _both(name, _CLOSES), "time"),
    )


def _sign(name: str, label: Words, suggested: int, unit: Words = NONE) -> Field:
    return Field(f"signs.{name}", label, unit=unit, suggested=str(suggested))


GROUPS: Final[tuple[Group, ...]] = (
    Group(
        "credits",
        Words("دقائق الأولوية", "Minutes of priority"),
        Words(
            "كم دقيقة يتقدّم دور صاحب الأولوية، وبأي سند. أكبرها يحدد الجملة المعلقة على الحائط. "
            "الدقائق يقررها المركز، والسند يُنشر للمواطنين كما تكتبه: راجعه قبل النشر.",
            "By how many minutes a claim moves a number forward, and what allows it. The largest "
            "decides the sentence on the wall. The minutes are the centre's decision; the basis is "
            "published to citizens as you write it: check it first.",
        ),
        (
            *_credit("age65", Words("٦٥ سنة فأكثر", "65 and over")),
            *_credit("disability", Words("ذوو الهمم (إعاقة)", "Disability")),
            *_credit("infant", Words("حامل أو معها رضيع", "Pregnant or with an infant")),
        ),
    ),
    Group(
        "first",
        Words("شبابيك الأولوية أولًا", "Windows that take priority first"),
        Words(
            "شبابيك هذه الفئات تنادي أصحاب الأولوية قبل غيرهم، وتُذكر أرقامها في الجملة المعلقة.",
            "Windows of these profiles call people with priority before others; the sentence on "
            "the wall names them.",
        ),
    ),
    Group(
        "calls",
        Words("النداء وعدم الحضور", "Calls and no-shows"),
        Words(
            "تقيّد هذه المدد الموظف عند شباكه، ويجوز للمشرف أن يتجاوزها.",
            "These times bind a clerk at the window; a supervisor may go beyond them.",
        ),
        (
            Field(
                "calls.recall_limit",
                Words("أقصى عدد لإعادة النداء", "Recalls of one call at most"),
                suggested="3",
                hint=Words("صفر: بلا حد.", "0: any number."),
            ),
            Field(
                "calls.recall_interval_s",
                Words("بين نداء ونداء", "Between two calls"),
                unit=SECONDS,
                suggested="0",
            ),
            Field(
                "calls.no_show_after_s",
                Words("يُنتظر المواطن قبل «لم يحضر»", "Wait before a no-show"),
                unit=SECONDS,
                suggested="45",
            ),
            Field(
                "calls.no_show_after_more_time_s",
                Words("يُنتظر من يحتاج وقتًا أطول", "Wait for whoever needs more time"),
                unit=SECONDS,
                suggested="120",
            ),
            Field(
                "calls.undo_within_s",
                Words("مهلة التراجع عن الفعل", "An act may be undone within"),
                unit=SECONDS,
                suggested="30",
            ),
        ),
    ),
    Group(
        "returns",
        Words("العودة بعد فوات النداء", "Return after a missed call"),
        Words(
            "من فاته النداء يعود للدور عند الاستقبال، ويُحسب من وقت عودته.",
            "Whoever missed a call comes back into line at reception, and counts from then.",
        ),
        (
            Field(
                "returns.allowed", Words("عدد مرات العودة", "Returns of one number"), suggested="1"
            ),
            Field(
                "returns.within_minutes",
                Words("خلال", "Within"),
                unit=MINUTES,
                suggested="30",
                hint=Words("صفر: طوال اليوم.", "0: for the whole day."),
            ),
            Field(
                "returns.credit_minutes",
                Words("دقائق تُحتسب للعائد", "Minutes granted on return"),
                unit=MINUTES,
                suggested="0",
            ),
        ),
    ),
    Group(
        "numbers",
        Words("الأرقام", "Numbers"),
        Words(
            "حدود ما يُعطى من أرقام. الحد اليومي لخدمة يوقف حجزها وحدها.",
            "Limits on what is given. A service's daily limit stops that service alone.",
        ),
        (
            Field(
                "numbers.requests_at_most",
                Words("أقصى عدد طلبات على الرقم الواحد", "Requests on one number at most"),
                suggested="3",
                hint=Words("من ١ إلى ٣.", "1 to 3."),
            ),
            Field(
                "numbers.one_live_per_phone",
                Words("رقم قائم واحد لكل هاتف", "One live number for each phone"),
                "flag",
            ),
            Field(
                "numbers.one_live_per_national_id",
                Words("رقم قائم واحد لكل رقم قومي", "One live number for each national ID"),
                "flag",
            ),
            Field(
                "numbers.kiosks_ask_national_id",
                Words("يطلب الجهاز الرقم القومي قبل الرقم", "Kiosks ask for the national ID first"),
                "flag",
                hint=Words(
                    "الرقم المكتوب لا يثبت هوية أحد، ويُراجع عند الشباك. من ليس معه بطاقة يأخذ رقمه "
                    "من الاستقبال.",
                    "Typed digits prove nobody's identity; the window checks the card. Who has no "
                    "card takes a number at reception.",
                ),
            ),
        ),
        (
            Rows(
                "numbers.capacity",
                Words("الحد اليومي لكل خدمة", "Daily limit of a service"),
                (
                    Field("service", Words("الخدمة", "Service"), "service"),
                    Field("count", Words("أرقام في اليوم", "Numbers a day")),
                ),
            ),
        ),
    ),
    Group(
        "appointments",
        Words("المواعيد المحجوزة", "Appointments"),
        Words(
            "من حضر داخل هذه المهلة يُحسب من موعده، ومن تأخر بعدها يُحسب من وقت حضوره.",
            "Whoever comes within this grace counts from the booked time; later, from coming.",
        ),
        (
            Field(
                "appointments.early_grace_minutes",
                Words("قبل الموعد", "Before the slot"),
                unit=MINUTES,
                suggested="15",
            ),
            Field(
                "appointments.late_grace_minutes",
                Words("بعد الموعد", "After the slot"),
                unit=MINUTES,
                suggested="15",
            ),
        ),
    ),
    Group(
        "hours",
        Words("مواعيد حجز الأرقام", "Hours in which numbers are given"),
        Words(
            "خارج هذه المواعيد لا تُعطى أرقام جديدة، ومن معه رقم تُقضى خدمته. يوم بلا وقت مغلق. "
            "اليوم الخاص يغلب الإجازة، والإجازة تغلب رمضان، ورمضان يغلب الأسبوع.",
            "Outside these hours no new numbers are given; whoever holds one is served. A day "
            "without times is closed. A special day wins over a holiday, a holiday over Ramadan, "
            "Ramadan over the week.",
        ),
        (
            Field(
                "hours.applies",
                Words("تُعطى الأرقام في هذه المواعيد فقط", "Give numbers only in these hours"),
                "flag",
                hint=Words("دون اختيار: في أي وقت.", "Not chosen: at any hour."),
            ),
            Field("hours.decree_number", Words("رقم القرار", "Decree number"), "text"),
            Field("hours.decree_date", Words("تاريخ القرار", "Decree date"), "date"),
            Field("hours.valid_from", Words("يسري من", "In force from"), "date"),
            Field(
                "hours.valid_to",
                Words("يسري حتى", "In force until"),
                "date",
                hint=Words(
                    "بعده تبقى المواعيد كما هي، وتنبّهك هذه الصفحة.",
                    "Afterwards the hours stay as they are, and this page warns you.",
                ),
            ),
            *(field for day in DAYS for field in _day(day)),
        ),
        (
            Rows(
                "hours.ramadan",
                Words("رمضان", "Ramadan"),
                (
                    Field("first", Words("أول يوم", "First day"), "date"),
                    Field("last", Words("آخر يوم", "Last day"), "date"),
                    Field("opens", _OPENS, "time"),
                    Field("closes", _CLOSES, "time"),
                ),
                blank=1,
                hint=Words(
                    "التواريخ الهجرية تقديرية حتى تُرى الأهلة: راجعها.",
                    "Hijri dates are estimates until the moon is sighted: check them.",
                ),
            ),
            Rows(
                "hours.holidays",
                Words("الإجازات الرسمية", "Public holidays"),
                (
                    Field("day", Words("اليوم", "Day"), "date"),
                    Field(
                        "name_ar", Words("الاسم بالعربية", "Name in Arabic"), "text", language="ar"
                    ),
                    Field(
                        "name_en",
                        Words("الاسم بالإنجليزية", "Name in English"),
                        "text",
                        language="en",
                    ),
                ),
            ),
            Rows(
                "hours.special",
                Words("أيام خاصة", "Special days"),
                (
                    Field("day", Words("اليوم", "Day"), "date"),
                    Field("opens", _OPENS, "time"),
                    Field("closes", _CLOSES, "time"),
                    Field(
                        "why_ar", Words("السبب بالعربية", "Why, in Arabic"), "text", language="ar"
                    ),
                    Field(
                        "why_en",
                        Words("السبب بالإنجليزية", "Why, in English"),
                        "text",
                        language="en",
                    ),
                ),
                hint=Words("دون وقت: اليوم مغلق.", "Without times: closed that day."),
            ),
        ),
    ),
    Group(
        "breaks",
        Words("الاستراحة والصلاة", "Breaks and prayer"),
        Words(
            "كم شباكًا يغيب في وقت واحد. يُرفض طلب الموظف الزائد، ويجوز للمشرف أن يتجاوز الحد.",
            "How many windows may be away at once. One more clerk is refused; a supervisor may "
            "go beyond.",
        ),
        (
            Field(
                "breaks.away_at_most",
                Words("شبابيك غائبة في وقت واحد", "Windows away at once"),
                suggested=str(NO_LIMIT),
                hint=Words("٩٩: بلا حد.", "99: no limit."),
            ),
        ),
        (
            Rows(
                "breaks.times",
                Words("أوقات لها حد خاص", "Times with a limit of their own"),
                (
                    Field(
                        "name_ar", Words("الاسم بالعربية", "Name in Arabic"), "text", language="ar"
                    ),
                    Field(
                        "name_en",
                        Words("الاسم بالإنجليزية", "Name in English"),
                        "text",
                        language="en",
                    ),
                    Field("opens", _OPENS, "time"),
                    Field("closes", _CLOSES, "time"),
                    Field("away_at_most", Words("الحد", "Limit")),
                ),
            ),
        ),
    ),
    Group(
        "closing",
        Words("آخر اليوم", "The end of the day"),
        Words(
            "متى تتوقف الأرقام قبل الإغلاق، وما يصير إليه من لم يُخدم.",
            "When numbers end before closing, and what becomes of whoever was not served.",
        ),
        (
            Field(
                "closing.cuts_off",
                Words(
                    "أوقف الأرقام إذا كان دور القادم بعد الإغلاق",
                    "Stop numbers once a newcomer would be called after closing",
                ),
                "flag",
            ),
            Field(
                "closing.carries_over",
                Words(
                    "احفظ أرقام من لم يُخدم ليوم العمل التالي",
                    "Keep the numbers of whoever was not served for the next working day",
                ),
                "flag",
                hint=Words("دون اختيار: تسقط الأرقام آخر اليوم.", "Not chosen: they lapse."),
            ),
        ),
    ),
    Group(
        "morning",
        Words("زحام الصباح", "The morning crowd"),
        Words(
            "في هذا الوقت تعرض شاشة الأرقام زرًا واحدًا كبيرًا، وتُسأل الخدمة عند الشباك.",
            "In this time kiosks show one big button alone; the service is asked at the window.",
        ),
        (
            Field("morning.opens", _OPENS, "time"),
            Field("morning.closes", _CLOSES, "time"),
        ),
    ),
    Group(
        "signs",
        Words("مؤشرات للمتابعة", "Signs to follow up"),
        Words(
            "متى يُنبَّه المشرف إلى احتمال أن يدًا واحدة تأخذ أرقامًا كثيرة. المؤشر سبب للمتابعة "
            "لا دليل على أحد: الأسرة تشترك في هاتف، ومن معه توكيل يحضر عن غيره.",
            "When the supervisor is told that one hand may take many numbers. A sign is a reason "
            "to go and look, never a proof: a family shares a phone, and whoever holds a power of "
            "attorney comes for others.",
        ),
        (
            _sign("run", Words("أرقام متتالية من شاشة واحدة", "Numbers in a row at one kiosk"), 8),
            _sign("run_within_s", Words("أُخذت خلال", "Taken within"), 180, unit=SECONDS),
            _sign("run_missing", Words("ولم يحضر منها", "Of which did not come"), 7),
            _sign("id_day", Words("أرقام لرقم قومي في يوم", "Numbers of one ID in a day"), 4),
            _sign("id_week", Words("أرقام لرقم قومي في أسبوع", "Numbers of one ID in a week"), 8),
            _sign("phone_day", Words("أرقام لهاتف في يوم", "Numbers of one phone in a day"), 5),
            _sign(
                "missed_week",
                Words("نداءات فائتة لشخص في أسبوع", "Missed calls of one person in a week"),
                3,
            ),
            _sign("returns", Words("عودات رقم واحد", "Returns of one number"), 2),
            _sign(
                "asked_again",
                Words("مرات طلب رقم آخر ورُفض", "Further numbers asked for and refused"),
                3,
            ),
        ),
    ),
    Group(
        "targets",
        Words("المستهدف والموقف اليومي", "The target and the day's situation"),
        Words(
            "بهذا المستهدف تُقاس نسب الانتظار في اللوحات والتقارير، ولا يغيّر ترتيب النداء.",
            "Charts and reports measure waits against this target; it changes no order of calls.",
        ),
        (
            Field(
                "targets.wait_minutes",
                Words("لا يزيد الانتظار عن", "A wait is to be at most"),
                unit=MINUTES,
                suggested="30",
            ),
            Field(
                "targets.daily_report_at",
                Words("يُعد «الموقف اليومي» تلقائيًا الساعة", "The day's situation is made at"),
                "time",
                hint=Words("دون وقت: يُعد عند الطلب فقط.", "No time: only when asked for."),
            ),
        ),
    ),
    Group(
        "hall",
        Words("الصالة", "The hall"),
        Words(
            "إذا زاد من معهم أرقام على المقاعد نُبّه المشرف. لا يغيّر ذلك شيئًا في النداء.",
            "The supervisor is told when more people hold numbers than there are seats. It changes "
            "nothing about calls.",
        ),
        (
            Field(
                "hall.seats",
                Words("عدد مقاعد الانتظار", "Seats for those who wait"),
                hint=Words("دون عدد: لا تنبيه.", "No number: nobody is told."),
            ),
        ),
    ),
)

PROFILES: Final = "first.profiles"
"""Its field is a choice among the centre's own profiles."""


def field_at(path: tuple[str | int, ...]) -> tuple[Words, Field] | None:
    """Return a field by its place in the body, and what it is called as a whole; None for a row."""
    name = ".".join(str(part) for part in path)
    for group in GROUPS:
        for field in group.fields:
            if field.path == name:
                return field.label, field
    return None


def rows_at(path: tuple[str | int, ...]) -> Rows | None:
    """Return the list in which a row stands."""
    name = ".".join(str(part) for part in path if not isinstance(part, int))
    return next((rows for group in GROUPS for rows in group.rows if rows.path == name), None)
