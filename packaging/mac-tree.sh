#!/bin/sh
# Installs what a Mac would get, on any system, to be looked at: mac-tree.sh PYTHON FOLDER
# Fails where a wheel for Apple silicon is missing, or one would need a newer macOS than the app.
set -eu
python=$1
folder=$2
here=$(dirname "$0")

oldest=$("$python" -c 'import sys; sys.path[:0] = sys.argv[1:]; import bundle_info; print(bundle_info.MIN_MACOS)' \
    "$here" "$here/..")
rm -rf "$folder"
mkdir -p "$folder"
"$python" - "$here/../pyproject.toml" >"$folder.txt" <<'END'
import sys
import tomllib

with open(sys.argv[1], "rb") as file:
    print("\n".join(tomllib.load(file)["project"]["dependencies"]))
END
# pip evaluates markers for the system it runs on; only uv resolves for another one.
MACOSX_DEPLOYMENT_TARGET=$oldest UV_PYTHON_DOWNLOADS=never "$python" -m uv pip install --quiet \
    --python-platform aarch64-apple-darwin --python-version 3.12 --only-binary :all: \
    --constraint "$here/../constraints.txt" --target "$folder" --requirement "$folder.txt"
"$python" "$here/check_macos.py" "$folder" --min "$oldest" --sizes
