"""Before anything of the program: MLX looks for mlx.metallib beside the path by which libmlx was loaded first."""

import ctypes
import sys
from pathlib import Path

library = Path(sys._MEIPASS, "mlx", "lib", "libmlx.dylib")
if sys.platform == "darwin" and library.exists():
    ctypes.CDLL(str(library.resolve()))
