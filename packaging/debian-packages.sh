#!/bin/sh
# Installs the Debian packages that the wheels lean on: debian-packages.sh runtime|test|package [PYTHON]
# Does nothing where there is no apt; without root it names the command instead.
set -eu
purpose=$1
python=${2:-python3}

command -v apt-get >/dev/null && command -v dpkg-query >/dev/null || exit 0

# Qt's widgets, drawn offscreen; libgomp1 is llama.cpp's.
wanted="libgl1 libegl1 libglib2.0-0 libdbus-1-3 libxkbcommon0 libfontconfig1 libgomp1"
case $purpose in
    runtime) ;;
    # A real window on a virtual screen.
    test) wanted="$wanted xvfb xauth libxcb-cursor0 libxkbcommon-x11-0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0" ;;
    # What PyInstaller looks into libraries with, and what it puts into the app in the place of Debian's program.
    package) wanted="$wanted binutils libpython$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')" ;;
    *) echo "usage: debian-packages.sh runtime|test|package [PYTHON]" >&2; exit 2 ;;
esac
# Only Debian's own Python comes without it.
"$python" -c 'import ensurepip' 2>/dev/null || wanted="$wanted python3-venv"

is_installed() {
    dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed
}

missing=
for package in $wanted; do
    # Since Debian 13 and Ubuntu 24.04 some have another name, and still answer to the old one when installed by it.
    is_installed "$package" || is_installed "${package}t64" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
    printf '\n%s\n  %s\n\n' "MLX Ferry: these system packages are missing. Install them, then try again:" \
        "sudo apt-get update && sudo apt-get install --no-install-recommends -y$missing" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update
# shellcheck disable=SC2086  # a list of names
apt-get install --no-install-recommends -y $missing
