"""Which application profiles take these instances, and what stops the others: sources -> FitResult.

    scan -> one judgement for each kind of instance and profile -> the profiles, best first

The instances are judged as they are, by the rules that gate `create`, and once more as they would
be after the changes that it makes; what a medium or its protection adds (PS3.12, PS3.15) is judged
when there is one. Nothing is written.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from .fit_result import FitResult, ProfileFit, Stop
from .fitting import Fitting
from .model import Role
from .profile.claim import read_claim
from .profile.load import media
from .profile.load import profiles as all_profiles
from .profile.model import ApplicationProfile
from .profile.records import load_records
from .profile.select import breadth
from .profile.wanted import wanted_by
from .progress import Cancel, ProgressCallback
from .report import Finding
from .scan import scan
from .sources import Source


def fit(
    sources: Iterable[Source],
    *,
    claim: str | os.PathLike[str] | None = None,
    profile_dirs: Iterable[str | os.PathLike[str]] = (),
    progress: ProgressCallback | None = None,
    cancel: Cancel | None = None,
) -> FitResult:
    """Hold the instances of the sources against every current profile.

    `claim` names a file with what a conformance statement claims, `profile_dirs` folders with
    own profiles. Raises SourceUnreadable, InvalidProfileData and Cancelled.
    """
    known = tuple(all_profiles(tuple(profile_dirs)).values())
    claimed = read_claim(claim) if claim else None
    wanted = wanted_by(known, load_records())
    inventory = scan(sources, wanted=wanted, progress=progress, cancel=cancel)
    fitting = Fitting(inventory.instances, known, Role.FSC, {}, claimed)
    fits = []
    for profile in known:
        if cancel:
            cancel.check()
        fits.append(_fit(fitting, profile, len(inventory.instances)))
    return FitResult(
        len(inventory.instances),
        tuple(sorted(fits, key=_merit)),
        inventory.ignored,
        inventory.damaged,
        claimed is not None,
        inventory.missing,
    )


def _fit(fitting: Fitting, profile: ApplicationProfile, instances: int) -> ProfileFit:
    """One profile, with its causes folded over all kinds of instances."""
    causes: dict[tuple[str, str], list[tuple[Finding, int, set[bytes]]]] = {}
    stopped = 0
    for kind, findings in fitting.stops(profile):
        stopped += kind.count
        for each in findings:
            causes.setdefault((each.rule, each.message), []).append((each, kind.count, set(kind.series)))
    stops = [
        Stop(
            rows[0][0].rule,
            rows[0][0].citation,
            rows[0][0].message,
            sum(count for _, count, _ in rows),
            len(set().union(*(series for _, _, series in rows))),
        )
        for rows in causes.values()
    ]
    if instances and (together := fitting.together(profile)):
        stopped = instances
        stops += [Stop(each.rule, each.citation, each.message, instances, 0) for each in together]
    adapted = fitting.stopped_adapted(profile) if stops else 0
    return ProfileFit(profile, tuple(sorted(stops, key=lambda stop: -stop.instances)), stopped, adapted)


def _merit(each: ProfileFit) -> tuple[object, ...]:
    """What sorts the best first: it fits, stops least, needs no protection, is what `auto` tries first."""
    first = [name for medium in media().values() for name in medium.general]
    general = first.index(each.profile.id) if each.profile.id in first else len(first)
    return not each.fits, each.stopped, each.profile.secure, general, breadth(each.profile)
