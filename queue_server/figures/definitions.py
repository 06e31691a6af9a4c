"""What each figure means, in both languages: every page and file carries what it needs."""

from dataclasses import dataclass
from typing import Final

from core_services.l10n import Language


@dataclass(frozen=True, slots=True)
class Defined:
    """A figure's name and its definition; `{minutes}` stands for the target."""

    term_ar: str
    term_en: str
    meaning_ar: str
    meaning_en: str

    def term(self, language: Language) -> str:
        return self.term_ar if language == "ar" else self.term_en

    def meaning(self, language: Language) -> str:
        return self.meaning_ar if language == "ar" else self.meaning_en


DEFINITIONS: Final[dict[str, Defined]] = {
    "came": Defined(
        "أرقام صدرت",
        "Numbers taken",
        "كل رقم أُعطي لمواطن في يوم العمل، ومعه ما حُفظ له من يوم سابق، عدا ما أُلغي لأن ورقته لم "
        "تخرج.",
        "Every number given to a citizen on the business day, those kept from an earlier day too, "
        "but for those made void because no paper came out.",
    ),
    "requests": Defined(
        "طلبات",
        "Requests",
        "مجموع الطلبات على الأرقام الصادرة: على الرقم الواحد طلب إلى ثلاثة.",
        "The requests on the numbers taken, one to three each.",
    ),
    "served": Defined(
        "تمت خدمتهم",
        "Served",
        "أرقام انتهت خدمتها عند شباك، ومنها ما بدأ في يومه وانتهى بعد نهايته.",
        "Numbers whose service was finished at a window, on their day or after its end.",
    ),
    "no_show": Defined(
        "لم يحضروا عند النداء",
        "Did not come when called",
        "نودي على الرقم ولم يحضر صاحبه ولم يعد. ليس معناه أنه انصرف: من معه ورقة لا يُعرف متى "
        "انصرف.",
        "The number was called, nobody came, and nobody came back. It does not say when they left: "
        "with a paper slip nobody knows that.",
    ),
    "left": Defined(
        "انصرفوا قبل النداء",
        "Left before a call",
        "أُلغي الرقم وصاحبه في الطابور قبل أي نداء: بطلبه، أو لأنه غادر.",
        "The number was cancelled while it stood in line, before any call.",
    ),
    "cancelled": Defined(
        "أُلغيت بعد النداء",
        "Cancelled after a call",
        "أُلغي الرقم بعد أن نودي عليه أو وهو مؤجل لحين مستند.",
        "The number was cancelled after it had been called, or while it was parked.",
    ),
    "lapsed": Defined(
        "انتهى اليوم قبل خدمتهم",
        "The day ended first",
        "أرقام سقطت بنهاية يوم العمل دون أن تُخدم.",
        "Numbers that lapsed at the end of the business day, not served.",
    ),
    "carried_over": Defined(
        "حُفظت ليوم آخر",
        "Kept for another day",
        "أرقام لم تُخدم وحُفظت لأصحابها ليوم عمل تالٍ، وتُعد في ذلك اليوم أيضًا.",
        "Numbers that were not served and were kept for a later business day; they count there "
        "too.",
    ),
    "marked": Defined(
        "لا يُقاس انتظارهم",
        "Wait not measured",
        "أرقام وقف أصحابها في الطابور قبل أن يعلم بها النظام: دفتر الطوارئ، وأرقام جهاز انقطع "
        "اتصاله، وما حُفظ من يوم سابق. تُعد في الأعداد وتُترك في مدد الانتظار.",
        "Numbers that stood in line before the system knew of them: the emergency book, those of a "
        "machine that was cut off, those kept from an earlier day. They count, their waits do not.",
    ),
    "wait": Defined(
        "الانتظار",
        "Wait",
        "من صدور الرقم إلى أول نداء لم يُتراجع عنه. لا يُحسب لمن خُدم مباشرة دون انتظار.",
        "From the issue of the number to its first call that was not undone. Whoever walked "
        "straight to a window did not wait.",
    ),
    "walk": Defined(
        "الوصول إلى الشباك",
        "Walk",
        "من النداء إلى بدء الخدمة.",
        "From the call to the start of the service.",
    ),
    "service": Defined(
        "الخدمة",
        "Service",
        "من بدء الخدمة إلى إنهائها عند الشباك نفسه.",
        "From the start of the service to its finish at the same window.",
    ),
    "total": Defined(
        "الزيارة كلها",
        "The whole visit",
        "من صدور الرقم إلى إنهاء خدمته، لمن تمت خدمتهم.",
        "From the issue of the number to the finish of its service, of those served.",
    ),
    "mean": Defined(
        "المتوسط",
        "Mean",
        "مجموع المدد ÷ عدد من قيست مدتهم.",
        "The sum of the durations ÷ the number of people they were measured of.",
    ),
    "quantile": Defined(
        "٨٠٪ خلال",
        "80 % within",
        "المدة التي لم يتجاوزها ٨٠ من كل ١٠٠، وبالمثل لنصفهم و٩٠ و٩٥. مضبوطة لليوم الواحد، ولأكثر "
        "من يوم بخطأ لا يزيد على ٢٪ (أو نصف ثانية).",
        "The duration that 80 of 100 people did not exceed; likewise for half of them, 90 and 95. "
        "Exact for one day; over several days within 2 % (or half a second).",
    ),
    "target_called": Defined(
        "ضمن المستهدف، ممن نودي عليهم",
        "Within target, of those called",
        "من انتظر {minutes} أو أقل ÷ كل من نودي عليه وقيس انتظاره. من انصرف قبل النداء لا يدخل "
        "فيها.",
        "Those who waited {minutes} or less ÷ all who were called and whose wait is measured. "
        "Those who left before a call are not in it.",
    ),
    "target_all": Defined(
        "ضمن المستهدف، من كل من انتظر",
        "Within target, of all who waited",
        "من انتظر {minutes} أو أقل ÷ كل من نودي عليه أو انصرف أو انتهى اليوم قبل ندائه: كل من لم "
        "يُنادَ عليه يُعد خارج المستهدف.",
        "Those who waited {minutes} or less ÷ all who were called, left, or were overtaken by the "
        "day's end: whoever was never called counts as outside the target.",
    ),
    "calls": Defined(
        "نداءات",
        "Calls",
        "كل نداء لم يُتراجع عنه، دون إعادة النداء. في جدول الساعات تُحسب بساعة النداء، وما عداها "
        "بساعة صدور الرقم.",
        "Every call that was not undone, recalls apart. By hour a call counts in its own hour; all "
        "else counts in the hour of the issue.",
    ),
    "finishes": Defined(
        "خدمات أُنهيت",
        "Services finished",
        "عدد مرات «إنهاء» عند الشباك.",
        "How often a service was finished at the window.",
    ),
    "no_show_calls": Defined(
        "نداءات لم يحضر أصحابها",
        "Calls nobody followed",
        "نداءات انتهت بـ«لم يحضر»، ومنها من عاد بعدها.",
        "Calls that ended as no-shows, those whose holder came back later too.",
    ),
    "open": Defined(
        "مدة الفتح",
        "Open",
        "كم ظل الشباك مفتوحًا في مواعيد العمل، دون الاستراحات.",
        "How long the window stood open within the centre's hours, pauses apart.",
    ),
    "busy": Defined(
        "مدة العمل",
        "At work",
        "من كل نداء إلى أن يخلو الشباك من صاحبه، مجموعة.",
        "From each call until the window had it in hand no more, added up.",
    ),
    "occupancy": Defined(
        "نسبة الإشغال",
        "Occupancy",
        "مدة العمل ÷ مدة الفتح. قد تزيد على ١٠٠٪ إذا امتد العمل بعد مواعيد المركز.",
        "At work ÷ open. It passes 100 % where work went on after the centre's hours.",
    ),
    "idle": Defined(
        "فراغ والناس منتظرون",
        "Idle while people waited",
        "الشباك مفتوح وخالٍ بلا عطل، وفي طوابيره من ينتظر: بعد طرح أول دقيقة كل مرة، والاستراحات.",
        "The window was open and free with no fault, and somebody waited in its queues: net of the "
        "first minute of each time and of pauses.",
    ),
    "pause": Defined("استراحات", "Pauses", "مجموع مدد الاستراحة والصلاة.", "All pauses added up."),
    "out_of_order": Defined(
        "نداءات خارج الدور",
        "Calls out of order",
        "نداءات اختار فيها الموظف رقمًا بعينه، ولكل منها سبب.",
        "Calls for which a number was chosen; each has its reason.",
    ),
    "undos": Defined(
        "أفعال تُراجع عنها",
        "Acts undone",
        "أفعال ألغاها صاحبها خلال مهلة التراجع؛ لا تدخل هي ولا ما ألغته في أي رقم آخر.",
        "Acts taken back in time; neither they nor what they took back are in any other figure.",
    ),
}

FOLLOW_UP: Final = Defined(
    "مؤشر للمتابعة ولا يُعد سندًا للجزاء.",
    "An indicator to follow up, not grounds for a penalty.",
    "أرقام الشبابيك والموظفين تصف يوم عمل بظروفه، ولا تصف اجتهاد أحد.",
    "Figures of windows and clerks tell of a working day as it went, not of anybody's effort.",
)
"""Stands above every table of windows or clerks."""
