"""The environment beats the file, the file beats the defaults, and what nobody knows is refused."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from mixdown_api.edge import ApiSettings, Mode


def test_the_environment_wins(monkeypatch):
    monkeypatch.setenv("MIXDOWN_RATE_LIMIT", "5/second")
    monkeypatch.setenv("MIXDOWN_API_KEYS", "a, b,")
    monkeypatch.setenv("MIXDOWN_FETCH_PORTS", "80,8080")
    monkeypatch.setenv("MIXDOWN_TRUSTED_PROXIES", "10.0.0.0/8,::1")
    settings = ApiSettings(rate_limit="1/hour", render_slots=7)
    assert (settings.rate_limit, settings.render_slots, settings.keys) == ("5/second", 7, ("a", "b"))
    assert settings.fetch_ports == (80, 8080)
    assert len(settings.trusted_proxies) == 2


@pytest.mark.parametrize("prefix", ["", "MIXDOWN_"])
def test_names_of_the_original_are_known(monkeypatch, prefix):
    monkeypatch.setenv(f"{prefix}MODE", "PROD")
    monkeypatch.setenv(f"{prefix}INTERNAL_API_KEY", "inner")
    settings = ApiSettings(mode="DEV", internal_api_key="file")
    assert (settings.mode, settings.keys) == (Mode.PROD, ("inner",))


@pytest.mark.parametrize(
    "wrong",
    [
        {"rate_limits": "1/hour"}, {"rate_limit": "often"}, {"public_url": "ftp://x"}, {"mode": "TEST"},
        {"render_slots": 0}, {"trusted_proxies": ["nobody"]}, {"max_body_bytes": -1},
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(wrong):
    with pytest.raises(ValidationError):
        ApiSettings(**wrong)


def test_secrets_do_not_show():
    settings = ApiSettings(
        api_keys=["hunter2"], internal_api_key="hunter2", database_url="postgresql://u:hunter2@h/d"
    )
    assert "hunter2" not in repr(settings)
