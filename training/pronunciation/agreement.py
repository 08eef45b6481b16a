"""How often the front end says a sentence as flite does: its phones, their stress and accents, and the words of content.

python -m training.pronunciation.agreement tests/plugins/tts_onnx/english/sentences.txt
"""

from __future__ import annotations

import argparse
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from mixdown_tts_onnx.english import read
from mixdown_tts_onnx.mixdown.features import Phone
from training.pronunciation.words import compiled

LIBRARIES = ("flite_cmu_us_rms", "flite_usenglish", "flite_cmulex", "flite", "m")


def taught(sentences: Sequence[str], folder: Path) -> Iterator[list[Phone]]:
    """What flite's front end makes of each."""
    program = compiled(Path(__file__).with_name("teacher.c"), folder, LIBRARIES)
    asked = "".join(f"{sentence}\n" for sentence in sentences)
    answer = subprocess.run([program], input=asked, capture_output=True, text=True, check=True).stdout
    for block in answer.strip("\n").split("\n\n"):
        rows = [line.split("\t") for line in block.split("\n")]
        yield [
            Phone._make((name, *(flag == "1" for flag in flags), kind == "content"))
            for name, *flags, kind, _ in rows
        ]


def compare(sentences: Sequence[str], folder: Path) -> tuple[Counter[str], list[str]]:
    """How many sentences are equal in each respect, and a line for each that differs."""
    counts: Counter[str] = Counter()
    different = []
    for sentence, theirs in zip(sentences, taught(sentences, folder), strict=True):
        ours = read(sentence).phones
        counts["sentences"] += 1
        if [phone.name for phone in ours] != [phone.name for phone in theirs]:
            different.append(f"{sentence}\n  ours  {_shown(ours)}\n  flite {_shown(theirs)}")
            continue
        counts["phones"] += 1
        for field in Phone._fields[1:]:
            counts[field] += [getattr(one, field) for one in ours] == [getattr(one, field) for one in theirs]
        if list(ours) == theirs:
            counts["everything"] += 1
        else:
            different.append(f"{sentence}\n  ours  {_shown(ours)}\n  flite {_shown(theirs)}")
    return counts, different


def _shown(phones: Sequence[Phone]) -> str:
    return " ".join(phone.name + "*" * phone.stressed + "^" * phone.accented for phone in phones)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("sentences", type=Path)
    asked.add_argument("--folder", type=Path, default=Path("build/training/pronunciation"))
    options = asked.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    counts, different = compare(options.sentences.read_text("utf-8").splitlines(), options.folder)
    print("\n".join(different))
    for name, count in counts.items():
        print(f"{name:15} {count}")


if __name__ == "__main__":
    main()
