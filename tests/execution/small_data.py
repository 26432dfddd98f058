"""Two tiny data sets, generated, imported into a workspace, and a study over them that trains in seconds."""

from pathlib import Path

import numpy as np
from PIL import Image

from workbench.data.catalog import OpenedDataset, import_datasets
from workbench.data.overrides import Overrides
from workbench.runs.workspace import Workspace, open_workspace
from workbench.study.schema import Study

WORDS = {
    "ar": ("كتاب", "باب", "قلم", "بيت", "شمس", "يوم", "دار", "ماء"),
    "fa": ("گل", "پدر", "چای", "ژاله", "برگ", "کار", "شهر", "آب"),
}
PARTS = {"train": 12, "val": 4, "test": 5}


def write_dataset(root: Path, language: str, *, seed: int = 0, parts: dict[str, int] | None = None) -> Path:
    """Write list files and images: strokes whose places depend on the letters, so that they can be learnt."""
    generator = np.random.default_rng([seed, len(language), ord(language[0])])
    words = WORDS[language]
    for part, count in (parts or PARTS).items():
        rows: list[str] = []
        for number in range(count):
            text = " ".join(generator.choice(words, size=2))
            name = f"images/w{number % 4}_{part}{number}.png"
            (root / "images").mkdir(parents=True, exist_ok=True)
            _picture(text, generator).save(root / name)
            rows.append(f"{name}\t{text}")
        (root / f"{part}.txt").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return root


def write_leaky_dataset(root: Path, language: str) -> Path:
    """Write a data set whose first test line has the text of its first training line."""
    folder = write_dataset(root, language, seed=7)
    first = (folder / "train.txt").read_text(encoding="utf-8").splitlines()[0].partition("\t")[2]
    rows = (folder / "test.txt").read_text(encoding="utf-8").splitlines()
    rows[0] = f"{rows[0].partition(chr(9))[0]}\t{first}"
    (folder / "test.txt").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


def _picture(text: str, generator: np.random.Generator) -> Image.Image:
    pixels = np.full((40, 12 * len(text) + 20), 250, np.uint8)
    for place, letter in enumerate(reversed(text)):
        top = 4 + ord(letter) * 7 % 24
        left = 10 + 12 * place
        if letter != " ":
            pixels[top : top + 10, left : left + 3 + ord(letter) % 6] = 20
    noise = generator.integers(-8, 8, pixels.shape)
    return Image.fromarray(np.clip(pixels.astype(int) + noise, 0, 255).astype(np.uint8))


def import_one(workspace: Workspace, path: Path, name: str, language: str) -> OpenedDataset:
    """Import a data set and return it opened."""
    last = list(import_datasets(workspace, path, name=name, overrides=Overrides(language=language)))[-1]
    assert isinstance(last, OpenedDataset)
    return last


def make_workspace(root: Path) -> Workspace:
    """Workspace with the data sets `arabic` and `persian`."""
    workspace = open_workspace(root / "workspace")
    for name, language in (("arabic", "ar"), ("persian", "fa")):
        import_one(workspace, write_dataset(root / name, language), name, language)
    return workspace


def small_study(**changes: object) -> Study:
    """Return a study of a few steps."""
    value: dict[str, object] = {
        "name": "small",
        "targets": ["arabic", "persian"],
        "architectures": ["small-cnn"],
        "regimes": ["single", "multi"],
        "k_lines": [4],
        "budgets": ["6 steps"],
        "preprocessing": {"line_height_px": 32},
        "training": {"batch_lines": 2, "validations": 2, "validation_lines": 2, "log_every_steps": 1},
    }
    return Study.model_validate(value | changes)
