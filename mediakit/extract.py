"""The instances off a medium, byte by byte: what the directory leads to, and what searching finds.

    medium -> formats -> read -> gather -> select -> name -> write -> Extraction

The medium is judged in the same pass. Nothing appears in DIR before all of it is there: files are
written into a hidden folder beside them and then moved. What is there already with the same bytes
is left as it is, so that a second run completes the first. Nothing is made up for what is
missing, and an incomplete file is not passed off as an image.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from .contents import contents_of
from .errors import NothingToWrite, OutputExists, SourceChanged, SourceUnreadable, UsageError
from .extraction import Extracted, Extraction, Missing, Repeated
from .formats import read_medium
from .formats.scattered import position
from .formats.tree import Tick
from .html.output import check_report, report_file
from .html.page import page
from .model import Content, FileContent, Instance
from .naming import namer
from .offers import Offer, missing_of, offered_by, refuse_if_locked, sort_out, why_closed
from .output import Output, failed
from .partial_folder import PartialFolder
from .patience import Patience, PatientContent
from .preview import previews
from .profile.load import profiles
from .progress import Cancel, ProgressCallback, Watch
from .protection import Access
from .selection import Selection, select
from .transfer import Buffers, Transfer, digest
from .values import text
from .verification import Verification
from .verify import Depth, judged_by_copies, verify_media


@dataclass(frozen=True, slots=True)
class _Copy:
    """An instance with the name it gets; `present` when a file with its bytes is there already."""

    offer: Offer
    name: str
    present: str | None


def extract(
    medium: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    names: str = "short",
    selection: Selection = Selection(),
    manifest: str | os.PathLike[str] | None = None,
    html: str | os.PathLike[str] | None = None,
    force: bool = False,
    access: Access = Access(),
    progress: ProgressCallback | None = None,
    cancel: Cancel | None = None,
) -> Extraction:
    """Copy the instances of a medium into the folder `out`, unchanged, and say what is missing.

    `names` are "short" (P001/ST01/SE01/IM0001.dcm), "file-id" (as on the medium) or "uid".
    `selection` narrows them. `manifest` names a file for the result as JSON, `html` one for
    the report of `verify` with what came of it. A file that is there with other bytes is replaced
    with `force` only. Secure DICOM Files are opened with `access` and written in clear. Raises
    SourceUnreadable, MediumError, Locked when none of them can be opened,
    UsageError, SelectionError, NothingToWrite, OutputExists, OutputError and Cancelled; whatever
    is raised, `out` is as it was before.
    """
    watch, folder, path = Watch(progress, cancel), Path(out), Path(medium)
    _check_outputs(folder, path, Path(manifest) if manifest else None, force)
    report = Path(html) if html else None
    check_report(report, (path,), force)
    name = namer(names)
    selection.check()
    patience, opening = Patience(check=watch.check), access.opening()
    media = read_medium(path, patience)
    judged = verify_media(
        media, str(path), (), progress, cancel, profiles().values(), None, Depth.QUICK, patience, opening
    )
    offered = list(offered_by(judged.view))
    refuse_if_locked(judged.view)
    if not offered and (why := why_closed(judged.view)):
        raise NothingToWrite(
            f"Nothing was taken out of the e-mail {path}: {why}.",
            "`mediakit verify` says more; --unchecked takes what is not known to be changed.",
        )
    if not offered:
        raise NothingToWrite(
            f"No DICOM instance was found on {path}.", "`mediakit inspect` shows what is there."
        )
    chosen, skipped = select([each.instance for each in offered if each.is_known], selection)
    wanted = {id(instance) for instance in chosen}
    taken, missing, again = sort_out(
        each for each in offered if id(each.instance) in wanted or not each.is_known
    )
    # Named among all that the medium offers: another selection, or a cleaner disc, names them alike.
    labels = name([each.instance for each in offered], [each.path for each in offered])
    named = {id(each): label for each, label in zip(offered, labels, strict=True)}
    copies = [_planned(each, named[id(each)], folder, force, watch) for each in taken]
    with PartialFolder(folder, sum(each.offer.instance.content.size for each in copies)) as hidden:
        done = list(_copied(copies, hidden.path, watch))
        places = [
            (copy.offer.path, (hidden.path if one.written else folder) / one.path)
            for copy, one in zip(copies, done, strict=True)
            if isinstance(one, Extracted)
        ]
        try:
            judged = judged_by_copies(judged, places, whole=len(places) == len(offered), watch=watch)
        except OSError as error:
            raise failed(hidden.path, error) from error
        result = Extraction(
            medium=str(path),
            out=str(folder),
            instances=tuple(each for each in done if isinstance(each, Extracted)),
            missing=(*missing, *(each for each in done if isinstance(each, Missing))),
            repeated=tuple(_repeated(again, taken, watch)),
            not_selected=skipped,
            contents=contents_of(
                each.instance
                for each, is_there in zip(taken, done, strict=True)
                if isinstance(is_there, Extracted)
            ),
            descriptions=tuple(_descriptions(offered)),
            findings=judged.findings,
        )
        watch.check()  # the last moment at which nothing has happened yet
        with (
            report_file(
                report, lambda: _report(judged, result, copies, hidden.path, watch), force
            ) as publish,
            _listing(result, Path(manifest) if manifest else None, force, publish) as publish_all,
        ):
            hidden.publish([each.path for each in result.instances if each.written], publish_all)
    return result


def _check_outputs(folder: Path, medium: Path, manifest: Path | None, force: bool) -> None:
    if not folder.parent.is_dir():
        raise UsageError(f"The folder {folder.parent} does not exist.", "Create it first, or correct -o.")
    if folder.exists() and not folder.is_dir():
        raise OutputExists(f"{folder} is a file, not a folder.", "Choose another name.")
    if medium.is_dir() and folder.resolve().is_relative_to(medium.resolve()):
        # No source is ever changed; and the medium would hold everything twice.
        raise UsageError(f"{folder} lies on the medium itself.", "Extract to another place.")
    if manifest and manifest.exists() and not force:
        raise OutputExists(
            f"{manifest} exists already.", "Choose another name, or say --force to replace it."
        )


def _planned(offer: Offer, name: str, folder: Path, force: bool, watch: Watch) -> _Copy:
    """Raises OutputExists when a file of that name holds something else."""
    target = folder / name
    if not target.exists():
        return _Copy(offer, name, None)
    if target.is_file() and target.stat().st_size == offer.instance.content.size:
        found = digest(FileContent.of(target), watch.ticks("compare", None))
        if found == _digest(offer.instance.content, watch):
            return _Copy(offer, name, found)
    if not force or not target.is_file():
        raise OutputExists(
            f"{target} is there already and holds something else.",
            "Extract into an empty folder, or say --force to replace such files.",
        )
    return _Copy(offer, name, None)


def _digest(content: Content, watch: Watch) -> str:
    """The digest of a file on the medium, or empty when it cannot be read: then it is not the same."""
    try:
        return digest(content, watch.ticks("compare", None))
    except SourceUnreadable:
        return ""


def _copied(copies: Sequence[_Copy], folder: Path, watch: Watch) -> Iterator[Extracted | Missing]:
    """Copy in the order of the medium, so that a drive need not seek; results in the order of names."""
    order = sorted(range(len(copies)), key=lambda n: position(copies[n].offer.instance.content))
    ticks = watch.ticks("extract", sum(each.offer.instance.content.size for each in copies))
    done: dict[int, Extracted | Missing] = {}
    patience = Patience(check=watch.check)
    with Buffers() as buffers:
        for n in order:
            done[n] = _copy(copies[n], folder, ticks, buffers, patience)
    return (done[n] for n in range(len(copies)))


def _copy(
    copy: _Copy, folder: Path, ticks: Tick, buffers: Buffers, patience: Patience
) -> Extracted | Missing:
    """Write one file; one that the medium does not give after all is missing, and no part of it stays."""
    offer = copy.offer
    if copy.present:
        ticks(offer.instance.content.size)
        return _extracted(copy, copy.present, written=False)
    target = folder / copy.name
    content = offer.instance.content
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            sha256 = _write(content, target, offer.source, ticks, buffers)
        except (SourceUnreadable, SourceChanged) as error:
            # Only now with patience, so that a file of a folder is still held to its time.
            if isinstance(error, SourceChanged) and isinstance(content, FileContent):
                raise
            target.unlink()
            sha256 = _write(PatientContent(content, patience), target, offer.source, ticks, buffers)
    except (SourceUnreadable, SourceChanged) as error:
        target.unlink()
        return missing_of(offer, error.message)
    except OSError as error:
        raise failed(target, error) from error
    return _extracted(copy, sha256, written=True)


def _write(content: Content, target: Path, source: str, ticks: Tick, buffers: Buffers) -> str:
    """Write a new file and bring it to the disk; gives its digest."""
    with target.open("xb", buffering=0) as out, Transfer(out, ticks, buffers=buffers) as transfer:
        transfer.copy(content, source)
        sha256 = transfer.finish()
        os.fsync(out.fileno())
        return sha256


def _extracted(copy: _Copy, sha256: str, written: bool) -> Extracted:
    offer, instance = copy.offer, copy.offer.instance
    return Extracted(
        path=copy.name,
        file_id=offer.path,
        sop_class=instance.sop_class,
        sop_instance=instance.sop_instance,
        transfer_syntax=instance.transfer_syntax,
        patient=text(instance.keys, "PatientID"),
        study=text(instance.keys, "StudyInstanceUID"),
        series=text(instance.keys, "SeriesInstanceUID"),
        size=instance.content.size,
        sha256=sha256,
        recovery=offer.recovery,
        written=written,
    )


def _repeated(again: Sequence[Offer], taken: Sequence[Offer], watch: Watch) -> Iterator[Repeated]:
    first = {each.instance.sop_instance: each.instance.content for each in taken}
    for each in again:
        uid, content = each.instance.sop_instance, each.instance.content
        same = first[uid].size == content.size and _digest(first[uid], watch) == _digest(content, watch) != ""
        yield Repeated(each.source, uid, same)


def _descriptions(offers: Iterable[Offer]) -> Iterator[tuple[str, str]]:
    seen = set()
    for each in offers:
        uid = text(each.instance.keys, "SeriesInstanceUID")
        if uid not in seen:
            seen.add(uid)
            yield uid, text(each.instance.keys, "SeriesDescription")


def _report(
    judged: Verification, done: Extraction, copies: Sequence[_Copy], hidden: Path, watch: Watch
) -> str:
    """The page, with pictures from the copies: a slow or failing medium is not read again."""
    written = {each.path: each.written for each in done.instances}
    places = {
        id(each.offer.instance): (hidden if written[each.name] else Path(done.out)) / each.name
        for each in copies
        if each.name in written
    }
    instances = [each.offer.instance for each in copies if id(each.offer.instance) in places]

    def content(instance: Instance) -> Content:
        return FileContent.of(places[id(instance)])

    return page(judged, previews(instances, content, watch), done)


@contextmanager
def _listing(
    result: Extraction, path: Path | None, force: bool, then: Callable[[], None]
) -> Iterator[Callable[[], None]]:
    """The document of the result beside its name; gives what publishes it and then does `then`."""
    if path is None:
        yield then
        return
    data = json.dumps(result.to_json(), ensure_ascii=False, indent=2) + "\n"
    encoded = data.encode("utf-8", "backslashreplace")
    with Output(path, len(encoded)) as output:
        output.write(encoded)
        output.close()
        yield partial(output.publish, force, then)
