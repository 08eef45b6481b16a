"""Jobs belong to the key that submitted them."""

from __future__ import annotations

import httpx

from mixdown_api import ApiSettings, create_app
from mixdown_kernel import Kernel


async def test_another_key_finds_none_of_them(tmp_path):
    settings = ApiSettings(api_keys=["one-key", "other-key"], rate_limit="off")
    app = create_app(
        Kernel({"data_dir": tmp_path, "backends": {"mixing": ["numpy"], "synthesis": ["espeak"]}}), settings
    )
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        one, other = (
            httpx.AsyncClient(
                transport=transport, base_url="http://t", headers={"authorization": f"Bearer {key}"}
            )
            for key in ("one-key", "other-key")
        )
        answer = await one.post(
            "/v1/audio/generate", json={"text": "Hello."}, headers={"prefer": "respond-async"}
        )
        assert answer.status_code == 202
        path = answer.headers["location"]
        assert (await one.get(path)).status_code == 200
        assert len((await one.get("/v1/jobs")).json()["data"]) == 1
        assert (await other.get("/v1/jobs")).json()["data"] == []
        for method, target in [("GET", path), ("POST", f"{path}/cancel"), ("GET", f"{path}/events")]:
            assert (await other.request(method, target)).status_code == 404
