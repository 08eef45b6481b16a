"""``python -m training.pronunciation``: from nothing to the tables and the network of the English front end, in half an hour on one
core; goes on where it was interrupted. Needs a C compiler and, of Debian, ``flite1-dev festlex-cmu wamerican``; PyTorch."""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mixdown_tts_onnx import english
from training.pronunciation import table
from training.pronunciation.alignment import aligned, estimate
from training.pronunciation.evaluate import evaluate
from training.pronunciation.words import (
    Entry,
    compiled,
    dictionary_words,
    held_out,
    homographs,
    inflections,
    lexicon_words,
    looked_up,
)

DATA = Path(english.__file__).with_name("data")
HELD_OUT = Path(__file__).parents[2] / "tests/plugins/tts_onnx/english/held_out.txt"
SAMPLE, ROUNDS, RAREST = 12_000, 6, 5
"""Words and rounds of the alignment, and how often a letter's phones must occur to be learnt."""


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m training.pronunciation", description=__doc__)
    asked.add_argument("--folder", type=Path, default=Path("build/training/pronunciation"))
    folder = asked.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    entries = list(looked_up([(word, "") for word in lexicon_words()], folder))
    told_apart = table.homographs(looked_up(homographs(), folder))
    table.write([*entries, *told_apart, *table.supplement()], DATA / "lexicon.zlib")
    (DATA / "intonation.json").write_text(json.dumps(_intonation(folder)) + "\n", "utf-8")
    tests = _held_out(entries)
    _learn(entries, [word for words in tests.values() for word in words], folder)
    for name, words in tests.items():
        print(f"{name}: {evaluate(words, {entry.word: entry.phones for entry in entries})}")
    for file in sorted(DATA.iterdir()):
        print(
            f"{file.name}: {file.stat().st_size} bytes, sha256 {hashlib.sha256(file.read_bytes()).hexdigest()}"
        )


def _held_out(entries: Sequence[Entry]) -> Mapping[str, list[str]]:
    """500 of the lexicon's words that a dictionary has, and 500 of all, half of which are names."""
    words = [entry.word for entry in entries]
    tests = {"dictionary": held_out(words, dictionary_words()), "lexicon": held_out(words, words)}
    lines = (f"{name}\t{word}\n" for name, chosen in tests.items() for word in chosen)
    HELD_OUT.write_text("".join(lines), "utf-8")
    return tests


def _learn(entries: Sequence[Entry], unseen: Sequence[str], folder: Path) -> None:
    """Fits the network to all other words and writes it."""
    import torch

    from training.pronunciation import export
    from training.pronunciation.fit import example, fit

    torch.set_num_threads(1)
    pairs = [(entry.word, entry.phones) for entry in entries if len(entry.word) > 2]
    chances = estimate(random.Random(0).sample(pairs, SAMPLE), ROUNDS)
    chunks = {word: found for word, phones in pairs if (found := aligned(word, phones, chances))}
    often = Counter(chunk for found in chunks.values() for chunk in found)
    names = sorted(chunk for chunk, count in often.items() if count >= RAREST)
    hidden = {*unseen, *(form for word in unseen for form in inflections(word))}
    examples = [
        example(word, found, names)
        for word, found in chunks.items()
        if word not in hidden and all(often[chunk] >= RAREST for chunk in found)
    ]
    print(f"{len(examples)} words to learn from, {len(names)} chunks of phones", flush=True)
    export.write(fit(examples, len(names), folder / "letters.pt"), names, DATA / "letters.npz")


def _intonation(folder: Path) -> dict[str, Any]:
    """flite's trees under names of ours, without what it never asks with an answer but 0."""
    libraries = ("flite_usenglish", "flite_cmulex", "flite", "m")
    program = compiled(Path(__file__).with_name("intonation.c"), folder, libraries)
    made = json.loads(subprocess.run([program], capture_output=True, text=True, check=True).stdout)
    classes = {name: sorted(set(words)) for name, words in made["classes"].items() if name != "punc"}
    return {"accent": _renamed(made["accent"]), "tone": _renamed(made["tone"]), "classes": classes}


def _renamed(tree: Any) -> Any:
    if not isinstance(tree, list):
        return tree
    feature, value, equal, other = tree
    for old, new in (
        ("R:SylStructure.parent.R:Word.", ""),
        ("R:SylStructure.parent.", ""),
        ("old_syl_break", "syl_break"),
    ):
        feature = feature.replace(old, new)
    equal, other = _renamed(equal), _renamed(other)
    if feature.endswith(("EMPH", "yn_question")) or equal == other:
        return other
    return [feature, value, equal, other]


if __name__ == "__main__":
    main()
