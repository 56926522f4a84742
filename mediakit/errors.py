"""The exception tree: what stops a job. What a job finds wrong on a medium is a finding instead.

    MediakitError                   .advice says what the user can do, .code is a fixed word
      InputError             2      the request is at fault; nothing was written
        UsageError           2        an option or its value
        SourceUnreadable     2        a source does not exist or may not be read
        NothingToWrite       2        no instance among the sources
        SelectionError       2        the selection matches nothing
        PatientError         2        other people than the user says
        ExpectationError     2        instances are missing or too many
        OutputExists         2        OUT is there already
        NotUpdatable         2        a medium, or a profile, that no File-set Updater may change
      UnknownProfile       2        no profile of that name
        InvalidProfileData   2        a profile, record or medium table is wrong
      ConformanceError       2      a conformant File-set cannot be made of all sources
      CapacityError          2      it does not fit on the medium
      DeviceError            2      a device or what lies in it cannot or must not be written
      MediumError            3      what was read is no medium, or cannot be read at all
      Locked                 3      what was read is encrypted for others
      OutputError            3      writing failed: the disk is full, the folder is read-only
      SourceChanged          3      a source changed between scanning and writing
      ReadBackError          3      the finished medium does not hold what was written
      Cancelled            130      the user stopped the job

The number is the exit status of the command line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from .creation import Creation


class MediakitError(Exception):
    """Any reason why a job stops; `advice` is one sentence on what to do about it."""

    code: ClassVar[str] = "error"
    exit_status: ClassVar[int] = 3

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice


class InputError(MediakitError):
    """The request is at fault; nothing was written."""

    code = "input"
    exit_status = 2


class UsageError(InputError):
    """An option, its value, or their combination makes no sense."""

    code = "usage"


class SourceUnreadable(InputError):
    """A source does not exist or may not be read."""

    code = "source-unreadable"


class NothingToWrite(InputError):
    """There is no SOP Instance among the sources, or none that fits."""

    code = "nothing-to-write"


class SelectionError(InputError):
    """A value of the selection, or all together, match no instance."""

    code = "selection"


class PatientError(InputError):
    """The sources hold other people than the user says, or more than one."""

    code = "patient"


class ExpectationError(InputError):
    """The sources lack instances that were expected, or hold others."""

    code = "expectation"


class OutputExists(InputError):
    """OUT exists and --force was not given."""

    code = "output-exists"


class NotUpdatable(InputError):
    """The medium does not verify, or no profile of it has a File-set Updater."""

    code = "not-updatable"


class UnknownProfile(InputError):
    """No application profile of that identifier is known."""

    code = "unknown-profile"


class InvalidProfileData(InputError):
    """A table under profiles/ or a user's profile says something that is not in the schema."""

    code = "invalid-profile-data"


class ConformanceError(InputError):
    """A conformant File-set cannot be made of all the sources; `result` lists what does not fit."""

    code = "does-not-fit"

    def __init__(self, message: str, advice: str, result: Creation) -> None:
        super().__init__(message, advice)
        self.result = result


class CapacityError(InputError):
    """The File-set is larger than the medium; sizes are in bytes."""

    code = "capacity"

    def __init__(self, message: str, advice: str, needed: int, available: int) -> None:
        super().__init__(message, advice)
        self.needed = needed
        self.available = available


class DeviceError(InputError):
    """A recorder, a drive or the medium in it cannot or must not be written; nothing was written."""

    code = "device"


class MediumError(MediakitError):
    """What was given is no medium, or nothing on it can be read."""

    code = "medium-unreadable"


class Locked(MediakitError):
    """What was read is encrypted, and no key or password that was given opens it."""

    code = "locked"


class OutputError(MediakitError):
    """Writing the output failed; what had been written was removed."""

    code = "output-failed"


class SourceChanged(MediakitError):
    """A source grew, shrank or was replaced between scanning and writing."""

    code = "source-changed"


class ReadBackError(MediakitError):
    """The finished medium does not hold what was written to it."""

    code = "read-back-differs"


class Cancelled(MediakitError):
    """The user stopped the job; nothing was left behind."""

    code = "interrupted"
    exit_status = 130
