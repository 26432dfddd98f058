"""Scores of prediction files: the published figures, our own files, and what cannot be scored."""

import csv
from pathlib import Path

import editdistance
import numpy as np
import pytest

from workbench.analysis.systems.scoring import ScoreRules, score_file, score_files
from workbench.errors import InputError
from workbench.files import write_csv


@pytest.mark.real_lines
@pytest.mark.parametrize(
    ("file", "lines", "cer", "wer"),
    [
        ("nust/nust_test_results*.csv", 1061, "6.67", "25.12"),
        ("nust/nust_val_results*.csv", 1061, "6.89", "25.88"),
        ("khatt/khatt_val_results*.csv", 938, "8.53", "36.30"),
        ("phtd/phtd-final_test*.csv", 155, "11.46", "32.59"),
    ],
)
def test_published_figures_come_out(real_lines: Path, file: str, lines: int, cer: str, wer: str):
    (path,) = (real_lines / "published_predictions").glob(file)
    score = score_file(path)
    assert (score.lines, f"{100 * score.cer:.2f}", f"{100 * score.wer:.2f}") == (lines, cer, wer)


@pytest.mark.real_lines
@pytest.mark.parametrize(
    ("file", "by_line", "clusters", "unit", "exact"),
    [
        ("nust/nust_test_results*.csv", (6.26, 7.11), 107, "blocks", 15.3),
        ("nust/nust_val_results*.csv", (6.42, 7.39), 107, "blocks", 14.1),
        ("khatt/khatt_val_results*.csv", (8.06, 9.05), 138, "writers", 5.4),
        ("phtd/phtd-final_test*.csv", (9.74, 13.22), 15, "pages", 18.7),
    ],
)
def test_published_intervals_come_out(real_lines: Path, file: str, by_line, clusters: int, unit: str, exact: float):
    (path,) = (real_lines / "published_predictions").glob(file)
    score = score_file(path)
    assert [100 * end for end in score.cer_by_line] == pytest.approx(by_line, abs=0.05)
    assert (score.clusters, score.cluster_unit) == (clusters, unit)
    assert 100 * score.exact_lines / score.lines == pytest.approx(exact, abs=0.05)


@pytest.mark.real_lines
@pytest.mark.parametrize(
    ("file", "name_of_cluster"),
    [
        ("khatt/khatt_val_results*.csv", lambda line_id: line_id.split("_")[0]),
        ("phtd/phtd-final_test*.csv", lambda line_id: line_id.split("_line_")[0]),
    ],
)
def test_intervals_over_writers_and_pages_agree_with_plain_resampling(real_lines: Path, file, name_of_cluster):
    (path,) = (real_lines / "published_predictions").glob(file)
    sums: dict[str, list[int]] = {}
    with path.open(encoding="utf-8-sig", newline="") as rows:
        for row in csv.DictReader(rows):
            of_cluster = sums.setdefault(name_of_cluster(row["ImageID"]), [0, 0])
            of_cluster[0] += editdistance.eval(row["GroundTruth"], row["Prediction"])
            of_cluster[1] += len(row["GroundTruth"])
    table = np.array(list(sums.values()))
    source = np.random.default_rng(5)
    drawn = [table[source.integers(0, len(table), len(table))].sum(axis=0) for _ in range(20_000)]
    low, high = np.percentile([100 * edits / length for edits, length in drawn], [2.5, 97.5])
    score = score_file(path)
    assert [100 * end for end in score.cer_by_cluster] == pytest.approx([low, high], rel=0.025)


@pytest.mark.real_lines
def test_real_verification_logs_are_refused(real_lines: Path):
    logs = sorted((real_lines / "published_predictions").glob("*/hitl_labels_log_*.csv"))
    assert len(logs) == 4
    for log in logs:
        with pytest.raises(InputError, match="log of human verification"):
            score_file(log)


def write(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    "text",
    [
        "id,reference,hypothesis\n1,ab cd,ab cx\n2,abcd,\n",
        "ImageID,GroundTruth,Prediction,CER,WER\r\n1,ab cd,ab cx,0,0\r\n2,abcd,,1,1\r\n",
        "\ufeffImageID,GroundTruth,Prediction\n1,ab cd,ab cx\n2,abcd,\n\n",
        "\ufeffreference,hypothesis\nab cd,ab cx\nabcd,\n",
        "hypothesis\tID\treference\nab cx\t1\tab cd\n\t2\tabcd\n",
        "ID; Reference ;HYPOTHESIS\n1;ab cd;ab cx\n2;abcd;\n",
        "SEP=;\nid;reference;hypothesis\n1;ab cd;ab cx\n2;abcd;\n",
        '"sep=;"\nid;reference;hypothesis\n1;ab cd;ab cx\n2;abcd;\n',
        "sep=\nid,reference,hypothesis\n1,ab cd,ab cx\n2,abcd,\n",
        "run,target,split,selection,line_id,reference,hypothesis,edits,length\n"
        "r,t,test,last,1,ab cd,ab cx,9,9\nr,t,test,last,2,abcd,,9,9\n",
    ],
)
def test_forms_of_one_file(tmp_path, text):
    path = write(tmp_path / "p.csv", text)
    (score,) = score_files([path])
    assert (score.file, score.lines, score.edits, score.length) == (str(path), 2, 5, 9)
    assert score.cer == pytest.approx(5 / 9)
    assert score.wer == pytest.approx(2 / 3)


def test_texts_are_taken_as_they_are(tmp_path):
    rows = [("1", "a\nb", "a\nb"), ("2", 'x, "y"', 'x, "y"'), ("3", " \u2028z ", " \u2028z "), ("4", "ك", "ک")]
    write_csv(tmp_path / "p.csv", ("id", "reference", "hypothesis"), rows)
    score = score_file(tmp_path / "p.csv")
    assert (score.lines, score.edits, score.length) == (4, 1, 3 + 6 + 4 + 1)


def test_placeholders_can_be_left_out_of_the_score(tmp_path):
    rows = [("1", "كتاب # يوم", "كتاب قلم يوم"), ("2", "قلم", "قلب#")]
    write_csv(tmp_path / "p.csv", ("id", "reference", "hypothesis"), rows)
    kept, ignored = score_file(tmp_path / "p.csv"), score_file(tmp_path / "p.csv", ScoreRules("#@"))
    assert (kept.edits, kept.length) == (3 + 2, 13)
    assert (ignored.edits, ignored.length, ignored.wer) == (1, 12, 1 / 3)


def test_tab_separated_texts_may_hold_bare_quotes(tmp_path):
    path = write(tmp_path / "p.tsv", 'id\treference\thypothesis\n1\t"ab" c\t"ab" c\n2\t"x\tx\n')
    score = score_file(path)
    assert (score.lines, score.edits, score.length) == (2, 1, 8)


def test_empty_references_have_no_rate(tmp_path):
    score = score_file(write(tmp_path / "p.csv", "id,reference,hypothesis\n1,,ab\n"))
    assert (score.edits, score.length, score.cer, score.wer) == (2, 0, None, None)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"id,text,prediction\n1,a,b\n", "holds no references"),
        (b"text,prediction\na,b\n", "no column for the reference: it has the columns text, prediction"),
        (b"id,text,reference\n1,a,b\n", "no column for the hypothesis: it has the columns id, text, reference"),
        (b"id,reference,hypothesis\n1,a,b,c\n", "record 2 has 4 fields, the header has 3"),
        (b"id,reference,hypothesis,hypothesis\n1,a,b,c\n", "2 columns called 'hypothesis'"),
        (b"<!DOCTYPE html>\n<html><body>x</body></html>\n", "is a web page"),
        ("id,reference,hypothesis\n1,caf\u00e9,th\u00e9\n".encode("latin-1"), "not UTF-8"),
        (b"=== report model.mlmodel ===\n\n7012\tCharacters\n", "report of `ketos test`"),
        (b"a,b\n1,2\n", "no column for the reference and the hypothesis: it has the columns a, b"),
        (b"", "the file is empty"),
        (b"sep=;\n", "its header row is empty"),
        (b"sep=", "its header row is empty"),
        (b"\nid,reference,hypothesis\n1,a,b\n", "its header row is empty"),
        (b"id,reference,hypothesis\n", "nothing below its header"),
        (b"id,reference,hypothesis\n1,a\n", "record 2 has 2 fields, 3 are needed"),
        (b'id,reference,hypothesis\n1,"a"b,c\n', "quotes inside it doubled"),
        (b'id,reference,hypothesis\n1,"a,c\n', "quotes inside it doubled"),
        ("id,reference,hypothesis\n".encode("utf-16-le"), "NUL"),
        (
            b"ImageID,Label,Notes,CER,GroundTruth,Prediction,ImagePath,Timestamp\n1,ok,,0,a,b,p,t\n",
            "human verification",
        ),
    ],
)
def test_bad_files_say_what_is_wrong(tmp_path, content, message):
    path = tmp_path / "p.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        score_file(path)


def test_a_missing_file_or_a_folder_is_said(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        score_file(tmp_path / "none.csv")
    with pytest.raises(InputError, match="no texts that a recogniser read"):
        score_file(tmp_path)


def test_very_long_fields_are_read(tmp_path):
    path = tmp_path / "p.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("id", "reference", "hypothesis", "note"), ("1", "ab", "ac", "x" * 200_000)])
    assert score_file(path).edits == 1


@pytest.mark.parametrize(
    ("encoding", "mark", "name"),
    [
        ("utf-8", "\ufeff", "UTF-8"),
        ("cp1256", "", "Windows-1256"),
        ("utf-16-le", "\ufeff", "UTF-16"),
        ("utf-16-be", "\ufeff", "UTF-16"),
    ],
)
def test_other_encodings_are_read_where_they_are_certain_and_named(tmp_path, encoding, mark, name):
    last = "ي" if encoding == "cp1256" else "ی"  # Windows-1256 has no Farsi Yeh
    text = f"{mark}id,reference,hypothesis\n1,سلام دنيا,سلام دن{last}\n2,كتاب,كتب\n"
    path = write(tmp_path / "p.csv", text, encoding)
    score = score_file(path)
    assert (score.encoding, score.lines, score.length) == (name, 2, 13)
    assert score.edits == (2 if encoding == "cp1256" else 3)
    assert (f"read as {name}" in score.remarks) == (name != "UTF-8")


def test_signs_that_no_one_sees_are_counted_and_remarked(tmp_path):
    rows = [
        ("a", "ab", "ab\u200f"),
        ("b", "\u202bab\u202c", "ab"),
        ("c", "ab", "a\x07b"),
        ("d", "ab", "<b>ab</b>"),
        ("e", "ab", "#NAME?"),
        ("f", "", "x"),
        ("f", "ab", "=1+1"),
        ("", "ab", "ab"),
    ]
    write_csv(tmp_path / "p.csv", ("id", "reference", "hypothesis"), rows)
    score = score_file(tmp_path / "p.csv")
    assert (score.lines, score.edits, score.length) == (8, 1 + 2 + 1 + 7 + 6 + 1 + 4 + 0, 16)
    assert score.remarks == (
        "hypotheses with direction marks, which count as characters: 1 line (a)",
        "references with direction marks, which count as characters: 1 line (b)",
        "hypotheses with control characters, which count as characters: 1 line (c)",
        "hypotheses with HTML, which counts as characters: 1 line (d)",
        "hypotheses that are an error of a spreadsheet (#NAME?): 1 line (e)",
        "an empty reference: all that was read there counts as errors: 1 line (f)",
        "an id that an earlier row has, scored again: 1 line (f)",
        "a row without an id, scored all the same: 1 line (an empty id)",
    )


def test_rows_of_a_table_can_be_chosen(tmp_path):
    text = "line_id,split,selection,reference,hypothesis\n1,test,last,ab,ab\n1,test,best,ab,ax\n2,validation,last,ab,\n"
    path = write(tmp_path / "p.csv", text)
    assert any("several values of the column selection together (best, last)" in each for each in
               score_file(path).remarks)  # fmt: skip
    chosen = score_file(path, ScoreRules(where={"split": "test", "selection": "best"}))
    assert (chosen.lines, chosen.edits, chosen.remarks) == (1, 1, ())
    with pytest.raises(InputError, match="no column 'part'"):
        score_file(path, ScoreRules(where={"part": "test"}))


def test_writers_and_pages_of_a_column_are_the_clusters(tmp_path):
    rows = [(str(at), f"w{at % 3}", "abcd", "abcx" if at % 3 == 1 else "abcd") for at in range(30)]
    write_csv(tmp_path / "p.csv", ("id", "writer", "reference", "hypothesis"), rows)
    score = score_file(tmp_path / "p.csv")
    assert (score.cluster_unit, score.clusters, score.block_lines) == ("writers", 3, None)
    assert score.cluster_macro_cer == pytest.approx(score.macro_cer) == pytest.approx(1 / 12)
    assert score.cer_by_cluster == (0.0, 0.25)
    assert score.cer_by_line[1] < 0.25


def test_micro_and_macro_are_told_apart(tmp_path):
    write_csv(tmp_path / "p.csv", ("id", "reference", "hypothesis"), [("1", "ab", "xy"), ("2", "abcdefgh", "abcdefgh")])
    score = score_file(tmp_path / "p.csv")
    assert (score.cer, score.macro_cer) == (0.2, 0.5)


def test_texts_can_be_brought_to_one_form_first(tmp_path):
    write_csv(tmp_path / "p.csv", ("id", "reference", "hypothesis"), [("1", "كتاب", "کتاب")])
    assert score_file(tmp_path / "p.csv").edits == 1
    assert score_file(tmp_path / "p.csv", ScoreRules(normalisation=("fold_kaf",))).edits == 0
    with pytest.raises(InputError, match="fold_kef"):
        score_file(tmp_path / "p.csv", ScoreRules(normalisation=("fold_kef",)))


def test_many_lines_make_large_blocks(tmp_path):
    rows = ((f"{at:05}", "ab", "ab" if at % 7 else "a") for at in range(30_000))
    write_csv(tmp_path / "p.csv", ("id", "reference", "hypothesis"), rows)
    score = score_file(tmp_path / "p.csv")
    assert (score.lines, score.cluster_unit, score.block_lines, score.clusters) == (30_000, "blocks", 15, 2_000)
    spread = 1.96 * (0.5 * 0.5 * (1 / 7) * (6 / 7) / 30_000) ** 0.5
    assert score.cer_by_line == pytest.approx((score.cer - spread, score.cer + spread), abs=0.1 * spread)
