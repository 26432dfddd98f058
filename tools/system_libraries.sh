#!/usr/bin/env bash
# Installs the system libraries that a bare Debian or Ubuntu lacks, and says which. Does nothing where all are there.
set -euo pipefail

packages=(
  python3-venv        # makes .venv
  libgl1 libegl1 libxkbcommon0 libdbus-1-3 libfontconfig1 libfreetype6 libglib2.0-0   # Qt itself
  libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-image0 libxcb-render-util0 libxcb-shape0
  libxcb-xinerama0 libxcb-randr0 libxcb-xkb1 libxkbcommon-x11-0                       # Qt's window plug-in for X11
  libfribidi0         # Pillow loads it to shape Arabic text (demo data)
  xvfb                # a display for the tests
)

command -v dpkg-query >/dev/null || { echo "No dpkg here: the system libraries of Qt 6 (xcb) and Xvfb are taken to be installed."; exit 0; }

missing=()
for name in "${packages[@]}"; do
  dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null | grep -q '^installed$' || missing+=("$name")
done
# A Python that brings its own venv module needs no package for it.
if "${PYTHON:-python3}" -c 'import venv, ensurepip' 2>/dev/null; then
  kept=(); for name in "${missing[@]}"; do [ "$name" = python3-venv ] || kept+=("$name"); done; missing=("${kept[@]}")
fi
[ "${#missing[@]}" -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "Missing system libraries: ${missing[*]}. Install them as root, then run this again."; exit 1; }
  as_root=(sudo)
fi
echo "Installing system libraries: ${missing[*]}"
log="$(mktemp)"
if ! { "${as_root[@]}" apt-get update -qq &&
       "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
     } >"$log" 2>&1; then
  cat "$log"
  echo "The system libraries could not be installed: ${missing[*]}"
  exit 1
fi
rm -f "$log"
