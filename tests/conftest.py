"""What every test can ask for, and how hypothesis runs."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest
from hypothesis import settings

# Compiled modules beside the samples would be among the sources of the jobs that read the samples.
sys.pycache_prefix = str(Path(__file__).parents[1] / ".pytest_cache" / "compiled")
os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix

settings.register_profile("local", deadline=None)
# In CI a run is repeatable: it must not fail on a change that has nothing to do with it.
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")

# Whoever starts the tests in the background may have them ignore Ctrl-C and its relatives; the
# programs that the tests start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
for name in ("SIGTERM", "SIGHUP"):
    if hasattr(signal, name):
        signal.signal(getattr(signal, name), signal.SIG_DFL)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return Path(__file__).parents[1]


@pytest.fixture(scope="session")
def samples(repository: Path) -> Path:
    """The folder of the synthetic studies, only to be read."""
    return repository / "samples"
