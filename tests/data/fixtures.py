"""Tiny data sets with drawn images, made in the test's folder; nothing here is handwriting."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

WORDS: Mapping[str, Sequence[str]] = {
    "ar": ("كتاب", "مدرسة", "بيت", "قلم", "شمس", "يوم", "ليل", "باب", "طريق", "مدينة"),
    "ur": ("کتاب", "گھر", "ہے", "میں", "لڑکا", "پانی", "ٹھنڈا", "اچھا", "دوست", "چاند"),
    "fa": ("کتاب", "خانه", "پنجره", "گل", "چراغ", "ژاله", "دوست", "آسمان", "راه", "شهر"),
}
"""A few common words per language."""


def _numbers(*key: object) -> np.random.Generator:
    digest = hashlib.sha256("/".join(map(str, key)).encode()).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest[:16], "big")))


def draw_strokes(text: str, *, height: int = 40, seed: int = 0) -> Image.Image:
    """Draw a text as strokes: the same letter gives the same strokes, so that a network can learn to read them.

    Right to left, 10 px per character, black on white, mode L.
    """
    image = Image.new("L", (20 + 10 * len(text), height), 255)
    pen = ImageDraw.Draw(image)
    for at, character in enumerate(text):
        right = image.width - 10 - 10 * at
        shape = _numbers("shape", character).integers(0, [9, height - 12] * 3).reshape(3, 2)
        jitter = _numbers("jitter", seed, at, character).integers(-1, 2, size=(3, 2))
        if character != " ":
            pen.line([(int(right - x), int(6 + y)) for x, y in shape + jitter], fill=0, width=2)
    return image


def make_texts(language: str, count: int, seed: int = 0) -> list[str]:
    """Texts of one or two words; none occurs twice while there are enough of them."""
    words = WORDS[language]
    pairs = [f"{one} {other}" for one in words for other in words if one != other]
    order = _numbers("texts", language, seed).permutation(len(pairs))
    return [pairs[order[at % len(pairs)]] for at in range(count)]


def write_manifest(folder: Path, rows: Sequence[Sequence[str]], header: Sequence[str]) -> Path:
    """Write a TAB-separated manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "lines.tsv"
    path.write_text("".join("\t".join(row) + "\n" for row in (header, *rows)), encoding="utf-8")
    return path


def _part_of(at: int, lines: int) -> tuple[str, int]:
    """Part and writer of a line: 60 % train, 20 % validation, 20 % test, each with its own writers."""
    if at < 0.6 * lines:
        return "train", at % 4
    return ("val", 10 + at % 2) if at < 0.8 * lines else ("test", 20 + at % 3)


def write_line_folder(
    tmp_path: Path,
    languages: Sequence[str] = ("ar", "ur", "fa"),
    lines: int = 30,
    *,
    name: str = "lines",
    form: str = "manifest",
    writers: bool = True,
    seed: int = 0,
) -> Path:
    """Make a small data set with real images.

    Parameters
    ----------
    tmp_path : Path
        The data set becomes the folder `name` in it.
    languages : sequence of str
        Several only with `form="manifest"`: one data set per language comes of it.
    lines : int
        Per language: 60 % train, 20 % validation, 20 % test, writers disjoint.
    form : str
        `manifest` (a `lines.tsv` with id, image, text, split, writer, language) or `prepared`
        (`{train,val,test}/gt.txt`, no writers, one language).
    writers : bool
        Leave them out where False.

    Returns
    -------
    Path
        The folder.
    """
    folder = tmp_path / name
    rows: list[tuple[str, ...]] = []
    for language in languages:
        for at, text in enumerate(make_texts(language, lines, seed)):
            part, writer = _part_of(at, lines)
            line_id = f"{language}_{at:03d}"
            place = Path("images") / f"{line_id}.png" if form == "manifest" else Path(part) / f"{line_id}.png"
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            draw_strokes(text, seed=seed * 1000 + at).save(folder / place)
            hand = f"{language}-writer-{writer:02d}" if writers else ""
            rows.append((line_id, place.as_posix(), text, part, hand, language))
    if form == "manifest":
        write_manifest(folder, rows, ("id", "image", "text", "split", "writer", "language"))
    else:
        for part in ("train", "val", "test"):
            listed = [f"{row[0]} {row[2]}\n" for row in rows if row[3] == part]
            (folder / part / "gt.txt").write_text("".join(listed), encoding="utf-8")
    return folder
