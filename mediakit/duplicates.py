"""One SOP Instance, one file: what becomes of several files with the same SOP Instance UID.

It comes after the instances were selected and judged, so that a copy that fits is kept and
nothing is lost by another one that does not. The first fitting copy in the order of the
sources stays. A further copy is folded when it holds the same; else it is a conflict, which
nobody but the user can solve.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .creator_notes import Conflict, Folded
from .dicomfile import same_instance
from .model import FileContent, Instance

if TYPE_CHECKING:  # the rules, which it needs, know this module
    from .conformance import Conformance, Refusal


@dataclass(frozen=True, slots=True)
class Resolution:
    """The judgement with each SOP Instance UID accepted once, and what became of the other files."""

    judged: Conformance
    folded: tuple[Folded, ...]
    conflicts: tuple[Conflict, ...]


def resolve(
    judged: Conformance,
    check: Callable[[], None] = lambda: None,
    source_of: Callable[[Instance], Instance] = lambda instance: instance,
) -> Resolution:
    """Keep the first accepted file of every UID; `check` may raise to stop between two comparisons.

    `source_of` gives the instance as the source has it for one that was adapted.
    """
    first: dict[str, Instance] = {}
    folded: list[Folded] = []
    conflicts: list[Conflict] = []
    for instance in judged.accepted:
        check()
        kept = first.setdefault(instance.sop_instance, instance)
        if kept is instance:
            continue
        if difference := _difference(source_of(kept), source_of(instance)):
            reason = f"{kept.origin} and {instance.origin}: {difference}"
            conflicts.append(Conflict(instance.origin, kept.origin, reason))
        else:
            folded.append(Folded(instance.origin, kept.origin))
    refused: list[Refusal] = []
    for refusal in judged.refused:
        check()
        copy = first.get(refusal.instance.sop_instance)
        # What was refused for its transfer syntax may be here in another one: nothing is lost then.
        if copy and not _difference(source_of(copy), refusal.instance):
            folded.append(Folded(refusal.instance.origin, copy.origin))
        else:
            refused.append(refusal)
    kept_only = replace(judged, accepted=tuple(first.values()), refused=tuple(refused))
    return Resolution(kept_only, tuple(folded), tuple(conflicts))


def distinct(instances: Sequence[Instance]) -> list[Instance]:
    """The first instance of every SOP Instance UID."""
    first: dict[str, Instance] = {}
    for instance in instances:
        first.setdefault(instance.sop_instance, instance)
    return list(first.values())


def _difference(a: Instance, b: Instance) -> str | None:
    return None if _same_file(a, b) else same_instance(a, b)


def _same_file(a: Instance, b: Instance) -> bool:
    """Whether both were read from one file, named twice or linked."""
    one, two = a.content, b.content
    if not isinstance(one, FileContent) or not isinstance(two, FileContent):
        return one == two
    return one.path == two.path or one.path.samefile(two.path)
