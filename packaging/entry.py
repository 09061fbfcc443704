"""Where the frozen app begins."""

import multiprocessing
import sys

multiprocessing.freeze_support()  # what multiprocessing starts is this program again; before anything of ours is loaded

from app.__main__ import main  # noqa: E402

sys.exit(main())
