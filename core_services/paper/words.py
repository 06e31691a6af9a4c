"""The words of the queue slip in both languages; `{}` stands for a figure."""

from collections.abc import Mapping
from dataclasses import dataclass

from core_services.l10n import Language
from core_services.link.vocabulary import Priority


@dataclass(frozen=True, slots=True)
class SlipWords:
    """Every fixed line of a slip in one language."""

    caption: str
    other_digits: str
    service: str
    ahead: str
    nobody_ahead: str
    wait: str
    requests: str
    arrival: str
    papers: str
    usual_papers: tuple[str, ...]
    more_papers: str
    watch: str
    watch_and_ask: str
    """Of a number given while the line was cut: no screen may know it yet."""
    cut_off: str
    place_kept: str
    follow: str
    free: str
    reprint: str
    training: str
    """Of a centre to learn on."""
    appointment: str
    appointment_missed: str
    test: str
    """Of the slip that is printed after a new roll."""
    priority: Mapping[Priority, str]


SLIP_WORDS: Mapping[Language, SlipWords] = {
    "ar": SlipWords(
        caption="رقم دورك",
        other_digits="{}",
        service="الخدمة",
        ahead="قبلك",
        nobody_ahead="لا أحد قبلك",
        wait="الانتظار المتوقع",
        requests="عدد الطلبات",
        arrival="حضور",
        papers="جهّز",
        usual_papers=("أصل البطاقة وصورتها",),
        more_papers="باقي الأوراق: اسأل الاستقبال",
        watch="تابع الشاشة واسمع النداء",
        watch_and_ask="تابع الشاشة واسمع النداء، وإن لم يظهر رقمك اسأل الموظف",
        cut_off="صدر والشبكة مقطوعة",
        place_kept="رقمك صحيح، ودورك محفوظ من وقت حضورك",
        follow="تابع دورك من الموبايل",
        free="الرقم مجاني. لا تشترِ رقمًا من أحد.",
        reprint="إعادة طباعة – نفس الدور",
        training="تدريب – هذا الرقم لا يُنادى",
        appointment="موعد {}",
        appointment_missed="حضرت في غير وقت الموعد، ودورك من وقت حضورك",
        test="ورقة تجربة – ليست رقم دور",
        priority={
            "age65": "أولوية: ٦٥ سنة فأكثر",
            "disability": "أولوية: ذوو الهمم (إعاقة)",
            "infant": "أولوية: حامل أو معها رضيع",
        },
    ),
    "en": SlipWords(
        caption="Your number",
        other_digits="On the screen: {}",
        service="Service",
        ahead="Ahead of you",
        nobody_ahead="Nobody is ahead of you",
        wait="Expected wait",
        requests="Requests",
        arrival="Arrived",
        papers="Have ready",
        usual_papers=("Your ID card and a copy of it",),
        more_papers="Other papers: ask at reception",
        watch="Watch the screen and listen for the call",
        watch_and_ask="Watch the screen and listen; if your number does not appear, ask the staff",
        cut_off="Given while the network was away",
        place_kept="Your number is good, and your place counts from when you came",
        follow="Follow your place on your phone",
        free="The number is free. Do not buy a number from anyone.",
        reprint="Reprint – same place in line",
        training="TRAINING – this number is not called",
        appointment="Appointment {}",
        appointment_missed="You came outside its time; your place is from when you came",
        test="Test slip – not a number in line",
        priority={
            "age65": "Priority: aged 65 or over",
            "disability": "Priority: person with a disability",
            "infant": "Priority: pregnant or with an infant",
        },
    ),
}
