"""The loops are what the kernel's contract of the role asks."""

from collections.abc import Sequence

import pytest

import mixdown_ambient
from mixdown_kernel import AmbientRequest, AmbientSource, Backend, Problem
from mixdown_kernel.testing import AmbientContract


class TestLoops(AmbientContract):
    @pytest.fixture
    def backend(self) -> Backend[AmbientSource]:
        (backend,) = mixdown_ambient.ambient_backends()
        return backend

    @pytest.fixture
    async def specifications(self, opened: AmbientSource) -> Sequence[AmbientRequest]:
        """The quickest, and one that has everything; seams and sound of every kind have their own tests."""
        return [self.request("pink_noise"), self.request("fireplace")]

    async def test_it_offers_what_it_renders(self, opened: AmbientSource) -> None:
        noises = {"white_noise", "pink_noise", "brown_noise"}
        assert noises | {"rain", "cafe", "city", "wind", "ocean", "fireplace"} == set(opened.kinds())

    @pytest.mark.parametrize(
        ("members", "code", "field", "allowed"),
        [
            ({"kind": "custom"}, "unknown_background", "kind", None),
            ({"parameters": {"wet": 1}}, "unknown_parameter", "parameters.wet", ["layer"]),
            ({"parameters": {"distance": 0.5}}, "unknown_parameter", "parameters.distance", ["layer"]),
            ({"parameters": {"layer": 0}}, "invalid_parameter", "parameters.layer", [1, 2, 3]),
            ({"parameters": {"layer": True}}, "invalid_parameter", "parameters.layer", [1, 2, 3]),
            ({"parameters": {"layer": None}}, "invalid_parameter", "parameters.layer", [1, 2, 3]),
            ({"parameters": {"layer": "drops"}}, "invalid_parameter", "parameters.layer", [1, 2, 3]),
        ],
    )
    async def test_what_it_cannot_do_is_named(
        self,
        opened: AmbientSource,
        members: dict[str, object],
        code: str,
        field: str,
        allowed: list[object] | None,
    ) -> None:
        request = AmbientRequest.model_validate({"kind": "rain", **members})
        with pytest.raises(Problem) as caught:
            await anext(opened.render(request))
        assert (caught.value.kind, caught.value.code, caught.value.field) == ("invalid", code, field)
        assert caught.value.allowed == (allowed if allowed is not None else list(opened.kinds()))
