"""The DICOMDIR: Directory Records to bytes and back (PS3.10 8.6, PS3.3 F.3). All offsets stay in here."""

from .reader import read_dicomdir
from .view import DirectoryView, RecordView
from .writer import encode_dicomdir

__all__ = ["DirectoryView", "RecordView", "encode_dicomdir", "read_dicomdir"]
