"""README.TXT: what this disc is, for whoever finds it. Plain ASCII, never any patient data.

It lies in the root, unreferenced, and (0004,1141) stays absent: a File ID cannot hold an
extension (PS3.10 8.2). Its items are those of the IHE PDI README.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from . import __version__
from .secure.envelope import Envelope

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
{how}

BEFORE YOU RELY ON IT
  Compare name, birth date and study dates in your viewer with the patient.
  A printed or displayed copy may not be suited for diagnosis.
"""

_IN_CLEAR = """\
  Use a DICOM viewer or the import function of a picture archive (PACS) and
  choose the file DICOMDIR. {viewer}"""

_SECURED = """\
  The images, the documents and the DICOMDIR are ENCRYPTED (DICOM PS3.15 D.1).
  Ordinary viewers and picture archives cannot open them as they are.
  Whoever cannot open them should ask the maker named above.
  You need {needed}.
{others}
  With mediakit, everything at once:
    mediakit extract MEDIUM -o FOLDER {options}

  With OpenSSL, file by file (here DICOMDIR):
    openssl cms -decrypt -binary -inform DER -in DICOMDIR -out body \\
      {openssl}
    (printf '\\060\\200\\006\\011\\052\\206\\110\\206\\367\\015\\001\\007\\{octal}\\240\\200'
     cat body; printf '\\000\\000\\000\\000') > message
    openssl cms -{check} -binary -inform DER -in message \\
      {result}
  Then choose that file in a DICOM viewer, or import it."""

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


@dataclass(frozen=True, slots=True)
class Secured:
    """How the files of a secure medium are opened: for the text, which names nobody."""

    certificates: bool
    password: bool
    signed: bool


def secured(envelope: Envelope) -> Secured:
    """What the text says of an envelope."""
    return Secured(bool(envelope.recipients), envelope.password is not None, bool(envelope.signers))


def readme(
    file_set_id: str,
    profiles: Iterable[str],
    created: datetime,
    institution: str = "",
    contact: str = "",
    others: Iterable[str] = (),
    protection: Secured | None = None,
    part: str = "",
) -> bytes:
    """The text with CR LF line ends, as every system can show it; letters outside ASCII lose their marks.

    It is in clear on a secure medium too, for whoever finds it; `protection` says how that is opened.
    `part` says which of several media it is, as in "disc 2 of 3".
    """
    maker = "\n".join(f"{'':20}{line}" for line in (institution, *contact.splitlines()) if line).strip()
    names, named = list(others), list(profiles)
    viewer = _OTHERS if names else _NO_VIEWER
    words = _TEXT.format(
        file_set_id=file_set_id or "(none)",
        maker=maker or "not stated",
        created=f"{created:%Y-%m-%d}",
        conforms=_conforms(named, protection is not None),
        version=__version__,
        others="".join(f"  {name:<17} other content, not part of the images\n" for name in names),
        how=_how(protection, bool(names)) if protection else _IN_CLEAR.format(viewer=viewer),
        part=f" ({part})" if part else "",
        rest=_REST.format(part=part) if part else "",
    )
    return plain(words).replace("\n", "\r\n").encode("ascii")


def _conforms(named: Sequence[str], protected: bool) -> str:
    if protected:
        return f"{', '.join(named)} (DICOM PS3.11 and PS3.15)"
    return _PROFILES.format(profiles=", ".join(named)) if named else _NO_PROFILE


def _how(protection: Secured, others: bool) -> str:
    """How a secure medium is opened, by the ways that this one allows."""
    ways = []
    if protection.certificates:
        ways.append(
            ("one of the keys for which it was encrypted", "--key KEY.pem --cert CERT.pem",
             "-recip CERT.pem -inkey KEY.pem")
        )  # fmt: skip
    if protection.password:
        ways.append(("its password", "--password-file FILE", "-pwri_password PASSWORD"))
    signed = protection.signed
    return _SECURED.format(
        needed=" or ".join(way[0] for way in ways),
        others="  What is named above as other content is NOT encrypted.\n" if others else "",
        options=ways[0][1],
        openssl=ways[0][2],
        octal="002" if signed else "005",
        check="verify" if signed else "digest_verify",
        result="-CAfile SIGNERS.pem -purpose any -out DICOMDIR.dcm" if signed else "-out DICOMDIR.dcm",
    )


def plain(words: str) -> str:
    """The words in ASCII: letters without their marks, a question mark for other scripts."""
    folded = words.translate(_SPELT_OUT)
    bare = "".join(c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c))
    return bare.encode("ascii", "replace").decode("ascii")


_SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"})
