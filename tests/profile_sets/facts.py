"""The tables of PS3.11 as facts of their own: what the product's profiles/*.toml is held against."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).parents[1] / "facts" / "ps3.11-profiles.json"
BY_STATEMENT = "DEFINED_IN_CONFORMANCE_STATEMENT"
ANY, MULTI_FRAME = "ALL_MEDIA_STORAGE", "MULTIFRAME_MEDIA_STORAGE"


@dataclass(frozen=True, eq=False)
class Facts:
    """One profile with everything that it refers to by name."""

    id: str
    annex: str
    media: tuple[str, ...]
    security: str
    directory: Mapping[str, Any]
    objects: tuple[Mapping[str, Any], ...]
    at_least_one: tuple[str, ...]
    keys: tuple[Mapping[str, Any], ...]
    icon: Mapping[str, Any]
    images: tuple[Mapping[str, Any], ...]
    modules: tuple[Mapping[str, Any], ...]

    @property
    def sop_classes(self) -> set[str]:
        """The SOP Class UIDs, or names of sets, of the table of objects."""
        return {rule.get("sop_class_uid") or rule["sop_class_set"] for rule in self.objects}

    @property
    def syntaxes(self) -> set[str]:
        """The Transfer Syntax UIDs of the table of objects."""
        return {rule["transfer_syntax"] for rule in self.objects}


@cache
def tables() -> Any:
    """The whole document."""
    return json.loads(_FILE.read_text(encoding="utf-8"))


@cache
def profiles() -> Mapping[str, Facts]:
    """The 82 current profiles by identifier."""
    return {row["id"]: _facts(row) for row in tables()["profiles"]}


def _facts(row: Mapping[str, Any]) -> Facts:
    all = tables()
    objects = all["object_rule_sets"][row["object_rules"]]
    modules = []
    for name in row["module_rules"]:
        while name:
            modules.append(all["module_rules"][name])
            name = modules[-1].get("extends")
    return Facts(
        id=row["id"],
        annex=row["annex"],
        media=tuple(row["media"]),
        security=row["security"],
        directory={**all["directory_rules"][row["directory"]], "rule": row["dicomdir"]},
        objects=tuple(objects["rules"]),
        at_least_one=tuple(objects.get("at_least_one", {}).get("sop_class_in", ())),
        keys=tuple(key for key in all["key_sets"][row["additional_keys"]]["keys"] if key["keyword"]),
        icon=all["icon_rules"][row["icons"]],
        images=tuple(all["image_attribute_sets"][name] for name in row["image_attributes"]),
        modules=tuple({rule["section"]: rule for rule in modules}.values()),
    )
