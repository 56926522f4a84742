"""The JSON schemas that the package ships; that every document keeps to them is tested in tests/cli."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from mediakit import errors
from mediakit.cli import Bug
from tests.schemas import NAMES, parsed, schema


def test_every_document_has_a_schema() -> None:
    assert NAMES == (
        "completion-1", "config-1", "create-1", "error-1", "extract-1", "fit-1", "formats-1", "inspect-1",
        "manifest-1", "profiles-1", "rules-1", "sample-1", "verify-1",
    )  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_is_a_schema_of_its_name(name: str) -> None:
    body = schema(name)
    Draft202012Validator.check_schema(body)
    word = "mediakit/" + name.replace("-", "/")
    assert (body["$schema"], body["title"], body["properties"]["schema"]) == (
        "https://json-schema.org/draft/2020-12/schema", word, {"const": word},
    )  # fmt: skip
    assert {"schema", "mediakit"} <= set(body["required"])


def objects(part: Any) -> Iterator[dict[str, Any]]:
    """Every schema inside a schema."""
    for value in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from objects(value)
    if isinstance(part, dict) and "type" in part:
        yield part


@pytest.mark.parametrize("name", NAMES)
def test_says_what_every_object_holds_and_lets_later_versions_add(name: str) -> None:
    for part in objects(schema(name)):
        if part["type"] == "object":
            assert "properties" in part or "additionalProperties" in part
            assert part.get("additionalProperties") is not False
            assert set(part.get("required", ())) <= set(part.get("properties", ()))


def test_every_exception_has_a_code_of_its_own() -> None:
    known = [error for error in (*vars(errors).values(), Bug) if hasattr(error, "code")]
    assert len({error.code for error in known}) == len(known)
    for error in known:
        words = {"mediakit": "0.1.0", "code": error.code, "message": "", "advice": ""}
        parsed(json.dumps({"schema": "mediakit/error/1", **words}))


def test_the_validator_of_the_tests_refuses_what_is_not_in_the_schema() -> None:
    """The other tests rest on this."""
    error = (
        '{"schema": "mediakit/error/1", "mediakit": "0.1.0", "code": "usage", "message": "", "advice": ""%s}'
    )
    assert parsed(error % "")["code"] == "usage"
    with pytest.raises(AssertionError, match="'more' was unexpected"):
        parsed(error % ', "more": 1')
    with pytest.raises(AssertionError, match="does not match"):
        parsed((error % "").replace("usage", "A GUESS"))
