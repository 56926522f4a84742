"""A program of its own: pyfatfs needs an old setuptools, which warns of itself at every import.

Prints size and SHA-256 of every file of the volume that begins at a byte of an image, as JSON. It
uses the library below its paths, where it does not look every name up again and again.
"""

import hashlib
import json
import sys

from pyfatfs.PyFat import PyFat

image, start = sys.argv[1:]
volume = PyFat(offset=int(start))
volume.open(image, read_only=True)
found = {}
for _, _, files in volume.root_dir.walk():
    for entry in files:
        first, size = entry.get_cluster(), entry.filesize
        chain = volume.get_cluster_chain(first) if first else ()
        data = b"".join(map(volume.read_cluster_contents, chain))[:size]
        assert len(data) == size
        found[entry.get_full_path().lstrip("/")] = size, hashlib.sha256(data).hexdigest()
volume.close()
json.dump(found, sys.stdout)
