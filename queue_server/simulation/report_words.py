"""The words of a simulation's report, in both languages."""

from typing import Final

from queue_server.web.words import Words

REPORT: Final = Words("تقرير محاكاة", "Simulation report")
ABOUT: Final = Words(
    "أيام متخيلة عاشها النظام نفسه: المواطنون وأزمنة الخدمة من سيناريو، والأرقام والنداءات من "
    "الخادم. ليس في التقرير بيانات مواطنين.",
    "Invented days that the system itself lived through: citizens and service times are a "
    "scenario's, numbers and calls are the server's. No citizen's data is in this report.",
)
SCENARIO: Final = Words("السيناريو", "Scenario")
SEED: Final = Words("بذرة المصادفة", "Seed of chance")
SPEED: Final = Words("السرعة", "Speed")
MAX_SPEED: Final = Words("أقصى سرعة، على ساعة افتراضية", "as fast as it goes, on a virtual clock")
TIMES: Final = Words("أضعاف السرعة الفعلية", "times the real pace")
DAYS: Final = Words("الأيام", "The days")
DAY: Final = Words("اليوم", "Day")
CAME: Final = Words("حضروا", "Came")
ISSUED: Final = Words("أرقام", "Numbers")
SERVED: Final = Words("أُنجزت خدمتهم", "Served")
ABSENT: Final = Words("لم يحضروا للنداء", "Missed the call")
LEFT: Final = Words("ردّوا الرقم", "Gave it back")
LAPSED: Final = Words("انتهى اليوم قبلهم", "Not reached")
MEAN_WAIT: Final = Words("متوسط الانتظار", "Mean wait")
P80_WAIT: Final = Words("انتظار ٨٠٪", "80 % wait")
P90_WAIT: Final = Words("انتظار ٩٠٪", "90 % wait")
LONGEST_WAIT: Final = Words("أطول انتظار", "Longest wait")
ESTIMATE_OFF: Final = Words("متوسط خطأ التقدير", "Mean error of the estimate")
IN_RANGE: Final = Words("وقعت في المدى المعلن", "Within the range told")
COURSE: Final = Words("كم مواطنًا انتظر خلال اليوم؟", "How many people waited over the day?")
TIME: Final = Words("الوقت", "Time")
WAITING: Final = Words("في الانتظار", "waiting")
OPEN_WINDOWS: Final = Words("شبابيك مفتوحة", "open windows")
TAKEN: Final = Words("أين أُخذت الأرقام؟", "Where were the numbers taken?")
AT_KIOSK: Final = Words("من جهاز الأرقام", "at a kiosk")
AT_RECEPTION: Final = Words("من الاستقبال أو بالهاتف", "at reception or by telephone")
BROKEN: Final = Words("ما الذي تعطّل؟", "What broke?")
BROKEN_PART: Final = Words("العطل", "Fault")
FAULTS: Final = {
    "printer": Words("طابعة جهاز الأرقام", "The kiosk's printer"),
    "kiosk": Words("جهاز الأرقام", "The kiosk"),
    "display": Words("شاشة الصالة", "The hall screen"),
    "server": Words("الخادم", "The server"),
    "service": Words("خدمات لا تعمل", "Services that do not work"),
    "payments": Words("الدفع الإلكتروني", "Electronic payment"),
    "window": Words("شباك معطّل", "A window"),
}
WAITS: Final = Words("كم انتظر من نودي عليهم؟", "How long did those wait who were called?")
FROM: Final = Words("من", "From")
UNTIL: Final = Words("إلى", "Until")
PEOPLE: Final = Words("العدد", "People")
MINUTES: Final = Words("دقيقة", "minutes")
MARK_80: Final = Words("٨٠٪ نودي عليهم قبله", "80 % were called before")
WINDOWS: Final = Words("من خدم كل شباك؟", "Whom did each window serve?")
WINDOW: Final = Words("الشباك", "Window")
OPEN_FOR: Final = Words("مدة الفتح", "Open for")
BUSY_FOR: Final = Words("مدة الخدمة", "Busy for")
BUSY_SHARE: Final = Words("نسبة الانشغال", "Share busy")
TRUTH: Final = Words(
    "هل صدق الانتظار الذي قيل لهم؟", "Did the waits come true that people were told?"
)
SAID: Final = Words("ما قيل", "told")
WAITED: Final = Words("ما حدث", "waited")
NOBODY: Final = Words("لم يُنادَ على أحد.", "Nobody was called.")
AS_TABLE: Final = Words("البيانات في جدول", "The same as a table")
OTHER: Final = Words("English", "العربية")
SCREENS: Final = Words(
    "تأخر الشاشات عما سُجل، بالثواني الفعلية", "How far screens were behind, in real seconds"
)
SCREEN: Final = Words("الشاشة", "Screen")
CHANGES: Final = Words("تغييرات", "Changes")
MIDDLE: Final = Words("الوسيط", "Median")
OF_99: Final = Words("٩٩٪", "99 %")
AT_MOST: Final = Words("الأكبر", "Most")
SCREEN_NAMES: Final = {
    "hall screen": Words("شاشة الصالة", "Hall screen"),
    "board": Words("ما يصل إلى الشاشة", "What a screen is sent"),
    "supervisor": Words("صفحة المشرف", "Supervisor's page"),
    "call_age": Words("عمر النداء عند وصوله", "Age of a call when it came"),
}
