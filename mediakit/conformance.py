"""Inventory x Application Profiles x Role -> Conformance: which instances may be written.

The rules of PS3.10 7 and PS3.11 are asked of every instance; one error refuses it. Nothing
is changed here and nothing is dropped: what is refused is listed with its findings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from .model import Instance, Role
from .places import place_of
from .profile.claim import Claim
from .profile.model import ApplicationProfile
from .profile.records import RecordTable
from .profile.signature import Signatures
from .profile.subject import Candidate
from .report import Finding, Outcome, Severity
from .rules import judge


@dataclass(frozen=True, slots=True)
class Refusal:
    """An instance that does not fit, and why: error findings or rules that could not be judged."""

    instance: Instance
    findings: tuple[Finding, ...]

    @property
    def reason(self) -> str:
        """All reasons in one line."""
        return "; ".join(finding.message for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Conformance:
    """Every instance of an inventory is either accepted or refused; `findings` do not refuse."""

    accepted: tuple[Instance, ...]
    refused: tuple[Refusal, ...]
    findings: tuple[Finding, ...]


def conformance(
    instances: Sequence[Instance],
    profiles: Sequence[ApplicationProfile],
    role: Role,
    table: RecordTable,
    supply: Mapping[str, str],
    tick: Callable[[int], None] | None = None,
    claim: Claim | None = None,
) -> Conformance:
    """Judge every instance by itself; it must satisfy all the profiles.

    An instance with the signature of one of which no profile has anything to say is not asked
    again: most are like the one before.
    """
    accepted, refused, remarks = [], [], []
    signatures, silent = Signatures(profiles), set()
    for instance in instances:
        around = partial(place_of, instance)
        findings = [*judge(instance, around)]
        signature = signatures.of(instance)
        if signature not in silent:
            before = len(findings)
            for profile in profiles:
                findings += judge(Candidate(instance, profile, role, table, supply, claim), around)
            if len(findings) == before:
                silent.add(signature)
        stops = tuple(f for f in findings if f.severity is Severity.ERROR or f.outcome is Outcome.NOT_CHECKED)
        if stops:
            refused.append(Refusal(instance, stops))
        else:
            accepted.append(instance)
            remarks += findings
        if tick:
            tick(1)
    return Conformance(tuple(accepted), tuple(refused), tuple(remarks))
