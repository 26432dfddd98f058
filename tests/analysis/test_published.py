"""Scores of prediction files: the published figures, our own files, and what cannot be scored."""

import csv
from pathlib import Path

import pytest

from workbench.analysis.published import score_file, score_files
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
    kept, ignored = score_file(tmp_path / "p.csv"), score_file(tmp_path / "p.csv", "#@")
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
        (b"id,text,prediction\n1,a,b\n", "no column for the reference: it has the columns id, text, prediction"),
        (b"a,b\n1,2\n", "no column for the reference and the hypothesis: it has the columns a, b"),
        (b"", "the file is empty"),
        (b"id,reference,hypothesis\n", "nothing below its header"),
        (b"id,reference,hypothesis\n1,a\n", "record 2 has 2 fields, 3 are needed"),
        (b'id,reference,hypothesis\n1,"a"b,c\n', "quotes inside it doubled"),
        (b'id,reference,hypothesis\n1,"a,c\n', "quotes inside it doubled"),
        ("id,reference,hypothesis\n1,سلام,س\n".encode("cp1256"), "not UTF-8"),
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
    with pytest.raises(InputError, match="cannot be read"):
        score_file(tmp_path)


def test_very_long_fields_are_read(tmp_path):
    path = tmp_path / "p.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("id", "reference", "hypothesis", "note"), ("1", "ab", "ac", "x" * 200_000)])
    assert score_file(path).edits == 1
