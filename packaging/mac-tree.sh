#!/bin/sh
# Installs what a Mac would get, on any system, to be looked at: mac-tree.sh PYTHON FOLDER
# Fails where a wheel for Apple silicon is missing, or one would need a newer macOS than the app. What cannot be fetched
# for other reasons is said, and the test that needs it skips.
set -eu
python=$1
folder=$2
here=$(dirname "$0")

notice() {
    printf '\n%s\n%s\n%s\n\n' "************************************************************" \
        "NOTICE: $1. What a Mac loads has NOT been looked at." \
        "************************************************************" >&2
    exit 0
}

rm -rf "$folder"
mkdir -p "$folder.staging"
trap 'rm -rf "$folder.staging"' EXIT
"$python" - "$here/../pyproject.toml" >"$folder.staging/requirements.txt" <<'END'
import sys
import tomllib

with open(sys.argv[1], "rb") as file:
    print("\n".join(tomllib.load(file)["project"]["dependencies"]))
END
oldest=$("$python" -c 'import sys; sys.path[:0] = sys.argv[1:]; import bundle_info; print(bundle_info.MIN_MACOS)' \
    "$here" "$here/..")
# pip evaluates markers for the system it runs on; only uv resolves for another one.
if ! MACOSX_DEPLOYMENT_TARGET=$oldest UV_PYTHON_DOWNLOADS=never "$python" -m uv pip install --quiet \
    --python-platform aarch64-apple-darwin --python-version 3.12 --only-binary :all: \
    --constraint "$here/../constraints.txt" --requirement "$folder.staging/requirements.txt" \
    --target "$folder.staging/tree" 2>"$folder.staging/said"; then
    cat "$folder.staging/said" >&2
    ! grep -q "No solution found" "$folder.staging/said" || exit 1
    notice "the wheels of a Mac could not be fetched"
fi
mv "$folder.staging/tree" "$folder"
"$python" "$here/check_macos.py" "$folder" --min "$oldest" --sizes
