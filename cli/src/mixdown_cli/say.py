"""``mixdown say``: one request to ``/v1/audio/generate``, watched as a job, and its files fetched."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mixdown_cli.audio_file import FORMATS, STDOUT, check_folder, format_of, read_text
from mixdown_cli.output import note, print_json, print_table, progress
from mixdown_cli.target import Target, target_options

if TYPE_CHECKING:
    from mixdown_client import AsyncMixdown, DryRun, Generated, GenerateOptions, Job

CAPTIONS = ("srt", "vtt")
CANCEL_SECONDS = 15
FOLDER = click.Path(path_type=Path, file_okay=False)


@dataclass(frozen=True, slots=True)
class Files:
    """Where everything goes; None for what is not wanted. ``audio`` may be standard output."""

    audio: Path | None
    captions: Path | None
    tracks: Path | None
    stems: Path | None
    midi: Path | None


@click.command()
@click.argument("text")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="The file to write; - is standard output."
)
@click.option("--format", "format_", type=click.Choice(FORMATS), help="By the file's suffix if left out.")
@click.option("--bitrate", type=int, metavar="KBPS", help="Of mp3, opus and aac.")
@click.option("--voice", help="`mixdown voices` lists them.")
@click.option("--model", help="Pin a voice backend.")
@click.option("--language", metavar="TAG", help="Language of the text (BCP 47).")
@click.option("--speed", type=float, help="0.25 to 4; the pitch stays.")
@click.option(
    "--pronounce",
    metavar="WORD=SOUND",
    multiple=True,
    help="Say a word so: other words, or IPA between slashes (gif=/dʒɪf/).",
)
@click.option("--background", metavar="KIND", help="rain, cafe, city, fireplace, white_noise, …")
@click.option("--background-url", metavar="URL", help="A loop of your own instead.")
@click.option("--background-volume", type=float, metavar="PERCENT")
@click.option("--background-distance", type=float, metavar="PERCENT", help="Next to it to far away.")
@click.option("--background-brightness", type=float, metavar="PERCENT", help="Dull to bright.")
@click.option("--music", metavar="GENRE", help="lofi, ambient, …")
@click.option("--music-volume", type=float, metavar="PERCENT")
@click.option("--bpm", type=int, help="Of the music: 60 to 200.")
@click.option("--key", help="Of the music: C_minor, F#m, Bb major.")
@click.option("--intensity", type=float, metavar="PERCENT", help="Of the music.")
@click.option("--seed", type=int, help="Equal seeds make equal sound.")
@click.option("--loudness", type=float, metavar="LUFS", help="-16 unless told otherwise.")
@click.option("--tail", type=int, metavar="MS", help="How long the beds outlast the voice.")
@click.option("--captions", type=click.Path(path_type=Path), help="Also captions, as .srt or .vtt.")
@click.option(
    "--separate-tracks", type=FOLDER, help="Also voice.wav, background.wav and music.wav, into a folder."
)
@click.option("--stems", type=FOLDER, help="Also each instrument group of the music, into a folder.")
@click.option("--midi", type=click.Path(path_type=Path), help="Also the notes of the music, as a MIDI file.")
@click.option("--dry-run", is_flag=True, help="Check and estimate; make no sound.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole answer as JSON.")
@target_options
def say(
    target: Target,
    text: str,
    output: Path | None,
    format_: str | None,
    captions: Path | None,
    separate_tracks: Path | None,
    stems: Path | None,
    midi: Path | None,
    dry_run: bool,
    as_json: bool,
    **asked: Any,
) -> None:
    """Speak a text over ambience and music.

    TEXT may be SSML; - reads it from standard input.

    \b
    mixdown say "It's a rainy day" -o rainy.mp3 --background rain --music lofi
    """
    files = Files(output, captions, separate_tracks, stems, midi)
    _check(files, asked, dry_run=dry_run, as_json=as_json)
    options = _options(files, format_, asked)
    text = read_text(text, "TEXT")
    if not text:
        raise click.UsageError("There is no text to speak.")
    asyncio.run(
        _plan(target, text, options, as_json) if dry_run else _say(target, text, options, files, as_json)
    )


def _check(files: Files, asked: dict[str, Any], *, dry_run: bool, as_json: bool) -> None:
    if files.audio is None and not dry_run:
        raise click.UsageError("Name the file to write: -o out.mp3, or -o - for standard output.")
    if files.audio == STDOUT and as_json:
        raise click.UsageError("Standard output takes the audio or the JSON, not both.")
    if files.captions and files.captions.suffix.lower().lstrip(".") not in CAPTIONS:
        raise click.UsageError("Captions are .srt or .vtt files.")
    of_background = ("background_volume", "background_distance", "background_brightness")
    has_background = asked["background"] or asked["background_url"]
    if not has_background and (extra := [name for name in of_background if asked[name] is not None]):
        raise click.UsageError(f"--{extra[0].replace('_', '-')} needs a --background.")
    of_music = ("music_volume", "bpm", "key", "intensity")
    if not asked["music"] and (extra := [name for name in of_music if asked[name] is not None]):
        raise click.UsageError(f"--{extra[0].replace('_', '-')} needs --music.")
    if files.stems and not asked["music"]:
        raise click.UsageError("--stems needs --music.")
    if files.midi and not asked["music"]:
        raise click.UsageError("--midi needs --music.")
    for path in (files.audio, files.captions, files.midi):
        if path:
            check_folder(path)


def _options(files: Files, format_: str | None, asked: dict[str, Any]) -> GenerateOptions:
    output = {
        "format": format_of(files.audio, format_) if files.audio else format_,
        "bitrate_kbps": asked["bitrate"],
        "loudness": asked["loudness"],
        "tail_ms": asked["tail"],
        "captions": files.captions.suffix.lower().lstrip(".") if files.captions else None,
        "separate_tracks": bool(files.tracks),
    }
    background = {
        "type": asked["background"],
        "custom_audio_url": asked["background_url"],
        "volume": asked["background_volume"],
        "distance": asked["background_distance"],
        "brightness": asked["background_brightness"],
    }
    music = {
        "genre": asked["music"],
        "volume": asked["music_volume"],
        "bpm": asked["bpm"],
        "key": asked["key"],
        "intensity": asked["intensity"],
    }
    options: dict[str, Any] = {name: asked[name] for name in ("voice", "model", "language", "speed", "seed")}
    options |= {"output": _given(output), "background": _given(background), "music": _given(music)}
    options["lexicon"] = dict(_pronunciation(entry) for entry in asked["pronounce"])
    if files.stems:
        options["music"]["stems"] = True
    if files.midi:
        options["music"]["midi"] = True
    return {name: value for name, value in options.items() if value not in (None, {})}  # type: ignore[return-value]


def _pronunciation(entry: str) -> tuple[str, str]:
    word, equals, sound = entry.partition("=")
    if not (word.strip() and equals and sound.strip()):
        raise click.UsageError(f"--pronounce takes WORD=SOUND, not {entry!r}.")
    return word.strip(), sound.strip()


def _given(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


async def _plan(target: Target, text: str, options: GenerateOptions, as_json: bool) -> None:
    from mixdown_cli.connection import connect

    async with connect(target) as client:
        plan: DryRun = await client.dry_run(text, **options)
    if as_json:
        print_json(plan.model_dump(mode="json"))
        return
    note(f"About {plan.estimated_duration_ms / 1000:.1f} s, seed {plan.seed}; no sound was made.")
    print_table(("layer", "backend"), [(one["id"], ", ".join(_backends(one))) for one in plan.layers])


def _backends(layer: dict[str, Any]) -> list[str]:
    """In the order of fallback; a voice may have several."""
    return list(layer.get("backends") or [layer.get("backend", "")])


async def _say(target: Target, text: str, options: GenerateOptions, files: Files, as_json: bool) -> None:
    from mixdown_cli.connection import connect

    async with connect(target) as client:
        made = await _generate(client, text, options)
        written = await _fetch(client, made, files)
    if as_json:
        print_json(
            {"files": [str(path) for path in written], **made.model_dump(mode="json", exclude_none=True)}
        )
        return
    for remark in made.notices:
        note(f"Note: {remark.get('message') or remark}")
    seed = made.receipt.get("seed")
    named = ", ".join(str(path) for path in written) or "standard output"
    note(f"{named}: {made.duration_ms / 1000:.1f} s{f', seed {seed}' if seed is not None else ''}")


async def _generate(client: AsyncMixdown, text: str, options: GenerateOptions) -> Generated:
    """As a job, so that its progress shows; whoever interrupts us ends it."""
    with progress("Rendering") as show:

        def on_progress(job: Job) -> None:
            show(job.progress.done, job.progress.total)

        submitting = asyncio.ensure_future(client.submit(text, **options))
        try:
            job = await asyncio.shield(submitting)
            job = await client.jobs.wait(job.id, on_progress)
        except asyncio.CancelledError:
            await _end(client, submitting)
            raise
    return job.generated()


async def _end(client: AsyncMixdown, submitting: asyncio.Future[Job]) -> None:
    """Cancel the job, also one whose answer is still on its way: left alone, the next process would resume it."""
    from mixdown_client import MixdownError

    with suppress(MixdownError, TimeoutError):
        async with asyncio.timeout(CANCEL_SECONDS):
            job = await submitting
            await client.jobs.cancel(job.id)
            await client.jobs.wait(job.id)


async def _fetch(client: AsyncMixdown, made: Generated, files: Files) -> list[Path]:
    """Every file that was asked for; those that have names."""
    written = []
    for path, url in _downloads(made, files).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        written.append(await client.download(url, path))
    if files.audio == STDOUT:
        audio = await client.fetch(made.audio_url)
        await asyncio.to_thread(sys.stdout.buffer.write, audio)
        sys.stdout.buffer.flush()
    return written


def _downloads(made: Generated, files: Files) -> dict[Path, str]:
    wanted: dict[Path, str] = {}
    if files.audio and files.audio != STDOUT:
        wanted[files.audio] = made.audio_url
    if files.captions and made.captions:
        wanted[files.captions] = made.captions.url
    if files.tracks:
        for name in ("voice", "background", "music"):
            component = getattr(made.components, name)
            if component and component.url:
                wanted[files.tracks / f"{name}.wav"] = component.url
    if files.stems and made.components.music:
        for name, url in (made.components.music.stems or {}).items():
            wanted[files.stems / f"{Path(name).name}.wav"] = url
    if files.midi and made.components.music and made.components.music.midi_url:
        wanted[files.midi] = made.components.music.midi_url
    return wanted
