#!/usr/bin/env bash
# Asks the advisory database about every pinned version: the one thing here that asks the network, when told to.
# Ends with 0 (none known), 1 (vulnerabilities, listed) or 2 (not looked at: pip-audit or the database out of reach).
set -uo pipefail
cd "$(dirname "$0")/.."
AUDIT_VENV="${AUDIT_VENV:-.venv/audit}"

not_looked_at() {
  echo "Not audited: $1. This says nothing about vulnerabilities."
  exit 2
}
if [ ! -x "$AUDIT_VENV/bin/pip-audit" ]; then
  "${PYTHON:-python3}" -m venv "$AUDIT_VENV" || not_looked_at "no environment could be made in $AUDIT_VENV"
  "$AUDIT_VENV/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps \
    --only-binary :all: -r requirements/audit.txt || not_looked_at "pip-audit could not be installed"
fi
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
# Where there is no answer pip-audit ends with 1 as well, so its report, not its exit code, says that there was one. A list
# at a time: two of them may hold the same distribution, for different environments.
for list in constraints.txt requirements/{build,gpu,audit}.txt; do
  "$AUDIT_VENV/bin/pip-audit" --progress-spinner off --require-hashes --disable-pip --timeout "${AUDIT_TIMEOUT_S:-15}" \
    --format json --output "$folder/$(basename "$list").json" -r "$list"
  code=$?
  [ -s "$folder/$(basename "$list").json" ] || not_looked_at "no answer about $list (pip-audit ended with $code; its reason stands above)"
done
"${PYTHON:-python3}" - "$folder"/*.json <<'PY'
import json
import sys

lists = [json.load(open(path, encoding="utf-8"))["dependencies"] for path in sys.argv[1:]]
found = {(each["name"], each.get("version", "")): each for entries in lists for each in entries}
skipped = [each for each in found.values() if "skip_reason" in each]
bad = [(each, one) for each in found.values() for one in each.get("vulns", [])]
for each, one in bad:
    fixed = ", ".join(one["fix_versions"]) or "no version"
    print(f"{each['name']} {each['version']}: {one['id']}, mended in {fixed}")
for each in skipped:
    print(f"{each['name']}: not looked up ({each['skip_reason']})")
print(f"{len(found) - len(skipped)} versions looked up, {len(bad)} known vulnerabilities.")
if not bad and (skipped or not found):
    print("Not audited as a whole: what was not looked up may be vulnerable.")
sys.exit(1 if bad else 2 if skipped or not found else 0)
PY
