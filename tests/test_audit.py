"""`make audit`: what it says and how it ends, whatever pip-audit and the advisory database do."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
GOOD = {"dependencies": [{"name": "one", "version": "1.0", "vulns": []}]}
BAD = {"dependencies": [{"name": "one", "version": "1.0", "vulns": [{"id": "PYSEC-0", "fix_versions": ["1.1"]}]}]}
SKIPPED = {"dependencies": [{"name": "one", "skip_reason": "not in the database"}]}


@pytest.mark.parametrize(
    ("report", "code", "words"),
    [
        (GOOD, 0, "1 versions looked up, 0 known vulnerabilities"),
        (BAD, 1, "one 1.0: PYSEC-0, mended in 1.1"),
        (SKIPPED, 2, "Not audited as a whole"),
        ({"dependencies": []}, 2, "Not audited as a whole"),
        (None, 2, "This says nothing about vulnerabilities"),
    ],
)
def test_only_an_answer_counts(report: object, code: int, words: str, tmp_path: Path) -> None:
    """In place of pip-audit stands a program that writes a report, or ends without one, as it does unanswered."""
    program = tmp_path / "bin" / "pip-audit"
    program.parent.mkdir()
    answer = f"open(sys.argv[sys.argv.index('--output') + 1], 'w').write({json.dumps(report)!r})"
    program.write_text(f"#!{sys.executable}\nimport sys\n{answer if report else ''}\nsys.exit({int(report != GOOD)})\n")
    program.chmod(0o755)
    environment = os.environ | {"AUDIT_VENV": str(tmp_path), "PYTHON": sys.executable}
    done = subprocess.run([ROOT / ".ci" / "audit"], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, words in done.stdout) == (code, True), done.stdout + done.stderr
