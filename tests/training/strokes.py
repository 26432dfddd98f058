"""Generated lines: each character is a bundle of random strokes, written from right to left."""

import hashlib
from dataclasses import dataclass, field

import numpy as np

from workbench.models.registry import architecture_spec
from workbench.runs.spec import RunSpec, TargetSpec
from workbench.study.schema import Preprocessing, Training
from workbench.text.alphabet import alphabet_of
from workbench.text.reading_order import to_network

HEIGHT = 40
LETTERS = "ابتجدرسشعفقكلمنهوي"


def _random(*key):
    digest = hashlib.sha256(repr(key).encode()).digest()
    return np.random.Generator(np.random.Philox(key=np.frombuffer(digest[:16], dtype=np.uint64)))


def glyph(character):
    """One letter's shape, (HEIGHT, width), ink = 255."""
    random = _random("glyph", character)
    width = 12 if character == " " else int(random.integers(14, 24))
    shape = np.zeros((HEIGHT, width), dtype=np.uint8)
    if character != " ":
        for _ in range(3):
            x, y = random.integers(1, width - 4), random.integers(4, HEIGHT - 12)
            long, thick = random.integers(5, 14), random.integers(2, 4)
            if random.random() < 0.5:
                shape[y : y + long, x : x + thick] = 255
            else:
                shape[y : y + thick, x : x + long] = 255
    return shape


def write(text, key):
    """Line image of a text in logical order; runs of digits and Latin letters stand from left to right."""
    random = _random("line", key)
    parts = []
    for character in to_network(text, "ltr_runs"):
        parts += [glyph(character), np.zeros((HEIGHT, int(random.integers(1, 5))), dtype=np.uint8)]
    image = np.concatenate([np.zeros((HEIGHT, 3), dtype=np.uint8), *parts], axis=1)
    rows = int(random.integers(-2, 3))
    noise = random.integers(0, 25, image.shape)
    return np.clip(np.roll(image, rows, axis=0) * random.uniform(0.8, 1.0) + noise, 0, 255).astype(np.uint8)


@dataclass
class MemoryLines:
    """What a line cache gives, from memory."""

    texts: dict[str, str]
    images: dict[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self):
        for line_id, text in self.texts.items():
            self.images.setdefault(line_id, write(text, line_id))

    @property
    def ids(self):
        return tuple(self.texts)

    def __contains__(self, line_id):
        return line_id in self.texts

    def image(self, line_id):
        return self.images[line_id]

    def size(self, line_id):
        return self.images[line_id].shape

    def transcription(self, line_id):
        return self.texts[line_id]


def random_text(*key, letters=LETTERS, words=2):
    random = _random("text", *key)
    return " ".join("".join(random.choice(list(letters), int(random.integers(2, 6)))) for _ in range(words))


def lines_of(name, count, **options):
    return MemoryLines({f"{name}-{at:03}": random_text(name, at, **options) for at in range(count)})


def target_of(name, source, train, validation=2, test=3, language="ar", **changes):
    ids = source.ids
    return TargetSpec(
        name=name,
        language=language,
        fingerprint="0" * 64,
        train_ids=ids[:train],
        validation_ids=ids[train : train + validation],
        test_ids=ids[train + validation : train + validation + test],
        test_clusters=tuple(f"w{at % 2}" for at in range(len(ids[train + validation : train + validation + test]))),
        cluster_unit="writers",
        **changes,
    )


def resized(architecture, **sizes):
    """An architecture with other sizes; those that it does not have are left out."""
    kept = {name: size for name, size in sizes.items() if name in architecture.sizes}
    return architecture.model_copy(update={"sizes": architecture.sizes | kept})


def spec_of(targets, sources, architecture="small-cnn", steps=12, preprocessing=None, alphabet=None, **training):
    """A run specification over generated lines; `training` sets keys of Training."""
    texts = [source.transcription(line) for t, source in zip(targets, sources, strict=True) for line in t.train_ids]
    given = {"batch_lines": 4, "log_every_steps": 2} | training
    return RunSpec(
        architecture=architecture_spec(architecture),
        preprocessing=preprocessing or Preprocessing(line_height_px=32),
        normalisation=(),
        training=Training(**given),
        steps=steps,
        validate_every_steps=max(steps // 3, 1),
        k=len(targets[0].train_ids),
        draw=0,
        seed=1,
        alphabet=alphabet_of([*texts, " "]) if alphabet is None else alphabet,
        targets=tuple(targets),
    )
