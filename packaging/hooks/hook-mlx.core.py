"""MLX is a namespace package of two wheels; its compiled module imports two others where no scan sees it."""

from PyInstaller.utils.hooks import collect_data_files, collect_dynamic_libs

hiddenimports = ["mlx._reprlib_fix", "mlx.__array_api_info"]
datas = collect_data_files("mlx", includes=["lib/*.metallib"])  # not the headers
binaries = collect_dynamic_libs("mlx")
