"""The published JSON schemas, closed: in tests a field that the schema does not name is an error."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator

NAMES = tuple(sorted(entry.name.removesuffix(".json") for entry in files("mediakit.schemas").iterdir()))


def schema(name: str) -> dict[str, Any]:
    """A schema as it is shipped, by the name of its file: `create-1`."""
    loaded = json.loads(files("mediakit.schemas").joinpath(f"{name}.json").read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def closed(part: Any) -> Any:
    """The schema with additionalProperties false wherever it lists properties and says nothing else."""
    if isinstance(part, list):
        return [closed(each) for each in part]
    if not isinstance(part, dict):
        return part
    inner = {word: closed(value) for word, value in part.items()}
    if part.get("type") == "object" and "properties" in part:
        inner.setdefault("additionalProperties", False)
    return inner


@cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(closed(schema(name)))


def parsed(text: str | bytes) -> dict[str, Any]:
    """The one JSON document that the text is, proved against the schema that it names."""
    document = json.loads(text)
    word, name, version = document["schema"].split("/")
    wrong = [
        f"{each.json_path}: {each.message}" for each in _validator(f"{name}-{version}").iter_errors(document)
    ]
    if word != "mediakit" or wrong:
        raise AssertionError("\n".join(wrong))
    return dict(document)
