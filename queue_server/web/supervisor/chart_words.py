"""The words of the supervisor's charts, their files and their paper, in both languages."""

from typing import Final

from core_services.l10n import Language, digits, minutes_words, plural
from core_services.sheets.model import Definition
from queue_server.web.words import Words

_WAIT: Final = Words("الانتظار", "Wait")
_WAIT_MEANS: Final = Words(
    "من صدور الرقم إلى أول نداء لم يُتراجع عنه. لا يُحسب من خُدم مباشرة دون صف، ولا ما سُجل بعد "
    "وقته أو حُفظ من يوم سابق.",
    "From the issue of the number to its first call that was not undone. Left out are those who "
    "walked straight to a window, numbers keyed in later, and those of an earlier day.",
)
TITLES: Final = {
    "rhythm": Words(
        "متى حضر المواطنون، ومتى نودي عليهم؟", "When did people come, and when were they called?"
    ),
    "hall": Words("كم مواطنًا كان في الصالة؟", "How full was the hall?"),
    "waits": Words("كم انتظر من نودي عليهم؟", "How long did those wait who were called?"),
    "services": Words("أي خدمة انتظر أصحابها أطول؟", "Which services did people wait for longest?"),
    "idle": Words(
        "متى كان شباك خاليًا وهناك من ينتظر؟", "When was a window free while people waited?"
    ),
    "week-waits": Words(
        "في أي ساعات الأسبوع يطول الانتظار؟", "At which hours of the week are waits long?"
    ),
    "week-arrivals": Words(
        "في أي ساعات الأسبوع يكثر الحضور؟", "At which hours of the week do most people come?"
    ),
}
NOTHING: Final = {
    "rhythm": Words("لم يحضر أحد في هذا اليوم.", "Nobody came on this day."),
    "hall": Words("لم يحضر أحد في هذا اليوم.", "Nobody came on this day."),
    "waits": Words("لم يُنادَ على أحد في هذا اليوم.", "Nobody was called on this day."),
    "services": Words("لم يُنادَ على أحد في هذا اليوم.", "Nobody was called on this day."),
    "idle": Words("لم يُفتح شباك في هذا اليوم.", "No window was open on this day."),
    "week-waits": Words(
        "لا توجد أيام عمل سابقة في هذه المدة.", "There are no earlier days in this time."
    ),
    "week-arrivals": Words(
        "لا توجد أيام عمل سابقة في هذه المدة.", "There are no earlier days in this time."
    ),
}
NEVER_IDLE: Final = Words(
    "لم يخلُ شباك مفتوح والناس منتظرون في هذا اليوم.",
    "No open window was free while people waited on this day.",
)

DAY: Final = Words("اليوم", "Day")
QUEUE: Final = Words("الطابور", "Queue")
SERVICE: Final = Words("الخدمة", "Service")
FROM_TO: Final = Words("المدة", "From and to")
AS_AT: Final = Words("حتى الساعة", "As at")
TIME: Final = Words("الوقت", "Time")
HALF_HOUR: Final = Words("نصف الساعة من", "Half hour from")
CAME: Final = Words("حضروا", "came")
CALLED: Final = Words("نودي عليهم", "were called")
IN_HALL: Final = Words("في الصالة", "in the hall")
WAITING: Final = Words("في الانتظار", "waiting")
PEOPLE: Final = Words("مواطن", "people")
COUNT: Final = Words("العدد", "People")
WAIT_FROM: Final = Words("انتظروا من", "Waited from")
WAIT_TO: Final = Words("إلى أقل من", "to less than")
MINUTES: Final = Words("بالدقائق", "minutes")
LAST_BAND: Final = Words("بالدقائق، وآخر عمود لما زاد", "minutes; the last column: and more")
RANGE_UNIT: Final = Words(
    "بالدقائق: الشريط لثمانية من كل عشرة، والعلامة للمنتصف",
    "minutes; the bar: eight in ten, the line: the middle",
)
MEAN: Final = Words("المتوسط", "Mean")
P10: Final = Words("واحد من عشرة انتظر على الأكثر", "One in ten waited at most")
P50: Final = Words("نصفهم انتظر على الأكثر", "Half waited at most")
P90: Final = Words("تسعة من عشرة انتظروا على الأكثر", "Nine in ten waited at most")
WINDOW: Final = Words("الشباك", "Window")
IDLE: Final = Words("خالٍ وهناك من ينتظر", "Free while people waited")
WEEKDAY: Final = Words("اليوم", "Day of the week")
HOUR: Final = Words("الساعة", "Hour")
DAYS: Final = Words("عدد الأيام", "Days")
ARRIVALS: Final = Words("إجمالي من حضروا", "People who came")
ARRIVALS_MEAN: Final = Words("متوسط اليوم الواحد", "Mean of a day")
WAITED: Final = Words("من قيس انتظارهم", "People whose wait is measured")
MEAN_WAIT: Final = Words("متوسط الانتظار", "Mean wait")
NO_SERVICE: Final = Words("لم تُحدد الخدمة", "Service not set")
CAVEAT: Final = Words(
    "مؤشر للمتابعة ولا يُعد سندًا للجزاء.", "An indicator to follow up, not grounds for a penalty."
)
IDLE_MEANS: Final = Words(
    "لا تُحسب الاستراحات ولا الأعطال المبلغ عنها ولا أول دقيقة بعد كل مواطن ولا ما خارج ساعات "
    "العمل.",
    "Pauses, reported faults, the first minute after each citizen and the time in which the centre "
    "is closed are not in it.",
)
HALL_MEANS: Final = Words(
    "في الصالة: من ينتظر ومن نودي عليه ولم تبدأ خدمته، بعدد الأرقام دون المرافقين.",
    "In the hall: who waits, or is called and not served yet, by numbers, without companions.",
)
MOST_DRAWN: Final = Words(
    "مرسوم منها الخدمات الاثنتا عشرة الأكثر عددًا، وكلها في الجدول.",
    "The twelve services with most people are drawn; all are in the table.",
)
DURATIONS: Final = Words(
    "المدد في الجدول بالدقائق والثواني.", "Durations in the table are minutes and seconds."
)
MINUTES_IN: Final = Words("في كل خانة متوسط الدقائق.", "Each field holds the mean in minutes.")
IDLE_MINUTES_IN: Final = Words("في كل خانة عدد الدقائق.", "Each field holds minutes.")
WEEK_MEANS: Final = Words(
    "أيام العمل السابقة وحدها، واليوم الجاري ليس فيها. الساعة هي ساعة صدور الرقم.",
    "Days that are over; today is not among them. The hour is that in which the number was taken.",
)


def waits_definitions(language: Language) -> tuple[Definition, ...]:
    """Say what a wait is."""
    return (Definition(_WAIT.say(language), _WAIT_MEANS.say(language)),)


def target_words(target_s: int, language: Language) -> str:
    """Name the target line."""
    minutes = minutes_words(target_s // 60, language)
    return f"المستهدف {minutes}" if language == "ar" else f"target {minutes}"


def seats_words(seats: int, language: Language) -> str:
    """Name the line of the seats."""
    number = digits(str(seats), language)
    if language == "en":
        return f"{number} {plural(seats, 'seat', 'seats')}"
    return plural(
        seats,
        "لا مقاعد",
        "مقعد واحد",
        "مقعدان",
        f"{number} مقاعد",
        f"{number} مقعدًا",
        f"{number} مقعد",
    )


def summary(name: str, language: Language, **values: str) -> str:
    """Say what there is to see on a chart, in a sentence."""
    return _SUMMARIES[name].say(language).format_map(values)


_SUMMARIES: Final = {
    "rhythm": Words(
        "أكثر نصف ساعة حضورًا تبدأ الساعة {when}، وعدد من حضروا فيها {figure}.",
        "Most people came in the half hour from {when}: {figure}.",
    ),
    "hall": Words(
        "أكبر عدد في الصالة {figure}، وكان ذلك الساعة {when}.",
        "The hall was fullest at {when}, with {figure}.",
    ),
    "waits": Words(
        "عدد من قيس انتظارهم {people}، ومن لم يتجاوز المستهدف منهم {within}.",
        "Waits measured: {people}. Within the target: {within}.",
    ),
    "services": Words(
        "أطول انتظار: {service}، وانتظر نصف أصحابها {figure} على الأكثر.",
        "Longest: {service}; half of its people waited at most {figure}.",
    ),
    "idle": Words(
        "أطول وقت خالٍ: شباك {window}، {figure} في اليوم كله.",
        "Longest: window {window}, {figure} over the whole day.",
    ),
    "week-waits": Words(
        "أطول متوسط انتظار: {figure}، {when}.", "Longest mean wait: {figure}, {when}."
    ),
    "week-arrivals": Words(
        "أكثر الحضور {when}: {figure} في المتوسط.", "Most people come {when}: {figure} in the mean."
    ),
}
