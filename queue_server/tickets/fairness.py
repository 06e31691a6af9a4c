"""The published rule of the queue, as one sentence made from the centre's own policy.

Within one queue nobody who arrived more than N minutes after you is called before you by call-next
at a window that is not priority first; N is the larger of the largest credit, the credit of a
return and the grace of a late appointment, never their sum. Priority-first windows are named.
`replay.Rules.bound_s` is the same N, and a property test holds the sentence for any arrival order.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from core_services.l10n import digits, plural


@dataclass(frozen=True, slots=True)
class FairnessSentence:
    """The rule in both languages, as it hangs on the wall."""

    ar: str
    en: str
    windows: tuple[int, ...] = ()
    """The windows that it names as priority first."""
    lines: tuple[tuple[str, str], ...] = ()
    """The same sentence by sentence, each short enough for the hall screen's one line of news."""


def fairness_sentence(bound_s: int, priority_first_windows: Sequence[int]) -> FairnessSentence:
    """Return the sentence for that bound (seconds, rounded up to minutes) and those windows."""
    minutes = -(-bound_s // 60)
    windows = sorted(priority_first_windows)
    arabic = ["الأسبق حضورًا أولًا."]
    english = ["First come, first served."]
    if windows:
        name = plural(len(windows), "شبابيك", "شباك", "شباكا", "شبابيك", "شبابيك", "شبابيك")
        listed = " و".join(str(number) for number in windows)
        arabic.append(f"{name} {listed} لكبار السن (٦٥ فأكثر) وذوي الإعاقة أولًا.")
        english.append(
            f"{plural(len(windows), 'Window', 'Windows')} {_listed(windows)} "
            f"{plural(len(windows), 'serves', 'serve')} people aged 65 and over and people with "
            "disabilities first."
        )
    if minutes:
        where_ar = "وفي باقي الشبابيك لا" if windows else "لا"
        where_en = "At the other windows nobody" if windows else "Nobody"
        arabic.append(f"{where_ar} يتقدّم عليك من حضر بعدك بأكثر من {_minutes_ar(minutes)}.")
        english.append(
            f"{where_en} who came more than {minutes} {plural(minutes, 'minute', 'minutes')} "
            "after you goes before you."
        )
    lines = tuple((digits(ar, "ar"), en) for ar, en in zip(arabic, english, strict=True))
    return FairnessSentence(
        ar=" ".join(ar for ar, _ in lines),
        en=" ".join(en for _, en in lines),
        windows=tuple(windows),
        lines=lines,
    )


def _minutes_ar(minutes: int) -> str:
    many = f"{minutes} دقيقة"
    return plural(minutes, many, "دقيقة", "دقيقتين", f"{minutes} دقائق", many, many)


def _listed(numbers: Sequence[int]) -> str:
    *first, last = map(str, numbers)
    return f"{', '.join(first)} and {last}" if first else last
