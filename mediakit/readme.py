"""README.TXT: what this disc is, for whoever finds it. Plain ASCII, never any patient data.

It lies in the root, unreferenced, and (0004,1141) stays absent: a File ID cannot hold an
extension (PS3.10 8.2). Its items are those of the IHE PDI README.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from . import __version__

_TEXT = """\
DICOM MEDIUM {file_set_id}

This medium holds medical images and documents in the DICOM format.
It is meant for the person it was made for and for those who treat them.
If you have found it, please return it to whoever made it.

Created             {created}
Medium number       {file_set_id}
Conforms to         {profiles} (DICOM PS3.11)
Made by             mediakit {version}

WHAT IS ON IT
  DICOMDIR          the directory of all images and documents
  DICOM             the images and documents themselves
  README.TXT        this text

HOW TO OPEN IT
  Use a DICOM viewer or the import function of a picture archive (PACS) and
  choose the file DICOMDIR. There is no viewer program on this medium and
  nothing on it needs to be installed or started.
"""


def readme(file_set_id: str, profiles: Iterable[str], created: datetime) -> bytes:
    """The text with CR LF line ends, as every system can show it."""
    words = _TEXT.format(
        file_set_id=file_set_id,
        created=f"{created:%Y-%m-%d}",
        profiles=", ".join(profiles),
        version=__version__,
    )
    return words.replace("\n", "\r\n").encode("ascii")
