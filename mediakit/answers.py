"""The answers of `verify` and `extract` in words: a line for the clerk, and the next one for the engineer.

The command line prints them and the HTML report begins with them. The first line says whether
the images can be imported, what is lacking, and whether the medium is as the standard wants it;
the second counts the findings and names the rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from .report import Finding, Outcome, Severity
from .words import counted, summary_words, things

if TYPE_CHECKING:
    from .extraction import Extraction
    from .verification import ImportSummary, Verification

_PROFILES_NAMED = 3
_RULES_NAMED = 5
_DIFFERENCES_SHOWN = 10


def for_the_clerk(judged: Verification) -> str:
    """Whether it can be imported, what is lacking, and whether it conforms, in one sentence."""
    more = "; THERE MAY BE MORE, on parts that cannot be read" if judged.imports.unsurveyed else ""
    return f"{_import_words(judged.imports)}{more}; {_verdict_words(judged)}."


def for_the_engineer(judged: Verification) -> str:
    """The counts, the rules behind the errors, and how many of the profiles are satisfied."""
    parts = [summary_words(judged.summary).capitalize()]
    broken = _broken(judged.findings)
    if broken:
        more = f" and {len(broken) - _RULES_NAMED} more" if len(broken) > _RULES_NAMED else ""
        parts.append(f"rules broken: {', '.join(broken[:_RULES_NAMED])}{more}")
    if judged.profiles:
        met = len(judged.conforms)
        tried = counted(len(judged.profiles), "profile")
        parts.append(f"{met:,} of {tried} {'is' if met == 1 else 'are'} met")
    return f"{'; '.join(parts)}."


def extraction_words(done: Extraction) -> str:
    """How many of the instances came off the medium, and where they are."""
    got, expected = len(done.instances), len(done.instances) + len(done.missing)
    all_of = f"{got:,} of" if got < expected else "All" if expected > 1 else "The"
    noun = "instance is" if expected == 1 else f"{expected:,} instances are"
    return f"{all_of} {noun} in {done.out}."


def on_request(judged: Verification) -> Iterator[str]:
    """Whether it is the patient that was expected, and equal to what was made, where that was asked.

    The differences follow, set in; not all when there are many.
    """
    if judged.patient_matches is not None:
        yield (
            "The patient is the one expected."
            if judged.patient_matches
            else "THE PATIENT IS NOT THE ONE EXPECTED, or not the only one."
        )
    compared = judged.comparison
    if compared is None:
        return
    if compared.equal:
        what = "byte by byte" if compared.by == "bytes" else "file by file"
        yield f"The medium equals {compared.path}, {what}."
        return
    count = counted(len(compared.differences), "difference")
    yield f"THE MEDIUM DOES NOT EQUAL {compared.path}: {count}."
    shown = compared.differences[:_DIFFERENCES_SHOWN]
    yield from (f"    {each.path or 'the image'}: {each.problem}" for each in shown)
    if len(shown) < len(compared.differences):
        yield f"    and {len(compared.differences) - len(shown):,} more"


def _broken(findings: Sequence[Finding]) -> list[str]:
    """The rules that failed as errors, each once."""
    failed = (f for f in findings if f.outcome is Outcome.FAILED and f.severity is Severity.ERROR)
    return list(dict.fromkeys(finding.rule for finding in failed))


def _import_words(imports: ImportSummary) -> str:
    whole, lost, recovered = (imports.total(what) for what in ("instances", "lost", "recovered"))
    if imports.locked:
        files = counted(imports.locked, "file")
        return f"{files} CANNOT BE OPENED: encrypted; {whole - lost:,} images and documents can be imported"
    if not whole:
        return "There is nothing to import: no DICOM images or documents were found"
    if lost == whole:
        return f"Nothing can be imported: {things(whole)} lost"
    some = "" if recovered == whole - lost else f"{recovered:,} of them "
    searched = f", {some}only by a search past the directory" if recovered else ""
    if lost:
        got = f"{whole - lost:,} of {things(whole)} can be imported{searched}"
        return f"{got}; {lost:,} lost: {_incomplete(imports)}"
    which = "The" if whole == 1 or imports.unsurveyed else "All"
    return f"{which} {things(whole)} {'found ' if imports.unsurveyed else ''}can be imported{searched}"


def _incomplete(imports: ImportSummary) -> str:
    """The series of which something is lost, the first one by name."""
    first, *more = (series for series in imports.series if series.lost)
    name = f"series '{first.description}'" if first.description else f"series {first.uid or 'without a name'}"
    return f"{name}{f' and {len(more):,} more are' if more else ' is'} incomplete"


def _verdict_words(judged: Verification) -> str:
    if judged.verdict == "conforms":
        return f"the medium conforms to {_named(judged.conforms) or 'DICOM'}"
    if judged.verdict == "not-judged" and judged.is_quick and not judged.summary.not_checked:
        return "a quick check found nothing against the medium"
    if judged.verdict == "not-judged":
        return "the medium could not be judged completely"
    count = len(_broken(judged.findings))
    ways = f" in {counted(count, 'way')}" if count else ""
    if judged.requested == ("auto",) or judged.conforms:
        return f"the medium breaks the DICOM standard{ways}"
    return f"the medium does not conform to {_named(judged.requested)}{ways}"


def _named(ids: Sequence[str]) -> str:
    """Up to three identifiers, and how many more there are."""
    if len(ids) <= _PROFILES_NAMED:
        return " and ".join(ids)
    return f"{', '.join(ids[:_PROFILES_NAMED])} and {len(ids) - _PROFILES_NAMED} more profiles"
