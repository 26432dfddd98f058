"""What an import would give: recognised at once, counted from the texts alone, with lines from every part."""

import os
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data import forms
from tests.data.fixtures import write_line_folder
from tests.data.forms import save, write
from workbench.data import decoding
from workbench.data.encodings import NO_ENCODING
from workbench.data.line import ReadProblem
from workbench.data.overrides import Overrides
from workbench.data.preview import Preview, Recognised, draw_sample, preview, problem_kinds, reading_report
from workbench.data.reading import ImportProgress, detect
from workbench.errors import InputError
from workbench.runs.control import Control

ARABIC = "كتاب جديد في البيت"


def look(path: Path, **options: str) -> Preview:
    *_, found = preview(path, Overrides.model_validate(options))
    assert isinstance(found, Preview)
    return found


def lines_of(path: Path, texts: list[str], encoding: str = "utf-8", separator: str = "\t") -> Path:
    """Write a list file with an image per text."""
    for at in range(len(texts)):
        save(path / f"{at}.png")
    write(path / "train.txt", "".join(f"{at}.png{separator}{text}\n" for at, text in enumerate(texts)), encoding)
    return path


@pytest.mark.parametrize("form", forms.FORMS)
def test_every_form_is_previewed_as_it_would_be_imported(form: str, tmp_path: Path) -> None:
    count = forms.FORMS[form](tmp_path)
    found = look(tmp_path)
    assert found.reading.form == form
    assert found.lines == count
    assert found.detection.reason
    assert len(found.sample) == min(count, 20)
    assert all(one.image is not None for one in found.sample)


def test_the_form_is_told_before_the_texts_are_read(tmp_path: Path) -> None:
    forms.FORMS["khatt_official"](tmp_path)
    first, second, *_ = preview(tmp_path)
    assert isinstance(first, ImportProgress)
    assert isinstance(second, Recognised)
    assert [one.form for one in second.detections] == [one.form for one in detect(tmp_path)]


def test_only_the_images_of_the_sample_are_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_line_folder(tmp_path, lines=40)
    seen: list[str] = []
    original = decoding.decode_line
    monkeypatch.setattr(
        decoding,
        "decode_line",
        lambda tree, line, **options: (seen.append(line.id), original(tree, line, **options))[1],
    )
    found = look(folder)
    assert sorted(seen) == sorted(one.line.id for one in found.sample)
    assert len(seen) == 20


def test_the_sample_is_seeded_and_spread(tmp_path: Path) -> None:
    found = look(write_line_folder(tmp_path, lines=30))
    groups = Counter((one.line.language, one.line.split) for one in found.sample)
    assert len(groups) == 9
    assert set(groups.values()) == {2, 3}
    again, other = draw_sample(found.reading, 0), draw_sample(found.reading, 1)
    assert [one.line.id for one in again] == [one.line.id for one in found.sample]
    assert [one.line.id for one in other] != [one.line.id for one in found.sample]
    assert len({one.line.id for one in draw_sample(found.reading, 3, size=500)}) == 90


def test_parts_as_told_and_as_they_become(tmp_path: Path) -> None:
    folder = write_line_folder(tmp_path, ["ar"], lines=10)
    (told,) = look(folder).languages
    assert told.told == told.parts == {"train": 6, "validation": 2, "test": 2}
    (drawn,) = look(folder, parts="none").languages
    assert (drawn.told, drawn.parts) == (told.told, {None: 10})
    (tested,) = look(folder, parts="test").languages
    assert (tested.told, tested.parts) == (told.told, {"test": 10})


def test_a_line_without_an_image_is_in_no_part(tmp_path: Path) -> None:
    folder = write_line_folder(tmp_path, ["ar"], lines=10)
    (folder / "images/ar_000.png").unlink()
    found = look(folder)
    assert found.languages[0].told == {"train": 5, "validation": 2, "test": 2}
    assert [problem.reason for problem in found.problems] == ["the image images/ar_000.png is missing"]
    assert "1 problem: these lines cannot be used." in found.doubts


@pytest.mark.parametrize(
    ("form", "language", "decided_by"),
    [
        ("manifest", "ar", "the data set says so"),
        ("khatt_official", "ar", "as every data set of this form"),
        ("same_stem", "fa", "by its letters"),
    ],
)
def test_how_a_language_is_known(form: str, language: str, decided_by: str, tmp_path: Path) -> None:
    forms.FORMS[form](tmp_path)
    first = look(tmp_path).languages[0]
    assert (first.language, first.decided_by) == (language, decided_by)


def test_a_chosen_language(tmp_path: Path) -> None:
    (one,) = look(lines_of(tmp_path, ["latin"] * 3), language="ur").languages
    assert (one.language, one.decided_by) == ("ur", "you chose it")
    assert "The language could not be told." in look(tmp_path).doubts


def test_encodings_are_counted_by_files_and_rows(tmp_path: Path) -> None:
    for at, encoding in enumerate(("utf-8", "cp1256", "cp1256")):
        save(tmp_path / f"{at}.png")
        write(tmp_path / f"{at}.txt", ARABIC, encoding)
    assert {name: (use.files, use.rows) for name, use in look(tmp_path).encodings.items()} == {
        "Windows-1256": (2, 0), "UTF-8": (1, 0),
    }  # fmt: skip
    rows = look(lines_of(tmp_path / "list", [ARABIC, "plain", ARABIC], "cp1256")).encodings
    assert {name: (use.files, use.rows) for name, use in rows.items()} == {"Windows-1256": (1, 3)}


def test_what_no_encoding_fits_is_a_doubt(tmp_path: Path) -> None:
    folder = lines_of(tmp_path, [ARABIC] * 3)
    with (folder / "train.txt").open("ab") as file:
        file.write("0.png\tcafé crème brûlée\n".encode("latin-1"))
    found = look(folder)
    assert found.encodings[NO_ENCODING].rows == 1
    assert "1 row could not be decoded." in found.doubts


def test_a_wrong_encoding_is_seen_in_the_counts(tmp_path: Path) -> None:
    folder = lines_of(tmp_path, [ARABIC] * 3, "cp1256")
    right = look(folder, encoding="Windows-1256")
    assert right.doubts == ()
    assert right.sample[0].line.transcription == ARABIC
    wrong = look(folder, encoding="UTF-8")
    assert (wrong.lines, wrong.encodings[NO_ENCODING].rows) == (0, 3)


@pytest.mark.parametrize(("separator", "name"), [("\t", "tab"), (" ", "blank"), (",", "comma"), (";", "semicolon")])
def test_separators_are_found_and_texts_keep_their_commas(separator: str, name: str, tmp_path: Path) -> None:
    text = "كتاب, قلم; باب"
    found = look(lines_of(tmp_path, [text] * 4, separator=separator))
    assert found.separators == {name: 4}
    assert [one.line.transcription for one in found.sample] == [text] * 4
    assert look(tmp_path, separator=name).sample[0].line.transcription == text


def test_a_table_without_a_header_whose_texts_have_commas(tmp_path: Path) -> None:
    save(tmp_path / "0.png")
    write(tmp_path / "lines.tsv", "0.png\tكتاب, قلم, باب, بيت\n")
    found = look(tmp_path / "lines.tsv")
    assert found.reading.form == "manifest"
    assert (found.separators, found.sample[0].line.transcription) == ({"tab": 1}, "كتاب, قلم, باب, بيت")


def test_khatt_texts_are_counted_and_chosen(tmp_path: Path) -> None:
    forms.FORMS["khatt_official"](tmp_path)
    unique = look(tmp_path)
    assert (unique.texts, unique.lines) == ({"unique": 12, "fixed": 3}, 12)
    assert not any("fixed text" in doubt for doubt in unique.doubts)
    fixed = look(tmp_path, texts="fixed")
    assert fixed.lines == 3
    assert any("12 lines of the unique texts" in note.reason for note in fixed.notes)
    both = look(tmp_path, texts="both")
    assert both.lines == 15
    assert "3 lines of the fixed text (Para1, Para4) that all writers of KHATT copied." in both.doubts


def test_reversed_texts_are_suspected_until_they_are_turned(tmp_path: Path) -> None:
    folder = lines_of(tmp_path, [f"{ARABIC}{at}."[::-1] for at in range(8)])
    suspected = look(folder)
    assert "REVERSED" in suspected.suspicion
    assert any("REVERSED" in doubt for doubt in suspected.doubts)
    turned = look(folder, stored_order="reversed")
    assert turned.suspicion == ""
    assert turned.sample[0].line.transcription == f"{ARABIC}0."


def test_general_forms_that_match_equally_well_are_a_doubt(tmp_path: Path) -> None:
    folder = lines_of(tmp_path / "set", [ARABIC] * 3)
    write(folder / "train/gt.txt", f"0 {ARABIC}\n")
    save(folder / "train/0.png")
    found = look(folder)
    assert len(found.reading.detections) == 2
    assert any(doubt.startswith("Two forms match equally well") for doubt in found.doubts)
    assert not any("equally" in doubt for doubt in look(folder, form="list_files").doubts)


def test_problems_are_grouped_by_what_is_the_same() -> None:
    problems = [
        *(ReadProblem("gt.txt", at, f"the image a/{at}.png is missing") for at in range(5)),
        *(ReadProblem("gt.txt", at, f"a/{at}.png: the transcription is empty") for at in range(7)),
        ReadProblem("x.xml", None, "not well-formed"),
        ReadProblem(".", None, "ZWNJ: 1 transcription (a1)", is_note=True),
        ReadProblem(".", None, "ZWNJ: 2 transcriptions (b1, b2)", is_note=True),
    ]
    kinds = problem_kinds(problems)
    assert [(kind.reason, kind.count) for kind in kinds] == [
        ("the transcription is empty", 7),
        ("the image … is missing", 5),
        ("not well-formed", 1),
        ("ZWNJ: 1 transcription (a1)", 1),
        ("ZWNJ: 2 transcriptions (b1, b2)", 1),
    ]
    assert kinds[0].examples == tuple(problems[5:8])


@settings(max_examples=50)
@given(st.lists(st.tuples(st.text(max_size=30), st.booleans()), max_size=30))
def test_no_problem_is_lost_in_the_groups(reasons: list[tuple[str, bool]]) -> None:
    problems = [ReadProblem("a", None, reason, is_note) for reason, is_note in reasons]
    assert sum(kind.count for kind in problem_kinds(problems)) == len(problems)


def test_cancelling_ends_without_a_preview(tmp_path: Path) -> None:
    folder = write_line_folder(tmp_path, ["ar"], lines=30)
    control = Control()
    values = []
    for value in preview(folder, control=control):
        values.append(value)
        control.request("cancel")
    assert not any(isinstance(value, Preview) for value in values)


def test_what_is_nothing_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="recognised"):
        look(tmp_path)
    with pytest.raises(InputError, match="nothing at"):
        look(tmp_path / "nowhere")


def test_the_report_is_json(tmp_path: Path) -> None:
    forms.FORMS["nust_uhwr"](tmp_path)
    report = reading_report(look(tmp_path, parts="none").reading)
    assert [(one["form"], one["is_read"]) for one in report["detections"]] == [
        ("nust_uhwr", True),
        ("list_files", False),
    ]
    assert report["encodings"] == {"UTF-8": {"files": 3, "rows": 12}}
    assert report["separators"] == {"tab": 12}
    assert report["parts"] == {"rule": "none", "told": {"train": 7, "validation": 2, "test": 2}}


def test_a_folder_of_many_files_is_recognised_at_once(tmp_path: Path) -> None:
    save(tmp_path / "0.png")
    write(tmp_path / "0.gt.txt", ARABIC)
    for at in range(1, 8_000):
        os.link(tmp_path / "0.png", tmp_path / f"{at}.png")
        os.link(tmp_path / "0.gt.txt", tmp_path / f"{at}.gt.txt")
    begin = time.process_time()
    assert detect(tmp_path)[0].form == "kraken_pairs"
    assert time.process_time() - begin < 1.0
