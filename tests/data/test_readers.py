"""Every form: recognised, read to the last line, everything that is wrong listed."""

import re
import shutil
import tarfile
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.data import forms
from tests.data.fixtures import write_line_folder, write_manifest
from tests.data.forms import FORMS, save, write, write_workbook
from workbench.data.catalog import Inspection, detect, inspect
from workbench.data.line import LineSet, ReadProblem
from workbench.data.overrides import Overrides
from workbench.data.reader import folder_of
from workbench.data.readers import READERS
from workbench.data.tree import open_tree, place_of
from workbench.errors import InputError


def look(path: Path, **options: str) -> Inspection:
    *_, last = inspect(path, overrides=Overrides.model_validate(options))
    assert isinstance(last, Inspection)
    return last


def only(inspection: Inspection) -> LineSet:
    assert len(inspection.sets) == 1
    return inspection.sets[0]


def faults(lines: LineSet) -> list[ReadProblem]:
    return [problem for problem in lines.problems if not problem.is_note]


def notes(lines: LineSet) -> str:
    return "\n".join(problem.reason for problem in lines.problems if problem.is_note)


@pytest.mark.parametrize("form", READERS)
class TestEveryForm:
    def test_is_recognised_and_read_wholly(self, form: str, tmp_path: Path) -> None:
        expected = FORMS[form](tmp_path)
        assert detect(tmp_path)[0].form == form
        found = look(tmp_path)
        assert found.form == form
        assert sum(len(lines.lines) for lines in found.sets) == expected

    def test_lines_keep_the_contract(self, form: str, tmp_path: Path) -> None:
        FORMS[form](tmp_path)
        for lines in look(tmp_path).sets:
            assert len({line.id for line in lines.lines}) == len(lines.lines)
            for line in lines.lines:
                assert open_tree(lines.root).read(line.image.as_posix(), 1_000_000)
                assert not line.image.is_absolute()
                assert line.language == lines.language
                assert line.transcription.strip()
                assert line.split in ("train", "validation", "test", None)
            for problem in lines.problems:
                assert problem.reason
                assert str(tmp_path) not in problem.path + problem.reason

    def test_reads_the_same_elsewhere(self, form: str, tmp_path: Path) -> None:
        FORMS[form](tmp_path / "here")
        (tmp_path / "there").mkdir()
        (tmp_path / "here").rename(tmp_path / "there/set")
        one = look(tmp_path / "there/set").sets
        (tmp_path / "there/set").rename(tmp_path / "elsewhere")
        other = look(tmp_path / "elsewhere").sets
        assert [lines.fingerprint for lines in one] == [lines.fingerprint for lines in other]
        assert [lines.lines for lines in one] == [lines.lines for lines in other]

    def test_does_not_match_other_folders(self, form: str, tmp_path: Path) -> None:
        save(tmp_path / "photo.png")
        write(tmp_path / "readme.txt", "just words\n")
        assert READERS[form].label
        assert detect(tmp_path) == ()


@pytest.mark.parametrize("form", [form for form in READERS if form != "kraken_arrow"])  # it has no image files
def test_a_broken_image_costs_its_lines_alone(form: str, tmp_path: Path) -> None:
    expected = FORMS[form](tmp_path)
    before = look(tmp_path).sets[0]
    image = next(before.root / line.image for line in before.lines if (before.root / line.image).is_file())
    lost = sum(before.root / line.image == image for line in before.lines)
    image.write_bytes(b"")
    sets = look(tmp_path).sets
    assert sum(len(lines.lines) for lines in sets) == expected - lost
    assert any("0 bytes" in problem.reason for problem in faults(sets[0]))


def test_khatt_official_reads_first_lines_in_windows_1256(tmp_path: Path) -> None:
    forms.khatt_official(tmp_path)
    lines = only(look(tmp_path))
    assert {line.transcription for line in lines.lines} == set(forms.ARABIC)
    assert all(line.writer and re.fullmatch(r"AHTD3A\d{4}", line.writer) for line in lines.lines)
    assert "Windows-1256 (12)" in notes(lines)
    assert "3 lines of the fixed text" in notes(lines)
    assert [len(lines.part(part)) for part in ("train", "validation", "test")] == [6, 3, 3]


def test_khatt_official_lists_missing_texts_and_images(tmp_path: Path) -> None:
    forms.khatt_official(tmp_path)
    texts = sorted(tmp_path.rglob("UniqueText*/Test/*.txt"))
    images = sorted(tmp_path.rglob("UniqueText*/Train/*.tif"))
    texts[0].unlink()
    images[0].unlink()
    lines = only(look(tmp_path))
    reasons = [problem.reason for problem in faults(lines)]
    assert reasons == ["no transcription file belongs to this image", "no image belongs to this transcription"]
    assert len(lines.lines) == 10


def test_khatt_official_with_the_fixed_text_alone_says_so(tmp_path: Path) -> None:
    forms.khatt_official(tmp_path)
    for path in tmp_path.rglob("UniqueText*/*/*"):
        path.unlink()
    lines = only(look(tmp_path))
    assert len(lines.lines) == 3
    assert "learns it by heart" in notes(lines)


def test_khatt_pilot_finds_a_file_in_the_wrong_folder(tmp_path: Path) -> None:
    forms.khatt_pilot(tmp_path)
    lines = only(look(tmp_path))
    strayed = [problem for problem in lines.problems if "lies in another folder" in problem.reason]
    assert [problem.path for problem in strayed] == ["data/train_data/AHTD3A0009_Para3_1.tif"]
    assert "1 writer in more than one part: AHTD3A0001" in notes(lines)
    assert len(lines.part("validation")) == 13


def test_khatt_pilot_lists_rows_and_images_without_partner(tmp_path: Path) -> None:
    forms.khatt_pilot(tmp_path)
    (tmp_path / "data/train_data/AHTD3A0002_Para2_1.tif").unlink()
    save(tmp_path / "data/train_data/AHTD3A0077_Para2_1.tif")
    reasons = {problem.reason for problem in faults(only(look(tmp_path)))}
    assert reasons == {"the image AHTD3A0002_Para2_1.tif is missing", "no row of the workbook names this image"}


def test_khatt_pilot_reads_texts_beside_the_images(tmp_path: Path) -> None:
    for split, form in (("Training", 1), ("Validation", 2)):
        for line in range(1, 4):
            save(tmp_path / split / f"AHTD3A000{form}_Para2_{line}.tif")
            write(tmp_path / split / f"AHTD3A000{form}_Para2_{line}.txt", forms.ARABIC[line])
    (tmp_path / "Training/AHTD3A0001_Para2_3.txt").unlink()
    lines = only(look(tmp_path))
    assert (lines.form, len(lines.lines)) == ("khatt_pilot", 5)
    assert [problem.reason for problem in faults(lines)] == ["no transcription file belongs to this image"]


def test_a_damaged_workbook_is_a_problem_not_a_crash(tmp_path: Path) -> None:
    forms.khatt_pilot(tmp_path)
    book = tmp_path / "data/Groundtruth-Unicode.xlsx"
    book.write_bytes(book.read_bytes()[:500])
    lines = only(look(tmp_path))
    assert not lines.lines
    assert any("damaged" in problem.reason for problem in faults(lines))


def test_a_workbook_without_khatt_names_lists_its_rows(tmp_path: Path) -> None:
    save(tmp_path / "AHTD3A0001_Para2_1.tif")
    write_workbook(tmp_path / "Groundtruth.xlsx", {"Training": [("name", "text"), ("AHTD3A0001_Para2_1.tif", "بيت")]})
    lines = only(look(tmp_path))
    assert len(lines.lines) == 1
    assert [(problem.row, "not the name" in problem.reason) for problem in faults(lines)] == [(1, True)]


def test_nust_lists_the_missing_image_with_its_row(tmp_path: Path) -> None:
    forms.nust_uhwr(tmp_path)
    lines = only(look(tmp_path))
    assert lines.language == "ur"
    (fault,) = faults(lines)
    assert (fault.path, fault.row) == ("DataSet/UHWR/UHWR/train.txt", 4)
    assert fault.reason.startswith("the image DataSet/UHWR/UHWR/Dataset/images/00003.jpg is missing")
    assert "writers are unknown" in notes(lines)


def test_phtd_tells_pages_and_lists_repeated_ids(tmp_path: Path) -> None:
    forms.phtd_lines(tmp_path)
    lines = only(look(tmp_path))
    assert lines.language == "fa"
    assert {line.page for line in lines.lines} == {"persian_048", "persian_050", "persian_129"}
    assert [problem.row for problem in faults(lines)] == [5, 5, 5]
    assert all("listed twice" in problem.reason for problem in faults(lines))


def test_prepared_keeps_ids_and_lists_empty_texts(tmp_path: Path) -> None:
    forms.prepared(tmp_path)
    lines = only(look(tmp_path))
    assert {line.id for line in lines.lines} == {"a1", "a2", "a3", "b1", "c1", "c.2"}
    assert [line.transcription for line in lines.part("train")] == forms.ARABIC[:3]
    assert len(lines.part("validation")) == 1
    assert len(lines.part("test")) == 2
    assert [(problem.row, problem.reason.split(": ")[1]) for problem in faults(lines)] == [
        (4, "the transcription is empty")
    ]


def test_prepared_lists_images_without_a_row(tmp_path: Path) -> None:
    folder = write_line_folder(tmp_path, ["fa"], lines=10, form="prepared")
    save(folder / "train/extra.png")
    assert [problem.path for problem in faults(only(look(folder)))] == ["train/extra.png"]


def test_list_files_keep_a_tab_in_the_text_and_tell_repeated_names_apart(tmp_path: Path) -> None:
    forms.list_files(tmp_path)
    lines = only(look(tmp_path))
    by_id = {line.id: line for line in lines.lines}
    assert by_id["tab"].transcription == "باب\tبيت"
    assert {"train/line0", "valid/line0", "testing/line0", "train/line4"} - set(by_id) == {"train/line4"}
    assert by_id["line4"].image == Path("train/line4.png")


def test_manifest_wins_over_lists_and_parts_languages(tmp_path: Path) -> None:
    forms.manifest(tmp_path)
    found = look(tmp_path)
    assert [other.form for other in found.others] == ["list_files"]
    assert {lines.language: len(lines.lines) for lines in found.sets} == {"ar": 3, "ur": 3}
    assert all("list_files: not read" in notes(lines) for lines in found.sets)
    assert found.sets[0].writers == {"w0", "w1", "w2"}


def test_manifest_as_a_file_reads_only_what_it_names(tmp_path: Path) -> None:
    forms.manifest(tmp_path)
    found = look(tmp_path / "lines.tsv")
    assert (found.form, [len(lines.lines) for lines in found.sets]) == ("manifest", [3, 3])
    assert look(tmp_path / "lines.tsv", language="ur").sets[0].language == "ur"
    with pytest.raises(InputError, match="it has ar, ur"):
        look(tmp_path / "lines.tsv", language="fa")


def test_manifest_in_csv_quotes_as_the_standard_says(tmp_path: Path) -> None:
    save(tmp_path / "a.png")
    save(tmp_path / "b.png")
    write(tmp_path / "m.csv", '\ufefffile_name,text\r\na.png,"باب, ""بيت"""\r\nb.png,قلم\r\n')
    lines = only(look(tmp_path))
    assert [line.transcription for line in lines.lines] == ['باب, "بيت"', "قلم"]
    assert {line.split for line in lines.lines} == {None}
    assert "by its letters it is ar" in notes(lines)


def test_manifest_without_names_of_columns(tmp_path: Path) -> None:
    save(tmp_path / "a.png")
    write(tmp_path / "m.tsv", "a.png\tقلم\n")
    assert [line.transcription for line in only(look(tmp_path / "m.tsv")).lines] == ["قلم"]


def test_rows_of_the_wrong_width_are_listed_unless_the_text_is_last(tmp_path: Path) -> None:
    save(tmp_path / "a.png")
    write_manifest(tmp_path, [("a.png", "قلم", "باب")], ("image", "text"))
    assert [line.transcription for line in only(look(tmp_path)).lines] == ["قلم\tباب"]
    write_manifest(tmp_path, [("قلم", "باب", "a.png")], ("text", "image"))
    (fault,) = faults(only(look(tmp_path)))
    assert fault.reason == "the row has 3 cells, the table has 2 columns"


def test_undecodable_rows_of_a_csv_do_not_move_the_others(tmp_path: Path) -> None:
    save(tmp_path / "a.png")
    save(tmp_path / "b.png")
    (tmp_path / "m.csv").write_bytes(b"image,text\na.png," + "مدرسة كبيرة".encode()[:-1] + b"\nb.png," + "قلم".encode())
    lines = only(look(tmp_path))
    assert [line.id for line in lines.lines] == ["b"]
    assert [problem.row for problem in faults(lines)] == [2]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.one_of(
        st.binary(max_size=300),
        st.text(st.sampled_from("a.pngb\t\n\r,;\"'\\/ \x00\x85\u2028\ufeffقلم"), max_size=120).map(str.encode),
    ),
    name=st.sampled_from(["m.tsv", "m.csv", "train.txt", "train/gt.txt"]),
    head=st.sampled_from([b"", b"image\ttext\n", b"image,text,split\n", b"a.png\t"]),
)
def test_any_list_is_read_or_listed(content: bytes, name: str, head: bytes, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "set", ignore_errors=True)
    save(tmp_path / "set/a.png")
    save(tmp_path / "set/train/b.png")
    (tmp_path / "set" / name).write_bytes(head + content)
    try:
        found = look(tmp_path / "set")
    except InputError:
        return
    for lines in found.sets:
        assert {line.image.name for line in lines.lines} <= {"a.png", "b.png"}
        assert all(problem.reason for problem in lines.problems)


def test_manifests_in_folders_named_as_parts(tmp_path: Path) -> None:
    for split in ("train", "validation", "test"):
        save(tmp_path / "data" / split / f"{split}.jpg")
        write(tmp_path / "data" / split / "metadata.csv", f"file_name,text\n{split}.jpg,قلم\n")
    lines = only(look(tmp_path))
    assert [(line.id, line.split) for line in lines.lines] == [
        ("test", "test"),
        ("train", "train"),
        ("validation", "validation"),
    ]


def test_a_table_of_predictions_is_no_manifest(tmp_path: Path) -> None:
    save(tmp_path / "a.png")
    write(tmp_path / "p.csv", "image,text,prediction\na.png,قلم,قلب\n")
    assert detect(tmp_path) == ()


def test_a_split_of_another_name_is_never_used(tmp_path: Path) -> None:
    rows = [(f"{at}.png", "قلم", split) for at, split in enumerate(("train", "test", "spare"))]
    for name, _, _ in rows:
        save(tmp_path / name)
    write_manifest(tmp_path, rows, ("image", "text", "split"))
    lines = only(look(tmp_path))
    assert [line.split for line in lines.lines] == ["train", "test", None]
    assert "1 line of the split 'spare'" in notes(lines)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("../outside.png", "قلم"), "leads out of the data set"),
        (("/etc/passwd", "قلم"), "is absolute"),
        (("C:\\scans\\a.png", "قلم"), "is absolute"),
        (("\\\\server\\share\\a.png", "قلم"), "is absolute"),
        (("%2e%2e/outside.png", "قلم"), "is missing"),
        (("link.png", "قلم"), "leads out"),
        (("folder", "قلم"), "is missing"),
        (("a\x00.png", "قلم"), "NUL"),
        (("good.png", "  "), "the transcription is empty"),
        (("good.png", "\u200f\ufeff"), "no visible character"),
        (("good.png", "قل\x00م"), "U+0000"),
        (("good.png", "قل\x85\x1bم"), "U+001B"),
        (("", "قلم"), "no image is named"),
    ],
)
def test_an_unusable_row_is_one_listed_problem(row: tuple[str, str], reason: str, tmp_path: Path) -> None:
    folder = tmp_path / "set"
    save(tmp_path / "outside.png")
    save(folder / "good.png")
    save(folder / "other.png")
    (folder / "folder").mkdir()
    (folder / "link.png").symlink_to(tmp_path / "outside.png")
    write_manifest(folder, [("other.png", "بيت"), row], ("image", "text"))
    for path in (folder, folder / "lines.tsv"):
        lines = only(look(path))
        assert [line.id for line in lines.lines] == ["other"]
        found = [problem for problem in faults(lines) if problem.path == "lines.tsv"]
        assert [(problem.row, reason in problem.reason) for problem in found] == [(3, True)], found


def test_told_ids_that_repeat_are_listed(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        save(tmp_path / name)
    write_manifest(tmp_path, [("x", "a.png", "قلم"), ("x", "b.png", "بيت")], ("id", "image", "text"))
    (fault,) = faults(only(look(tmp_path)))
    assert fault.reason == "the id x is already that of lines.tsv, row 2"


def test_rows_in_mixed_encodings_are_each_decoded_or_listed(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        save(tmp_path / f"{name}.png")
    broken = "مدرسة كبيرة".encode()[:-1]
    rows = [b"image\ttext", b"a.png\t" + "باب".encode(), b"b.png\t" + "بيت".encode("cp1256"), b"c.png\t" + broken]
    (tmp_path / "m.tsv").write_bytes(b"\n".join(rows))
    lines = only(look(tmp_path))
    assert [line.transcription for line in lines.lines] == ["باب", "بيت"]
    assert [problem.row for problem in faults(lines)] == [4]
    assert "Windows-1256 (1)" in notes(lines)


def test_nothing_recognised_names_the_forms(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="khatt_official"):
        look(tmp_path)
    with pytest.raises(InputError, match="Did you mean 'khatt_pilot'"):
        look(tmp_path, form="khat_pilot")
    with pytest.raises(InputError, match="no language code"):
        look(tmp_path, language="Arabic!")
    with pytest.raises(InputError, match="no such folder"):
        look(tmp_path / "nowhere")


def test_a_form_can_be_forced(tmp_path: Path) -> None:
    forms.manifest(tmp_path)
    found = look(tmp_path, form="list_files")
    assert (found.form, len(only(found).lines)) == ("list_files", 1)


def test_pylaia_lists_give_the_texts_however_they_are_written(tmp_path: Path) -> None:
    forms.pylaia(tmp_path)
    lines = only(look(tmp_path))
    assert [line.transcription for line in lines.part("train")] == list(forms.ARABIC[:4])
    assert [line.transcription for line in lines.part("validation")] == list(forms.ARABIC[4:6])
    assert [line.transcription for line in lines.part("test")] == list(forms.ARABIC[6:9])
    assert {line.writer for line in lines.part("test")} == {"AHTD3A0000", "AHTD3A0001", "AHTD3A0002"}
    assert [(problem.path, problem.reason) for problem in faults(lines)] == [
        ("KHATT/train_ids.txt", "train_text.txt has no text for 'train/nobody'")
    ]
    assert "symbols with <space> for a blank: joined" in notes(lines)
    assert "text files decoded as Windows-1256 (3)" in notes(lines)


def test_a_pylaia_id_without_its_text_file_is_listed(tmp_path: Path) -> None:
    forms.pylaia(tmp_path)
    (tmp_path / "KHATT/labels/AHTD3A0001_Para2_1.txt").unlink()
    lines = only(look(tmp_path))
    assert "the text file KHATT/labels/AHTD3A0001_Para2_1.txt is missing" in [p.reason for p in faults(lines)]
    assert len(lines.part("test")) == 2


def test_kraken_pairs_read_the_plain_image_and_keep_the_text(tmp_path: Path) -> None:
    forms.kraken_pairs(tmp_path)
    lines = only(look(tmp_path))
    assert [len(lines.part(part)) for part in ("train", "validation", "test")] == [4, 0, 2]
    images = {line.image.name for line in lines.part("train")}
    assert images == {"000000.png", "000001.png", "000002.nrm.png", "000003.png"}
    assert {line.transcription for line in lines.part("test")} == {forms.ARABIC[4], f" {forms.ARABIC[5]}"}
    assert "several images of one line, of which the first is read: pairs/train/000001.png" in notes(lines)


def test_pairs_that_are_not_whole_are_listed(tmp_path: Path) -> None:
    forms.kraken_pairs(tmp_path)
    folder = tmp_path / "pairs/train"
    (folder / "000000.gt.txt").unlink()
    (folder / "000003.png").unlink()
    write(folder / "000001.gt.txt", "باب\nبيت\n")
    write(folder / "000002.gt.txt", "\n")
    lines = only(look(tmp_path))
    assert sorted((problem.path, problem.reason) for problem in faults(lines)) == [
        ("pairs/train/000000.png", "no transcription (000000.gt.txt) belongs to this image"),
        ("pairs/train/000001.gt.txt", "the file holds 2 rows of text: not the transcription of one line"),
        ("pairs/train/000002.gt.txt", "pairs/train/000002.nrm.png: the transcription is empty"),
        ("pairs/train/000003.gt.txt", "no image belongs to this transcription"),
    ]
    assert len(lines.lines) == 2


def test_some_texts_beside_many_images_are_no_pairs(tmp_path: Path) -> None:
    forms.same_stem(tmp_path)
    for at in range(6):
        save(tmp_path / f"photo {at}.jpg")
    assert detect(tmp_path) == ()


def test_sister_folders_take_the_part_from_either_side(tmp_path: Path) -> None:
    forms.sister_folders(tmp_path)
    lines = only(look(tmp_path))
    assert [len(lines.part(part)) for part in ("train", "validation", "test")] == [3, 1, 3]
    assert [(problem.path, problem.reason) for problem in faults(lines)] == [
        ("set/labels/train/9.txt", "no image belongs to this transcription")
    ]
    assert {line.transcription for line in lines.part("train")} == set(forms.ARABIC[:3])


def test_sister_folders_lose_no_image_and_name_a_second_text(tmp_path: Path) -> None:
    forms.sister_folders(tmp_path)
    save(tmp_path / "set/imgs/train/0.png")
    write(tmp_path / "set/gt/train/0.txt", forms.ARABIC[9])
    lines = only(look(tmp_path))
    assert len(lines.lines) == 7
    assert "several images of one line, of which the first is read: set/images/train/0.tif" in notes(lines)
    assert "further texts of lines that have one, not read: set/labels/train/0.txt" in notes(lines)


def test_kraken_finds_a_text_by_its_own_name_first(tmp_path: Path) -> None:
    for name, text in (("page.line", "باب"), ("page", "بيت")):
        write(tmp_path / f"{name}.gt.txt", text)
    for name in ("page.line", "page.other.bin", "word.bin"):
        save(tmp_path / f"{name}.png")
    write(tmp_path / "word.bin.gt.txt", "قلم")
    lines = only(look(tmp_path))
    assert {line.image.name: line.transcription for line in lines.lines} == {
        "page.line.png": "باب",
        "page.other.bin.png": "بيت",
        "word.bin.png": "قلم",
    }


def test_a_second_list_of_a_part_is_named(tmp_path: Path) -> None:
    forms.pylaia(tmp_path)
    shutil.copy(tmp_path / "KHATT/valid_text.txt", tmp_path / "KHATT/val_text.txt")
    lines = only(look(tmp_path))
    assert len(lines.part("validation")) == 2
    assert "not read: KHATT/valid_text.txt" in notes(lines)


def test_khatt_official_reads_the_texts_that_were_chosen(tmp_path: Path) -> None:
    forms.khatt_official(tmp_path)
    for at in range(3, 8):
        stem = f"AHTD3A{at:04d}_Para4_L{at}"
        top = tmp_path / "KHATT_v1.0"
        save(top / f"LineImages_v1.0/FixedTextLineImages/Test/{stem}.tif")
        write(top / f"GroundTruth_v1.0/FixedTextUnicodeTruthValues-v1.0/Test/{stem}.txt", "ثابت", "cp1256")
    fixed = only(look(tmp_path, texts="fixed"))
    assert (len(fixed.lines), len(fixed.part("test"))) == (8, 5)
    assert "12 lines of the unique texts (Para2, Para3) are left out" in notes(fixed)
    assert "KHATT'S FIXED TEXT: 8 lines (Para1, Para4)" in notes(fixed)
    assert "Para1: 33% of 3 texts distinct; Para4: 20% of 5 texts distinct" in notes(fixed)
    assert {line.writer for line in fixed.part("test")} == {f"AHTD3A{at:04d}" for at in range(3, 8)}
    both = only(look(tmp_path, texts="both"))
    assert len(both.lines) == 20
    assert "8 of these lines are of the fixed text" in notes(both)
    assert "Para2: 100% of" in notes(both)
    unique = only(look(tmp_path, texts="unique"))
    assert "FIXED TEXT" not in notes(unique)
    shutil.rmtree(tmp_path / "KHATT_v1.0/LineImages_v1.0/FixedTextLineImages")
    with pytest.raises(InputError, match="no lines of the fixed text"):
        look(tmp_path, texts="fixed")


def test_khatt_as_an_imagefolder_is_warned_of_its_fixed_text(tmp_path: Path) -> None:
    """As one packaging gives it out, which does not say which of the texts it holds."""
    for part, first in (("train", 0), ("test", 20)):
        rows = []
        for at in range(first, first + 20):
            save(tmp_path / f"data/{part}/AHTD3A{at:04d}_Para1_1.jpg")
            rows.append(f"AHTD3A{at:04d}_Para1_1.jpg,باب بيت\n")
        write(tmp_path / f"data/{part}/metadata.csv", "file_name,text\n" + "".join(rows))
    lines = only(look(tmp_path))
    assert (lines.form, len(lines.lines)) == ("imagefolder", 40)
    assert "KHATT'S FIXED TEXT: 40 lines (Para1)" in notes(lines)
    assert "Para1: 2% of 40 texts distinct" in notes(lines)


def test_lists_in_an_archive_beside_the_images_are_read_and_turned(tmp_path: Path) -> None:
    """As one packaging of KHATT gives out its texts: in an archive, and stored back to front."""
    texts = [f"{text} .." for text in forms.ARABIC[:8]]
    for part, first in (("train", 0), ("val", 6)):
        names = [f"{part}/AHTD3A{at:04d}_Para2_1" for at in range(first, first + (6 if part == "train" else 2))]
        folder = "train" if part == "train" else "validation"
        for at, name in enumerate(names, first):
            save(tmp_path / f"data/{folder}/{name.partition('/')[2]}.jpg", texts[at])
        rows = "".join(f"{name} {texts[at][::-1]}\n" for at, name in enumerate(names, first))
        write(tmp_path / f"packed/{part}_text.txt", rows)
        write(tmp_path / f"packed/{part}_ids.txt", "".join(f"{name}\n" for name in names))
    with tarfile.open(tmp_path / "config_files.tar.bz2", "w:bz2") as file:
        for path in sorted((tmp_path / "packed").iterdir()):
            file.add(path, path.name)
    shutil.rmtree(tmp_path / "packed")
    lines = only(look(tmp_path))
    assert (lines.form, len(lines.lines)) == ("pylaia", 8)
    assert "THE TEXTS SEEM TO BE STORED REVERSED" in notes(lines)
    assert not faults(lines)
    turned = only(look(tmp_path, stored_order="reversed"))
    assert [line.transcription for line in turned.lines] == texts
    assert "REVERSED" not in notes(turned)
    assert len(turned.part("validation")) == 2


def test_parts_in_tables_of_one_folder(tmp_path: Path) -> None:
    """As copies of NUST-UHWR have it: a table for each part, images in any folder, columns of any name."""
    base = tmp_path / "archive/UHWR"
    for part, first in (("train", 0), ("val", 4), ("test", 6)):
        count = 4 if part == "train" else 2
        rows = "".join(f"{at:05d}.jpg,{forms.URDU[at]}\n" for at in range(first, first + count))
        write(base / f"uhwr_{part}.csv", f"filename,ground_truth\n{rows}")
        for at in range(first, first + count):
            save(base / f"scans/all/{at:05d}.jpg", forms.URDU[at])
    write(base / "results.csv", "filename,ground_truth,pred\n00000.jpg,باب,بیت\n")
    write(base / "more/old.csv", "image,text\n00000.jpg,باب\n")
    lines = only(look(tmp_path))
    assert (lines.form, lines.language) == ("manifest", "ur")
    assert [len(lines.part(part)) for part in ("train", "validation", "test")] == [4, 2, 2]
    assert "further tables of lines, not read, nothing counts twice: archive/UHWR/more/old.csv" in notes(lines)
    save(base / "other/00003.jpg")
    (fault,) = faults(only(look(tmp_path)))
    assert fault.reason.startswith("several images are called '00003.jpg': archive/UHWR/other/00003.jpg")


def test_published_tables_of_predictions_are_no_data_sets(tmp_path: Path) -> None:
    save(tmp_path / "a.png")
    for header in (
        "ImageID,GroundTruth,Prediction,CER,WER",
        "image,text,hypothesis",
        "file_name,label,CER",
        "image,text,hyp",
    ):
        write(tmp_path / "table.csv", f"\ufeff{header}\na.png,باب,بيت,0.1,0.2\n")
        assert detect(tmp_path) == ()


def test_imagefolder_takes_the_part_from_the_names_of_a_table_at_the_root(tmp_path: Path) -> None:
    rows = []
    for at, part in enumerate(("train", "train", "valid", "test", "other")):
        save(tmp_path / f"{part}/{at}.png")
        rows.append(f'{{"file_name": "{part}/{at}.png", "transcription": "باب", "writer": "w{at}", "page": {at}}}\n')
    write(tmp_path / "metadata.jsonl", "".join(rows))
    write(tmp_path / "metadata.csv", "file_name,caption\ntrain/0.png,words\n")
    lines = only(look(tmp_path))
    assert [line.split for line in lines.lines] == ["train", "train", "validation", "test", None]
    assert [(line.writer, line.page) for line in lines.lines][:2] == [("w0", "0"), ("w1", "1")]
    assert look(tmp_path / "metadata.jsonl").form == "imagefolder"


def test_imagefolder_lists_images_without_a_row_and_tables_that_are_left(tmp_path: Path) -> None:
    forms.imagefolder(tmp_path)
    shutil.copy(tmp_path / "data/train/metadata.csv", tmp_path / "data/validation/metadata.csv")
    write(tmp_path / "elsewhere/deep/metadata.csv", "file_name,text\nx.png,باب\n")
    lines = only(look(tmp_path))
    reasons = {problem.path: problem.reason for problem in faults(lines)}
    assert reasons["data/test/unlisted.jpg"] == "no row of the metadata names this image"
    told = "further tables of an imagefolder, not read, nothing counts twice: data/validation/metadata.jsonl, elsewhere"
    assert told in notes(lines)


def test_imagefolder_can_be_read_as_a_plain_table(tmp_path: Path) -> None:
    forms.imagefolder(tmp_path)
    found = look(tmp_path, form="manifest")
    assert len(only(found).lines) == 4


def test_a_workbook_of_predictions_or_remarks_is_no_data_set(tmp_path: Path) -> None:
    save(tmp_path / "a.png")
    write_workbook(tmp_path / "a.xlsx", {"Sheet": [("image", "text", "prediction"), ("a.png", "باب", "بيت")]})
    write_workbook(tmp_path / "b.xlsx", {"Sheet": [("some", "words"), ("and", "more")]})
    assert detect(tmp_path) == ()
    (tmp_path / "c.xlsx").write_bytes(b"PK torn")
    assert detect(tmp_path) == ()


def test_a_workbook_without_a_header_names_rows_by_sheet(tmp_path: Path) -> None:
    save(tmp_path / "a.png")
    write_workbook(tmp_path / "a.xlsx", {"Lines": [("a.png", "باب"), ("", "بيت"), ("../b.png", "قلم"), ("a.png", "")]})
    lines = only(look(tmp_path))
    assert [line.transcription for line in lines.lines] == ["باب"]
    assert [problem.row for problem in faults(lines)] == [2, 3, 4]


@given(st.lists(st.sampled_from(["a", "b.c", ".hidden", "..", ".", "", "x.gt.txt", "d."]), min_size=1).map("/".join))
def test_folders_and_stems_are_those_of_paths(name: str) -> None:
    path = PurePosixPath(name)
    assert folder_of(name) == ("" if str(path.parent) == "." else str(path.parent))
    if name == str(path) and path.name and path.name != "..":
        assert place_of(name)[1] == path.stem


def test_rows_that_the_named_encoding_does_not_fit_are_told_by_its_name(tmp_path: Path) -> None:
    forms.list_files(tmp_path)
    lines = only(look(tmp_path, encoding="UTF-16", form="list_files"))
    assert lines.lines == ()
    assert {problem.reason for problem in faults(lines)} == {"the row is not UTF-16 text"}
    assert "decoded as" not in notes(lines)
