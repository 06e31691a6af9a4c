"""The published rule of the queue, as one sentence made from the centre's own policy.

Within one queue nobody who arrived more than N minutes after you is called before you by call-next
at a window that is not priority first; N is the largest credit. Priority-first windows are named.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from core_services.l10n import digits


@dataclass(frozen=True, slots=True)
class FairnessSentence:
    """The rule in both languages, as it hangs on the wall."""

    ar: str
    en: str


def fairness_sentence(
    largest_credit_s: int, priority_first_windows: Sequence[int]
) -> FairnessSentence:
    """Return the sentence for that credit (seconds, rounded up to minutes) and those windows."""
    minutes = -(-largest_credit_s // 60)
    arabic = ["الأسبق حضورًا أولًا."]
    english = ["First come, first served."]
    if priority_first_windows:
        numbers = sorted(priority_first_windows)
        listed_ar = " و".join(str(number) for number in numbers)
        listed_en = " and ".join(str(number) for number in numbers)
        one = len(numbers) == 1
        arabic.append(
            f"{'شباك' if one else 'شبابيك'} {listed_ar} لكبار السن (٦٥ فأكثر) وذوي الإعاقة أولًا."
        )
        english.append(
            f"{'Window' if one else 'Windows'} {listed_en} {'serves' if one else 'serve'} people "
            "aged 65 and over and people with disabilities first."
        )
    if minutes:
        where_ar = "وفي باقي الشبابيك لا" if priority_first_windows else "لا"
        where_en = "At the other windows nobody" if priority_first_windows else "Nobody"
        arabic.append(f"{where_ar} يتقدّم عليك من حضر بعدك بأكثر من {minutes} دقيقة.")
        english.append(
            f"{where_en} who came more than {minutes} minutes after you goes before you."
        )
    return FairnessSentence(ar=digits(" ".join(arabic), "ar"), en=" ".join(english))
