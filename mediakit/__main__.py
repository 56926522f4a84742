"""`python -m mediakit` is the command `mediakit`."""

import sys


def run() -> int:
    """Run the command and return its exit status; 130 also where Ctrl-C comes while it is being loaded."""
    try:
        from .cli import main

        return main()
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(run())
