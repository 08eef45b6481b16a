"""A voice layer on the road: order, length, pauses, words, fallback, repetition."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from mixdown_kernel import Kernel, Kind, Master, Problem, Scene, VoiceLayer, hookimpl, lifecycle

from .scenes import bare
from .stairs import STEP, Stairs, spoken

LINES = "First line\nSecond\nThe third and last"


@pytest.fixture
def kernel(tmp_path):
    return lambda *plugins, **config: Kernel(
        {"data_dir": tmp_path, **config}, plugins=plugins, discover=False
    )


async def test_utterances_follow_each_other_in_order(kernel):
    async with kernel(Stairs()) as running:
        audio, _ = await running.render(bare(LINES))
    assert np.array_equal(audio.samples, np.concatenate([spoken(line) for line in LINES.split("\n")]))


async def test_any_length_is_rendered_whole(kernel):
    lines = [f"Line {number}" for number in range(500)]
    async with kernel(Stairs()) as running:
        audio, receipt = await running.render(bare("\n".join(lines)))
    assert audio.frames == sum(len(line) for line in lines) * STEP
    assert len(receipt.sources) == 500


async def test_words_carry_times_and_offsets_into_the_original(kernel):
    text = "One two\nthree"
    async with kernel(Stairs()) as running, running.perform(await running.plan(bare(text))) as performance:
        async for _ in performance.blocks():
            pass
        words = performance.timeline.words
    assert [(word.text, word.start, word.end) for word in words] == [
        ("One", 0, 3),
        ("two", 4, 7),
        ("three", 8, 13),
    ]
    assert [(word.start_ms, word.end_ms) for word in words] == [(0, 90), (120, 210), (210, 360)]
    assert [(u.start_ms, u.end_ms) for u in performance.timeline.utterances] == [(0, 210), (210, 360)]


async def test_a_backend_that_fails_before_its_first_sample_gives_way(kernel):
    broken, whole = Stairs("broken", fail_times=99), Stairs("whole")
    async with kernel(broken, whole, backends={"synthesis": ["broken", "whole"]}) as running:
        audio, receipt = await running.render(bare(LINES))
        assert {source.backend for source in receipt.sources} == {"whole"}
        assert audio.frames == sum(len(line) for line in LINES.split("\n")) * STEP
        assert [notice.code for notice in receipt.notices] == ["fallback"]
        failures = {one.name: one.failures for one in running.running() if one.role == "synthesis"}
    assert failures == {"broken": 1, "whole": 0}


async def test_a_failed_backend_rests_and_recovers(kernel, monkeypatch):
    shaky, whole = Stairs("shaky", fail_times=1), Stairs("whole")
    config = {"backends": {"synthesis": ["shaky", "whole"]}, "cooldown_seconds": 60}
    async with kernel(shaky, whole, **config) as running:
        await running.render(bare("Falls back"))
        asked = len(shaky.requests)
        await running.render(bare("While it rests"))
        assert len(shaky.requests) == asked, "a resting backend is asked last"
        later = time.monotonic() + 61
        monkeypatch.setattr(lifecycle, "time", SimpleNamespace(monotonic=lambda: later))
        _, receipt = await running.render(bare("Afterwards"))
    assert receipt.sources[0].backend == "shaky"


async def test_nobody_takes_over_in_the_middle_of_a_text(kernel):
    broken, whole = Stairs("broken", fail_at="Second"), Stairs("whole")
    async with kernel(broken, whole, backends={"synthesis": ["broken", "whole"]}) as running:
        with pytest.raises(Problem) as raised:
            await running.render(bare(LINES))
    assert raised.value.kind is Kind.UPSTREAM
    assert "OSError" in raised.value.message
    assert "the line dropped" not in raised.value.message, "what a backend says may hold its secrets"
    assert not whole.requests


async def test_a_later_failure_is_tried_again_with_the_same_backend(kernel):
    class Once(Stairs):
        async def render(self, request):
            if request.text == "Second" and not any(r.text == "Second" for r in self.requests):
                self.requests.append(request)
                raise OSError("a hiccup")
            async for chunk in super().render(request):
                yield chunk

    async with kernel(Once()) as running:
        audio, receipt = await running.render(bare(LINES))
    assert audio.frames == sum(len(line) for line in LINES.split("\n")) * STEP
    assert [source.attempts for source in receipt.sources] == [1, 2, 1]


async def test_a_truncated_utterance_is_tried_again(kernel):
    text = "A sentence that is long enough to be judged"
    async with kernel(Stairs(short_times=1)) as running:
        audio, receipt = await running.render(bare(text))
    assert np.array_equal(audio.samples, spoken(text))
    assert (receipt.sources[0].attempts, receipt.notices) == (2, ())


async def test_one_that_stays_truncated_is_reported(kernel):
    text = "A sentence that is long enough to be judged"
    async with kernel(Stairs(short_times=99)) as running:
        audio, receipt = await running.render(bare(text))
    assert audio.frames == STEP
    assert [notice.code for notice in receipt.notices] == ["truncated_utterance"]


async def test_what_is_paid_for_is_asked_for_once(kernel):
    class Paid(Stairs):
        @hookimpl
        def synthesis_backends(self):
            return [replace(one, paid=True) for one in super().synthesis_backends()]

    text = "A sentence that is long enough to be judged"
    async with kernel(voice := Paid(short_times=99)) as running:
        audio, receipt = await running.render(bare(text))
    assert len(voice.requests) == 1
    assert (audio.frames, [notice.code for notice in receipt.notices]) == (STEP, ["truncated_utterance"])


async def test_a_bad_request_neither_falls_back_nor_counts_as_failure(kernel):
    class Picky(Stairs):
        async def render(self, request):
            raise Problem(Kind.INVALID, "bad_parameter", "no such parameter")
            yield

    whole = Stairs("whole")
    async with kernel(Picky("picky"), whole, backends={"synthesis": ["picky", "whole"]}) as running:
        with pytest.raises(Problem, match="no such parameter"):
            await running.render(bare("Hello"))
        assert all(one.failures == 0 for one in running.running())
    assert not whole.requests


async def test_a_named_backend_is_pinned(kernel):
    broken, whole = Stairs("broken", fail_times=99), Stairs("whole")
    async with kernel(broken, whole) as running:
        with pytest.raises(Problem):
            await running.render(bare("Hello", layer={"backend": "broken"}))
    assert not whole.requests


async def test_an_alias_is_shared_and_a_voice_id_is_not(kernel):
    broken, whole = Stairs("broken", fail_times=99), Stairs("whole")
    config = {"backends": {"synthesis": ["broken", "whole"]}}
    async with kernel(broken, whole, **config) as running:
        await running.render(bare("Shared", layer={"voice": "alloy"}))
        assert whole.requests[-1].voice == "whole-low"
        with pytest.raises(Problem):
            await running.render(bare("Pinned", layer={"voice": "broken-high"}))


async def test_an_unknown_voice_names_close_ones(kernel):
    async with kernel(Stairs()) as running:
        with pytest.raises(Problem) as raised:
            await running.plan(bare("Hello", layer={"voice": "stairs-hihg"}))
    assert (raised.value.code, raised.value.field) == ("unknown_voice", "voice")
    assert "stairs-high" in raised.value.allowed


async def test_what_a_backend_cannot_do_is_said(kernel):
    async with kernel(Stairs()) as running:
        _, receipt = await running.render(bare("Hello", layer={"instructions": "Whisper"}))
    assert [notice.code for notice in receipt.notices] == ["not_honoured"]


async def test_a_streaming_backend_is_heard_before_it_has_finished(kernel):
    voice = Stairs(streaming=True, pieces=50)
    async with (
        kernel(voice) as running,
        running.perform(await running.plan(bare("Long enough"))) as performance,
    ):
        first = await anext(performance.blocks())
        assert first.frames < len("Long enough") * STEP


async def test_leaving_a_performance_stops_the_work(kernel):
    class Slow(Stairs):
        async def render(self, request):
            self.running += 1
            try:
                await asyncio.sleep(3600)
                yield
            finally:
                self.running -= 1

    voice = Slow()
    async with kernel(voice) as running:
        async with running.perform(await running.plan(bare(LINES))) as performance:
            waiting = asyncio.create_task(anext(performance.blocks()))
            while not voice.running:
                await asyncio.sleep(0.01)
            waiting.cancel()
        assert voice.running == 0


async def test_speed_beyond_the_backend_is_stretched_at_kept_length(road):
    text = "Stretch this sentence to half of its length"
    async with road(Stairs()) as kernel:
        audio, _ = await kernel.render(bare(text, layer={"speed": 2.0}))
    assert audio.frames == len(text) * STEP // 2


async def test_other_rates_are_resampled_to_the_frame(road):
    scene = Scene(
        layers=[VoiceLayer(id="voice", text="Hello")], rate=48_000, channels=1, master=Master(mode="none")
    )
    async with road(Stairs()) as kernel:
        audio, _ = await kernel.render(scene)
    assert (audio.frames, audio.rate) == (2 * len("Hello") * STEP, 48_000)


async def test_the_operators_aliases_win(kernel):
    voices = Stairs("one", aliases=("alloy",)), Stairs("two", aliases=("alloy",))
    config = {"backends": {"synthesis": ["one", "two"]}, "voice_aliases": {"alloy": "two-high", "house": ""}}
    async with kernel(*voices, **config) as running:
        await running.render(bare("Mapped", layer={"voice": "alloy"}))
        assert [request.voice for request in voices[1].requests] == ["two-high"]
        await running.render(bare("Default", layer={"voice": "house"}))
        assert [request.voice for request in voices[0].requests] == [""]


async def test_a_standard_name_means_the_default_voice_where_nobody_claims_it(kernel):
    async with kernel(Stairs(aliases=())) as running:
        running.voices.add_standard(["coral"])
        _, receipt = await running.render(bare("Hello", layer={"voice": "coral"}))
    assert receipt.sources[0].backend == "stairs"


async def test_a_text_is_read_in_the_language_of_its_voice(kernel):
    class German(Stairs):
        async def voices(self):
            from mixdown_kernel import Voice

            return [Voice("karl", "Karl", "de-DE")]

    async with kernel(German()) as running:
        assert (await running.plan(bare("Hallo", layer={"voice": "karl"}))).voices[
            0
        ].script.language == "de-DE"
        assert (await running.plan(bare("Hallo"))).voices[0].script.language == "de-DE"
        named = await running.plan(bare("Hello", layer={"language": "en"}))
    assert named.voices[0].script.language == "en"


async def test_waiting_for_a_place_is_not_a_failure_of_the_backend(kernel):
    class Slow(Stairs):
        async def render(self, request):
            await asyncio.sleep(0.2)
            async for chunk in super().render(request):
                yield chunk

    config = {"stall_timeout_seconds": 1.5, "plugins": {"in-process": {"medium": 1}}}
    async with kernel(Slow(), **config) as running:
        await asyncio.gather(*(running.render(bare(f"Number {n}")) for n in range(9)))
        assert all(one.failures == 0 for one in running.running())


async def test_a_truncated_utterance_is_neither_kept_nor_read_back(kernel):
    text = "A sentence that is long enough to be judged"
    voice = Stairs(short_times=1)
    async with kernel(voice) as running:
        first, _ = await running.render(bare(text, reuse=True))
        again, receipt = await running.render(bare(text, reuse=True))
    assert np.array_equal(first.samples, spoken(text))
    assert np.array_equal(again.samples, spoken(text))
    assert (len(voice.requests), receipt.sources[0].cached) == (2, True)


def front_end(*items):
    """A text front end that makes of any text these items."""
    from contextlib import asynccontextmanager

    from mixdown_kernel import Backend, Script, hookimpl

    class FrontEnd:
        @hookimpl
        def text_backends(self):
            return [Backend(name="fixed", open=self.open)]

        @asynccontextmanager
        async def open(self, _settings, _context):
            yield self

        def switches(self):
            return ()

        def script(self, request):
            return Script(items, "en")

    return FrontEnd()


async def test_a_leading_pause_is_not_yet_speech(kernel):
    from mixdown_kernel import Mark, Pause, Utterance

    items = Mark("a", 0), Pause(100, 0, 1), Utterance("Hello", 0, 5)
    broken, whole = Stairs("broken", fail_times=99), Stairs("whole")
    config = {"backends": {"synthesis": ["broken", "whole"]}}
    async with kernel(front_end(*items), broken, whole, **config) as running:
        async with running.perform(await running.plan(bare("Hello"))) as performance:
            frames = sum([block.frames async for block in performance.blocks()])
    assert frames == 2400 + 5 * STEP
    assert [(mark.name, mark.ms) for mark in performance.timeline.marks] == [("a", 0)]


async def test_a_voice_that_only_one_backend_has_leaves_the_text_to_that_one(kernel):
    from mixdown_kernel import Utterance

    items = Utterance("Hello", 0, 5), Utterance("there", 6, 11, voice="two-high")
    config = {"backends": {"synthesis": ["one", "two"]}}
    async with kernel(front_end(*items), Stairs("one"), Stairs("two"), **config) as running:
        _, receipt = await running.render(bare("Hello there"))
        assert {source.backend for source in receipt.sources} == {"two"}
    missing = front_end(Utterance("Hello", 0, 5, voice="nobody"))
    async with kernel(missing, Stairs("one")) as running:
        with pytest.raises(Problem) as raised:
            await running.plan(bare("Hello"))
    assert (raised.value.code, raised.value.field) == ("unknown_voice", "text")


async def test_a_figure_read_as_several_words_is_one_word_of_the_text(kernel):
    from mixdown_kernel import Span, Utterance

    spoken_text = "costs five dollars."
    spans = Span(0, 6, 0, 6), Span(6, 18, 6, 8), Span(18, 19, 8, 9)
    item = Utterance(spoken_text, 0, 9, spans)
    async with kernel(front_end(item), Stairs()) as running:
        async with running.perform(await running.plan(bare("costs $5."))) as performance:
            async for _ in performance.blocks():
                pass
    assert [(word.text, word.start, word.end) for word in performance.timeline.words] == [
        ("costs", 0, 5),
        ("$5.", 6, 9),
    ]


async def test_a_voice_layer_with_a_duration_ends_there(kernel, road):
    async with road(Stairs()) as running:
        audio, _ = await running.render(bare("A rather long sentence", layer={"duration_ms": 200}))
    assert audio.frames == 4800


async def test_words_that_lie_outside_of_the_sound_are_brought_back(kernel):
    from mixdown_kernel import Chunk, Word

    class Liar(Stairs):
        async def render(self, request):
            async for chunk in super().render(request):
                yield Chunk(chunk.audio, (Word(-3, 400, -50, 10**9),))

    async with kernel(Liar()) as running:
        async with running.perform(await running.plan(bare("Hello"))) as performance:
            async for _ in performance.blocks():
                pass
    word = performance.timeline.words[0]
    assert 0 <= word.start_ms <= word.end_ms <= 5 * 30
    assert 0 <= word.start <= word.end <= 5


async def test_a_voice_that_makes_no_sound_gives_way(kernel):
    class Mute(Stairs):
        async def render(self, request):
            return
            yield

    config = {"backends": {"synthesis": ["mute", "whole"]}}
    async with kernel(Mute("mute"), Stairs("whole"), **config) as running:
        _, receipt = await running.render(bare("Hello"))
        assert receipt.sources[0].backend == "whole"
        with pytest.raises(Problem) as raised:
            await running.render(bare("Hello", layer={"backend": "mute"}))
    assert raised.value.code == "no_sound"
