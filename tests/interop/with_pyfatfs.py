"""A program of its own: pyfatfs needs an old setuptools, which warns of itself at every import.

Prints size and SHA-256 of every file of the volume that begins at a byte of an image, as JSON.
"""

import hashlib
import json
import sys

from pyfatfs.PyFatFS import PyFatFS

image, start = sys.argv[1:]
found = {}
with PyFatFS(image, offset=int(start), read_only=True) as volume:
    for path in volume.walk.files():
        data = volume.readbytes(path)
        found[path.removeprefix("/")] = len(data), hashlib.sha256(data).hexdigest()
json.dump(found, sys.stdout)
