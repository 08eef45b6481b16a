"""The document describes what really happens."""

from __future__ import annotations

from mixdown_api import create_app
from mixdown_kernel import Kernel


def test_every_operation_says_what_it_does_and_how_it_fails(tmp_path):
    document = create_app(Kernel({"data_dir": tmp_path}, discover=False)).openapi()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation.get("summary"), f"{method} {path}"
            assert "422" not in operation["responses"], f"{method} {path}"
            assert "default" in operation["responses"], f"{method} {path}"
    assert "HTTPValidationError" not in str(document)


def test_failures_are_shown_in_the_shape_of_their_path(tmp_path):
    paths = create_app(Kernel({"data_dir": tmp_path}, discover=False)).openapi()["paths"]
    speech, generate = (
        paths[path]["post"]["responses"]["default"]["content"]["application/json"]["example"]
        for path in ("/v1/audio/speech", "/v1/audio/generate")
    )
    assert set(speech["error"]) == {"message", "type", "param", "code"}
    assert generate["valid_range"] == [0.25, 4.0]


def test_requests_have_examples(tmp_path):
    schemas = create_app(Kernel({"data_dir": tmp_path}, discover=False)).openapi()["components"]["schemas"]
    assert schemas["SpeechBody"]["examples"]
    assert schemas["GenerateBody"]["examples"]
