"""The testing kit: the kernel's own backends pass it, and a backend with a fault does not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mixdown_kernel import Backend, ClipSource, ExecutionBackend, TextFrontEnd
from mixdown_kernel.assets import clips
from mixdown_kernel.execution import in_process
from mixdown_kernel.plaintext import plain_text
from mixdown_kernel.testing import ClipContract, ExecutionContract, TextContract

pytest_plugins = ["pytester"]
BROKEN = Path(__file__).parent / "broken"


class TestClips(ClipContract):
    @pytest.fixture
    def backend(self) -> Backend[ClipSource]:
        return clips


class TestInProcess(ExecutionContract):
    @pytest.fixture
    def backend(self) -> Backend[ExecutionBackend]:
        return in_process


class TestPlainText(TextContract):
    @pytest.fixture
    def backend(self) -> Backend[TextFrontEnd]:
        return plain_text

    @pytest.mark.skip("one utterance a paragraph, as it says: it is there for a kernel without another")
    async def test_a_sentence_without_an_end_is_cut_into_utterances(self, opened: TextFrontEnd) -> None: ...


# ---------------------------------------------------------------- every fault is caught

VOICE_FAULTS = {
    "nan": "it_yields_sound_that_the_road_can_use",
    "too_loud": "it_yields_sound_that_the_road_can_use",
    "silent": "voices_can_be_heard",
    "integers": "it_yields_sound_that_the_road_can_use",
    "flat": "it_yields_sound_that_the_road_can_use",
    "two_rates": "it_yields_sound_that_the_road_can_use",
    "one_buffer": "a_chunk_stays_as_it_was_yielded",
    "by_the_clock": "equal_requests_give_equal_sound",
    "by_hash": "a_fresh_process_gives_equal_sound",
    "remembers": "equal_requests_give_equal_sound",
    "mixes": "renders_at_the_same_time_do_not_disturb_each_other",
    "takes_anything": "unknown_parameters_are_refused",
    "any_voice": "an_unknown_voice_is_not_found",
    "refuses_silence": "unspeakable_text_is_silence",
    "mumbles": "unspeakable_text_is_silence",
    "byte_offsets": "word_offsets_count_code_points",
    "late_words": "words_are_in_order_inside_the_text_and_the_sound",
    "words_per_chunk": "words_are_in_order_inside_the_text_and_the_sound",
    "one_speed": "speed_changes_the_tempo_over_the_range",
    "other_default": "the_first_voice_is_the_default",
    "names_twice": "voices_are_named_apart",
    "bad_language": "voices_are_named_apart",
    "swallows": "a_cancelled_render_ends_and_the_next_one_is_whole",
    "coroutine": "it_yields_sound_that_the_road_can_use",
    "no_method": "it_meets_the_protocol",
    "claims_a_seed": "the_seed_counts_exactly_where_the_descriptor_says_so",
    "claims_volume": "volume_is_honoured_as_claimed",
    "claims_to_stream": "a_streaming_backend_yields_a_long_text_in_parts",
    "bad_name": "the_descriptor_is_complete",
}
BED_FAULTS = {
    "naively_cut": "the_end_of_a_cycle_continues_into_its_beginning",
    "swells": "the_end_of_a_cycle_continues_into_its_beginning",
    "deaf": "distance_and_brightness_are_honoured_or_refused",
    "in_step": "the_cycles_of_a_bed_do_not_meet_again",
    "twice_as_loud": "the_cycles_of_a_bed_sum_to_its_loudness",
}
SHELF_FAULTS = {
    "no_atoms": "a_half_written_object_cannot_be_seen",
    "unordered": "a_listing_is_in_key_order",
    "lax": "a_bad_key_is_refused_everywhere",
    "inclusive": "a_range_is_half_open",
    "overwrites": "if_absent_keeps_what_is_there",
    "weak_tags": "etags_are_strong",
}
MIXING_FAULTS = {
    "gain_twice": "gain_is_applied_once",
    "no_ducking": "a_bed_steps_back_by_its_depth_and_returns",
    "no_fades": "a_fade_in_rises_from_the_track_s_start",
    "hears_blocks": "the_block_size_is_inaudible",
    "overloud": "a_stereo_sine_reads_its_level",
    "sample_peak": "the_true_peak_lies_between_the_samples",
    "clipper": "limiting_is_not_clipping",
    "late_limiter": "below_the_ceiling_nothing_changes_or_moves",
    "keeps_the_tail": "lengths_are_exact",
    "late_resampler": "a_sine_stays_itself_and_in_place",
    "like_a_record": "stretch_keeps_pitch_and_level",
    "one_frame_short": "stretch_is_exactly_long",
}
ENCODING_FAULTS = {
    "wraps": "too_loud_samples_are_clipped_and_not_wrapped",
    "big_endian": "pcm_is_the_samples_and_nothing_else",
    "eight_bits": "pcm_is_the_samples_and_nothing_else",
    "framed": "the_push_size_does_not_change_the_file",
    "holds_back": "bytes_leave_while_sound_still_arrives",
    "any_format": "an_unknown_format_is_refused",
    "patches": "a_stream_has_no_patches",
}
EXECUTION_FAULTS = {
    "all_at_once": "a_chunk_arrives_as_soon_as_it_is_made",
    "detached": "closing_cancels_the_work",
    "other_words": "a_problem_arrives_as_it_was_raised",
    "drops": "the_chunks_arrive_as_they_were_rendered",
    "all_alike": "the_urgent_goes_first",
}
BEYOND_A_DICT = {"an_object_outlives_the_backend"}
PASSES_ELSEWHERE = None
"""The sound one is ours, and the whole suite is its own test."""


@pytest.mark.parametrize(
    ("suite", "table", "faults", "beyond"),
    [
        ("SynthesisContract", "VOICES", VOICE_FAULTS, set()),
        ("AmbientContract", "BEDS", BED_FAULTS, set()),
        ("StorageContract", "SHELVES", SHELF_FAULTS, BEYOND_A_DICT),
        ("MixingContract", "MIXINGS", MIXING_FAULTS, PASSES_ELSEWHERE),
        ("EncodingContract", "ENCODERS", ENCODING_FAULTS, PASSES_ELSEWHERE),
        ("ExecutionContract", "EXECUTORS", EXECUTION_FAULTS, PASSES_ELSEWHERE),
    ],
)
def test_every_fault_is_caught_and_soundness_passes(
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    suite: str,
    table: str,
    faults: dict[str, str],
    beyond: set[str] | None,
) -> None:
    monkeypatch.setattr("mixdown_kernel.testing.execution.HUNG_AFTER", 2.0)
    write_suites(pytester, suite, table, ["sound", *faults])
    nodes = {fault: f"test_faults.py::Test{fault.title()}::test_{test}" for fault, test in faults.items()}
    sound = [] if beyond is PASSES_ELSEWHERE else ["test_faults.py::TestSound"]
    failed = failures(pytester, *sound, *nodes.values())
    assert {node.rpartition("::test_")[2] for node in failed if "::TestSound::" in node} == (beyond or set())
    overlooked = [fault for fault, node in nodes.items() if node not in failed]
    assert not overlooked, f"{suite} overlooks {overlooked}"


def write_suites(pytester: pytest.Pytester, suite: str, table: str, names: list[str]) -> None:
    """A test module with one class per backend of ``table`` in the fixture module."""
    pytester.syspathinsert()
    for module in ("faulty_backends", "faulty_engines"):
        pytester.makepyfile(**{module: (BROKEN / f"{module}.py").read_text()})
    module = "faulty_backends" if table in ("VOICES", "BEDS", "SHELVES") else "faulty_engines"
    pytester.makeini("[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n")
    header = f"import pytest\nfrom {module} import {table}\nfrom mixdown_kernel.testing import {suite}\n"
    classes = [
        f"class Test{name.title()}({suite}):\n"
        f"    @pytest.fixture\n    def backend(self):\n        return {table}['{name}']\n"
        for name in names
    ]
    pytester.makepyfile(test_faults="\n".join([header, *classes]))


def failures(pytester: pytest.Pytester, *nodes: str) -> set[str]:
    """Those tests of ``nodes`` that fail, without their parameters. (A node that does not exist stops the run.)"""
    # Python's own tracebacks: CPython 3.11 now and then gives an entry no line, over which pytest's fail.
    record = pytester.inline_run("-q", "--tb=native", "-p", "no:cacheprovider", *nodes)
    assert record.ret in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
    reports = record.getreports("pytest_runtest_logreport")
    return {report.nodeid.partition("[")[0] for report in reports if report.failed}


# ---------------------------------------------------------------- how it is shipped


def test_the_kernel_itself_needs_no_pytest() -> None:
    code = "import sys, mixdown_kernel, mixdown_kernel.kernel; sys.exit('pytest' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_kit_changes_no_test_run_that_did_not_ask_for_it() -> None:
    from importlib.metadata import distribution

    assert not [ep for ep in distribution("mixdown-kernel").entry_points if ep.group == "pytest11"]


def test_a_suite_without_its_fixture_says_so(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nasyncio_mode = auto\n")
    pytester.makepyfile(
        "from mixdown_kernel.testing import SynthesisContract\nclass TestMine(SynthesisContract): pass\n"
    )
    result = pytester.runpytest_inprocess("-k", "descriptor")
    result.stdout.fnmatch_lines(["*TestMine needs a fixture `backend` returning the descriptor*"])


def test_fixtures_come_when_they_are_asked_for(pytester: pytest.Pytester) -> None:
    pytester.syspathinsert()
    pytester.makepyfile(good_voice=(BROKEN / "good_voice.py").read_text())
    pytester.makeini("[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n")
    pytester.makeconftest('pytest_plugins = ["mixdown_kernel.testing.plugin"]')
    pytester.makepyfile(
        """
        import good_voice
        from mixdown_kernel import Master, Scene, VoiceLayer

        async def test_a_kernel_speaks(make_kernel):
            scene = Scene(layers=[VoiceLayer(id="v", text="Hello.")], rate=24000, channels=1,
                          master=Master(mode="none"))
            async with make_kernel(plugins=[good_voice]) as kernel:
                audio, receipt = await kernel.render(scene)
            assert (audio.frames, receipt.sources[0].backend) == (12_000, "good")

        async def test_a_backend_opens(open_backend, context, tmp_path):
            voice = await open_backend(good_voice.synthesis_backends()[0])
            assert [voice.id for voice in await voice.voices()] == ["good"]
            assert context.data_dir.is_relative_to(tmp_path)
        """
    )
    pytester.runpytest_inprocess().assert_outcomes(passed=2)
