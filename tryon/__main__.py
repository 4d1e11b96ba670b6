"""``python -m tryon`` is the ``tryon`` command."""

import sys

from tryon.cli import main

if __name__ == "__main__":
    sys.exit(main())
