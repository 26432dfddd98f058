"""What other recognisers leave: each form is told from its content and read line by line."""

from pathlib import Path

import pytest

from workbench.analysis.systems.forms import FORMS, open_predictions
from workbench.analysis.systems.scoring import ScoreRules, score_file
from workbench.analysis.systems.texts import ReadText
from workbench.data.line import TextLine
from workbench.errors import InputError

ALTO = """<?xml version="1.0" encoding="UTF-8"?>
<alto xmlns="http://www.loc.gov/standards/alto/ns-v4#"><Layout><Page WIDTH="100" HEIGHT="100"><PrintSpace>
<TextBlock ID="b"><TextLine ID="l1" HPOS="0" VPOS="0" WIDTH="9" HEIGHT="9"><String CONTENT="سلام"/><SP/>
<String CONTENT="دنیا"/></TextLine><TextLine ID="l2" HPOS="0" VPOS="9" WIDTH="9" HEIGHT="9"/></TextBlock>
</PrintSpace></Page></Layout></alto>"""
PAGE = """<?xml version="1.0" encoding="UTF-8"?>
<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"><Page imageFilename="x.png">
<TextRegion id="r"><TextLine id="l1"><Coords points="0,0 9,0 9,9"/><TextEquiv><Unicode>باد و باران</Unicode>
</TextEquiv></TextLine></TextRegion></Page></PcGts>"""


def read(path: Path) -> tuple[str, list[tuple[str, str, str | None]]]:
    form, predictions = open_predictions(path)
    return form, [(line.id, line.hypothesis, line.reference) for line in predictions.read()]


def rows(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_every_form_says_what_it_is():
    assert all(form.label for form in FORMS.values())


@pytest.mark.parametrize(
    ("lines", "texts"),
    [
        (("a_1 س ل ا م <space> د", "a_2 ب", "a_3"), ["سلام د", "ب", ""]),  # as it comes
        (("a_1 س ل ا م   د", "a_2 ب ا", "a_3"), ["سلام د", "با", ""]),  # convert_spaces
        (("a_1 سلام<space>د", "a_2 باد"), ["سلام د", "باد"]),  # an empty join_string
        (("a_1 سلام د", "a_2 باد"), ["سلام د", "باد"]),  # both
        (("a_1 0.97 س ل ا م", "a_2 1.00 ب", "a_3 0.50"), ["سلام", "ب", ""]),
        (("a_1 ['0.97', '1.00'] س ل <space> م", "a_2 [] ", "a_3 ['0.50'] ب"), ["سل م", "", "ب"]),
        (("a_1\tس ل", "a_2\tب ا"), ["سل", "با"]),
        (("a_1 12 34", "a_2 5"), ["12 34", "5"]),
    ],
)
def test_rows_of_pylaia(tmp_path, lines, texts):
    form, found = read(rows(tmp_path / "decoded.txt", *lines))
    assert form == "pylaia"
    assert found == [(f"a_{at}", text, None) for at, text in enumerate(texts, start=1)]


@pytest.mark.parametrize(
    ("usual", "last", "message"),
    [
        ("س ل ا م", "سلام", "row 502: its symbols are not parted"),
        ("0.97 س ل", "س ل", "row 502: it has no confidence"),
    ],
)
def test_rows_written_in_two_ways_are_an_error(tmp_path, usual, last, message):
    path = rows(tmp_path / "decoded.txt", *(f"a_{at} {usual}" for at in range(501)), f"b {last}")
    with pytest.raises(InputError, match=message):
        list(open_predictions(path)[1].read())


def test_texts_of_kraken_beside_images_and_references(tmp_path):
    (tmp_path / "x.png").write_bytes(b"")
    rows(tmp_path / "x.png.txt", "سلام دنی")
    rows(tmp_path / "x.gt.txt", "سلام دنیا")
    rows(tmp_path / "y.ocr.txt", "باد", "")
    rows(tmp_path / "y.gt.txt", "باد")
    rows(tmp_path / "z.txt", "مفقود")
    rows(tmp_path / "u.gt.txt", "نخوانده")
    form, predictions = open_predictions(tmp_path)
    found = [(line.id, line.hypothesis, line.reference) for line in predictions.read()]
    assert (form, found) == ("kraken_texts", [("x", "سلام دنی", "سلام دنیا"), ("y", "باد", "باد")])
    assert list(predictions.remarks.sentences()) == [
        "without a .gt.txt beside it, left out: 1 line (z)",
        "a .gt.txt of which nothing was read, left out: 1 line (u)",
    ]
    score = score_file(tmp_path)
    assert (score.lines, score.edits, score.length, score.form) == (2, 1, 12, "kraken_texts")


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"page.txt": "a\nb\n"}, "holds 2 rows of text"),
        ({"x.gt.txt": "a\n"}, r"only references \(.gt.txt\)"),
        ({}, "there is no .txt in it"),
        ({"x.png.txt": "a\n", "x.txt": "b\n"}, "holds two texts of x"),
    ],
)
def test_folders_that_cannot_be_scored(tmp_path, files, message):
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        list(open_predictions(tmp_path)[1].read())


def test_pages_in_alto_and_page_xml(tmp_path):
    (tmp_path / "p1.xml").write_text(ALTO, encoding="utf-8")
    (tmp_path / "p2.xml").write_text(PAGE, encoding="utf-8")
    (tmp_path / "other.xml").write_text("<mets/>", encoding="utf-8")
    form, predictions = open_predictions(tmp_path)
    lines = list(predictions.read())
    assert form == "page_xml"
    assert [(line.id, line.hypothesis, line.page) for line in lines] == [
        ("p1/l1", "سلام دنیا", "p1"), ("p1/l2", "", "p1"), ("p2/l1", "باد و باران", "p2"),
    ]  # fmt: skip
    assert list(predictions.remarks.sentences()) == ["XML files of another kind, not read: 1 line (other.xml)"]
    assert read(tmp_path / "p2.xml") == ("page_xml", [("p2/l1", "باد و باران", None)])


def test_a_damaged_page_is_said(tmp_path):
    (tmp_path / "p1.xml").write_text(ALTO[:-40], encoding="utf-8")
    with pytest.raises(InputError, match="not XML, or damaged"):
        list(open_predictions(tmp_path)[1].read())


def test_references_come_from_a_data_set_where_the_form_has_none(tmp_path):
    path = rows(tmp_path / "decoded.txt", "a_1 س ل ا م", "a_2 ب", "a_9 ب")
    lines = [
        TextLine("a_1", Path("1.png"), "سلام", "ar", "test", writer="w1"),
        TextLine("a_2", Path("2.png"), "باد", "ar", "test", writer="w2"),
        TextLine("a_3", Path("3.png"), "باران", "ar", "test", writer="w2"),
        TextLine("a_4", Path("4.png"), "ديگر", "ar", "train", writer="w3"),
    ]
    score = score_file(path, ScoreRules(references={line.id: line for line in lines}))
    assert (score.lines, score.edits, score.length, score.cluster_unit, score.clusters) == (2, 2, 7, "writers", 2)
    assert score.remarks == (
        "no line of this id in the data set, left out: 1 line (a_9)",
        "lines of the data set's part that the file lacks, not scored: 1 line (a_3)",
    )
    with pytest.raises(InputError, match="holds no references"):
        score_file(path)


def test_a_form_can_be_named(tmp_path):
    path = rows(tmp_path / "decoded.txt", "id text", "prediction x")
    assert open_predictions(path, "pylaia")[0] == "pylaia"
    with pytest.raises(InputError, match="no form 'laia'"):
        open_predictions(path, "laia")


def test_columns_may_stand_in_any_order(tmp_path):
    path = rows(tmp_path / "p.tsv", "Prediction\tImageID\tGroundTruth\tpage", "ا\tx\tب\t7")
    (line,) = open_predictions(path)[1].read()
    assert line == ReadText("x", "ا", "ب", None, "7", 2)
