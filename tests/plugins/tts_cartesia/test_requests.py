"""What is sent for a request, by every transport; and what is refused before anything is."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from mixdown_kernel import ChecksRequests, Costly, Kind, Problem
from mixdown_kernel.testing.rendering import collect
from mixdown_kernel.testing.source import refusal
from mixdown_tts_cartesia.emotions import EMOTIONS, emotion_in
from mixdown_tts_cartesia.limits import LANGUAGES, MAX_TEXT
from mixdown_tts_cartesia.transcript import parts

from .conftest import OpenSonic, say
from .stand_in import VERSIONS, StandIn, voice_id
from .stand_in.rules import LANGUAGES as KNOWN
from .stand_in.state import DEFAULT_VOICE

RAW = {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 48000}


@pytest.mark.parametrize("version", VERSIONS)
async def test_every_version_is_spoken(
    sonic: OpenSonic, cartesia: StandIn, transport: str, version: str
) -> None:
    backend = await sonic(transport=transport, cartesia_version=version)
    text = "Hello, Mary."
    render = await collect(backend, say(text, voice=voice_id(2)))
    assert (render.audio.rate, render.audio.channels) == (48000, 1)
    assert render.audio.frames == round(0.06 * 48000) * len(text)
    (sent,) = cartesia.requests
    assert (sent["on"], sent["version"], sent["model_id"]) == (transport, version, "sonic-3")
    assert sent["output_format"] == RAW
    bare = version == "2026-08-14"
    assert sent["voice"] == ({"id": voice_id(2)} if bare else {"mode": "id", "id": voice_id(2)})


async def test_nothing_is_sent_that_was_not_asked_for(
    sonic: OpenSonic, cartesia: StandIn, transport: str
) -> None:
    await collect(await sonic(transport=transport), say())
    always = {"on", "version", "model_id", "transcript", "voice", "output_format"}
    own = {
        "bytes": set(),
        "sse": {"add_timestamps"},
        "websocket": {"add_timestamps", "context_id", "continue"},
    }
    assert set(cartesia.requests[0]) == always | own[transport]
    assert cartesia.requests[0]["voice"]["id"] == DEFAULT_VOICE


async def test_settings_and_parameters_make_the_generation_config(
    sonic: OpenSonic, cartesia: StandIn, transport: str
) -> None:
    backend = await sonic(
        transport=transport, speed=1.2, volume=1.5, emotion="calm", model="sonic-3-2026-01-12"
    )
    await collect(backend, say())
    await collect(backend, say(speed=0.75))
    await collect(backend, say(parameters={"speed": 0.8, "volume": 0.5, "emotion": "my own word"}, speed=1.5))
    assert [one["generation_config"] for one in cartesia.requests] == [
        {"speed": 1.2, "volume": 1.5, "emotion": "calm"},
        {"speed": 0.9, "volume": 1.5, "emotion": "calm"},
        {"speed": 1.2, "volume": 0.5, "emotion": "my own word"},
    ]
    assert {one["model_id"] for one in cartesia.requests} == {"sonic-3-2026-01-12"}


async def test_instructions_become_an_emotion(sonic: OpenSonic, cartesia: StandIn) -> None:
    backend = await sonic(emotion="neutral")
    asked = ("Speak sadly.", "Whisper.", None)
    for instructions in asked:
        await collect(backend, say(instructions=instructions))
    await collect(backend, say(instructions="Sad", parameters={"emotion": "proud"}))
    sent = [one["generation_config"]["emotion"] for one in cartesia.requests]
    assert sent == ["sad", "neutral", "neutral", "proud"]


@pytest.mark.parametrize(
    ("instructions", "emotion"),
    [
        ("Sound EXCITED!", "excited"),
        ("Cheerful and upbeat", "happy"),
        ("not angry, but determined", "determined"),
        ("don't sound sad", None),
        ("speak confidently", "confident"),
        ("a warm, friendly tone", "affectionate"),
        ("madder music", None),
        ("", None),
        (None, None),
    ],
)
def test_which_emotion_instructions_name(instructions: str | None, emotion: str | None) -> None:
    assert emotion_in(instructions) == emotion


def test_the_emotions_are_those_of_the_official_sdk() -> None:
    from typing import get_args

    from cartesia.types import emotion

    assert get_args(emotion.Emotion) == EMOTIONS
    assert len(EMOTIONS) == 58


def test_the_readme_names_them_all() -> None:
    readme = (Path(__file__).parents[3] / "plugins" / "tts_cartesia" / "README.md").read_text(
        encoding="utf-8"
    )
    section = readme.partition("## Emotions\n")[2].partition(";")[0]
    assert tuple(section.replace(",", " ").split()) == EMOTIONS


def test_the_languages_are_those_of_the_official_sdk() -> None:
    from typing import get_args

    from cartesia.types import supported_language

    assert get_args(supported_language._SupportedLanguage) == LANGUAGES
    assert set(LANGUAGES) == KNOWN


@pytest.mark.parametrize(
    ("tag", "sent"), [("en", "en"), ("pt-BR", "pt"), ("nb-NO", "no"), ("cmn", "zh"), ("zh_TW", "zh")]
)
async def test_languages(sonic: OpenSonic, cartesia: StandIn, tag: str, sent: str) -> None:
    await collect(await sonic(), say(language=tag))
    assert cartesia.requests[0]["language"] == sent


async def test_markup_and_control_characters_are_no_part_of_a_text(
    sonic: OpenSonic, cartesia: StandIn, transport: str
) -> None:
    text = 'Wait <break time="9s"/>\x00\x1b[2J\ud800 <<x>> here.'
    await collect(await sonic(transport=transport), say(text))
    (sent,) = cartesia.transcripts()
    assert not set(sent) & set("<>\x00\x1b\ud800")
    assert sent.startswith("Wait ")
    assert sent.endswith("here.")


@pytest.mark.parametrize("text", ["", "  ", "...", "—", "\u200b", "😀", "<>"])
async def test_what_says_nothing_costs_nothing(
    sonic: OpenSonic, cartesia: StandIn, transport: str, text: str
) -> None:
    render = await collect(await sonic(transport=transport), say(text))
    assert not render.chunks
    assert not cartesia.requests


@pytest.mark.parametrize(
    ("members", "kind", "code", "field"),
    [
        ({"text": "x" * (MAX_TEXT + 1)}, Kind.TOO_LARGE, "text_too_long", "text"),
        ({"voice": "alloy"}, Kind.NOT_FOUND, "unknown_voice", "voice"),
        ({"voice": "../../voices"}, Kind.NOT_FOUND, "unknown_voice", "voice"),
        ({"language": "tlh"}, Kind.UNSUPPORTED, "unsupported_language", "language"),
        ({"speed": 2.0}, Kind.UNSUPPORTED, "speed_out_of_reach", "speed"),
        (
            {"speed": 1.5, "parameters": {"speed": 1.2}},
            Kind.UNSUPPORTED,
            "speed_out_of_reach",
            "speed",
        ),
        ({"parameters": {"speed": 2}}, Kind.INVALID, "bad_parameter", "parameters.speed"),
        ({"parameters": {"volume": 0.4}}, Kind.INVALID, "bad_parameter", "parameters.volume"),
        ({"parameters": {"emotion": ""}}, Kind.INVALID, "bad_parameter", "parameters.emotion"),
        ({"parameters": {"emotion": 3}}, Kind.INVALID, "bad_parameter", "parameters.emotion"),
        ({"parameters": {"tempo": 3}}, Kind.INVALID, "bad_parameter", "parameters.tempo"),
        (
            {"parameters": {"pronunciation_dict_id": "other"}},
            Kind.INVALID,
            "unknown_pronunciation_dict",
            "parameters.pronunciation_dict_id",
        ),
    ],
    ids=str,
)
async def test_bad_input_costs_nothing(
    sonic: OpenSonic, cartesia: StandIn, members: dict[str, Any], kind: Kind, code: str, field: str
) -> None:
    backend = await sonic()
    request = say(**members)
    problem = await refusal(backend, request)
    assert (problem.kind, problem.code, problem.field) == (kind, code, field)
    with pytest.raises(Problem) as planned:
        backend.check(request)
    assert planned.value.code == code
    assert not cartesia.requests


async def test_dictionaries(sonic: OpenSonic, cartesia: StandIn, transport: str) -> None:
    for id_ in ("names", "drugs"):
        cartesia.dictionaries[id_] = {"id": id_, "items": [{"text": "Siobhan", "alias": "shiv on"}]}
    backend = await sonic(transport=transport, pronunciation_dicts=["names", "drugs"])
    for parameters in ({}, {"pronunciation_dict_id": "drugs"}, {"pronunciation_dict_id": ""}):
        await collect(backend, say(parameters=parameters))
    assert [one.get("pronunciation_dict_id") for one in cartesia.requests] == ["names", "drugs", None]


async def test_a_dictionary_that_is_not_there_keeps_the_backend_closed(sonic: OpenSonic) -> None:
    with pytest.raises(Problem) as raised:
        await sonic(pronunciation_dicts=["none"])
    assert (raised.value.kind, raised.value.code) == (Kind.UNAVAILABLE, "cartesia_missing")


async def test_its_work_is_done_elsewhere(sonic: OpenSonic) -> None:
    backend = await sonic()
    assert isinstance(backend, Costly)
    assert isinstance(backend, ChecksRequests)
    assert backend.cost(say()) == "remote"


# ------------------------------------------------------------ parts of a text


@pytest.mark.parametrize("longest", [20, 33, 80])
@pytest.mark.parametrize(
    "text",
    ["One, two; three. Four! " * 9, "word " * 40, "x" * 200, "汉字。" * 40, "a, " + "b" * 30 + " c", ""],
    ids=ascii,
)
def test_parts_join_to_the_text(text: str, longest: int) -> None:
    cut = parts(text, longest)
    assert "".join(cut) == text
    assert all(len(part) <= longest for part in cut)
    if " " in text and "b" * 30 not in text:
        assert not any(one[-1:].isalnum() and other[:1].isalnum() for one, other in pairwise(cut))


def test_parts_end_with_clauses_where_they_can() -> None:
    assert parts("We sailed home, and then we slept. Nobody saw us.", 40) == [
        "We sailed home, and then we slept. ",
        "Nobody saw us.",
    ]
