#!/bin/sh
# Makes the virtual environment, or says what stands in the way: make-venv.sh PYTHON FOLDER
set -eu
python=$1
folder=$2

stop() {
    printf '\n%s\n%s\n\n' "MLX Ferry: $1" "$2" >&2
    exit 1
}

command -v "$python" >/dev/null || stop "there is no '$python' here." \
    "Install Python 3.11 or later, or name the one you have: make PYTHON=/path/to/python3 ..."

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || stop \
    "Python 3.11 or later is needed; '$python' is $("$python" --version 2>&1)." \
    "Install a newer one (macOS: brew install python@3.13), or name it: make PYTHON=/path/to/python3 ..."

"$python" -c 'import ensurepip, venv' 2>/dev/null || stop "'$python' cannot make virtual environments." \
    "On Debian and Ubuntu: sudo apt-get install python3-venv"

# An Intel Python also runs on Apple silicon, translated, and finds no MLX.
"$python" -c 'import platform, sys; sys.exit((sys.platform, platform.machine()) == ("darwin", "x86_64"))' || stop \
    "MLX needs Apple silicon, and '$python' is an Intel program." \
    "On an Apple silicon Mac, install a Python for arm64 and name it: make PYTHON=/path/to/python3 ..."

echo "Making $folder with $("$python" --version)"
"$python" -m venv --clear "$folder"
