"""A music request in words: the hosted model knows neither tempo nor key but from its prompt."""

from __future__ import annotations

from mixdown_kernel import MusicRequest, invalid
from mixdown_music.stable_audio.models import MAX_PROMPT

GENRES: dict[str, str] = {
    "lofi": "lo-fi hip hop, warm electric piano, dusty vinyl, relaxed boom bap drums",
    "orchestral": "orchestral film score, strings, brass, woodwinds, timpani",
    "ambient": "ambient, slowly evolving pads, spacious, no drums",
    "electronic": "electronic, synthesizers, four on the floor, driving bass",
    "jazz": "jazz trio, upright bass, brushed drums, piano, swing",
}
DEFAULT_GENRE = "lofi"
"""Where neither a prompt nor a genre is asked for."""
ENERGY = ((0.25, "calm and sparse"), (0.5, "relaxed"), (0.75, "lively"), (1.01, "intense and full"))


def prompt_of(request: MusicRequest) -> str:
    """The caller's own words, the genre's, and after them tempo, key and energy. Raises `Problem`
    ``prompt_too_long``."""
    told = (request.prompt or "").strip()
    words = [told] if told else []
    if request.genre is not None or not told:
        words.append(GENRES[request.genre or DEFAULT_GENRE])
    if request.bpm is not None:
        words.append(f"{request.bpm} BPM")
    if request.key is not None:
        words.append(f"in {request.key.replace('_', ' ')}")
    share = request.intensity
    if share is not None or not told:
        words.append(next(word for below, word in ENERGY if (0.5 if share is None else share) < below))
    if not told:
        words.append("instrumental")
    text = ", ".join(words)
    if len(text) > MAX_PROMPT:
        message = f"With tempo and key the prompt has {len(text)} characters."
        raise invalid("prompt_too_long", message, field="prompt", allowed=[1, MAX_PROMPT])
    return text
