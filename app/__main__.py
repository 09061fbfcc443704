"""`python -m app` and `mlx-ferry`: the command line (and, without arguments, the window once it exists)."""

import sys

from app.cli import main

if __name__ == "__main__":
    sys.exit(main())
