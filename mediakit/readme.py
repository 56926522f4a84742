"""README.TXT: what this disc is, for whoever finds it. Plain ASCII, never any patient data.

It lies in the root, unreferenced, and (0004,1141) stays absent: a File ID cannot hold an
extension (PS3.10 8.2). Its items are those of the IHE PDI README.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import datetime

from . import __version__

README = "README.TXT"

_TEXT = """\
DICOM MEDIUM {file_set_id}

This medium holds medical images and documents. They are confidential: they
are meant for the person they were made of and for those who treat them.
If you have found this medium, please return it to its maker.

Medium number       {file_set_id}{part}
Created             {created}
Made by             {maker}
Software            mediakit {version}; the maker above answers questions
Conforms to         {conforms}

WHAT IS ON IT
  DICOMDIR          the directory of all images and documents
  DICOM             the images and documents themselves
  README.TXT        this text
{others}{rest}
HOW TO OPEN IT
  Use a DICOM viewer or the import function of a picture archive (PACS) and
  choose the file DICOMDIR. {viewer}

BEFORE YOU RELY ON IT
  Compare name, birth date and study dates in your viewer with the patient.
  A printed or displayed copy may not be suited for diagnosis.
"""

_PROFILES = """\
{profiles} (DICOM PS3.11), as IHE Portable Data
                    for Imaging (PDI) recommends"""

_NO_PROFILE = "DICOM PS3.10 and PS3.12"

_NO_VIEWER = """\
There is no viewer program on this medium, and
  nothing on it needs to be installed or started."""

_OTHERS = """\
Nothing on this medium needs to be
  installed or started for that."""


_REST = """\

  This is {part}. The others hold the rest of the same delivery;
  each can be read without the others.
"""


def readme(
    file_set_id: str,
    profiles: Iterable[str],
    created: datetime,
    institution: str = "",
    contact: str = "",
    others: Iterable[str] = (),
    part: str = "",
) -> bytes:
    """The text with CR LF line ends, as every system can show it; letters outside ASCII lose their marks.

    `part` says which of several media it is, as in "disc 2 of 3".
    """
    maker = "\n".join(f"{'':20}{line}" for line in (institution, *contact.splitlines()) if line).strip()
    names, named = list(others), list(profiles)
    words = _TEXT.format(
        file_set_id=file_set_id or "(none)",
        maker=maker or "not stated",
        created=f"{created:%Y-%m-%d}",
        conforms=_PROFILES.format(profiles=", ".join(named)) if named else _NO_PROFILE,
        version=__version__,
        others="".join(f"  {name:<17} other content, not part of the images\n" for name in names),
        part=f" ({part})" if part else "",
        rest=_REST.format(part=part) if part else "",
        viewer=_OTHERS if names else _NO_VIEWER,
    )
    return plain(words).replace("\n", "\r\n").encode("ascii")


def plain(words: str) -> str:
    """The words in ASCII: letters without their marks, a question mark for other scripts."""
    folded = words.translate(_SPELT_OUT)
    bare = "".join(c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c))
    return bare.encode("ascii", "replace").decode("ascii")


_SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"})
