"""Freezes the words of the demo data: the commonest words of three languages with their frequency, screened.

Run once, by hand, with wordfreq 3.1.1 installed (it is no dependency of the workbench):
    python tools/freeze_demo_words.py
Writes resources/text/words-<language>.json.
"""

import fnmatch
import json
from collections.abc import Callable
from pathlib import Path

import wordfreq

ROOT = Path(__file__).resolve().parent.parent
WORDS = 2000
LETTERS = {
    "ar": "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي",
    "ur": "ءآأؤئابپتٹثجچحخدڈذرڑزژسشصضطظعغفقکگلمنںوہھۂیے",
    "fa": "ءآأؤئابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی",
}
MAX_LETTERS = 8


def denied() -> Callable[[str], bool]:
    """A test for words that must not be shown."""
    lines = (ROOT / "tools" / "demo_words_denied.txt").read_text(encoding="utf-8").splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    return lambda word: any(fnmatch.fnmatchcase(word, pattern) for pattern in patterns)


def words(language: str) -> list[tuple[str, float]]:
    """(word, Zipf frequency), commonest first; only words of two to eight letters of the language's own alphabet."""
    is_denied = denied()
    letters = set(LETTERS[language])
    found: list[tuple[str, float]] = []
    for word in wordfreq.top_n_list(language, 20000, wordlist="small"):
        if 2 <= len(word) <= MAX_LETTERS and set(word) <= letters and not is_denied(word):
            found.append((word, wordfreq.zipf_frequency(word, language, wordlist="small")))
        if len(found) == WORDS:
            return found
    raise SystemExit(f"{language}: only {len(found)} words")


def main() -> None:
    """Write the three files."""
    for language in LETTERS:
        rows = ",\n".join(json.dumps(list(row), ensure_ascii=False) for row in words(language))
        path = ROOT / "resources" / "text" / f"words-{language}.json"
        path.write_text(
            f'{{"language": "{language}", "source": "wordfreq 3.1.1, small list", "licence": "CC BY-SA 4.0",\n'
            f'"words": [\n{rows}\n]}}\n',
            encoding="utf-8",
        )
        print(path.name, path.stat().st_size)


if __name__ == "__main__":
    main()
