"""The English front end: how an utterance is said, in phones with stress, accents, syllables and phrases.

    reading = read("Hello world.")
    [phone.name for phone in reading.phones]  # pau hh ax l ow w er l d pau

Everything is ours but three tables that come from flite (CMU's permissive licence, see THIRD-PARTY.md): the pronunciation table,
the trees of intonation and the classes of function words. Its conventions are those of the voices' teachers.
Blocking, some 0.1 ms a word and some 5 ms for a word that is not in the table: call it in a thread.
"""

from mixdown_tts_onnx.english.reading import Reading, Word, read
from mixdown_tts_onnx.english.tokens import Given

__all__ = ["Given", "Reading", "Word", "read"]
