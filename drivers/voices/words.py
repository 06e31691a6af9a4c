"""What a voice is asked to say: words in clauses, each word with its text and its clip."""

from dataclasses import dataclass
from typing import Literal

Language = Literal["ar", "en"]

PAUSES = {"ar": "، ", "en": ", "}
"""What stands between two clauses where they are written."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word, or a few that are always said together: what one recording holds."""

    clip: str
    """The recording's name without language and ending: `and-40`."""
    text: str
    """As it is said: Arabic fully vowelled, in the form it has before a pause."""


Clause = tuple[Word, ...]
"""Words said in one breath."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """Clauses of one language, with a short pause between them."""

    language: Language
    clauses: tuple[Clause, ...]
    hurried: bool = False
    """Others wait: say it faster."""

    @property
    def words(self) -> tuple[Word, ...]:
        """Every word, in order."""
        return tuple(word for clause in self.clauses for word in clause)

    @property
    def text(self) -> str:
        """The whole as it is written, for people and for names of files."""
        clauses = (" ".join(word.text for word in clause) for clause in self.clauses)
        return PAUSES[self.language].join(clauses)
