"""Secure DICOM Files (PS3.15 D.1): a DICOM file as the payload of a CMS message, both ways.

`envelope` and `writer` make them, `reader` opens them, `keys` loads what users bring along.
Knows contents, keys and CMS; nothing of File-sets, profiles or formats.
"""
