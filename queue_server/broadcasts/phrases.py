"""Ready messages to the hall, in the words of a careful civil servant; data only."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from queue_server.broadcasts.model import Kind


@dataclass(frozen=True, slots=True)
class Phrase:
    """One ready message."""

    code: str
    kind: Kind
    ar: str
    en: str
    minutes: int | None = None
    """How long it usually stands; None: until it is ended."""


_ALL: Final = (
    Phrase(
        "leave-hall",
        "emergency",
        "برجاء مغادرة الصالة بهدوء من أقرب مخرج، واتباع تعليمات الموظفين.",
        "Please leave the hall calmly by the nearest exit, and follow the staff.",
    ),
    Phrase(
        "stay-inside",
        "emergency",
        "برجاء البقاء داخل الصالة في هدوء، والابتعاد عن الأبواب، حتى يصدر تنبيه آخر.",
        "Please stay calmly inside the hall, away from the doors, until you are told otherwise.",
    ),
    Phrase(
        "make-way",
        "emergency",
        "برجاء إفساح الطريق لسيارة الإسعاف وللمسعفين. دوركم محفوظ.",
        "Please make way for the ambulance crew. Your place is kept.",
    ),
    Phrase(
        "prayer-now",
        "prayer",
        "يتوقف بعض الشبابيك لأداء الصلاة، وباقي الشبابيك تعمل، ودوركم محفوظ.",
        "Some windows pause for prayer. The others work, and your place is kept.",
        20,
    ),
    Phrase(
        "prayer-all",
        "prayer",
        "يتوقف العمل لأداء الصلاة ويعود بعدها مباشرة. دوركم محفوظ.",
        "Work pauses for prayer and goes on right after it. Your place is kept.",
        20,
    ),
    Phrase(
        "closing-soon",
        "closing",
        "توقّف حجز الأرقام اليوم، ومن معه رقم ستُقضى خدمته.",
        "No more numbers are given today. Whoever holds a number will be served.",
    ),
    Phrase(
        "closing-early",
        "closing",
        "ينتهي العمل اليوم قبل موعده. من لم يُنادَ عليه يحتفظ برقمه ويسأل الاستقبال.",
        "Work ends early today. If you are not called, keep your number and ask at reception.",
    ),
    Phrase(
        "system-down",
        "breakdown",
        "السيستم متوقف مؤقتًا، ونعمل على إعادته. دوركم محفوظ.",
        "The system is down for now and is being restored. Your place is kept.",
    ),
    Phrase(
        "power-down",
        "breakdown",
        "انقطعت الكهرباء عن بعض الأجهزة. تابعوا النداء الصوتي، ودوركم محفوظ.",
        "Some machines are without power. Follow the voice calls; your place is kept.",
    ),
    Phrase(
        "kiosk-down",
        "breakdown",
        "جهاز الأرقام متوقف مؤقتًا. خذوا أرقامكم من موظف الاستقبال.",
        "The number kiosk is out of order for now. Reception gives you your number.",
    ),
    Phrase(
        "have-papers-ready",
        "notice",
        "برجاء تجهيز أصل البطاقة وصورتها قبل الوصول إلى الشباك.",
        "Please have your ID card and a copy of it ready before you reach the window.",
        60,
    ),
    Phrase(
        "keep-quiet",
        "notice",
        "برجاء الهدوء ليسمع الجميع النداء.",
        "Please keep quiet so that everybody hears the calls.",
        15,
    ),
    Phrase(
        "lost-child",
        "notice",
        "طفل تائه عند الاستقبال. على ذويه التوجه إلى موظف الاستقبال.",
        "A lost child is at reception. Its family is asked to come to reception.",
        30,
    ),
    Phrase(
        "lost-papers",
        "notice",
        "عُثر على أوراق في الصالة. من فقد أوراقه يسأل الاستقبال.",
        "Papers were found in the hall. If they may be yours, ask at reception.",
        60,
    ),
)

PHRASES: Final = MappingProxyType({phrase.code: phrase for phrase in _ALL})
