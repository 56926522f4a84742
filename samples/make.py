"""Make the sample studies in this folder again: `python samples/make.py`."""

from pathlib import Path

from mediakit.sample import write_samples

for path in write_samples(Path(__file__).parent, force=True):
    print(path)
