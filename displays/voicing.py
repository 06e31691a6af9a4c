"""Puts the voice of one display together from its settings."""

from core_services.clock import Clock
from core_services.pulse import Pulse
from displays.recordings import Recordings
from displays.settings import DisplaySettings
from displays.speaker import Loudness, Speaker
from drivers.voices.clips import Clips
from drivers.voices.espeak import Espeak
from drivers.voices.voice import Voice


def clips_of(settings: DisplaySettings) -> Clips:
    """Return the folder of recordings."""
    return Clips(settings.voice_clips or settings.data_dir / "clips")


def voice_of(settings: DisplaySettings, clock: Clock) -> Voice:
    """Return the voice: recordings where there are some, then the speech program."""
    engine = Espeak(clock, settings.voice_program, settings.voice_words_a_minute)
    return Voice(clips=clips_of(settings), engine=engine)


def recordings_of(settings: DisplaySettings) -> Recordings:
    """Return the folder of spoken sentences."""
    return Recordings(settings.data_dir / "voice")


def speaker_of(
    settings: DisplaySettings, recordings: Recordings, clock: Clock, pulse: Pulse
) -> Speaker | None:
    """Return the owner of the voice; None where calls are not spoken."""
    return Speaker(voice_of(settings, clock), recordings, pulse) if settings.voice else None


def loudness_of(settings: DisplaySettings) -> Loudness:
    """Return how loud this part of the hall is."""
    return Loudness(
        usual=settings.volume,
        recall=settings.recall_volume,
        quiet=settings.quiet_volume,
        quiet_hours=settings.quiet(),
    )
