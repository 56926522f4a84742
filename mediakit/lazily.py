"""Names that a package offers without having loaded them: who does not use them does not wait for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module


def loader(package: str, homes: Mapping[str, str]) -> Callable[[str], object]:
    """The `__getattr__` of a package (PEP 562) that loads a name when it is used.

    `homes` says in which module of the package each is: "module", or "module:name" where it has
    another name there. The function raises AttributeError for any other name.
    """

    def load(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module, _, there = homes[name].partition(":")
        return getattr(import_module(f".{module}", package), there or name)

    return load
