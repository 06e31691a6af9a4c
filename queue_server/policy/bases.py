"""Texts that may allow the credits, for a first draft; nothing publishes them by itself.

They name laws on the rights of those people; in neither was an article seen that sets minutes of a
queue. How many there are, and what allows them, is for the centre to say.
"""

from typing import Final, Literal

from queue_server.policy.body import Credit, Credits

_BASES: Final = {
    "age65": (
        "قانون رعاية حقوق المسنين رقم ١٩ لسنة ٢٠٢٤",
        "Law 19 of 2024 on the rights of the elderly",
    ),
    "disability": (
        "قانون حقوق الأشخاص ذوي الإعاقة رقم ١٠ لسنة ٢٠١٨",
        "Law 10 of 2018 on the rights of persons with disabilities",
    ),
    "infant": ("العرف الجاري في المركز", "The centre's custom"),
}


def with_suggested_bases(credits: Credits) -> Credits:
    """Return the same credits, those without a basis with one that a centre may take."""

    def of(name: Literal["age65", "disability", "infant"]) -> Credit:
        credit: Credit = getattr(credits, name)
        arabic, english = _BASES[name]
        return credit.model_copy(
            update={
                "basis_ar": credit.basis_ar or arabic,
                "basis_en": credit.basis_en or english,
            }
        )

    return Credits(age65=of("age65"), disability=of("disability"), infant=of("infant"))
