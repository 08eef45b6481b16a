"""What is sent, what comes back, and what every answer of the hosted API means to a caller."""

from __future__ import annotations

import asyncio
import hashlib

import numpy as np
import pytest

from mixdown_kernel import Audio, Costly, Kind, MusicRequest, Problem, to_frames
from mixdown_kernel.assets import Assets
from mixdown_kernel.testing import opening
from mixdown_kernel.testing.rendering import collect

from .conftest import STABLE_AUDIO
from .stand_in import KEY, RATE

ASYNCHRONOUS = {"model": "stable-audio-3"}


def piece(**members):
    return MusicRequest(**{"genre": "jazz", "duration_ms": 2500, "seed": 7, **members})


async def refused(backend, request):
    with pytest.raises(Problem) as raised:
        await collect(backend, request)
    problem = raised.value
    told = f"{problem!r} {problem.message} {problem.hint} {problem.details} {problem.__cause__!r}"
    assert KEY not in told
    return problem


@pytest.mark.parametrize(
    ("settings", "folder", "longest_ms"),
    [
        ({"model": "stable-audio-2", "steps": 40}, "stable-audio-2", 190_000),
        ({"model": "stable-audio-2.5", "steps": 4, "cfg_scale": 2.5}, "stable-audio-2", 190_000),
        (ASYNCHRONOUS, "stable-audio", 380_000),
    ],
)
async def test_every_version_makes_a_piece_of_exactly_the_length(
    stable_audio, hosted, settings, folder, longest_ms
):
    backend = await stable_audio(**settings)
    audio = (await collect(backend, piece(duration_ms=2345))).audio
    assert (audio.rate, audio.channels, audio.frames) == (RATE, 2, to_frames(2345, RATE))
    (post,) = hosted.posts
    assert (post["folder"], post["model"], post["duration"]) == (folder, settings["model"], "3")
    assert post.get("steps") == (str(settings["steps"]) if "steps" in settings else None)
    backend.check(piece(duration_ms=longest_ms))
    problem = await refused(backend, piece(duration_ms=longest_ms + 1))
    assert (problem.kind, problem.code) == (Kind.UNSUPPORTED, "piece_too_long")
    assert len(hosted.posts) == 1


async def test_tempo_key_and_energy_go_into_the_prompt(stable_audio, hosted):
    backend = await stable_audio()
    await collect(backend, piece(bpm=90, key="C_minor", intensity=0.9))
    await collect(backend, piece(prompt="epic battle music", genre=None, key="F#_major"))
    await collect(backend, piece(prompt="late at night"))
    await collect(backend, piece(genre=None))
    assert "jazz" in hosted.posts[0]["prompt"]
    assert "90 BPM, in C minor, intense" in hosted.posts[0]["prompt"]
    assert hosted.posts[1]["prompt"] == "epic battle music, in F# major"
    assert hosted.posts[2]["prompt"].startswith("late at night, jazz trio")
    assert "lo-fi" in hosted.posts[3]["prompt"]


async def test_the_seed_is_sent_and_never_the_one_that_means_draw_one(stable_audio, hosted):
    backend = await stable_audio()
    for seed in (0, 1, 2**32 - 1):
        await collect(backend, piece(seed=seed))
    assert all(0 < int(post["seed"]) <= 4_294_967_294 for post in hosted.posts)
    assert len({post["seed"] for post in hosted.posts}) >= 2


@pytest.fixture
async def asset(tmp_path):
    """Eight seconds of somebody's music, decoded."""

    async def blocks():
        yield Audio(np.full((8 * RATE, 2), 0.25, np.float32), RATE)

    return await Assets(tmp_path / "assets").add(blocks())


async def test_audio_to_audio_and_inpaint(stable_audio, hosted, asset):
    backend = await stable_audio()
    await collect(backend, piece(parameters={"audio": asset, "strength": 0.4}))
    await collect(backend, piece(parameters={"audio": asset, "mask_start": 1.5, "mask_end": 4.0}))
    assert [post["verb"] for post in hosted.posts] == ["audio-to-audio", "inpaint"]
    assert hosted.posts[0]["strength"] == "0.4"
    assert (hosted.posts[1]["mask_start"], hosted.posts[1]["mask_end"]) == ("1.5", "4")
    sent = np.frombuffer(hosted.posts[0]["audio"][44:], "<i2")
    assert sent.size == 8 * RATE * 2
    assert np.allclose(sent / 32767, 0.25, atol=1e-4)


@pytest.mark.parametrize(
    ("members", "code", "field"),
    [
        ({"genre": "polka"}, "unknown_genre", "genre"),
        ({"stems": True}, "no_stems", "stems"),
        ({"prompt": "x" * 10_000, "bpm": 90}, "prompt_too_long", "prompt"),
        ({"parameters": {"tempo": 3}}, "bad_parameter", "parameters.tempo"),
        ({"parameters": {"strength": 0.5}}, "bad_parameter", "parameters"),
        ({"parameters": {"audio": "http://x"}}, "bad_parameter", "parameters.audio"),
        ({"parameters": {"audio": f"asset:{'0' * 64}", "mask_start": 2.0, "mask_end": 1.0}}, "bad_parameter", None),
        ({"parameters": {"audio": f"asset:{'0' * 64}"}}, "unknown_asset", None),
    ],
)  # fmt: skip
async def test_bad_input_costs_nothing(stable_audio, hosted, members, code, field):
    problem = await refused(await stable_audio(), piece(**members))
    assert (problem.code, problem.field or field) == (code, field or problem.field)
    assert not hosted.posts


async def test_too_short_a_model_to_start_from_costs_nothing(stable_audio, hosted, tmp_path):
    async def blocks():
        yield Audio.silence(RATE, RATE)

    short = await Assets(tmp_path / "assets").add(blocks())
    problem = await refused(await stable_audio(), piece(parameters={"audio": short}))
    assert (problem.code, problem.allowed) == ("bad_audio_length", [6.0, 190.0])
    assert not hosted.posts


@pytest.mark.parametrize("settings", [{}, ASYNCHRONOUS], ids=["2.5", "3"])
@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        ("busy", Kind.RATE_LIMITED, "stable_audio_busy"),
        ("broken", Kind.UPSTREAM, "stable_audio_failed"),
        ("short", Kind.UPSTREAM, "stable_audio_short"),
        ("filtered", Kind.FORBIDDEN, "content_moderation"),
    ],
)
async def test_a_paid_request_is_never_repeated(stable_audio, hosted, settings, fault, kind, code):
    backend = await stable_audio(**settings)
    hosted.fault = fault
    problem = await refused(backend, piece())
    assert (problem.kind, problem.code) == (kind, code)
    assert len(hosted.posts) == 1
    assert fault != "busy" or problem.retry_after == 17


async def test_half_a_stream_is_no_piece(stable_audio, hosted):
    backend = await stable_audio()
    hosted.fault = "halved"
    problem = await refused(backend, piece())
    assert (problem.code, len(hosted.posts)) == ("stable_audio_unreachable", 1)
    assert "charged" in problem.hint


async def test_a_stalled_answer_ends(stable_audio, hosted):
    backend = await stable_audio(timeout_seconds=0.3)
    hosted.fault = "stalled"
    problem = await refused(backend, piece())
    assert problem.kind in (Kind.TIMEOUT, Kind.UPSTREAM)


async def test_moderation_and_credits_and_keys(stable_audio, hosted):
    backend = await stable_audio()
    problem = await refused(backend, piece(prompt="something forbidden"))
    assert (problem.kind, problem.field) == (Kind.FORBIDDEN, "prompt")
    hosted.credits = 0
    assert (await refused(backend, piece())).code == "stable_audio_credits"
    wrong = await stable_audio(api_key="sk-wrong")
    problem = await refused(wrong, piece())
    assert (problem.kind, problem.code) == (Kind.UNAVAILABLE, "stable_audio_key")
    assert "sk-wrong" not in str(problem)


async def test_a_piece_that_expires_before_it_is_fetched(stable_audio, hosted):
    backend = await stable_audio(**ASYNCHRONOUS)
    hosted.fault = "expired"
    assert (await refused(backend, piece())).code == "stable_audio_expired"
    assert len(hosted.posts) == 1


async def test_asking_after_a_piece_survives_failures(stable_audio, hosted):
    backend = await stable_audio(**ASYNCHRONOUS)
    hosted.fault, hosted.polls_until_ready = "flaky", 3
    assert (await collect(backend, piece())).audio.frames
    assert hosted.polls > 4
    assert len(hosted.posts) == 1


async def test_no_more_requests_at_once_than_allowed(stable_audio, hosted):
    backend = await stable_audio(concurrency=2)
    await asyncio.gather(*(collect(backend, piece(seed=seed)) for seed in range(6)))
    assert (len(hosted.posts), hosted.most_at_once) == (6, 2)


async def test_a_caller_who_leaves_frees_the_slot_and_leaves_no_file(stable_audio, hosted, tmp_path):
    backend = await stable_audio(concurrency=1)
    hosted.fault = "stalled"
    task = asyncio.create_task(collect(backend, piece()))
    while not hosted.posts:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    hosted.fault = ""
    await collect(backend, piece())
    assert not list((tmp_path / "data").iterdir())


async def test_without_a_key_it_does_not_open(tmp_path):
    with pytest.raises(Problem) as raised:
        async with opening.opened(STABLE_AUDIO, {}, folder=tmp_path):
            pass
    assert (raised.value.kind, raised.value.code) == (Kind.UNAVAILABLE, "no_api_key")


async def test_the_fingerprint_holds_the_model_and_not_the_key(stable_audio):
    one, other = await stable_audio(), await stable_audio(**ASYNCHRONOUS)
    assert one.fingerprint() != other.fingerprint()
    assert KEY not in one.fingerprint()
    assert hashlib.sha256(KEY.encode()).hexdigest() not in one.fingerprint()


@pytest.mark.parametrize(
    "settings", [{"steps": 3}, {"model": "stable-audio-3", "steps": 8}, {"base_url": "ftp://x"}]
)
async def test_settings_that_the_model_has_not_are_refused(stable_audio, settings):
    with pytest.raises(ValueError):
        await stable_audio(**settings)


async def test_its_work_is_done_elsewhere(stable_audio):
    backend = await stable_audio()
    assert isinstance(backend, Costly)
    assert backend.cost(piece()) == "remote"
