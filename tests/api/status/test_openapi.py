"""The description of the API: complete, consistent, and with examples that work."""

from __future__ import annotations

from typing import Any

import pytest

from ..scenes.served import Served

METHODS = ("get", "put", "post", "patch", "delete")


@pytest.fixture(scope="module")
def document(served: Served) -> dict[str, Any]:
    found: dict[str, Any] = served.http.get("/openapi.json").json()
    return found


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method} {path}": item[method]
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    }


def test_every_operation_says_what_it_does(document: dict[str, Any]) -> None:
    for name, operation in operations(document).items():
        assert operation["summary"], name
        assert operation["tags"], name
    ids = [operation["operationId"] for operation in operations(document).values()]
    assert len(ids) == len(set(ids))


def test_the_routes_of_the_contract_are_there(document: dict[str, Any]) -> None:
    assert {
        "post /v1/audio/speech",
        "post /v1/audio/generate",
        "get /v1/renders/{id}",
        "get /v1/models",
        "get /v1/models/{id}",
        "get /v1/audio/models",
        "get /v1/audio/voices",
        "get /v1/voices",
        "get /v1/plugins",
        "get /health",
    } <= set(operations(document))


def test_the_frameworks_own_error_is_nowhere(document: dict[str, Any]) -> None:
    assert "HTTPValidationError" not in str(document)


def test_references_lead_somewhere(document: dict[str, Any]) -> None:
    def references(node: object) -> set[str]:
        if isinstance(node, dict):
            own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
            return own.union(*(references(value) for value in node.values()))
        if isinstance(node, list):
            return set().union(*(references(value) for value in node))
        return set()

    for reference in references(document):
        node: Any = document
        for name in reference.removeprefix("#/").split("/"):
            assert name in node, reference
            node = node[name]


def test_examples_work(document: dict[str, Any], served: Served) -> None:
    schemas = document["components"]["schemas"]
    examples = schemas["GenerateBody"]["examples"]
    assert examples
    for example in examples:
        assert served.generate({**example, "dry_run": True}).status_code == 200
    speech = {
        name: one["examples"][0]
        for name, one in schemas["SpeechBody"]["properties"].items()
        if "examples" in one
    }
    assert {"model", "input", "voice"} <= set(speech)
    assert served.speak(speech).status_code == 200
