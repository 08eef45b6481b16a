"""Datasets for the tests of the rotation."""

from __future__ import annotations

from io import BytesIO

from mixdown_api.messages.datasets import Datasets
from mixdown_api.messages.intake import Role
from mixdown_api.state import State


async def put(state: State, role: Role, *texts: str, target: str | None = None) -> None:
    file = BytesIO(("\n".join(["name" if role == "names" else role.removesuffix("s"), *texts])).encode())
    await Datasets(state).upload(file, "csv", role, target)


async def put_sizes(state: State, names: int, developers: int) -> None:
    await put(state, "names", *(f"N{number:03}x" for number in range(names)))
    await put(state, "developers", *(f"D{number:03}x" for number in range(developers)))
