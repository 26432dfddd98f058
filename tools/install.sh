#!/usr/bin/env bash
# Makes the virtual environment and installs the pinned versions and the workbench itself into it.
set -euo pipefail
cd "$(dirname "$0")/.."
VENV="${VENV:-.venv}"
export PYTHON="${PYTHON:-python3}"

tools/system_libraries.sh
"$PYTHON" - <<'PY'
import sys
if sys.version_info < (3, 11):
    sys.exit(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}: set PYTHON=python3.11.")
PY
[ -x "$VENV/bin/python" ] || "$PYTHON" -m venv "$VENV"
echo "Installing htr-workbench and its pinned dependencies into $VENV (the first time takes some minutes)"
"$VENV/bin/python" -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,arrow]'
touch "$VENV/.installed"
