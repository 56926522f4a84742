"""Refused instances -> the same instances as the profiles take them, without losing anything.

    judged -> forecasts -> judged again -> trial: every frame decoded once -> read and judged again

What is accepted as it is stays byte by byte. What is refused is written anew only if that makes it
fit: the beginning of the file (PS3.10 7.1), else the data set in Explicit VR Little Endian with
native pixels (PS3.5 A.2). Its SOP Instance UID stays, since another transfer syntax is no other
instance; a new one is for pixels that lost something (PS3.3 C.7.6.1.1.5), and here they are those
that every reader of the source gets. What cannot be done is a refusal with the reason.

Proof: the trial decodes all frames and takes the digest of the whole new file, writing decodes
them again and compares, and the read-back of the medium compares its bytes with those written.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from .adapted import AdaptedContent, Recipe
from .conformance import Conformance, Refusal
from .creator_notes import Unadapted
from .dicomfile import EXPLICIT_VR_LITTLE_ENDIAN, HeaderReader, NotDicom
from .dicomfile.recode import EXTENDED_OFFSETS, OpenSource, Unadaptable, open_source, size_of
from .dicomfile.signed import broken_signature
from .dicomfile.walk import tag_name
from .dictionary import TRANSFER_SYNTAXES, keyword_of, tag_of, uid_name
from .errors import SourceUnreadable
from .forecast import beginning_of, forecasts
from .icon import ICON
from .lossy import COMPRESSED, LONGEST_HEAD, METHOD, RATIO, marks, method
from .model import Attributes, Content, Element, Instance
from .pixels import PIXEL_DATA, WANTED, ImagePixel, PixelsUnreadable, described, pixel_syntax
from .pixels.fragments import read_fragments
from .progress import Watch
from .rules import judge
from .values import number, text
from .workshop import Film, Workshop

Judge = Callable[[Sequence[Instance]], Conformance]

_AHEAD = 8
"""Instances whose headers are read before the frames of the first of them are asked for."""

_READ = 1 << 20
_PHOTOMETRIC, _PLANAR = tag_of("PhotometricInterpretation"), tag_of("PlanarConfiguration")
_SAID = {
    "no-preamble": "preamble supplied",
    "no-file-meta": "File Meta Information supplied",
    "file-meta-group-length": "File Meta Information Group Length corrected",
    "file-meta-vr": "File Meta Information encoded as it should be",
    "transfer-syntax-missing": "Transfer Syntax UID supplied",
    "transfer-syntax-wrong": "Transfer Syntax UID corrected",
    "deflated-checksum": "checksum behind the deflated data set left out",
}


@dataclass(frozen=True, slots=True)
class Adapted:
    """An instance that is written in another form than the source has it, and what is changed."""

    source: Instance
    instance: Instance
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Adaptation:
    """The judgement after all changes, and those that were made."""

    judged: Conformance
    adapted: tuple[Adapted, ...] = ()

    def source_of(self) -> Callable[[Instance], Instance]:
        """A function that gives any instance as the source has it."""
        sources = {id(each.instance): each.source for each in self.adapted}
        return lambda instance: sources.get(id(instance), instance)


def adapt(
    instances: Sequence[Instance],
    judged: Conformance,
    judge_again: Judge,
    reader: HeaderReader,
    workshop: Workshop,
    watch: Watch,
) -> Adaptation:
    """Change those of the refused instances that fit after a change, and judge them again.

    `judged` is the judgement of the instances, which come in the order of the sources. Of several
    files with one SOP Instance UID the one that needs least change is taken; none where one is
    accepted as it is. Raises SourceUnreadable, SourceChanged and Cancelled.
    """
    queues = _queues(judged, judge_again)
    done: dict[int, Adapted] = {}
    failed: dict[int, Refusal] = {}
    tick = watch.ticks("adapt", len(queues))
    while queues:
        tried = [queue.pop(0) for queue in queues]
        made = _made(tried, reader, workshop, tick if not failed else lambda _: watch.check())
        again: dict[int, Adapted] = {}
        for (refusal, _), result in zip(tried, made, strict=True):
            if isinstance(result, Adapted):
                again[id(result.instance)] = result
            else:
                failed[id(refusal.instance)] = replace(refusal, findings=(*refusal.findings, *judge(result)))
        verdict = judge_again([each.instance for each in again.values()])
        done |= {id(each.source): each for n, each in again.items() if n not in _ids(verdict)}
        for each in verdict.refused:
            source = again[id(each.instance)].source
            failed[id(source)] = Refusal(source, each.findings)
        judged = replace(judged, findings=(*judged.findings, *verdict.findings))
        queues = [
            queue
            for queue, (refusal, _) in zip(queues, tried, strict=True)
            if queue and id(refusal.instance) not in done
        ]
    return _merged(instances, judged, done, failed)


def _ids(verdict: Conformance) -> set[int]:
    return {id(each.instance) for each in verdict.refused}


def _merged(
    instances: Sequence[Instance], judged: Conformance, done: dict[int, Adapted], failed: dict[int, Refusal]
) -> Adaptation:
    """The judgement with the adapted in the places of their sources."""
    accepted = {id(each): each for each in judged.accepted} | {n: each.instance for n, each in done.items()}
    refused = tuple(
        failed.get(id(each.instance), each) for each in judged.refused if id(each.instance) not in done
    )
    taken = tuple(accepted[id(each)] for each in instances if id(each) in accepted)
    adapted = tuple(done[id(each)] for each in instances if id(each) in done)
    return Adaptation(replace(judged, accepted=taken, refused=refused), adapted)


def films(contents: Iterable[Content]) -> Iterator[Film]:
    """The compressed frames that the contents are made of, in their order."""
    for content in contents:
        if isinstance(content, AdaptedContent) and content.recipe.film:
            yield content.recipe.film


_Candidate = tuple[Refusal, Instance]
"""What was refused, and the forecast that would be accepted."""


def _queues(judged: Conformance, judge_again: Judge) -> list[list[_Candidate]]:
    """For each SOP Instance UID that is wanted, what can be tried, the least change first."""
    there = {instance.sop_instance for instance in judged.accepted}
    hopes = [
        (refusal, forecast)
        for refusal in judged.refused
        if refusal.instance.sop_instance not in there
        for forecast in forecasts(refusal.instance)
    ]
    fitting = {id(each) for each in judge_again([forecast for _, forecast in hopes]).accepted}
    queues: dict[str, dict[int, _Candidate]] = {}
    for refusal, forecast in hopes:
        if id(forecast) in fitting:
            queue = queues.setdefault(refusal.instance.sop_instance, {})
            queue.setdefault(id(refusal.instance), (refusal, forecast))
    return [sorted(queue.values(), key=_effort) for queue in queues.values()]


def _effort(candidate: _Candidate) -> int:
    """How much is changed: the beginning, the encoding of the data set, the pixels."""
    before, after = candidate[0].instance.transfer_syntax, candidate[1].transfer_syntax
    if before == after:
        return 0
    return (2 + bool(method(before, b""))) if TRANSFER_SYNTAXES[before].encapsulated else 1


def _made(
    tried: Iterable[_Candidate], reader: HeaderReader, workshop: Workshop, tick: Callable[[int], None]
) -> Iterator[Adapted | Unadapted]:
    """The results in order; the headers of those to come are read while frames are decoded."""
    workshop.follow(())
    waiting: deque[_Trial | Unadapted] = deque()
    for refusal, forecast in tried:
        waiting.append(_begun(refusal.instance, forecast, workshop))
        if len(waiting) > _AHEAD:
            yield _ended(waiting.popleft(), reader, workshop)
            tick(1)
    while waiting:
        yield _ended(waiting.popleft(), reader, workshop)
        tick(1)


@dataclass(frozen=True, slots=True)
class _Trial:
    """What is known of a change before a frame was decoded; `size` is that of the encoded pixels."""

    instance: Instance
    forecast: Instance
    present: Attributes
    film: Film | None = None
    size: int = 0
    lossy: str = ""


def _begun(instance: Instance, forecast: Instance, workshop: Workshop) -> _Trial | Unadapted:
    """The first look at the source: whether anything stands against the change."""
    trial = _Trial(instance, forecast, Attributes())
    if forecast.transfer_syntax == instance.transfer_syntax:
        return trial
    try:
        with ExitStack() as opened:
            source = open_source(instance.content, opened)
            trial = _looked_at(trial, source)
    except (Unadaptable, PixelsUnreadable) as error:
        return Unadapted(instance, str(error))
    except OSError as error:
        raise _unreadable(instance, error) from error
    if trial.film:
        workshop.announce(trial.film)
    return trial


def _looked_at(trial: _Trial, source: OpenSource) -> _Trial:
    nested = source.nested_pixels()
    if nested:
        raise Unadaptable(f"{tag_name(nested)} holds an image that is compressed as well")
    wanted = (*WANTED, COMPRESSED, RATIO, METHOD, *EXTENDED_OFFSETS)
    present = Attributes.of(
        (tag, source.vr(tag), value) for tag in wanted if (value := source.value(tag)) is not None
    )
    trial = replace(trial, present=present)
    if not source.compressed:
        return trial
    image = described(present, PIXEL_DATA, compressed=True)
    start, end = source.pixels
    size = sum(read_fragments(source.walk.window.stream, start, end).lengths)
    film = Film(trial.instance.content, max(number(present, "NumberOfFrames") or 1, 1), image.length)
    head = source.walk.window.read(start, min(end, start + LONGEST_HEAD))
    skipped = 16 + int.from_bytes(head[4:8], "little")
    lossy = method(pixel_syntax(trial.instance), head[skipped:])
    return replace(trial, film=film, size=size, lossy=lossy)


def _ended(trial: _Trial | Unadapted, reader: HeaderReader, workshop: Workshop) -> Adapted | Unadapted:
    """The adapted instance, as it is read again from its new bytes."""
    if isinstance(trial, Unadapted):
        return trial
    instance = trial.instance
    try:
        recipe, changes = _recipe(trial, workshop)
        content = _content(instance, recipe, tuple(changes), workshop)
        made = reader.read(content, instance.origin)
        if trial.film:
            content = replace(content, sha256=_digest(content))
        # What stands in the record only, such as an icon, is not in the file.
        keys = made.keys.merged([icon]) if (icon := instance.keys.get(ICON)) else made.keys
        return Adapted(instance, replace(made, keys=keys, content=content), tuple(changes))
    except (Unadaptable, PixelsUnreadable) as error:
        return Unadapted(instance, str(error))
    except NotDicom as error:
        return Unadapted(instance, error.reason)
    except OSError as error:
        raise _unreadable(instance, error) from error


def _content(
    instance: Instance, recipe: Recipe, changes: tuple[str, ...], workshop: Workshop
) -> AdaptedContent:
    """The content with its size. Raises Unadaptable when a signature would break."""
    base = instance.content
    with ExitStack() as opened:
        source = open_source(base, opened)
        if recipe.edits is not None:
            pixels = {PIXEL_DATA} if recipe.film else set()
            if reason := broken_signature(source, {*recipe.edits, *pixels}):
                raise Unadaptable(reason)
        size = size_of(recipe.pieces(source, base.size))
    return AdaptedContent(base, recipe, size, instance.origin, workshop, changes)


def _digest(content: AdaptedContent) -> str:
    """SHA-256 of the whole, for which every frame is decoded."""
    digest = hashlib.sha256()
    with content.open() as stream:
        while data := stream.read(_READ):
            digest.update(data)
    return digest.hexdigest()


def _recipe(trial: _Trial, workshop: Workshop) -> tuple[Recipe, list[str]]:
    """How the instance is changed, and the same in words."""
    instance, forecast = trial.instance, trial.forecast
    beginning = beginning_of(forecast)
    kept = {each.kind for each in forecast.anomalies}
    changes = [_SAID[each.kind] for each in instance.anomalies if each.kind not in kept]
    if instance.preamble and instance.preamble != forecast.preamble:
        changes.append("preamble replaced by zeros")
    if forecast.transfer_syntax == instance.transfer_syntax:
        return Recipe(beginning, None), changes or ["File Meta Information completed"]
    before, after = uid_name(instance.transfer_syntax), uid_name(EXPLICIT_VR_LITTLE_ENDIAN)
    changes.append(f"Transfer Syntax UID: {before} becomes {after}")
    if trial.film is None:
        return Recipe(beginning, {}), changes
    frame = workshop.frame(trial.film, 0)
    if frame.image.bits % 8 and trial.film.count > 1:
        raise Unadaptable("frames of single bits would have to be joined inside of a byte")
    edits = {each.tag: each for each in _pixel_edits(trial, frame.image)}
    removed: dict[int, Element | None] = {tag: None for tag in EXTENDED_OFFSETS if tag in trial.present}
    frames = "1 frame" if trial.film.count == 1 else f"{trial.film.count:,} frames"
    changes.append(f"{frames} decoded by {frame.codec}")
    changes += [
        f"{keyword_of(tag)}: {_words(trial, tag)} becomes {_value(each)}" for tag, each in edits.items()
    ]
    changes += [f"{keyword_of(tag)} removed" for tag in removed]
    return Recipe(beginning, {**removed, **edits}, trial.film, frame.image), changes


def _pixel_edits(trial: _Trial, image: ImagePixel) -> Iterator[Element]:
    """What describes the pixels otherwise after decompression (PS3.5 8.2)."""
    present = trial.present
    if text(present, _PHOTOMETRIC) != image.photometric:
        yield Element(_PHOTOMETRIC, "CS", image.photometric.encode("ascii"))
    if image.planar is not None and number(present, _PLANAR) != image.planar:
        yield Element(_PLANAR, "US", image.planar.to_bytes(2, "little"))
    if trial.lossy and trial.film:
        ratio = image.length * trial.film.count / trial.size
        described = RATIO in present or METHOD in present
        yield from marks(trial.lossy, ratio, text(present, COMPRESSED), described)


def _words(trial: _Trial, tag: int) -> str:
    return text(trial.present, tag) or "nothing"


def _value(element: Element) -> str:
    return text(Attributes.of([element]), element.tag)


def _unreadable(instance: Instance, error: OSError) -> SourceUnreadable:
    return SourceUnreadable(
        f"{instance.origin} cannot be read: {error.strerror or error}.",
        "Check the source and its permissions.",
    )
