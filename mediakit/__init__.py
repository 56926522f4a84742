"""mediakit: create and verify DICOM patient media.

    create   sources -> scan -> conformance -> stage -> directory -> plan -> write -> verify
    verify   medium -> formats -> read -> rules -> Verification

`model.py` has the values that pass between the stages, `errors.py` what can stop a job,
`report.py` what a finding is. Profiles, record types and media are data in `profiles/`.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING

from .lazily import loader

__version__ = "0.1.0"

if TYPE_CHECKING:
    from .burn import burn
    from .burning import Burning
    from .create import create
    from .creation import Creation
    from .devices.listing import Devices, devices
    from .errors import MediakitError
    from .extract import extract
    from .extraction import Extraction
    from .fit import fit
    from .fit_result import FitResult
    from .inspection import Inspection, inspect
    from .progress import Cancel, Progress
    from .protection import Access, Protection
    from .report import Finding, Place, Severity
    from .scan import Inventory, scan
    from .selection import Selection
    from .update import update
    from .update_result import Update
    from .verification import Verification
    from .verify import verify

_HOMES = {
    "burn": "burn", "Burning": "burning", "devices": "devices.listing", "Devices": "devices.listing",
    "create": "create", "Creation": "creation", "MediakitError": "errors", "extract": "extract",
    "Extraction": "extraction", "Inspection": "inspection",
    "inspect": "inspection", "fit": "fit", "FitResult": "fit_result", "Cancel": "progress",
    "Progress": "progress", "Access": "protection", "Protection": "protection", "Finding": "report",
    "Place": "report", "Severity": "report", "Inventory": "scan", "scan": "scan",
    "Selection": "selection", "Verification": "verification", "verify": "verify",
    "update": "update", "Update": "update_result",
}  # fmt: skip

__all__ = [
    "Access", "Burning", "Cancel", "Creation", "Devices", "Extraction", "Finding", "FitResult", "Inspection",
    "Inventory", "MediakitError", "Place", "Progress", "Protection", "Selection", "Severity", "Update",
    "Verification", "burn", "create", "devices", "extract", "fit", "inspect", "scan", "update", "verify",
]  # fmt: skip


__getattr__ = loader(__name__, _HOMES)


class _Package(ModuleType):
    """The package keeps its functions where a module has the same name.

    When `mediakit.create` is loaded, by whomever, the import system would put the module in
    the place of the function.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
