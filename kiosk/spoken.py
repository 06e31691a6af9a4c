"""What a kiosk says when it is asked to be heard: how to begin, and the number that was taken.

Nothing that somebody types is ever said aloud: others stand near.
"""

from core_services.link.citizen_frames import IssuedTicket
from drivers.voices import arabic_numbers, english_numbers
from drivers.voices.arabic import PROCLITIC
from drivers.voices.letters import ARABIC, ENGLISH
from drivers.voices.words import Clause, Language, Utterance, Word
from kiosk.state import Flow, touches
from kiosk.steps import Home, Number

WELCOME = {
    "ar": (
        "أَهْلًا بِيك",
        f"دُوس عَ ٱلزُّرَارِ ٱلْكِبِير وِ{PROCLITIC}خُد رَقَمَك",
        "لَوْ مِحْتَاج مُسَاعْدَة دُوس عَ ٱلزُّرَارِ ٱلْأَصْفَرِ ٱللِّي تَحْت",
    ),
    "en": (
        "welcome",
        "press the big button to take your number",
        "if you need help press the yellow button below",
    ),
}
CLOSED = {
    "ar": ("أَهْلًا بِيك", "مَا فِيش أَرْقَام دِلْوَقْتِي", "ٱسْأَلِ ٱلِٱسْتِقْبَال مِنْ فَضْلَك"),
    "en": ("welcome", "no numbers are given now", "please ask at reception"),
}
YOUR_NUMBER = {"ar": "رَقَمَك", "en": "your number is"}
THEN = {
    "ar": "تَابِعِ ٱلشَّاشَة وَٱسْمَعِ ٱلنِّدَاء",
    "en": "watch the screen and listen for the call",
}
TRAINING = {
    "ar": ("ٱلْجِهَازْ دَه لِلتَّدْرِيب", "خُد رَقَمَك مِنَ ٱلِٱسْتِقْبَال"),
    "en": ("this machine is for training", "please take your number at reception"),
}
"""Said before everything else, for whoever cannot see the band."""
HARF, LETTER = Word("letter", "حَرْف"), Word("letter", "letter")


def spoken(flow: Flow, *, is_training: bool = False) -> Utterance | None:
    """Return what is said of this moment, in its language; None where there is nothing to hear."""
    said = _of_this_moment(flow)
    if said is None or not is_training:
        return said
    before = tuple(_clause(text) for text in TRAINING[said.language])
    return Utterance(said.language, (*before, *said.clauses))


def _of_this_moment(flow: Flow) -> Utterance | None:
    language = flow.language
    match flow.step:
        case Home():
            words = WELCOME if "take" in touches(flow) else CLOSED
            return Utterance(language, tuple(_clause(text) for text in words[language]))
        case Number(ticket):
            label = _label(ticket, language)
            first: Clause = (Word("your-number", YOUR_NUMBER[language]), *label[0])
            return Utterance(language, (first, *label[1:], _clause(THEN[language])))
        case _:
            return None


def _label(ticket: IssuedTicket, language: Language) -> tuple[Clause, ...]:
    """Return a label's clauses: its letter by name, then its number."""
    count = arabic_numbers.number if language == "ar" else english_numbers.number
    number = count(ticket.number)
    if language == "ar":
        letter = ARABIC.get(ticket.display_label[:1])
        return (number,) if letter is None else ((HARF, letter), number)
    letter = ENGLISH.get(ticket.label[:1])
    return (number,) if letter is None else ((LETTER, letter), number)


def _clause(text: str) -> Clause:
    return (Word("sentence", text),)
