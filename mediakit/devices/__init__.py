"""What an image can be written with: recorders of discs, disc robots, device nodes.

    table.py    the recorders, and what `--device` means    listing.py  what is plugged in here
    model.py    Target: look, write, open, release
    xorriso.py  robot.py  block.py    the targets

`mediakit/burn.py` decides whether a medium may be written and proves what was; a target only
knows its machine. Nothing here knows DICOM or profiles.
"""
