"""`shubbak-display voice`: hear a call, list and check recordings, record what is missing."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from core_services.clock import SystemClock
from core_services.settings import SettingsError, load_settings, settings_file
from displays import recorder
from displays.board import Call
from displays.settings import PROGRAM, DisplaySettings
from displays.spoken import ARABIC_LETTERS, call_words
from displays.voicing import clips_of, voice_of
from drivers.errors import VoiceFailed
from drivers.voices.clips import Clips
from drivers.voices.sound import write_wav
from drivers.voices.words import Language

app = typer.Typer(help="The hall screen's voice.", no_args_is_help=True, add_completion=False)

Config = Annotated[Path | None, typer.Option(help="The settings file, `display.toml`.")]
Folder = Annotated[Path | None, typer.Option(help="The folder of recordings.")]
Tongue = Annotated[str, typer.Option("--language", help="`ar` or `en`.")]


@app.command()
def say(
    label: Annotated[str, typer.Argument(help="A number as `142` or `A101`.")],
    window: Annotated[int, typer.Argument(min=1, max=99)],
    output: Annotated[Path, typer.Option(help="The WAV file to write.")] = Path("call.wav"),
    recall: Annotated[int, typer.Option(min=0, help="1: second call, 2: last call.")] = 0,
    hurried: Annotated[bool, typer.Option(help="In few words, as when others wait.")] = False,
    english: Annotated[bool, typer.Option(help="As for a number taken in English.")] = False,
    config: Config = None,
    clips: Folder = None,
) -> None:
    """Say one call into a file."""
    settings = _settings(config, clips)
    shown = f"{ARABIC_LETTERS.get(label[:1], '')}-{label[1:]}" if not label[:1].isdigit() else label
    call = Call(0, label, shown, window, recall, "en" if english else "ar")
    utterances = call_words(call, hurried=hurried)
    if not utterances:
        typer.echo(f"{label!r} is no label of a number.", err=True)
        raise typer.Exit(2)
    voice = voice_of(settings, SystemClock())
    try:
        spoken = asyncio.run(voice.say(utterances))
        output.write_bytes(write_wav(spoken.sound))
    except (VoiceFailed, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    finally:
        voice.close()
    for utterance, who in zip(utterances, spoken.by, strict=True):
        means = "recordings" if who == "clips" else settings.voice_program
        typer.echo(f"{means}: {utterance.text}")
    typer.echo(f"{spoken.sound.duration_s:.1f} s in {output}")


@app.command()
def missing(language: Tongue = "ar", config: Config = None, clips: Folder = None) -> None:
    """List the words without a recording; ends with 1 if there are some."""
    tongue = _tongue(language)
    found = recorder.missing(_clips(config, clips), tongue)
    for word in found:
        typer.echo(f"{tongue}/{word.clip}.wav\t{recorder.shown(word)}")
    if found:
        raise typer.Exit(1)


@app.command()
def check(language: Tongue = "ar", config: Config = None, clips: Folder = None) -> None:
    """Name the recordings that will not do; ends with 1 if there are some."""
    found = list(recorder.faults(_clips(config, clips), _tongue(language)))
    for fault in found:
        typer.echo(f"{fault.name}\t{fault.reason}")
    if found:
        raise typer.Exit(1)


@app.command()
def record(
    language: Tongue = "ar",
    folder: Annotated[
        Path | None,
        typer.Option("--from", help="Take the files of this folder instead of a microphone."),
    ] = None,
    program: Annotated[str, typer.Option(help="A program that records as arecord.")] = "arecord",
    seconds: Annotated[int, typer.Option(min=1, max=10, help="Of each word.")] = recorder.TAKE_S,
    config: Config = None,
    clips: Folder = None,
) -> None:
    """Record the missing words one after another, each until it will do."""
    tongue, kept = _tongue(language), _clips(config, clips)
    if folder is not None:
        count, refused = recorder.take_in(kept, tongue, folder)
        for fault in refused:
            typer.echo(f"{fault.name}\t{fault.reason}")
    else:
        typer.echo("Enter: record. s, Enter: skip. q, Enter: end.")
        session = recorder.Session(
            kept,
            tongue,
            record=lambda: recorder.take(program, seconds),
            ask=lambda line: str(typer.prompt(line, default="", show_default=False)),
            tell=typer.echo,
        )
        refused = ()
        try:
            count = session.run()
        except (VoiceFailed, OSError) as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(1) from None
    left = len(recorder.missing(kept, tongue))
    typer.echo(f"Recorded: {count}. Still missing: {left}.")
    if refused:
        raise typer.Exit(1)


def _settings(config: Path | None, clips: Path | None) -> DisplaySettings:
    try:
        return load_settings(DisplaySettings, settings_file(PROGRAM, config), voice_clips=clips)
    except SettingsError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None


def _clips(config: Path | None, clips: Path | None) -> Clips:
    return clips_of(_settings(config, clips))


def _tongue(language: str) -> Language:
    match language:
        case "ar" | "en":
            return language
        case _:
            raise typer.BadParameter("write ar or en", param_hint="--language")
