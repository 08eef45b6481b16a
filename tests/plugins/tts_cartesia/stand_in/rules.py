"""The contract as one table: every member of a request, where it may stand, what it may be, and who says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

VERSIONS = ("2024-06-10", "2024-11-13", "2025-04-16", "2026-03-01", "2026-08-14")
SINCE_JSON_ERRORS = "2026-03-01"
SINCE_BARE_VOICES = "2026-08-14"
MODELS = {
    "sonic-3", "sonic-3-2025-10-27", "sonic-3-2026-01-12", "sonic-3.5", "sonic-3.5-2026-05-04", "sonic-latest",
}  # fmt: skip
WIDTHS = {"pcm_f32le": 4, "pcm_s16le": 2, "pcm_mulaw": 1, "pcm_alaw": 1}
RATES = {8000, 16000, 22050, 24000, 44100, 48000}
_TAGS = (
    "en fr de es pt zh ja hi it ko nl pl ru sv tr tl bg ro ar cs el fi hr ms sk da ta uk hu no vi bn th he ka id te gu "
    "kn ml mr pa or ur"
)
LANGUAGES = frozenset(_TAGS.split())

CONTRACT = "contracts/platform.md"
SDK = "cartesia 4.2.0"

BYTES, SSE, SOCKET = "bytes", "sse", "websocket"
VOICES, CLONE, DICTIONARY = "voices", "clone", "dictionary"
ALL = frozenset({BYTES, SSE, SOCKET})
EVENTS = frozenset({SSE, SOCKET})


class Refused(Exception):
    """An answer in place of sound."""

    def __init__(self, status: int, code: str | None, title: str, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status, self.code, self.title, self.message = status, code, title, message
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


@dataclass(frozen=True)
class Rule:
    """``member`` is dotted. ``allows`` is given its value and the request; ``code`` is the error's, if it has one."""

    member: str
    on: frozenset[str]
    required: bool
    wants: str
    source: str
    allows: Callable[[Any, Mapping[str, Any]], bool]
    since: str = VERSIONS[0]
    until: str = VERSIONS[-1]
    code: str | None = None
    status: int = 400


def _text(value: Any, _: Mapping[str, Any]) -> bool:
    return isinstance(value, str) and bool(value)


def _flag(value: Any, _: Mapping[str, Any]) -> bool:
    return isinstance(value, bool)


def _between(low: float, high: float) -> Callable[[Any, Mapping[str, Any]], bool]:
    return lambda value, _: (
        isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
    )


def _one_of(names: Any) -> Callable[[Any, Mapping[str, Any]], bool]:
    return lambda value, _: isinstance(value, str | int) and value in names


def _object(*members: str) -> Callable[[Any, Mapping[str, Any]], bool]:
    return lambda value, _: isinstance(value, dict) and set(value) <= set(members)


def _spoken(value: Any, body: Mapping[str, Any]) -> bool:
    return isinstance(value, str) and (
        bool(value.strip()) or ("context_id" in body and not body.get("continue"))
    )


def _page_size(value: Any, _: Mapping[str, Any]) -> bool:
    return isinstance(value, str) and value.isdecimal() and 1 <= int(value) <= 100


def _recording(value: Any, _: Mapping[str, Any]) -> bool:
    return isinstance(value, bytes) and value.startswith(b"RIFF")


def _items(value: Any, _: Mapping[str, Any]) -> bool:
    known = {"text", "alias", "case_sensitive"}
    return isinstance(value, list) and all({"text", "alias"} <= set(item) <= known for item in value)


def _mode_voice(value: Any, _: Mapping[str, Any]) -> bool:
    return isinstance(value, dict) and set(value) == {"mode", "id"} and value["mode"] == "id"


def _bare_voice(value: Any, _: Mapping[str, Any]) -> bool:
    return isinstance(value, str) or (isinstance(value, dict) and set(value) == {"id"})


FORMAT = ("container", "encoding", "sample_rate")
CONFIG = ("speed", "volume", "emotion")
HTTP = ALL - {SOCKET}
LIST = frozenset({VOICES})
FORM = frozenset({CLONE})
PAIRS = frozenset({DICTIONARY})

RULES = (
    Rule("model_id", ALL, True, "a known model", CONTRACT, _one_of(MODELS), code="model_not_found", status=404),
    Rule("transcript", ALL, True, "a text, empty only to end a context", CONTRACT, _spoken),
    Rule("voice", ALL, True, '{"mode": "id", "id"}', CONTRACT, _mode_voice, until="2026-03-01"),
    Rule("voice", ALL, True, 'an id or {"id"}', CONTRACT, _bare_voice, since=SINCE_BARE_VOICES),
    Rule("output_format", ALL, True, "an object of known members", CONTRACT, _object(*FORMAT)),
    Rule("output_format.container", frozenset({BYTES}), True, "raw, wav (and mp3, which nothing here asks for)", CONTRACT, _one_of({"raw", "wav"})),
    Rule("output_format.container", EVENTS, True, "raw", CONTRACT, _one_of({"raw"})),
    Rule("output_format.sample_rate", ALL, True, "8000 to 48000", CONTRACT, _one_of(RATES)),
    Rule("output_format.encoding", ALL, True, "a PCM encoding", CONTRACT, _one_of(WIDTHS)),
    Rule("language", ALL, False, "one of 44 languages", SDK, _one_of(LANGUAGES), code="language_not_supported"),
    Rule("pronunciation_dict_id", ALL, False, "an id", CONTRACT, _text),
    Rule("generation_config", ALL, False, "an object of known members", CONTRACT, _object(*CONFIG)),
    Rule("generation_config.speed", ALL, False, "0.6 to 1.5", CONTRACT, _between(0.6, 1.5)),
    Rule("generation_config.volume", ALL, False, "0.5 to 2.0", CONTRACT, _between(0.5, 2.0)),
    Rule("generation_config.emotion", ALL, False, "58 names or free", CONTRACT, _text),
    Rule("save", frozenset({BYTES}), False, "true or false", CONTRACT, _flag),
    Rule("context_id", frozenset({SOCKET}), True, "an id of the client's", CONTRACT, _text),
    Rule("context_id", frozenset({SSE}), False, "an id of the client's", SDK, _text),
    Rule("continue", frozenset({SOCKET}), False, "true or false", CONTRACT, _flag),
    Rule("flush", frozenset({SOCKET}), False, "true or false", CONTRACT, _flag),
    Rule("max_buffer_delay_ms", frozenset({SOCKET}), False, "0 to 5000", CONTRACT, _between(0, 5000)),
    Rule("add_timestamps", EVENTS, False, "true or false", CONTRACT, _flag),
    Rule("add_phoneme_timestamps", EVENTS, False, "true or false", CONTRACT, _flag),
    Rule("use_normalized_timestamps", EVENTS, False, "true or false", SDK, _flag),
    Rule("limit", LIST, False, "1 to 100", CONTRACT, _page_size),
    Rule("starting_after", LIST, False, "a voice's id", CONTRACT, _text),
    Rule("q", LIST, False, "words", SDK, _text),
    Rule("clip", FORM, True, "a recording", CONTRACT, _recording),
    Rule("name", FORM, True, "a name", CONTRACT, _text),
    Rule("language", FORM, True, "one of 44 languages", CONTRACT, _one_of(LANGUAGES), code="language_not_supported"),
    Rule("description", FORM, False, "words", SDK, _text),
    Rule("name", PAIRS, True, "a name", SDK, _text),
    Rule("items", PAIRS, False, "texts and what to say for them", SDK, _items),
)  # fmt: skip
"""First match of each member counts; what no rule names is refused."""

CHANGING_INPUT = {"transcript", "continue", "flush"}
"""Whatever else must stay the same on the inputs of a context (docs.cartesia.ai, contexts)."""


def check(body: Any, on: str, version: str) -> None:
    """Raises `Refused` for the first rule that is broken."""
    if not isinstance(body, dict):
        raise Refused(400, None, "Invalid request", "a JSON object is expected")
    rules = [rule for rule in RULES if on in rule.on and rule.since <= version <= rule.until]
    known = {rule.member.partition(".")[0] for rule in rules}
    if unknown := sorted(set(body) - known):
        raise Refused(400, None, "Invalid request", f"unknown member {unknown[0]} on {on}")
    for rule in rules:
        _apply(rule, body)


def _apply(rule: Rule, body: dict[str, Any]) -> None:
    *path, name = rule.member.split(".")
    holder: Any = body
    for step in path:
        if step not in holder:
            return
        holder = holder[step]
    if name not in holder:
        if rule.required:
            raise Refused(400, None, "Invalid request", f"{rule.member} is required")
        return
    if not rule.allows(holder[name], body):
        title = f"Invalid {path[0] if path else name.removesuffix('_id')}"
        raise Refused(rule.status, rule.code, title, f"{rule.member}: {rule.wants} ({rule.source})")
