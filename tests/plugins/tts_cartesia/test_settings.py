"""Settings: what they are, what they refuse, and which of them a signature covers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from mixdown_kernel.testing import opening
from mixdown_tts_cartesia.settings import SonicSettings
from mixdown_tts_cartesia.synthesizer import SOUNDING

from .conftest import SONIC, OpenSonic
from .stand_in import KEY, StandIn, voice_id

OTHER = {
    "model": "sonic-3-2026-01-12",
    "voice": voice_id(1),
    "cartesia_version": "2026-08-14",
    "transport": "sse",
    "encoding": "pcm_f32le",
    "sample_rate": 24000,
    "speed": 1.1,
    "volume": 1.0,
    "emotion": "happy",
    "max_buffer_delay_ms": 0,
    "continuation_chars": 100,
    "pronunciation_dicts": ["names"],
    "base_url": None,
}
SILENT = {
    "api_key": "sk_car_2",
    "concurrency": 7,
    "timeout_seconds": 1,
    "retries": 0,
}


def test_every_setting_is_either_heard_or_not() -> None:
    assert set(OTHER) == SOUNDING
    assert set(OTHER) | set(SILENT) == set(SonicSettings.model_fields)


@pytest.mark.parametrize("name", OTHER)
async def test_what_is_heard_is_signed(sonic: OpenSonic, cartesia: StandIn, name: str) -> None:
    cartesia.dictionaries["names"] = {"id": "names", "items": []}
    value = cartesia.url + "/v1" if OTHER[name] is None else OTHER[name]
    assert (await sonic()).fingerprint() != (await sonic(**{name: value})).fingerprint()


async def test_what_is_not_heard_is_not_signed(sonic: OpenSonic) -> None:
    plain, other = (await sonic()).fingerprint(), (await sonic(**SILENT)).fingerprint()
    assert plain == other
    assert "sk_car" not in plain
    assert KEY not in plain


async def test_a_dictionary_is_signed_by_what_it_holds(sonic: OpenSonic, cartesia: StandIn) -> None:
    found = []
    for alias in ("shiv on", "she vawn"):
        cartesia.dictionaries["names"] = {"id": "names", "items": [{"text": "Siobhan", "alias": alias}]}
        found.append((await sonic(pronunciation_dicts=["names"])).fingerprint())
    assert found[0] != found[1]


@pytest.mark.parametrize(
    "section",
    [
        {"voice": "alloy"},
        {"model": "sonic-3.5"},
        {"model": "sonic-2"},
        {"cartesia_version": "2027-01-01"},
        {"transport": "carrier-pigeon"},
        {"encoding": "pcm_s24le"},
        {"sample_rate": 32000},
        {"speed": 1.6},
        {"volume": 0.4},
        {"emotion": ""},
        {"pronunciation_dicts": ["../voices"]},
        {"max_buffer_delay_ms": 5001},
        {"concurrency": 0},
        {"base_url": "ftp://x"},
        {"base_url": "https://key@api.cartesia.ai"},
        {"base_url": "https://api.cartesia.ai/"},
        {"api_keys": KEY},
        {"api_key": KEY + "\nX-Other: 1"},
        {"api_key": KEY + "é"},
    ],
    ids=str,
)
def test_what_the_contract_does_not_allow_is_refused(section: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as raised:
        opening.settings(SONIC, {"api_key": KEY, **section})
    assert KEY not in str(raised.value)


def test_variables_of_the_original_are_heard_and_our_own_win(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARTESIA_API_KEY", KEY)
    monkeypatch.setenv("VOICE_ID", voice_id(1))
    monkeypatch.setenv("MODEL_ID", "sonic-3-2026-01-12")
    found = opening.settings(SONIC, {"voice": voice_id(2)})
    assert found.api_key.get_secret_value() == KEY
    assert (found.voice, found.model) == (voice_id(1), "sonic-3-2026-01-12")
    monkeypatch.setenv("MIXDOWN_SONIC_3_VOICE", voice_id(3))
    monkeypatch.setenv("MIXDOWN_SONIC_3_PRONUNCIATION_DICTS", '["a", "b"]')
    found = opening.settings(SONIC)
    assert (found.voice, found.pronunciation_dicts) == (voice_id(3), ("a", "b"))
    assert KEY not in f"{found!r} {found} {found.model_dump()} {found.model_dump_json()}"


def test_white_space_around_a_key_is_none_of_it() -> None:
    """A file that holds it ends with a line."""
    assert opening.settings(SONIC, {"api_key": f" {KEY}\n"}).api_key.get_secret_value() == KEY


async def test_nothing_is_asked_of_the_service_when_it_opens(cartesia: StandIn, tmp_path: Path) -> None:
    """A machine that starts without a network speaks once there is one."""
    async with opening.opened(SONIC, {"api_key": KEY, "base_url": cartesia.url}, folder=tmp_path) as backend:
        assert (await backend.health()).ok
    assert not cartesia.calls
    assert not cartesia.handshakes
