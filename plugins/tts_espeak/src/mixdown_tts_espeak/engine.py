"""The child process: the only place that loads espeak-ng. Run as a script, never imported.

    python -I -S engine.py LIBRARY DATA_FOLDER

It initialises the library once, greets, and then **forks for every request**: espeak-ng keeps state between
utterances (flutter, noise) that even ``espeak_Terminate`` does not reset, so only a fresh copy of the
initialised process gives equal bytes for equal requests. A fork costs about a millisecond and contains crashes:
when the copy dies this process follows it, and whoever started us starts another.

Protocol, little-endian. Request on stdin: u32 length, JSON. Answer on stdout: u32 length of JSON, u32 length of
PCM (int16 mono), JSON, PCM. The first answer is the greeting. End of input ends the process.

Only the standard library, and little of it: every import is start-up time.
"""

from __future__ import annotations

import ctypes as c
import json
import os
import resource
import signal
import struct
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

SYNCHRONOUS = 2
PHONEME_EVENTS_AS_IPA = 0x0001 | 0x0002
CHARS_UTF8 = 1
MARKUP_IS_PHONEMES = 0x100
PHONEMES_IPA = 0x02
POSITION_IS_CHARACTER = 1
RATE, PITCH, RANGE, WORD_GAP = 1, 3, 4, 7
EVENT_END_OF_LIST, EVENT_WORD, EVENT_PHONEME = 0, 1, 7
STRESS = "ˈˌ"
VOWELS = tuple("aeiouyæøœɐɑɒɔəɘɚɛɜɝɞɤɨɪɯɵɶʉʊʌʏ")
GLIDE = "ʲ"
BUFFER_MS = 200
CPU_SECONDS = 20
MEMORY_BYTES = 1 << 30


class EventId(c.Union):
    _fields_ = (("number", c.c_int), ("name", c.c_char_p), ("string", c.c_char * 8))


class Event(c.Structure):
    """``espeak_EVENT`` of speak_lib.h."""

    _fields_ = (
        ("type", c.c_int),
        ("unique_identifier", c.c_uint),
        ("text_position", c.c_int),
        ("length", c.c_int),
        ("audio_position", c.c_int),
        ("sample", c.c_int),
        ("user_data", c.c_void_p),
        ("id", EventId),
    )


class VoiceRecord(c.Structure):
    """``espeak_VOICE`` of speak_lib.h."""

    _fields_ = (
        ("name", c.c_char_p),
        ("languages", c.c_void_p),
        ("identifier", c.c_char_p),
        ("gender", c.c_ubyte),
        ("age", c.c_ubyte),
        ("variant", c.c_ubyte),
        ("xx1", c.c_ubyte),
        ("score", c.c_int),
        ("spare", c.c_void_p),
    )


SynthCallback = c.CFUNCTYPE(c.c_int, c.POINTER(c.c_short), c.c_int, c.POINTER(Event))


def load(library: str, data: str) -> tuple[c.CDLL, int]:
    """The initialised library and its sample rate. Raises OSError, AttributeError (too old a library)."""
    lib = c.CDLL(library)
    lib.espeak_Initialize.argtypes = [c.c_int, c.c_int, c.c_char_p, c.c_int]
    lib.espeak_SetVoiceByName.argtypes = [c.c_char_p]
    lib.espeak_Info.restype = c.c_char_p
    lib.espeak_Info.argtypes = [c.c_void_p]
    lib.espeak_ListVoices.restype = c.POINTER(c.POINTER(VoiceRecord))
    lib.espeak_ListVoices.argtypes = [c.POINTER(VoiceRecord)]
    lib.espeak_Synth.argtypes = [
        c.c_char_p, c.c_size_t, c.c_uint, c.c_int, c.c_uint, c.c_uint, c.c_void_p, c.c_void_p,
    ]  # fmt: skip
    lib.espeak_TextToPhonemesWithTerminator.restype = c.c_char_p
    lib.espeak_TextToPhonemesWithTerminator.argtypes = [
        c.POINTER(c.c_void_p), c.c_int, c.c_int, c.POINTER(c.c_int),
    ]  # fmt: skip
    # espeak-ng fails on data paths of more than some 200 characters, so it gets a short one.
    os.chdir(data)
    rate = lib.espeak_Initialize(SYNCHRONOUS, BUFFER_MS, b".", PHONEME_EVENTS_AS_IPA)
    if rate <= 0:
        raise OSError("espeak-ng cannot read its data folder")
    lib.espeak_ng_SetRandSeed(c.c_long(1))
    return lib, rate


def languages(address: int) -> list[str]:
    """A voice's language tags: a priority byte and a string each, ended by a zero byte."""
    tags = []
    while c.c_ubyte.from_address(address).value:
        tag = c.string_at(address + 1)
        tags.append(tag.decode())
        address += len(tag) + 2
    return tags


def records(lib: c.CDLL, kind: str | None) -> Iterator[VoiceRecord]:
    wanted = None
    if kind:
        # ListVoices takes the wanted language as a bare string in the field that it fills as a list.
        language = c.create_string_buffer(kind.encode())
        wanted = c.byref(VoiceRecord(languages=c.addressof(language)))
    found = lib.espeak_ListVoices(wanted)
    index = 0
    while found[index]:
        yield found[index].contents
        index += 1


def has_dictionary(voice: dict[str, Any]) -> bool:
    """The wheel lists a few languages (Pashto, Faroese) without their dictionary: they would only be silent."""
    if os.path.exists(voice["languages"][0].partition("-")[0] + "_dict"):
        return True
    with open(os.path.join("lang", voice["identifier"]), encoding="utf-8") as lines:
        names = [line.split()[1] for line in lines if line.startswith("dictionary ")]
    return any(os.path.exists(name + "_dict") for name in names)


def voices(lib: c.CDLL, kind: str | None = None) -> list[dict[str, Any]]:
    """The base voices, or those of the pseudo-language ``variant``."""
    return [
        {
            "name": record.name.decode(),
            "identifier": record.identifier.decode(),
            "gender": record.gender,
            "languages": languages(record.languages),
        }
        for record in records(lib, kind)
    ]


class Recording:
    """Collects what the synthesis callback delivers: sound, starts of words and phonemes, and runs of silence."""

    def __init__(self, max_frames: int) -> None:
        self.pcm = bytearray()
        self.words: list[tuple[int, int]] = []
        """(1-based character position, frame)"""
        self.pauses: list[list[int]] = []
        """[first frame, end frame]; the last one is open until the end."""
        self.phonemes: list[int] = []
        """The frame at which each phoneme that sounds begins."""
        self.too_long = False
        self._max_bytes = 2 * max_frames
        self._last = STRESS
        self._early = False

    def receive(self, samples: Any, count: int, events: Any) -> int:
        if count > 0 and samples:
            self.pcm += c.string_at(samples, 2 * count)
        index = 0
        while events[index].type != EVENT_END_OF_LIST:
            self._note(events[index])
            index += 1
        self.too_long = len(self.pcm) > self._max_bytes
        return int(self.too_long)

    def _note(self, event: Event) -> None:
        if event.type == EVENT_WORD:
            self._early = self._last not in ("", GLIDE) and self.phonemes[-1:] == [event.sample]
            self.words.append((event.text_position, event.sample))
        elif event.type == EVENT_PHONEME:
            self._note_phoneme(event.id.string.decode(errors="ignore"), event.sample)

    def _note_phoneme(self, label: str, frame: int) -> None:
        """An empty label is silence. A word that begins with a vowel is announced too early after m, n or l."""
        if self._early and label.lstrip(STRESS).startswith(VOWELS):
            self.words[-1] = (self.words[-1][0], frame)
        if not label and self._last:
            self.pauses.append([frame, frame])
        elif not self._last:
            self.pauses[-1][1] = frame
        if label:
            self.phonemes.append(frame)
        self._last, self._early = label, False

    def answer(self) -> dict[str, Any]:
        frames = len(self.pcm) // 2
        if not self._last:
            self.pauses[-1][1] = frames
        return {
            "words": self.words,
            "pauses": self.pauses,
            "phonemes": self.phonemes,
            "too_long": self.too_long,
        }


def speak(lib: c.CDLL, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    recording = Recording(request["max_frames"])
    callback = SynthCallback(recording.receive)
    lib.espeak_SetSynthCallback(callback)
    for parameter, value in (
        (RATE, request["rate"]),
        (PITCH, request["pitch"]),
        (RANGE, request["range"]),
        (WORD_GAP, request["word_gap"]),
    ):
        lib.espeak_SetParameter(parameter, value, 0)
    text = request["text"].encode()
    # The SSML flag is never set, that for phonemes only where our caller wrote every "[[" itself.
    flags = CHARS_UTF8 | (MARKUP_IS_PHONEMES if request["marked"] else 0)
    status = lib.espeak_Synth(text, len(text) + 1, 0, POSITION_IS_CHARACTER, 0, flags, None, None)
    if status != 0:
        return {"error": f"espeak_Synth returned {status}"}, b""
    return recording.answer(), b"" if recording.too_long else bytes(recording.pcm)


def clauses(lib: c.CDLL, text: str) -> Iterator[tuple[str, int]]:
    """IPA and terminator of each clause."""
    buffer = c.create_string_buffer(text.encode())
    rest = c.c_void_p(c.addressof(buffer))
    while rest.value:
        terminator = c.c_int(0)
        phonemes = lib.espeak_TextToPhonemesWithTerminator(
            c.byref(rest), CHARS_UTF8, PHONEMES_IPA, c.byref(terminator)
        )
        yield phonemes.decode(), terminator.value


def phonemize(lib: c.CDLL, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    return {"clauses": list(clauses(lib, request["text"]))}, b""


def transcribe(lib: c.CDLL, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """IPA of texts in phoneme markup, which only the flags of a synthesis turn on."""
    flags = CHARS_UTF8 | MARKUP_IS_PHONEMES
    unheard = SynthCallback(lambda *_: 0)
    lib.espeak_SetSynthCallback(unheard)
    lib.espeak_Synth(b" ", 2, 0, POSITION_IS_CHARACTER, 0, flags, None, None)
    return {"ipa": ["".join(ipa for ipa, _ in clauses(lib, text)) for text in request["texts"]]}, b""


TASKS = {"speak": speak, "phonemize": phonemize, "transcribe": transcribe}


def perform(lib: c.CDLL, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    status = lib.espeak_SetVoiceByName(request["voice"].encode())
    if status != 0:
        return {"error": f"espeak_SetVoiceByName returned {status}"}, b""
    return TASKS[request["task"]](lib, request)


def send(data: dict[str, Any], pcm: bytes = b"") -> None:
    body = json.dumps(data, separators=(",", ":")).encode()
    out = sys.stdout.buffer
    out.write(struct.pack("<II", len(body), len(pcm)))
    out.write(body)
    out.write(pcm)
    out.flush()


def receive() -> dict[str, Any] | None:
    header = sys.stdin.buffer.read(4)
    if len(header) < 4:
        return None
    body = sys.stdin.buffer.read(struct.unpack("<I", header)[0])
    request: dict[str, Any] = json.loads(body)
    return request


def die_with_parent() -> None:
    if sys.platform == "linux":
        set_parent_death_signal = 1
        c.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)


def guard() -> None:
    """A terminal's Ctrl-C is for our parent; and whatever the engine does, it does it within bounds."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    die_with_parent()


def serve(lib: c.CDLL) -> int:
    while (request := receive()) is not None:
        copy = os.fork()
        if copy == 0:
            status = 1
            try:
                die_with_parent()
                resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
                send(*perform(lib, request))
                status = 0
            finally:
                os._exit(status)
        if os.waitpid(copy, 0)[1] != 0:
            return 1
    return 0


def main() -> int:
    guard()
    try:
        lib, rate = load(sys.argv[1], sys.argv[2])
    except (OSError, AttributeError) as error:
        send({"error": str(error)})
        return 1
    version = lib.espeak_Info(None).decode()
    spoken = [voice for voice in voices(lib) if has_dictionary(voice)]
    send({"version": version, "rate": rate, "voices": spoken, "variants": voices(lib, "variant")})
    return serve(lib)


if __name__ == "__main__":
    sys.exit(main())
