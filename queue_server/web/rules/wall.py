"""The rules of the queue as they hang on the wall, made from the policy that holds; pure."""

from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from core_services.l10n import digits, isolate
from core_services.paper.missed_call import missed_call_words
from queue_server.policy.body import OpeningHours, PolicyBody
from queue_server.policy.present import Coming
from queue_server.policy.published import KeptOrder
from queue_server.tickets.fairness import FairnessSentence
from queue_server.web.rules.hours_text import (
    day_words,
    minutes_words,
    moment_words,
    seconds_words,
    span_words,
    week_words,
)
from queue_server.web.words import Words

HOLIDAYS_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its sentences."""

    title: Words
    lines: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class Wall:
    """The whole sheet: the published sentence, then what else a citizen may want to know."""

    sentence: FairnessSentence
    sections: tuple[Section, ...]
    source: Words
    """Which version this is, and since when it holds."""


def wall(
    body: PolicyBody,
    sentence: FairnessSentence,
    *,
    version: int | None,
    holds_since: datetime | None,
    today: date,
    zone: ZoneInfo,
    has_appointments: bool = True,
) -> Wall:
    """Return the sheet for that policy; `today` decides which holidays are near."""
    sections = (
        Section(Words("من له أولوية", "Who has priority"), _priorities(body)),
        Section(Words("ترتيب النداء", "The order of calls"), _order(sentence)),
        Section(Words("مواعيد حجز الأرقام", "When numbers are given"), _hours(body.hours, today)),
        Section(Words("لو فاتك النداء", "If you miss your call"), _missed(body)),
        Section(Words("رقمك", "Your number"), _numbers(body, has_appointments)),
    )
    return Wall(
        sentence=sentence,
        sections=tuple(each for each in sections if each.lines),
        source=_source(version, holds_since, zone),
    )


def _priorities(body: PolicyBody) -> tuple[Words, ...]:
    credits = body.credits
    named = (
        (credits.age65, Words("٦٥ سنة فأكثر", "People aged 65 and over")),
        (credits.disability, Words("ذوو الهمم (إعاقة)", "People with disabilities")),
        (credits.infant, Words("حامل أو معها رضيع", "Pregnant or with an infant")),
    )
    lines = []
    for credit, name in named:
        if credit.minutes == 0:
            continue
        ahead = minutes_words(credit.minutes)
        arabic = f"{name.ar}: يتقدّم دوره {ahead.ar}"
        english = f"{name.en}: counted as if they had come {ahead.en} earlier"
        arabic += f" ({credit.basis_ar})." if credit.basis_ar else "."
        english += f" ({credit.basis_en})." if credit.basis_en else "."
        lines.append(Words(arabic, english))
    return tuple(lines)


def _order(sentence: FairnessSentence) -> tuple[Words, ...]:
    """What the sentence leaves to be said, so that it is true to the letter."""
    lines = []
    if sentence.windows:
        lines.append(
            Words(
                "شباك الأولوية ينادي أولًا كل من له أولوية: ٦٥ سنة فأكثر، وذوو الهمم، والحامل ومن "
                "معها رضيع.",
                "A priority window first calls everybody who has priority: people aged 65 and "
                "over, people with disabilities, and whoever is pregnant or with an infant.",
            )
        )
    lines.append(
        Words(
            "من ينتظر شباكًا بعينه (شباك مُهيّأ، أو شباك أو موظف حُوّل إليه، أو شباك أُجّل عنده "
            "لحين مستند) يناديه ذلك الشباك وحده، وقد تنادي الشبابيك الأخرى غيره قبله.",
            "Whoever waits for one window (a step-free one, one he was transferred to, or one that "
            "keeps his file) is called by that window alone; others may be called before him "
            "elsewhere.",
        )
    )
    return tuple(lines)


def kept_lines(kept: KeptOrder) -> tuple[Words, ...]:
    """Say how often the order was not kept, today and in seven days; never printed."""
    if not kept.seven_days.called:
        called = Words(
            "لم يُنادَ أحد خارج الدور اليوم ولا في آخر سبعة أيام.",
            "Nobody was called out of order today or in the last seven days.",
        )
    else:
        called = _counted(
            Words(
                "مرات النداء خارج الدور، ولكل منها سبب مُسجّل",
                "Calls out of order, each with its reason on record",
            ),
            kept.today.called,
            kept.seven_days.called,
        )
    lines = [called]
    if kept.seven_days.direct:
        direct = Words(
            "من خُدم عند الشباك مباشرةً دون انتظار في الدور",
            "People served at a window at once, without waiting in line",
        )
        lines.append(_counted(direct, kept.today.direct, kept.seven_days.direct))
    if kept.late_seven_days:
        late = Words(
            "أرقام وصلت متأخرة من جهاز كان اتصاله مقطوعًا، ولا تدخل في هذه القاعدة",
            "Numbers that came late from a machine that was cut off, to which this rule does not "
            "apply",
        )
        lines.append(_counted(late, kept.late_today, kept.late_seven_days))
    return tuple(lines)


def _counted(what: Words, today: int, seven_days: int) -> Words:
    return Words(
        digits(f"{what.ar}: اليوم {today}، وفي آخر سبعة أيام {seven_days}.", "ar"),
        f"{what.en}: {today} today, {seven_days} in the last seven days.",
    )


def coming_words(coming: Coming) -> Words:
    """Say from which day other rules hold, and their sentence."""
    day = day_words(coming.holds_from)
    number = coming.version.version
    return Words(
        f"من افتتاح يوم {day.ar} يُعمل بالإصدار {digits(str(number), 'ar')}: {coming.sentence.ar}",
        f"From the opening of {day.en} version {number} holds: {coming.sentence.en}",
    )


def _hours(hours: OpeningHours, today: date) -> tuple[Words, ...]:
    if not hours.applies:
        return ()
    lines = list(week_words(hours))
    for season in hours.ramadan:
        if season.last >= today:
            first, last = day_words(season.first), day_words(season.last)
            span = span_words(season.opens, season.closes)
            lines.append(
                Words(
                    f"رمضان، من {first.ar} إلى {last.ar}: {span.ar}",
                    f"Ramadan, {first.en} to {last.en}: {span.en}",
                )
            )
    for special in sorted(hours.special, key=lambda each: each.day):
        if special.day >= today:
            lines.append(_special(special.day, special.opens, special.closes))
    near = sorted((each for each in hours.holidays if each.day >= today), key=lambda each: each.day)
    for holiday in near[:HOLIDAYS_SHOWN]:
        day = day_words(holiday.day)
        lines.append(
            Words(
                f"{day.ar}: إجازة {holiday.name_ar}".rstrip(),
                f"{day.en}: holiday, {holiday.name_en}".rstrip(", "),
            )
        )
    if hours.decree_number:
        dated = Words("", "")
        if hours.decree_date is not None:
            day = day_words(hours.decree_date)
            dated = Words(f" بتاريخ {day.ar}", f" of {day.en}")
        lines.append(
            Words(
                f"بقرار رقم {isolate(digits(hours.decree_number, 'ar'))}{dated.ar}.",
                f"By decree no. {isolate(digits(hours.decree_number, 'en'))}{dated.en}.",
            )
        )
    return tuple(lines)


def _special(day: date, opens: time | None, closes: time | None) -> Words:
    said = day_words(day)
    if opens is not None and closes is not None:
        span = span_words(opens, closes)
        return Words(f"{said.ar}: {span.ar}", f"{said.en}: {span.en}")
    return Words(f"{said.ar}: مغلق", f"{said.en}: closed")


def _missed(body: PolicyBody) -> tuple[Words, ...]:
    lines = []
    calls, returns = body.calls, body.returns
    if calls.no_show_after_s:
        usual = seconds_words(calls.no_show_after_s)
        longer = seconds_words(calls.no_show_after_more_time_s)
        lines.append(
            Words(
                f"ننتظرك عند الشباك {usual.ar} بعد النداء، ومن يحتاج وقتًا أطول {longer.ar}.",
                f"We wait for you at the window for {usual.en} after the call; {longer.en} for "
                "whoever needs more time.",
            )
        )
    within = returns.told_min
    lines.append(
        Words(f"{missed_call_words(within, 'ar')}.", f"{missed_call_words(within, 'en')}.")
    )
    return tuple(lines)


def _numbers(body: PolicyBody, has_appointments: bool) -> tuple[Words, ...]:
    lines = [
        Words(
            "الرقم مجاني. لا تشترِ رقمًا من أحد.",
            "The number is free. Buy no number from anybody.",
        )
    ]
    most = body.numbers.requests_at_most
    if most > 1:
        lines.append(
            Words(
                digits(f"الرقم الواحد يكفي حتى {most} طلبات للأسرة.", "ar")
                if most > 2
                else "الرقم الواحد يكفي طلبين للأسرة.",
                f"One number serves up to {most} requests of a household.",
            )
        )
    if body.numbers.one_live_per_national_id:
        lines.append(
            Words(
                "لكل مواطن رقم قائم واحد في الوقت نفسه.",
                "Each citizen has one live number at a time.",
            )
        )
    elif body.numbers.one_live_per_phone:
        lines.append(
            Words(
                "لكل هاتف رقم قائم واحد في الوقت نفسه.",
                "Each phone has one live number at a time.",
            )
        )
    late = body.appointments.late_grace_minutes
    if late and has_appointments:
        grace = minutes_words(late)
        lines.append(
            Words(
                f"صاحب الموعد المحجوز يُحسب من موعده إذا تأخر عنه {grace.ar} على الأكثر.",
                f"Whoever booked a time counts from it when at most {grace.en} late.",
            )
        )
    if body.closing.cuts_off:
        lines.append(
            Words(
                "يتوقف حجز الأرقام حين لا يكفي وقت اليوم، ومن معه رقم ستُقضى خدمته.",
                "No more numbers are given once the day is too short; whoever holds one is served.",
            )
        )
    lines.append(
        Words(
            "من لم يُخدم اليوم يُحفظ رقمه ليوم العمل التالي.",
            "Whoever was not served keeps the number for the next working day.",
        )
        if body.closing.carries_over
        else Words(
            "الرقم صالح ليومه فقط.",
            "A number is good for its own day.",
        )
    )
    return tuple(lines)


def _source(version: int | None, holds_since: datetime | None, zone: ZoneInfo) -> Words:
    if version is None or holds_since is None:
        return Words("حسب إعداد المركز.", "As the centre is set up.")
    since = moment_words(holds_since, zone)
    return Words(
        f"قواعد الدور، الإصدار {digits(str(version), 'ar')}، معمول بها من {since.ar}.",
        f"Rules of the queue, version {version}, in force since {since.en}.",
    )
