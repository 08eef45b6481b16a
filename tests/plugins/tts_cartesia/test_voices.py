"""Voices of the account: listed page by page, found by id, cloned."""

from __future__ import annotations

import pytest

from mixdown_kernel import Kind, Problem, ResolvesVoices
from mixdown_kernel.testing.rendering import collect

from .conftest import OpenSonic, say
from .stand_in import KEY, VERSIONS, StandIn, voice_id
from .stand_in.state import DEFAULT_VOICE

CLIP = b"RIFF\x24\0\0\0WAVEfmt "


@pytest.mark.parametrize("version", VERSIONS)
async def test_all_pages_in_every_version(sonic: OpenSonic, cartesia: StandIn, version: str) -> None:
    backend = await sonic(cartesia_version=version)
    voices = await backend.voices()
    assert {voice.id for voice in voices} == set(cartesia.voices)
    assert voices[0].id == DEFAULT_VOICE
    assert len(cartesia.calls) == (1 if version == VERSIONS[0] else 3)
    await backend.voices()
    assert len(cartesia.calls) <= 3, "asked once"
    british = next(voice for voice in voices if voice.id == voice_id(3))
    assert british.language == ("en-GB" if version == "2026-08-14" else "en")
    assert (british.name, british.gender, british.tags) == ("Voice 3", "female", ("cloud", "public"))


async def test_a_default_voice_of_ones_own(sonic: OpenSonic, cartesia: StandIn) -> None:
    backend = await sonic(voice=voice_id(9))
    assert (await backend.voices())[0].id == voice_id(9)
    await collect(backend, say())
    assert cartesia.requests[0]["voice"]["id"] == voice_id(9)


async def test_a_default_voice_that_is_not_listed_is_there_all_the_same(
    sonic: OpenSonic, cartesia: StandIn
) -> None:
    del cartesia.voices[DEFAULT_VOICE]
    voices = await (await sonic()).voices()
    assert (voices[0].id, len(voices)) == (DEFAULT_VOICE, 221)


async def test_any_id_is_a_voice_and_a_name_is_none(sonic: OpenSonic) -> None:
    backend = await sonic()
    assert isinstance(backend, ResolvesVoices)
    found = backend.resolve_voice(voice_id(5000))
    assert found is not None
    assert found.id == voice_id(5000)
    for name in ("alloy", "", "en-us", voice_id(1) + "/../x", voice_id(1) + "\n"):
        assert backend.resolve_voice(name) is None


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_list_is_asked_for_again(sonic: OpenSonic, cartesia: StandIn, status: int) -> None:
    cartesia.list_faults.extend([status, status])
    assert len(await (await sonic()).voices()) == 221
    assert len(cartesia.calls) == 5


async def test_a_list_that_cannot_be_had_costs_nothing_and_speech_goes_on(
    sonic: OpenSonic, cartesia: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = await sonic(retries=0)
    cartesia.list_faults.append(500)
    with pytest.raises(Problem) as raised:
        await backend.voices()
    assert raised.value.kind is Kind.UPSTREAM
    assert "charged" not in str(raised.value.hint)
    with pytest.raises(Problem):
        await backend.voices()
    assert len(cartesia.calls) == 1, "for a while it is not asked for again"
    assert (await collect(backend, say())).audio.frames
    monkeypatch.setattr(backend, "_list_again", 0)
    assert len(await backend.voices()) == 221


async def test_a_clone_speaks(sonic: OpenSonic, cartesia: StandIn) -> None:
    backend = await sonic()
    await backend.voices()
    voice = await backend.clone_clip(CLIP, name=" Me ", language="de-DE", description="Myself")
    assert (voice.name, voice.language, voice.tags) == ("Me", "de-AT", ("cloud", "private"))
    assert voice in await backend.voices()
    await collect(backend, say(voice=voice.id))
    assert cartesia.requests[0]["voice"]["id"] == voice.id


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"clip": b""}, "bad_clip"),
        ({"clip": b"R" * ((32 << 20) + 1)}, "bad_clip"),
        ({"name": "  "}, "bad_voice_name"),
        ({"name": "x" * 201}, "bad_voice_name"),
        ({"language": "tlh"}, "unsupported_language"),
    ],
    ids=["empty", "large", "nameless", "long", "klingon"],
)
async def test_a_clone_that_cannot_be_is_not_asked_for(
    sonic: OpenSonic, cartesia: StandIn, members: dict[str, object], code: str
) -> None:
    asked = {"clip": CLIP, "name": "Me", "language": "en", **members}
    clip = asked.pop("clip")
    with pytest.raises(Problem) as raised:
        await (await sonic()).clone_clip(clip, **asked)
    assert raised.value.code == code
    assert not cartesia.calls


async def test_a_clone_is_asked_for_again_only_where_none_was_made(
    sonic: OpenSonic, cartesia: StandIn
) -> None:
    backend = await sonic()
    cartesia.list_faults.append(429)
    assert (await backend.clone_clip(CLIP, name="Me", language="en")).id
    assert len(cartesia.calls) == 2
    cartesia.list_faults.append(500)
    with pytest.raises(Problem) as raised:
        await backend.clone_clip(CLIP, name="Me", language="en")
    assert "charged" in str(raised.value.hint)
    assert len(cartesia.calls) == 3


async def test_a_clip_that_the_service_cannot_read(sonic: OpenSonic) -> None:
    with pytest.raises(Problem) as raised:
        await (await sonic()).clone_clip(b"no sound", name="Me", language="en")
    assert (raised.value.kind, raised.value.code) == (Kind.INVALID, "cartesia_refused")
    assert "Invalid clip" in raised.value.message
    assert KEY not in repr(raised.value)
