"""The report as a page: the numbers of the tables, everything escaped and isolated, nothing loaded from anywhere."""

import re
from html.parser import HTMLParser
from pathlib import Path

import lxml.html
import numpy as np
import pytest

from tests.analysis.made_up import by_regime, make_plan, make_records
from workbench.analysis.exports.html_parts import example, plain_table, table
from workbench.analysis.exports.html_report import Content, PageOptions, commands_of, html_of, save_html
from workbench.analysis.exports.html_text import escape, isolated, tag
from workbench.analysis.exports.protocol_words import LABELS, keys_of, statements
from workbench.analysis.lines.examples import ExampleLine, Examples, Reading
from workbench.analysis.results.frames import curves_frame
from workbench.analysis.results.report import report_of
from workbench.analysis.results.report_tables import Column, Row, Table, Value, tables_of
from workbench.metrics.alignment import align
from workbench.runs.events import RunStarted, Validated
from workbench.runs.history import fold
from workbench.runs.predictions import Prediction, write_predictions
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace
from workbench.study.schema import Study, TargetRules

TABLE = by_regime(
    {("small-cnn", "single"): 50, ("small-cnn", "multi"): 48, ("small-crnn", "single"): 45, ("small-crnn", "multi"): 40}
)
HOSTILE = "<script>alert(1)</script>\"'&\u202e\u2069</bdi></table>\x00"
VOID = {"meta", "img", "br", "line", "rect", "polygon", "polyline"}


class Strict(HTMLParser):
    """Fails on elements that are not closed in order, and keeps what is there."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open, f"</{tag}> closes nothing"
            assert self.open.pop() == tag


def parsed(page: str) -> Strict:
    parser = Strict()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    assert len(set(parser.ids)) == len(parser.ids), "ids are unique"
    return parser


def reading(reference: str, hypothesis: str) -> Reading:
    edits = align(reference, hypothesis)
    return Reading("run", "CRNN (small), multi", hypothesis, edits, sum(e.edits for e in edits), len(reference))


def history_of(run: str):
    events = [
        RunStarted(run=run, steps=40, steps_per_epoch=8, targets=("khatt",), parameters=1, device="cpu", threads=1,
                   frame_px=8)
    ] + [
        Validated(run=run, step=step, epoch=1, target="khatt", lines=4, edits=edits, length=20, empty_lines=0)
        for step, edits in ((20, 18), (40, 10))
    ]  # fmt: skip
    return fold(run, tuple(events))


def content(examples: tuple[ExampleLine, ...] = (), options: PageOptions | None = None, **study) -> Content:
    plan = make_plan(**{"seeds": (0, 1, 2), "k_lines": (100, 500), **study})
    records = make_records(plan, TABLE)
    return page_of(plan, records, examples, options)


def page_of(plan, records, examples=(), options=None) -> Content:
    curves = curves_frame(plan, history_of, records)
    return Content(
        plan, report_of(plan, records), records, {}, curves, Examples(examples, "K = 500"), {}, options or PageOptions()
    )  # fmt: skip


def test_the_page_is_well_formed_and_loads_nothing():
    line = ExampleLine("khatt", "ar", "line 1", "كتاب", (reading("كتاب", "كتب"),), np.zeros((200, 900), np.uint8))
    page = html_of(content((line,)))
    found = parsed(page)
    assert page.startswith("<!DOCTYPE html>")
    assert not {"script", "link", "iframe", "object", "base", "form"} & {name for name, _ in found.tags}
    for name, values in found.tags:
        for attribute, value in values.items():
            assert not attribute.startswith("on"), name
            if attribute in ("src", "href", "xlink:href"):
                assert (value or "").startswith(("data:", "#")), value
    assert not re.search(r"@import|url\((?!data:|#)", page)
    assert "default-src &#x27;none&#x27;" in page
    targets = [(values.get("href") or "")[1:] for name, values in found.tags if name == "a"]
    assert targets
    assert set(targets) <= set(found.ids)


def test_the_numbers_are_those_of_the_tables():
    shown = content()
    page = lxml.html.fromstring(html_of(shown))
    drawn = [
        [[cell.text_content() for cell in row.findall("td")] for row in body.findall("tr") if row.findall("td")]
        for body in page.xpath('//section[h2/@id="results"]//table/tbody')
    ]
    tables = tables_of(shown.report)
    assert len(drawn) == len(tables) == 4
    for rows, wanted in zip(drawn, tables, strict=True):
        assert rows == [[written(value) for value in row.values] for row in wanted.rows]


def written(value: Value) -> str:
    spread = f" ± {value.spread}" if value.spread else ""
    interval = f"{value.low} … {value.high}" if value.low else ""
    return f"{value.text}{spread}{value.marks}{interval}"


def test_heatmaps_show_values_and_intervals_in_their_cells():
    shown = content()
    page = lxml.html.fromstring(html_of(shown))
    texts = {text.text_content() for text in page.xpath('//section[h2/@id="heatmaps"]//svg//text')}
    for found in tables_of(shown.report)[1:3]:
        for row in found.rows:
            for value in row.values:
                assert value.text + value.marks in texts
                assert f"{value.low} … {value.high}" in texts


def test_curves_are_drawn_for_every_target_and_arm():
    page = lxml.html.fromstring(html_of(content()))
    lines = page.xpath('//section[h2/@id="learning-curves"]//polyline')
    assert len(lines) == 2 * 4, "two K, four arms"
    dashes = {line.get("stroke-dasharray") for line in lines}
    assert len(dashes) == 2, "architectures are told apart without colour"


def test_nothing_in_a_text_is_markup():
    hostile = Table("t", HOSTILE, HOSTILE, (Column(HOSTILE, HOSTILE),), (Row(HOSTILE, HOSTILE, (Value(why=HOSTILE),)),),
                    (HOSTILE,))  # fmt: skip
    line = ExampleLine(HOSTILE, "ar", HOSTILE, HOSTILE, (reading(HOSTILE, HOSTILE[::-1]),))
    for part in (table(hostile), example(line), plain_table((HOSTILE,), [(HOSTILE,)])):
        found = parsed(part)
        assert "script" not in {name for name, _ in found.tags}
        assert "\u202e" not in part
        assert "\u2069" not in part
        assert "\x00" not in part
        assert "⟨U+202E⟩" in part
    page = html_of(content((line,), name="made up", description=HOSTILE))
    assert "script" not in {name for name, _ in parsed(page).tags}


def test_texts_are_isolated_and_have_their_direction_and_language():
    assert isolated("a\u2068b") == "<bdi>a⟨U+2068⟩b</bdi>"
    drawn = example(ExampleLine("uhwr", "ur", "1", "کتاب", (reading("کتاب", "کتب"),)))
    texts = [values for name, values in parsed(drawn).tags if values.get("class") == "text"]
    assert [(text["lang"], text["dir"]) for text in texts] == [("ur", "rtl")] * 2


def test_differences_are_marked_by_kind_and_take_no_room():
    drawn = lxml.html.fromstring(example(ExampleLine("k", "ar", "1", "abcd", (reading("abcd", "aXcdZ"),))))
    assert [mark.text for mark in drawn.xpath("//mark")] == ["X"]
    assert [mark.text for mark in drawn.xpath("//ins")] == ["Z"]
    assert "CER 50.0 %: 1 wrong, 1 too many" in drawn.text_content()
    lost = lxml.html.fromstring(example(ExampleLine("k", "ar", "1", "ab c", (reading("ab c", "ab"),))))
    assert "2 missing «␣c»" in lost.text_content()
    assert lost.xpath('//div[@class="text"]')[1].text_content() == "ab"


def test_images_are_there_only_when_they_were_asked_for():
    line = ExampleLine("khatt", "ar", "line 1", "كتاب", (reading("كتاب", "كتب"),))
    without = html_of(content((line,)))
    assert "<img" not in without
    assert "Check their terms" in without
    ink = np.zeros((200, 900), np.uint8)
    with_image = html_of(content((ExampleLine("khatt", "ar", "line 1", "كتاب", line.readings, ink),)))
    assert with_image.count("<img") == 1
    assert "for research only" in with_image
    asked = html_of(content((line,), PageOptions(with_images=True)))
    assert "not at hand" in asked


def test_every_key_of_a_study_has_its_words():
    study = Study(name="any", target_rules={"khatt": TargetRules(exclude=("bad.txt",), exclude_from_test=True)})
    keys = [key for key, _ in keys_of(study)]
    assert set(keys) == set(LABELS)
    said = {statement.key: statement.words for statement in statements(study)}
    assert said["target_rules"] == "khatt: exclude bad.txt, exclude from test yes"
    assert said["budgets"] == "1500 steps"
    assert said["architectures"] == "CNN-only (small) (small-cnn), CRNN (small) (small-crnn)"
    assert said["training.stop_after_validations"].startswith("none")
    page = html_of(content())
    for key in keys:
        assert key in page


def test_commands_name_no_path_of_this_machine():
    commands = commands_of(content(name="made up", target_rules={"khatt": {"exclude": ["/home/somebody/bad.txt"]}}))
    assert "htr-workbench run study.toml" in commands
    assert "--study 'made up'" in commands
    page = html_of(content(target_rules={"khatt": {"exclude": ["/home/somebody/bad.txt"]}}))
    assert "/home/somebody" not in page
    assert "bad.txt" in page


def test_the_same_content_gives_the_same_bytes():
    assert html_of(content()) == html_of(content())


def test_left_out_runs_are_named():
    plan = make_plan(architectures=("small-cnn",))
    records = make_records(plan, TABLE)
    run = plan.run_ids[0]
    records[run] = records[run].model_copy(update={"state": "collapsed"})
    page = html_of(page_of(plan, records))
    assert "Left out of all means" in page
    assert run in page


@pytest.fixture
def stored(tmp_path):
    plan = make_plan(architectures=("small-cnn",))
    plan = plan.model_copy(
        update={
            "targets": tuple(t.model_copy(update={"test_ids": tuple(f"l{n}" for n in range(9))}) for t in plan.targets)
        }
    )
    store = RunStore(Workspace(tmp_path / "workspace"))
    for run, record in make_records(plan, TABLE).items():
        store.folder(run).mkdir(parents=True)
        store.result_file(run).write_text(record.model_dump_json(by_alias=True), encoding="utf-8")
        write_predictions(
            store.predictions_file(run),
            [Prediction(f"l{n}", t, "test", "last", f"سطر {n}", "سطر", 2, 5) for t in record.targets for n in range(9)],
        )
    return plan, store


def test_example_lines_are_drawn_the_same_every_time_and_can_be_left_out(stored, tmp_path: Path):
    plan, store = stored
    save_html(plan, store, tmp_path / "a.html", PageOptions(examples=3))
    save_html(plan, store, tmp_path / "b.html", PageOptions(examples=3))
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert page == (tmp_path / "b.html").read_text(encoding="utf-8")
    lines = lxml.html.fromstring(page).xpath('//div[@class="line"]')
    assert len(lines) == 2 * 3
    assert all(len(line.xpath(".//dt")) == 3 for line in lines), "reference, single, multi"
    save_html(plan, store, tmp_path / "c.html", PageOptions(examples=0))
    assert "سطر" not in (tmp_path / "c.html").read_text(encoding="utf-8")


def test_attributes_are_escaped():
    assert tag("p", "x", title='"<&', class_=None) == '<p title="&quot;&lt;&amp;">x</p>'
    assert escape(None) == "None"
