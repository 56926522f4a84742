"""The first process of a `computer.py`: makes it a computer that Python can work on, and does the job."""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
from pathlib import Path


def boot(task: dict[str, object]) -> None:
    """What the processes of a Linux expect to find."""
    from tests.kernel_guest import check, libc

    for kind, place in ((b"proc", b"/proc"), (b"sysfs", b"/sys"), (b"tmpfs", b"/mnt")):
        check(libc.mount(kind, place, kind, 0, b""), place.decode())
    work = str(task["work"])
    os.environ.update({"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "TMPDIR": work, "HOME": work})
    os.chdir(work)


if __name__ == "__main__":
    task = json.loads(Path(sys.argv[1]).read_text())
    sys.path[:] = task["path"]
    sys.dont_write_bytecode = True
    from tests.kernel_guest import POWER_OFF, libc

    try:
        boot(task)
        job = getattr(importlib.import_module("tests.computer_jobs"), task["job"])
        found = {"result": job(*task["arguments"])}
    except BaseException:  # whatever it is, the computer must halt and the test must hear of it
        found = {"error": traceback.format_exc()}
    result = Path(task["work"], "result.json")
    part = result.with_suffix(".part")
    part.write_text(json.dumps(found))
    part.rename(result)
    os.sync()
    libc.reboot(POWER_OFF)
