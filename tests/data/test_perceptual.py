"""Images that look alike have hashes that differ in few bits; others do not."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.data.fixtures import draw_strokes, make_texts
from workbench.data.perceptual import HASH_BITS, line_hash

Grey = NDArray[np.uint8]


def lines() -> list[Grey]:
    """Ink = 255, about 600 px wide, as lines of a scan are."""
    texts = make_texts("ar", 90)
    return [255 - np.asarray(draw_strokes(" ".join(texts[at : at + 5]), height=60)) for at in range(0, 90, 5)]


def as_jpeg(image: Grey) -> Grey:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=60)
    return np.asarray(Image.open(file).convert("L"))


def smaller(image: Grey) -> Grey:
    height, width = image.shape
    return np.asarray(Image.fromarray(image).resize((width * 2 // 3, height * 2 // 3), Image.Resampling.BILINEAR))


def shifted(image: Grey) -> Grey:
    return np.pad(image, ((0, 2), (3, 0)))


def paler(image: Grey) -> Grey:
    return (image * 0.7).astype(np.uint8)


def differences(one: Grey, other: Grey) -> int:
    return (line_hash(one) ^ line_hash(other)).bit_count()


@pytest.mark.parametrize("change", [as_jpeg, smaller, paler])
def test_a_copy_differs_in_few_bits(change: Callable[[Grey], Grey]) -> None:
    assert max(differences(image, change(image)) for image in lines()) <= 4


def test_a_shifted_copy_is_nearer_than_any_other_line() -> None:
    drawn = lines()
    for image in drawn:
        others = [differences(image, other) for other in drawn if other is not image]
        assert differences(image, shifted(image)) < min(others)


def test_different_lines_differ_in_many_bits() -> None:
    drawn = lines()
    found = [differences(one, other) for at, one in enumerate(drawn) for other in drawn[:at]]
    assert min(found) > 4
    assert np.median(found) > 15


def test_the_number_is_of_the_image_alone() -> None:
    image = lines()[0]
    assert line_hash(image) == line_hash(np.asfortranarray(image)) == line_hash(image[:, :])
    assert 0 < line_hash(image) < 1 << HASH_BITS
    assert line_hash(np.zeros((40, 300), np.uint8)) == 0
    assert line_hash(np.full((1, 1), 7, np.uint8)) == 0
