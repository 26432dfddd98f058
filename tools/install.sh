#!/usr/bin/env bash
# Makes the virtual environment and installs the pinned versions, checked by hash, and the workbench itself into it.
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

install() { "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation "$@"; }

# Only what is pinned, each file checked against its hashes; what is built, is built by what was installed so.
checked() {
  install --require-hashes -r "$1" "${@:2}" && return
  echo "Stopped: not everything in $1 could be installed; pip's reason stands above."
  echo "Where it speaks of hashes, a file is not the one that was pinned: do not install it by other means."
  exit 1
}
checked requirements/build.txt
# Looking for hashes, pip passes over files of which no index tells the hash, such as a folder with builds for the CPU
# alone. So what it would take without looking is fetched first, and then checked like the rest.
torch="$(grep -o '^torch==[^ ]*' constraints.txt)"
if ! "$VENV/bin/python" - "$torch" 2>/dev/null <<'PY'
import sys
from importlib.metadata import version
sys.exit("torch==" + version("torch").partition("+")[0] != sys.argv[1])
PY
then
  fetched="$(mktemp -d)"
  trap 'rm -rf "$fetched"' EXIT
  "$VENV/bin/python" -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --dest "$fetched" "$torch"
  sed -n '/^torch==/,/^[^ ]/{/^torch==/p;/^ /p}' constraints.txt > "$fetched/torch.txt"
  PIP_FIND_LINKS="" checked "$fetched/torch.txt" --no-index --find-links "$fetched"
fi
checked constraints.txt
if "$VENV/bin/python" - <<'PY'
import sys
from importlib.metadata import requires
sys.exit(not any(each.startswith(("cuda-", "nvidia-")) for each in requires("torch")))
PY
then checked requirements/gpu.txt; fi
install --no-index -e .
"$VENV/bin/python" -m pip check --quiet
touch "$VENV/.installed"
