"""What people are told who may miss their call: slip, screens, phone and wall say the same."""

from typing import Final

from core_services.l10n import Language, minutes_words

NO_RETURN_MIN: Final = 0
"""Nobody is taken back into line."""
WHOLE_DAY_MIN: Final = 24 * 60
"""Reception takes them back for as long as the business day lasts."""


def missed_call_words(return_within_min: int, language: Language) -> str:
    """Say what whoever missed a call does; `return_within_min` as the link's frames have it.

    The text has no full stop: a slip's line ends without one.
    """
    arabic = language == "ar"
    if return_within_min <= NO_RETURN_MIN:
        if arabic:
            return "لو فاتك النداء خُذ رقمًا جديدًا"
        return "If you miss your call, take a new number"
    if return_within_min >= WHOLE_DAY_MIN:
        if arabic:
            return "لو فاتك النداء كلّم الاستقبال في نفس اليوم"
        return "If you miss your call, speak to reception on the same day"
    within = minutes_words(return_within_min, language)
    if arabic:
        return f"لو فاتك النداء كلّم الاستقبال قبل {within}"
    return f"If you miss your call, speak to reception within {within}"
