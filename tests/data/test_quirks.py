"""Quirks are counted, named once, and cost no line."""

from pathlib import Path

from workbench.data.line import TextLine
from workbench.data.quirks import copy_notes, image_notes, image_quirks, text_notes


def lines(*texts: str, splits: str = "") -> list[TextLine]:
    names = {"r": "train", "v": "validation", "t": "test"}
    return [
        TextLine(f"l{at}", Path(f"l{at}.png"), text, "ar", names.get(splits[at : at + 1]), f"w{at // 2}")  # pyright: ignore[reportArgumentType]
        for at, text in enumerate(texts)
    ]


def reasons(*texts: str, splits: str = "") -> str:
    return "\n".join(problem.reason for problem in text_notes(lines(*texts, splits=splits)))


def test_a_plain_text_has_none() -> None:
    assert text_notes(lines("ذهب الولد", "كتب الدرس")) == []


def test_quirks_are_counted_in_one_note_with_examples() -> None:
    notes = text_notes(lines(*[f"قلم  باب {at}" for at in range(9)]))
    assert [note.reason for note in notes] == [
        "two or more blanks in a row: 9 transcriptions (l0, l1, l2 and 6 more)",
    ]
    assert all(note.is_note and note.path == "." for note in notes)


def test_digits_of_several_systems_are_counted() -> None:
    assert "ASCII in 2 lines, Arabic-Indic in 1 line" in reasons("باب 1", "بيت 2", "قلم ٣")


def test_repeated_texts_across_parts_are_told() -> None:
    told = reasons("قلم باب", "قلم  باب", "بيت باب", "بيت باب", splits="rtrr")
    assert "2 texts met more than once: l0, l2" in told
    assert "1 text in more than one part, on 1 test line: l0" in told


def test_writers_on_both_sides_are_told() -> None:
    assert "1 writer in more than one part: w0" in reasons("قلم باب", "بيت كبير", "شمس يوم", splits="rtt")


def test_reversed_storage_is_suspected() -> None:
    texts = [f"ذهب الولد إلى المدرسة {at}." for at in range(20)]
    assert "REVERSED" in reasons(*[text[::-1] for text in texts])
    assert "REVERSED" not in reasons(*texts)


def test_reversed_lines_among_others_are_told() -> None:
    told = reasons("من إلى في البيت"[::-1], "ذهب الولد إلى المدرسة", "كتب الدرس")
    assert "words that seem to be stored reversed (visual order): 1 transcription (l0)" in told


def test_images_are_judged_by_their_ink() -> None:
    assert image_quirks(0, 60) == ("no ink at all",)
    assert "mostly blank" in image_quirks(50, 400)[0]
    assert image_quirks(50, 60) == image_quirks(20, 80) == ()
    assert [note.reason for note in image_notes([("a", "no ink at all"), ("b", "no ink at all")])] == [
        "no ink at all: 2 images (a, b)"
    ]


def test_copies_of_an_image_are_told() -> None:
    (note,) = copy_notes([("a", "1"), ("b", "2"), ("c", "1")])
    assert note.reason == "the same image under several ids: a = c"
    (note,) = copy_notes([(str(at), "x") for at in range(9)])
    assert note.reason == "the same image under several ids: 0 = 1 = 2 = 3 = … (9 lines)"
    assert copy_notes([("a", "1"), ("b", "2")]) == []
