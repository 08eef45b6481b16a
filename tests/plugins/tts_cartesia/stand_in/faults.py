"""What can be made to go wrong, for one request each."""

from __future__ import annotations

from enum import StrEnum


class Fault(StrEnum):
    """Before any sound, unless it says otherwise."""

    BUSY = "429, concurrency_limited"
    BUSY_FOR_A_SECOND = "429 with Retry-After: 1"
    BROKEN = "500"
    UNAVAILABLE = "503"
    UNAUTHORIZED = "401 that repeats the key it was given"
    NO_CREDITS = "402"
    QUOTA = "429, quota_exceeded"
    FORBIDDEN = "403"
    TOO_LARGE = "413"
    LANGUAGE = "400: the voice does not speak this language"
    SILENT = "an end without sound"
    STALLED = "nothing, ever"
    CUT = "the connection ends"
    NOT_SOUND = "an HTML page with status 200; on a socket or as an event, text that is no JSON"
    BAD_BASE64 = "sound that is no base64"
    EXPIRED = "the context has expired"
    STALLED_MIDWAY = "nothing, ever, after the first piece"
    CUT_MIDWAY = "the connection ends after the first piece"
    BROKEN_MIDWAY = "an error event after the first piece"
    BUSY_MIDWAY = "429 as an event after the first piece"
    BAD_JSON_MIDWAY = "half an object after the first piece"
    NO_DONE = "an end without the event that says so"
    NO_END = "an event that does not end"
    NO_CONTEXT = "an error event that names no context"
    HALF_A_SAMPLE = "the last byte is missing"
    NOT_A_NUMBER = "NaN, where samples are floats"
    ENDLESS = "sound that does not stop"
    HELD = "the first piece, and the rest when the test says so"
