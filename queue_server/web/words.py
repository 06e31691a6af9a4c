"""A sentence in both languages, kept side by side where it is raised."""

from dataclasses import dataclass

from core_services.l10n import Language


@dataclass(frozen=True, slots=True)
class Words:
    """What is said in Arabic and what is said in English."""

    ar: str
    en: str

    def say(self, language: Language) -> str:
        """Return the text in that language."""
        return self.ar if language == "ar" else self.en
