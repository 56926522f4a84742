"""Is a medium what was made? Its bytes, or its files, against an image or a manifest.

Whoever burned it: an equal medium has every byte of the image at its beginning (a drive or a stick
may have more behind), or every file of the manifest with its digest and no other. Nothing here knows
DICOM; `verify` judges the medium beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import SourceChanged, SourceUnreadable, UsageError
from .formats import read_medium
from .formats.tree import MediumView
from .formats.tree import Path as Names
from .model import Content, FileContent, SliceContent
from .progress import Watch

_SCHEMA = "mediakit/manifest/1"
_LARGEST_MANIFEST = 1 << 30


@dataclass(frozen=True, slots=True)
class Difference:
    """A file that is not what was made, and in which way."""

    path: str
    problem: str

    def to_json(self) -> dict[str, str]:
        """The entry of `differences`."""
        return {"path": self.path, "problem": self.problem}


@dataclass(frozen=True, slots=True)
class Comparison:
    """Whether a medium equals what was made; `by` are "bytes" or "files"."""

    path: str
    by: str
    differences: tuple[Difference, ...]

    @property
    def equal(self) -> bool:
        """Whether there is no difference."""
        return not self.differences

    def to_json(self) -> dict[str, Any]:
        """The `against` part of the document."""
        differences = [each.to_json() for each in self.differences]
        return {"path": self.path, "equal": self.equal, "by": self.by, "differences": differences}


@dataclass(frozen=True, slots=True)
class _Made:
    """What was made: the digest of the image (empty: there is none), its size, and its files."""

    sha256: str
    size: int
    files: Mapping[Names, tuple[int, str]]


def compare(
    media: tuple[MediumView, ...], image: Content | None, uid: str, made: Path, watch: Watch
) -> Comparison:
    """Hold a medium against the image or manifest at `made`.

    `image` are the bytes of the medium, None for a folder; `uid` is its File-set UID, by which a
    manifest of several media knows it. Raises SourceUnreadable, MediumError
    and UsageError for what is neither an image nor a manifest, and Cancelled.
    """
    wanted = _made(made, uid, watch)
    if image and wanted.sha256 and image.size >= wanted.size:
        if digest_of(SliceContent(image, 0, wanted.size), watch) == wanted.sha256:
            return Comparison(str(made), "bytes", ())
        # The digests say that it differs; the files say where.
        found = tuple(_differences(media[0], wanted.files, watch))
        return Comparison(str(made), "bytes", found or (Difference("", "other bytes outside of the files"),))
    return Comparison(str(made), "files", tuple(_differences(media[0], wanted.files, watch)))


def _made(path: Path, uid: str, watch: Watch) -> _Made:
    document = _manifest(path)
    if document is not None:
        return _of_manifest(document, path, uid)
    view = read_medium(path)[0]
    files = {}
    for file in view.files:
        if file.content is None:
            name = "/".join(file.path)
            raise SourceUnreadable(f"{path} is incomplete: {name}.", "Compare with another copy.")
        files[file.path] = (file.size, digest_of(file.content, watch))
    whole = FileContent.of(path) if path.is_file() else None
    return _Made(digest_of(whole, watch) if whole else "", whole.size if whole else 0, files)


def _manifest(path: Path) -> Any:
    """The document of a manifest; None when the file is no JSON object."""
    import json

    try:
        with path.open("rb") as stream:
            if stream.read(1) != b"{" or path.stat().st_size > _LARGEST_MANIFEST:
                return None
            stream.seek(0)
            return json.loads(stream.read())
    except IsADirectoryError:
        return None
    except OSError as error:
        raise SourceUnreadable(
            f"{path} cannot be read: {error.strerror or error}.", "Check the path of --against."
        ) from error
    except ValueError:  # neither JSON nor UTF-8
        return None


def _of_manifest(document: Any, path: Path, uid: str) -> _Made:
    wrong = UsageError(
        f"{path} is no manifest of mediakit.", "Give --against an image, or what --manifest wrote."
    )
    if document.get("schema") != _SCHEMA:
        raise wrong
    try:
        made = _volume(document, uid)
        image, rows = made["image"], made["files"]
        files = {tuple(map(str, row["file_id"])): (int(row["size"]), str(row["sha256"])) for row in rows}
        # The digest of a folder is that of a list of its files, not of bytes that lie one after the other.
        is_image = image["format"] != "folder"
        return _Made(str(image["sha256"]) if is_image else "", int(image["size"]), files)
    except (KeyError, TypeError, ValueError) as error:
        raise wrong from error


def _volume(document: Any, uid: str) -> Any:
    """What a manifest says of the volume with that File-set UID, or of its first one."""
    volumes = document.get("volumes") or [document]
    return next((each for each in volumes if each["file_set_uid"] == uid), volumes[0])


def _differences(
    view: MediumView, wanted: Mapping[Names, tuple[int, str]], watch: Watch
) -> Iterator[Difference]:
    """Missing files first, then changed ones in the order of the medium, then those that nobody made."""
    there = {file.path: file for file in view.files}
    for path in wanted:
        if path not in there:
            yield Difference("/".join(path), "missing")
    for path, file in there.items():
        shown = "/".join(path)
        if path not in wanted:
            yield Difference(shown, "not of this medium")
            continue
        size, sha256 = wanted[path]
        if file.content is None or file.size != size:
            yield Difference(shown, f"{file.size:,} bytes instead of {size:,}")
        elif (found := _readable_digest(file.content, watch)) != sha256:
            yield Difference(shown, "other bytes" if found else "cannot be read")


def digest_of(content: Content, watch: Watch) -> str:
    """The SHA-256 of a content, told as progress. Raises SourceUnreadable, SourceChanged, Cancelled."""
    from .transfer import digest  # a comparison is what most jobs do without

    return digest(content, watch.ticks("compare", content.size))


def _readable_digest(content: Content, watch: Watch) -> str:
    try:
        return digest_of(content, watch)
    except (SourceUnreadable, SourceChanged):
        return ""
