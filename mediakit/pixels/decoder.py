"""Decoders in a process of their own, because damaged frames make them end it.

GDCM ends its process with an uncaught C++ exception at some damaged JPEG streams, and code in
C may do worse. So compressed bytes go through a pipe to a child that runs `codecs.decode`, and
native bytes come back; when the child dies, that frame is unreadable and the next one gets a
new child. A child also decodes while its parent does something else.

libjpeg, which GDCM has inside, goes on with grey where a code stream ends early and only remarks on it,
so what it says on the standard error of the child is read after every frame.

A message is a line of JSON with the length of the bytes that follow it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from dataclasses import asdict
from types import TracebackType
from typing import IO, Any, Self

from . import codecs
from .frame import CodecMissing, Frame, ImagePixel, PixelsUnreadable

PATIENCE = 120.0
"""Seconds after which a frame counts as one that the decoder cannot cope with."""

_CHILD = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from {} import serve; serve()"
_LONGEST_LINE = 1 << 16
_DAMAGE = (b"Corrupt JPEG data", b"Premature end of JPEG file")
_HARMLESS = b"extraneous bytes before marker"


class Decoder:
    """A context in which compressed frames are decoded; the child is started by the first of them.

    Not for two threads at a time.
    """

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def decode(self, data: bytes, syntax: str, image: ImagePixel) -> Frame:
        """As `codecs.decode`: raises PixelsUnreadable and CodecMissing, whatever the decoders do."""
        child = self._started()
        request = {"syntax": syntax, "image": asdict(image)}
        # Killing the child is what ends a read from its pipe on every system.
        alarm = threading.Timer(self._patience, child.kill)
        alarm.start()
        try:
            assert child.stdin
            assert child.stdout
            _send(child.stdin, request, data)
            answer, decoded = _receive(child.stdout)
        except (OSError, EOFError, ValueError) as error:
            self._end()
            raise PixelsUnreadable("the decoder broke down at the frame, which must be damaged") from error
        except BaseException:
            self._end()  # half an answer may be on its way
            raise
        finally:
            alarm.cancel()
        if "command" in answer:
            raise CodecMissing(answer["reason"], answer["command"])
        if "reason" in answer:
            raise PixelsUnreadable(answer["reason"])
        return Frame(ImagePixel(**answer["image"]), decoded, answer["codec"])

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is None:
            if not sys.executable:
                raise PixelsUnreadable("there is no Python interpreter to run a decoder in")
            try:
                # The child keeps it, and has it for itself.
                with tempfile.TemporaryFile(buffering=0) as remarks:
                    self._child = subprocess.Popen(
                        [sys.executable, "-c", _CHILD.format(__name__), json.dumps(sys.path)],
                        stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE,
                        stderr=remarks,  # libraries in C remark there whatever they like
                    )
            except OSError as error:
                raise PixelsUnreadable(f"the decoder cannot be started ({error.strerror})") from error
        return self._child

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        for pipe in (child.stdin, child.stdout):
            with suppress(OSError):  # what was still to be written goes nowhere
                if pipe:
                    pipe.close()
        child.wait()


def serve() -> None:
    """The child: one answer for each request, until there are no more."""
    source, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # nothing that a library prints may get between the answers
    with (
        suppress(EOFError, KeyboardInterrupt, BrokenPipeError),
        os.fdopen(sys.stderr.fileno(), "r+b", buffering=0, closefd=False) as remarks,
    ):
        while True:
            request, data = _receive(source)
            remarks.seek(0)
            remarks.truncate()
            try:
                frame = codecs.decode(data, request["syntax"], ImagePixel(**request["image"]))
                _refuse_what_is_damaged(remarks)
            except CodecMissing as error:
                _send(answers, {"reason": str(error), "command": error.command}, b"")
            except PixelsUnreadable as error:
                _send(answers, {"reason": str(error)}, b"")
            else:
                _send(answers, {"image": asdict(frame.image), "codec": frame.codec}, frame.data)


def _refuse_what_is_damaged(remarks: IO[bytes]) -> None:
    """Raises PixelsUnreadable when the libraries remarked that what they decoded is not all there."""
    remarks.seek(0)
    for line in remarks.read(_LONGEST_LINE).splitlines():
        if line.startswith(_DAMAGE) and _HARMLESS not in line:
            raise PixelsUnreadable(f"the frame is damaged ({line.decode('ascii', 'replace')})")


def _send(pipe: IO[bytes], head: dict[str, Any], data: bytes) -> None:
    pipe.write(json.dumps({**head, "length": len(data)}).encode("ascii") + b"\n")
    pipe.write(data)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> tuple[dict[str, Any], bytes]:
    """Raises EOFError when the other side is gone, ValueError when it talks nonsense."""
    line = pipe.readline(_LONGEST_LINE)
    if not line.endswith(b"\n"):
        raise EOFError
    head = json.loads(line)
    data = pipe.read(head.pop("length"))
    return head, data
