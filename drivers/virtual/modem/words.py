"""What the virtual modem's page says, in Arabic and in English."""

from collections.abc import Mapping

from drivers.virtual.page import Choice, Language, Row

ROWS = (
    Row(
        "الشريحة",
        "SIM",
        (
            Choice("sim", "ready", "سليمة", "Working"),
            Choice("sim", "absent", "غير موجودة", "Missing"),
            Choice("sim", "pin", "تطلب الرقم السري", "Wants its PIN"),
            Choice("sim", "puk", "مغلقة برقم PUK", "Blocked (PUK)"),
        ),
    ),
    Row(
        "الشبكة",
        "Network",
        (
            Choice("network", "home", "مسجلة", "Registered"),
            Choice("network", "searching", "يبحث عنها", "Searching"),
            Choice("network", "denied", "ترفض الشريحة", "Refuses the SIM"),
        ),
    ),
    Row(
        "الإشارة",
        "Signal",
        (
            Choice("signal", "31", "قوية", "Strong"),
            Choice("signal", "20", "جيدة", "Good"),
            Choice("signal", "4", "ضعيفة", "Weak"),
        ),
    ),
    Row(
        "قبل النص",
        "Prompt",
        (
            Choice("prompt", "at_once", "يطلبه فورًا", "At once"),
            Choice("prompt", "slow", "يتأخر", "Slow"),
            Choice("prompt", "never", "لا يطلبه", "Never"),
        ),
    ),
    Row(
        "بعد النص",
        "Answer",
        (
            Choice("answers", "at_once", "يرد فورًا", "At once"),
            Choice("answers", "slow", "يتأخر", "Slow"),
            Choice("answers", "lost", "أُرسلت ولا رد", "Sent, no answer"),
            Choice("answers", "never", "لا أُرسلت ولا رد", "Neither"),
        ),
    ),
    Row(
        "رفض الرسائل",
        "Refusals",
        (
            Choice("cms", "0", "لا", "None"),
            Choice("cms", "42", "ازدحام 42", "Congestion 42"),
            Choice("cms", "1", "رقم خطأ 1", "No such number 1"),
            Choice("cms", "500", "سبب مجهول 500", "Unknown error 500"),
        ),
    ),
    Row(
        "التقارير",
        "Reports",
        (
            Choice("reports", "at_once", "وصلت", "Delivered"),
            Choice("reports", "early", "قبل الرد", "Before the answer"),
            Choice("reports", "late", "بعد دقيقة", "After a minute"),
            Choice("reports", "failed", "لم تصل", "Not delivered"),
            Choice("reports", "never", "لا تقارير", "None"),
        ),
    ),
    Row(
        "كلام بلا سؤال",
        "Noise",
        (
            Choice("noise", "false", "لا", "None"),
            Choice("noise", "true", "وسط الردود", "Amid answers"),
        ),
    ),
    Row(
        "الردود",
        "Replies",
        (
            Choice("replies", "true", "يرد", "Given"),
            Choice("replies", "false", "صامت", "Silent"),
        ),
    ),
    Row(
        "إعادة التشغيل",
        "Restarts",
        (
            Choice("restarts", "never", "لا", "None"),
            Choice("restarts", "before_sending", "قبل الإرسال", "Before sending"),
            Choice("restarts", "after_sending", "بعد الإرسال", "After sending"),
            Choice("power", "restart", "الآن", "Now"),
        ),
    ),
    Row(
        "التوصيل",
        "Plug",
        (
            Choice("power", "on", "موصول", "In"),
            Choice("power", "off", "مفصول", "Out"),
            Choice("power", "cycle", "فصل ثم توصيل", "Out and in"),
        ),
    ),
)

WORDS: Mapping[Language, Mapping[str, str]] = {
    "ar": {
        "title": "مودم رسائل افتراضي",
        "about": "رسائل قصيرة تُرسل إلى شبكة افتراضية، ولا تصل إلى هاتف حقيقي.",
        "sent": "الرسائل المرسلة",
        "none": "لم تُرسل رسالة بعد.",
        "state_sent": "أُرسلت",
        "state_delivered": "وصلت",
        "state_failed": "لم تصل",
        "parts": "عدد الأجزاء",
        "refused": "رسائل مكتوبة خطأ رفضتها الشبكة",
        "incoming": "رسالة واردة",
        "sender": "المرسل",
        "text": "النص",
        "send": "أرسلها إلى المودم",
    },
    "en": {
        "title": "Virtual SMS modem",
        "about": "Messages go to a network that is not real, and reach no phone.",
        "sent": "Messages sent",
        "none": "No message has been sent yet.",
        "state_sent": "Sent",
        "state_delivered": "Delivered",
        "state_failed": "Not delivered",
        "parts": "Parts",
        "refused": "badly written messages that the network refused",
        "incoming": "A message comes in",
        "sender": "Sender",
        "text": "Text",
        "send": "Send it to the modem",
    },
}
