"""The text front end: milliseconds a sentence, with all rules and with none, and texts of up to 500,000 characters.

Run: ``python -m benchmarks.text``. Figures are CPU time: of single sentences (those of ``meters.readings``) the median,
of long texts the best of three.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median, quantiles
from time import process_time

from meters.readings import load

from mixdown_kernel import Script, TextRequest
from mixdown_text.front_end import FrontEnd
from mixdown_text.settings import TextSettings

PROSE = (
    "The rain had not stopped for a week, and nobody in the house expected that it would. Mrs. Hale read by the "
    "fire; her son, who could not read yet, watched the drops. “Will it end?” he asked. It would, of course.\n\n"
)
FIGURES = "Dr. Smith paid $3.50 at 10 a.m. on 1st May 1984, or 12.5% of what 1,234 others had paid. "
CHINESE = "雨下了一个星期，没有停过。屋里没有人以为它会停！他问：会停吗？"
SSML = "<p>The rain &amp; the wind <break time='200ms'/> had <emphasis>not</emphasis> stopped for a week.</p>"


def best(work: Callable[[], Script]) -> tuple[float, Script]:
    times = []
    for _ in range(3):
        begin = process_time()
        script = work()
        times.append(process_time() - begin)
    return min(times), script


def per_sentence(front_end: FrontEnd, sentences: Sequence[str], switches: dict[str, bool]) -> list[float]:
    """Milliseconds of each sentence as a request of its own, the best of five."""
    times = []
    for sentence in sentences:
        request = TextRequest(text=sentence, markup="plain", normalize=switches)
        rounds = []
        for _ in range(5):
            begin = process_time()
            front_end.script(request)
            rounds.append(process_time() - begin)
        times.append(min(rounds) * 1e3)
    return times


def sentences(front_end: FrontEnd) -> None:
    texts = [sentence.written for name in ("development", "held_out") for sentence in load(name)]
    off = dict.fromkeys(front_end.switches(), False)
    front_end.script(TextRequest(text=" ".join(texts)))  # libraries load what they need
    print(f"{len(texts)} sentences {'median ms':>12} {'p95 ms':>8} {'of no rules':>12}")
    measured = {
        "no rules": per_sentence(front_end, texts, off),
        "all rules": per_sentence(front_end, texts, {}),
    }
    for name, times in measured.items():
        ratio = f"{median(times) / median(measured['no rules']):.1f}x"
        print(f"{name:13} {median(times):12.3f} {quantiles(times, n=20)[-1]:8.3f} {ratio:>12}")


def main() -> None:
    front_end = FrontEnd(TextSettings())
    sentences(front_end)
    print(
        f"\n{'text':10} {'characters':>10} {'utterances':>10} {'ms':>9} {'ms/utterance':>13} {'Mchar/s':>8}"
    )
    for name, unit, language in (
        ("prose", PROSE, "en"),
        ("figures", FIGURES, "en"),
        ("chinese", CHINESE, "zh"),
        ("ssml", SSML, "en"),
    ):
        for length in (4_096, 64_000, 500_000):
            text = unit * (length // len(unit))
            request = TextRequest(
                text=f"<speak>{text}</speak>" if name == "ssml" else text, language=language
            )
            seconds, script = best(lambda request=request: front_end.script(request))  # type: ignore[misc]
            count = len(script.utterances)
            print(
                f"{name:10} {len(request.text):10} {count:10} {seconds * 1e3:9.1f} "
                f"{seconds / count * 1e3:13.3f} {len(request.text) / seconds / 1e6:8.2f}"
            )


if __name__ == "__main__":
    main()
