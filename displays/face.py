"""Says in a language what stands on the glass: the one message that the agent sends to its page."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from pydantic import BaseModel, ConfigDict

from core_services.l10n import Language, Messages, digits, format_time, wait_words
from core_services.link.message_frames import BoardMessage
from displays.audience import Alert, Cue, Sounding
from displays.board import Call, Glass


class _Out(BaseModel):
    model_config = ConfigDict(frozen=True)


class CallFace(_Out):
    """A call, in words and digits of one language."""

    id: int
    label: str
    letters: bool
    """The label has a letter, which stands higher or lower than digits: it is set smaller."""
    window: str
    again: str | None
    """«نداء ثانٍ», «النداء الأخير»; None for a first call."""


class VoiceFace(_Out):
    """The words of the current call, which this page is to speak once."""

    call: int
    url: str
    duration_ms: int
    volume: int
    """In per cent."""


class AlertFace(_Out):
    """An emergency is to be heard once more: a chime, and words where there are any."""

    id: int
    url: str | None
    duration_ms: int
    volume: int
    """In per cent."""


class EmergencyFace(_Out):
    """It stands over everything else, in both languages whatever the page's is."""

    title_ar: str
    title_en: str
    text_ar: str
    text_en: str
    calls: bool
    """Calls go on: the current one stands below it."""


class Face(_Out):
    """The whole page; the latest wins."""

    version: str
    """Of the page's own files: a page that is older loads itself again."""
    centre: str
    time: str
    wait: str | None
    current: CallFace | None
    previous: list[CallFace]
    news: str | None
    stale: bool
    ring: bool
    """The current call is new: pulse and sound the chime, once for this message."""
    hurried: bool = False
    """With a short chime, since others wait."""
    voice: VoiceFace | None = None
    """Stays until the page says that the words were heard, or could not be."""
    emergency: EmergencyFace | None = None
    alert: AlertFace | None = None
    fault: str | None = None
    """Why the server is not believed, for whoever is called to help."""
    training: str | None = None
    """What the glass of a centre to learn on says of itself; it sounds nothing then."""
    messages: list[str] = []
    """The messages of people that stand on this glass: the page says once that each does."""


@dataclass(frozen=True, slots=True)
class FacePainter:
    """Makes faces from glasses."""

    messages: Messages
    version: str

    def face(
        self,
        glass: Glass,
        language: Language,
        *,
        now: datetime,
        sounding: Sounding,
    ) -> Face:
        """Say `glass` in `language`; `now` is local and used while the server's time is unknown."""
        wait = None
        if glass.wait is not None:
            words = wait_words(glass.wait.low_s, glass.wait.high_s, language)
            wait = self.messages.gettext(language, "Wait: {wait}").format(wait=words)
        return Face(
            version=self.version,
            centre=_centre(glass, language),
            time=format_time(glass.time or now, language),
            wait=wait,
            current=None if glass.current is None else self._call(glass.current, language),
            previous=[self._call(call, language) for call in glass.previous],
            news=_news(glass, language),
            stale=glass.stale,
            fault=self._fault(glass, language),
            ring=sounding.ring is not None,
            hurried=sounding.hurried,
            voice=None if sounding.cue is None else _voice(sounding.cue),
            emergency=None if glass.emergency is None else self._emergency(glass.emergency),
            alert=None if sounding.alert is None else _alert(sounding.alert),
            training=self._training(language) if glass.is_training else None,
            messages=[str(each) for each in glass.shown],
        )

    def _training(self, language: Language) -> str:
        return self.messages.gettext(language, "Training – nobody is called by this screen.")

    def _emergency(self, message: BoardMessage) -> EmergencyFace:
        return EmergencyFace(
            title_ar=self.messages.gettext("ar", "Emergency"),
            title_en=self.messages.gettext("en", "Emergency"),
            text_ar=digits(message.text_ar, "ar"),
            text_en=message.text_en,
            calls=message.calls_go_on,
        )

    def _fault(self, glass: Glass, language: Language) -> str | None:
        _ = partial(self.messages.gettext, language)
        match glass.fault:
            case None:
                return None
            case "wrong_certificate":
                return _("The server's certificate is not the centre's: pair this screen again.")
            case "certificate_expired":
                return _("The server's certificate has ended: renew it on the server.")
            case "wrong_name":
                return _("The server's certificate is not for the address set up here.")
            case "clock_off":
                return _("The clock of this screen, or of the server, is wrong.")
            case "server_without_tls":
                return _("The server does not speak TLS at the address set up here.")

    def _call(self, call: Call, language: Language) -> CallFace:
        label = digits(call.display_label, "ar") if language == "ar" else call.label
        again = None
        if call.recall:
            again = self.messages.gettext(
                language, "Second call" if call.recall == 1 else "Last call"
            )
        return CallFace(
            id=call.id,
            label=label,
            letters=not label.isdecimal(),
            window=digits(str(call.window), language),
            again=again,
        )


def _voice(cue: Cue) -> VoiceFace:
    return VoiceFace(
        call=cue.call_id,
        url=f"/voice/{cue.recording}.wav",
        duration_ms=round(cue.duration_s * 1000),
        volume=cue.volume,
    )


def _alert(alert: Alert) -> AlertFace:
    return AlertFace(
        id=alert.id,
        url=None if alert.recording is None else f"/voice/{alert.recording}.wav",
        duration_ms=round(alert.duration_s * 1000),
        volume=alert.volume,
    )


def _centre(glass: Glass, language: Language) -> str:
    centre = glass.centre
    if centre is None:
        return ""
    if language == "ar":
        name, place = centre.name_ar, centre.short_ar
    else:
        name, place = centre.name_en, centre.short_en
    return name if place in name else f"{name} · {place}"


def _news(glass: Glass, language: Language) -> str | None:
    if glass.news is None:
        return None
    if language == "ar":
        return digits(glass.news.text_ar, "ar")
    return glass.news.text_en or glass.news.text_ar
