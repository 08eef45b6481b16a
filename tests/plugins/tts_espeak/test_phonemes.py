"""The phonemes role says what Piper's own front end says."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import unicodedata

import pytest

from mixdown_kernel import PhonemeClause, Problem

# Piper's phonemiser loads GPL code, so it runs in a process of its own here too.
PIPER = """
import json, sys
from piper.phonemize_espeak import EspeakPhonemizer
piper = EspeakPhonemizer()
for line in sys.stdin:
    voice, text = json.loads(line)
    print(json.dumps(["".join(sentence) for sentence in piper.phonemize(voice, text)]))
"""
TEXTS = [
    (
        "en-us",
        'Hello there. How are you? Fine, thanks! It is 5:30; ok: yes - no... maybe (if so) "quoted." End',
    ),
    ("en-us", "The quick brown fox jumps over the lazy dog."),
    ("en-us", 'He said "Stop!" and left. One, two; three: four. No terminator here'),
    ("en-us", "It cost $5.20 in 2024, didn't it? 😀 naïve café"),
    ("en-us", ""),
    ("de", "Guten Tag, wie geht es dir? Heute ist Montag; das Meeting war cool."),
    ("fr", "Bonjour, ça va? Très bien!"),
    ("ru", "Быстрая лиса прыгает через ленивую собаку."),
    ("cmn", "你好，世界。今天很好！"),
    ("hi", "नमस्ते दुनिया कैसे हो"),
    ("vi", "Xin chào, bạn có khỏe không?"),
]


def piper_says(texts: list[tuple[str, str]]) -> list[str]:
    lines = "\n".join(json.dumps(pair) for pair in texts)
    run = subprocess.run(
        [sys.executable, "-c", PIPER], input=lines, capture_output=True, text=True, check=True
    )
    return ["".join(json.loads(line)) for line in run.stdout.splitlines()]


def joined(clauses: list[PhonemeClause]) -> str:
    """As Piper joins them: the terminator stays, a space follows where the sentence goes on; code points apart."""
    parts = [c.phonemes + c.terminator + (" " if c.terminator in (",", ":", ";") else "") for c in clauses]
    return unicodedata.normalize("NFD", "".join(parts))


async def test_equal_to_piper(phonemizer):
    expected = await asyncio.to_thread(piper_says, TEXTS)
    assert len(expected) == len(TEXTS)
    for (language, text), ipa in zip(TEXTS, expected, strict=True):
        assert joined(list(await phonemizer.phonemize(text, language))) == ipa, text


async def test_clauses_end_with_their_punctuation(phonemizer):
    clauses = await phonemizer.phonemize("Yes, it is. Why? End", "en-US")
    assert [clause.terminator for clause in clauses] == [",", ".", "?", ""]
    assert clauses[0].phonemes == "jˈɛs"


async def test_the_same_text_in_any_order_is_pronounced_the_same(phonemizer):
    first = await phonemizer.phonemize("The cat sat.", "en-us")
    await phonemizer.phonemize("Die Katze saß.", "de")
    assert await phonemizer.phonemize("The cat sat.", "en-us") == first


@pytest.mark.parametrize(
    ("text", "language", "field"), [("a", "tlh-x", "language"), ("a" * 2001, "en", "text")]
)
async def test_bad_input_is_named(phonemizer, text, language, field):
    with pytest.raises(Problem) as caught:
        await phonemizer.phonemize(text, language)
    assert caught.value.field == field
