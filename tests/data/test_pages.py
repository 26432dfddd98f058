"""PAGE and ALTO pages: every dialect and quirk, each with its message, and all other lines read."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.data import forms
from tests.data.forms import (
    ARABIC,
    PERSIAN,
    Box,
    alto_file,
    alto_line,
    corners,
    old_page_line,
    page_file,
    page_line,
    save_page,
    spelled,
    write,
)
from workbench.data.catalog import Inspection, detect, inspect
from workbench.data.cuts import PolygonCut
from workbench.data.line import LineSet, TextLine
from workbench.data.overrides import Overrides


def look(path: Path, **options: str) -> LineSet:
    *_, last = inspect(path, overrides=Overrides.model_validate(options))
    assert isinstance(last, Inspection)
    (lines,) = last.sets
    return lines


def faults(lines: LineSet) -> list[tuple[str, str]]:
    return [(problem.path, problem.reason) for problem in lines.problems if not problem.is_note]


def notes(lines: LineSet) -> str:
    return "\n".join(problem.reason for problem in lines.problems if problem.is_note)


def ids(lines: LineSet) -> list[str]:
    return [line.id for line in lines.lines]


def texts(lines: LineSet) -> list[str]:
    return [line.transcription for line in lines.lines]


def points(line: TextLine) -> tuple[tuple[int, int], ...]:
    assert isinstance(line.cut, PolygonCut)
    return line.cut.points


def region(content: str, attributes: str = 'id="r"') -> str:
    return f"<TextRegion {attributes}>{content}</TextRegion>"


def write_page(folder: Path, content: str | None = None, image: str = "a.png", name: str = "a.xml") -> list[Box]:
    """Write a PAGE file beside its image of three lines; give their boxes."""
    size, boxes = save_page(folder / "a.png", ARABIC[:3])
    if content is None:
        content = region("".join(page_line(f"l{at}", box, ARABIC[at]) for at, box in enumerate(boxes)))
    write(folder / name, page_file(image, size, content))
    return boxes


BOXES = [(120, 20, 60, 40), (110, 80, 70, 40), (100, 140, 80, 40)]
"""Well inside the page of :func:`write_page`."""


def two_lines(extra: str) -> str:
    """One line more between two that are whole."""
    return region(page_line("before", BOXES[0], ARABIC[0]) + extra + page_line("after", BOXES[2], ARABIC[2]))


class TestPage:
    def test_the_transkribus_export_is_read_in_order(self, tmp_path: Path) -> None:
        forms.page_xml(tmp_path)
        lines = look(tmp_path)
        assert ids(lines)[:2] == ["set/test/xml/0001/l0", "set/test/xml/0001/l1"]
        assert ids(lines)[2:] == [f"set/train/page/0001/l{at}" for at in range(3)]
        assert texts(lines) == [*ARABIC[3:5], *ARABIC[:3]]
        assert {line.page for line in lines.part("train")} == {"set/train/page/0001"}
        assert len(lines.part("test")) == 2
        assert {line.image.as_posix() for line in lines.lines} == {"set/train/0001.jpg", "set/test/images/0001.png"}
        assert faults(lines) == []
        assert "XML files of another kind, not read: set/train/mets.xml" in notes(lines)
        assert "lines were cut out of 2 pages along their polygons" in notes(lines)

    @pytest.mark.parametrize("year", ["2010-03-19", "2013-07-15", "2017-07-15", "2019-07-15", "2099-01-01"])
    def test_every_version_is_read(self, year: str, tmp_path: Path) -> None:
        size, boxes = save_page(tmp_path / "a.png", ARABIC[:1])
        for make in (page_line, old_page_line):
            write(tmp_path / "a.xml", page_file("a.png", size, region(make("l", boxes[0], ARABIC[0])), year))
            lines = look(tmp_path)
            assert (lines.form, ids(lines), texts(lines)) == ("page_xml", ["a/l"], [ARABIC[0]])
            assert points(lines.lines[0]) == tuple(corners(boxes[0]))

    def test_prefixes_and_other_encodings_are_read(self, tmp_path: Path) -> None:
        write_page(tmp_path)
        content = (tmp_path / "a.xml").read_text(encoding="utf-8").replace("UTF-8", "UTF-16")
        for tag in ("PcGts", "Metadata", "Page", "TextRegion", "TextLine", "Coords", "TextEquiv", "Unicode"):
            content = content.replace(f"<{tag}", f"<pc:{tag}").replace(f"</{tag}", f"</pc:{tag}")
        write(tmp_path / "a.xml", content.replace("xmlns=", "xmlns:pc="), "utf-16")
        lines = look(tmp_path)
        assert (lines.form, texts(lines)) == ("page_xml", ARABIC[:3])

    def test_regions_come_in_reading_order(self, tmp_path: Path) -> None:
        order = (
            '<ReadingOrder><OrderedGroup id="g"><RegionRefIndexed index="2" regionRef="c"/>'
            '<OrderedGroupIndexed id="g1" index="10"><RegionRefIndexed index="0" regionRef="a"/></OrderedGroupIndexed>'
            '<UnorderedGroupIndexed id="g2" index="1"><RegionRef regionRef="e"/><RegionRef regionRef="d"/>'
            "</UnorderedGroupIndexed></OrderedGroup></ReadingOrder>"
        )
        size, boxes = save_page(tmp_path / "a.png", ARABIC[:6])
        regions = [
            region(page_line(name, box, "بيت"), f'id="{name}"') for name, box in zip("abcdef", boxes, strict=True)
        ]
        write(tmp_path / "a.xml", page_file("a.png", size, order + "".join(regions)))
        assert ids(look(tmp_path)) == [f"a/{name}" for name in "edcabf"]

    def test_lines_and_regions_come_in_their_own_order(self, tmp_path: Path) -> None:
        first, second, third = BOXES
        inner = region(page_line("inner", third, "بيت"), 'id="inner"')
        later = region(
            inner + page_line("two", second, "بيت", 'index="1"') + page_line("one", first, "بيت", 'index="0"'),
            'id="x" custom="readingOrder {index:1;} structure {type:paragraph;}"',
        )
        sooner = region(page_line("zero", (100, 140, 70, 40), "بيت"), 'id="y" custom="readingOrder {index:0;}"')
        write_page(tmp_path, later + sooner)
        assert ids(look(tmp_path)) == ["a/zero", "a/one", "a/two", "a/inner"]

    def test_lines_in_tables_are_read(self, tmp_path: Path) -> None:
        cell = f'<TableRegion id="t"><TableCell id="c">{page_line("l", BOXES[0], "بيت")}</TableCell></TableRegion>'
        write_page(tmp_path, cell)
        assert ids(look(tmp_path)) == ["a/l"]

    def test_of_several_texts_the_main_one_is_read(self, tmp_path: Path) -> None:
        def line(name: str, box: Box, *equivalents: tuple[str, str]) -> str:
            told = "".join(f"<TextEquiv {index}><Unicode>{text}</Unicode></TextEquiv>" for index, text in equivalents)
            return f'<TextLine id="{name}"><Coords points="{spelled(corners(box))}"/>{told}</TextLine>'

        write_page(
            tmp_path,
            region(
                line("indexed", BOXES[0], ("", "ثالث"), ('index="1"', "ثان"), ('index="0"', "أول"))
                + line("plain", BOXES[1], ("", "أول"), ("", "ثان"))
                + line("empty", BOXES[2], ('index="1"', "  "), ('index="2"', "ثان"))
            ),
        )
        lines = look(tmp_path)
        assert texts(lines) == ["أول", "أول", "ثان"]
        assert "of which the first that is not empty is read: 3 lines (a/indexed, a/plain, a/empty)" in notes(lines)

    def test_words_give_the_text_where_the_line_has_none(self, tmp_path: Path) -> None:
        def line(name: str, box: Box, *words: str) -> str:
            told = "".join(f"<Word><TextEquiv><Unicode>{word}</Unicode></TextEquiv></Word>" for word in words)
            empty = "<TextEquiv><Unicode/></TextEquiv>"
            return f'<TextLine id="{name}"><Coords points="{spelled(corners(box))}"/>{told}{empty}</TextLine>'

        write_page(tmp_path, region(line("whole", BOXES[0], "قلم", "بيت") + line("part", BOXES[1], "قلم", "")))
        lines = look(tmp_path)
        assert texts(lines) == ["قلم بيت"]
        assert "the text is that of its words, joined by blanks: 1 line (a/whole)" in notes(lines)
        assert faults(lines) == [("a.xml", "line part: the transcription is empty")]

    def test_line_breaks_of_indented_files_are_no_text(self, tmp_path: Path) -> None:
        inside = f"\n      {ARABIC[0]}\r\n    "
        write_page(tmp_path, region(page_line("l", BOXES[0], inside) + page_line("m", BOXES[1], f" {ARABIC[1]} ")))
        assert texts(look(tmp_path)) == [ARABIC[0], f" {ARABIC[1]} "]

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            ('<TextLine id="bad"><Baseline points="1,1 9,9"/>{text}</TextLine>', "it has a baseline and no polygon"),
            ('<TextLine id="bad">{text}</TextLine>', "it has no polygon"),
            ('<TextLine id="bad"><Coords points="1,1 9,9"/>{text}</TextLine>', "has 2 points, and needs three"),
            ('<TextLine id="bad"><Coords points=""/>{text}</TextLine>', "has 0 points, and needs three"),
            ('<TextLine id="bad"><Coords/>{text}</TextLine>', "has 0 points, and needs three"),
            ('<TextLine id="bad"><Coords points="1,1 9,9 8"/>{text}</TextLine>', "an odd number of coordinates (5)"),
            ('<TextLine id="bad"><Coords points="1,1 9,9 8,x"/>{text}</TextLine>', "holds 'x', which is no number"),
            ('<TextLine id="bad"><Coords><Point x="1"/></Coords>{text}</TextLine>', "an odd number of coordinates (1)"),
            ('<TextLine id="bad"><Coords points="1,1 9,9 1,9"/></TextLine>', "line bad: the transcription is empty"),
            ('<TextLine id="bad"/>', "line bad: it has no polygon; the transcription is empty"),
            (
                '<TextLine id="bad"><Coords points="1,1 9,9 1,9"/><TextEquiv><Unicode>قلم\nبيت</Unicode></TextEquiv>'
                "</TextLine>",
                "line bad: the transcription holds a line break",
            ),
            ('<TextLine id="bad"><Coords points="900,1 990,9 900,9"/>{text}</TextLine>', "has no area on the page"),
            ('<TextLine id="bad"><Coords points="1,1 9,1 5,1"/>{text}</TextLine>', "has no area on the page"),
            ('<TextLine id="bad"><Coords points="1,1 3,1 3,3 1,3"/>{text}</TextLine>', "too small for a line of text"),
        ],
    )
    def test_an_unusable_line_is_one_listed_problem(self, line: str, reason: str, tmp_path: Path) -> None:
        text = "<TextEquiv><Unicode>قلم</Unicode></TextEquiv>"
        write_page(tmp_path, two_lines("\n" + line.replace("{text}", text)))
        lines = look(tmp_path)
        assert ids(lines) == ["a/before", "a/after"]
        ((path, told),) = faults(lines)
        assert path == "a.xml"
        assert reason in told
        assert "bad" in told
        assert [problem.row for problem in lines.problems if not problem.is_note] == [6]

    @pytest.mark.parametrize(
        ("told", "image"),
        [
            ("a.png", "a.png"),
            ("./a.png", "a.png"),
            ("A.PNG", "a.png"),
            ("scans/a.png", "a.png"),
            ("/home/user/a.png", "a.png"),
            ("C:\\scans\\a.png", "a.png"),
            ("a.tif", "a.png"),
            ("", "a.png"),
            ("other.tif", "a.png"),
        ],
    )
    def test_the_image_beside_is_found(self, told: str, image: str, tmp_path: Path) -> None:
        write_page(tmp_path, image=told)
        lines = look(tmp_path)
        assert {line.image.as_posix() for line in lines.lines} == {image}
        assert faults(lines) == []
        is_other = told in ("a.tif", "", "other.tif")
        assert ("one of the same stem is read: 1 page (a)" in notes(lines)) == is_other

    @pytest.mark.parametrize("place", ["page/a.xml", "images/page/a.xml", "xml/a.xml"])
    @pytest.mark.parametrize("image", ["a.png", "images/a.png"])
    def test_the_image_elsewhere_is_found(self, place: str, image: str, tmp_path: Path) -> None:
        write_page(tmp_path / "made")
        (tmp_path / "set" / place).parent.mkdir(parents=True)
        (tmp_path / "made/a.xml").rename(tmp_path / "set" / place)
        above = (tmp_path / "set" / place).parents[1]
        (above / image).parent.mkdir(exist_ok=True)
        (tmp_path / "made/a.png").rename(above / image)
        lines = look(tmp_path / "set")
        assert len(lines.lines) == 3
        assert "under the name told" not in notes(lines)

    @pytest.mark.parametrize(
        ("told", "reason"),
        [
            ("../../outside.png", "image '../../outside.png': the path leads out of the data set"),
            ("/etc/passwd", "image '/etc/passwd': the path is absolute and leads out of the data set"),
            ("C:\\outside.png", "image 'C:\\\\outside.png': the path is absolute and leads out of the data set"),
            ("\\\\server\\outside.png", "the path is absolute and leads out of the data set"),
            ("file:///etc/passwd", "image 'file:///etc/passwd': the path is absolute and leads out of the data set"),
            ("https://host.invalid/a/outside.png?x=1", "the path is absolute and leads out of the data set"),
            ("%2e%2e/outside.png", "the image %2e%2e/outside.png is missing"),
            ("link.png", "leads out"),
            ("missing.png", "the image missing.png is missing"),
            ("", "it names no image, and b has none"),
        ],
    )
    def test_a_page_without_its_image_is_one_problem(self, told: str, reason: str, tmp_path: Path) -> None:
        folder = tmp_path / "set"
        write_page(folder)
        save_page(tmp_path / "outside.png", ARABIC[:3])
        (folder / "link.png").symlink_to(tmp_path / "outside.png")
        write_page(folder, image=told, name="b.xml")
        lines = look(folder)
        assert ids(lines) == ["a/l0", "a/l1", "a/l2"]
        told_reasons = [told for path, told in faults(lines) if path == "b.xml"]
        assert len(told_reasons) == 1
        assert reason in told_reasons[0]
        assert told_reasons[0].endswith(": 3 lines not read")

    def test_pages_without_lines_or_sizes_are_noted(self, tmp_path: Path) -> None:
        boxes = write_page(tmp_path)
        write(tmp_path / "empty.xml", page_file("a.png", (200, 220), '<TextRegion id="r"/>'))
        write(tmp_path / "b.xml", page_file("b.png", (0, 0), region(page_line("l", boxes[0], ARABIC[0]))))
        save_page(tmp_path / "b.png", ARABIC[:3])
        lines = look(tmp_path)
        assert faults(lines) == []
        assert "pages without a line: 1 page (empty)" in notes(lines)
        assert "the size of the page is not told, points taken as pixels of its image: 1 page (b)" in notes(lines)
        assert lines.lines[-1].cut == PolygonCut(tuple(corners(boxes[0])), None)

    def test_a_copy_of_another_size_is_scaled_and_another_page_refused(self, tmp_path: Path) -> None:
        size, boxes = save_page(tmp_path / "a.png", ARABIC[:3])
        line = region(page_line("l", (2 * boxes[0][0], 2 * boxes[0][1], 2 * boxes[0][2], 80), ARABIC[0]))
        write(tmp_path / "a.xml", page_file("a.png", (2 * size[0], 2 * size[1]), line))
        lines = look(tmp_path)
        assert len(lines.lines) == 1
        assert "another resolution, scaled: 1 image (a/l)" in notes(lines)
        write(tmp_path / "a.xml", page_file("a.png", (size[0], 3 * size[1]), line))
        assert "the polygons were drawn on" in faults(look(tmp_path))[0][1]

    def test_other_directions_and_languages_are_noted(self, tmp_path: Path) -> None:
        latin = 'primaryLanguage="Latin" readingDirection="left-to-right"'
        inner = page_line("a", BOXES[0], ARABIC[0]) + page_line("b", BOXES[1], "A 1", latin)
        outer = region(inner, 'id="r" primaryLanguage="Arabic" readingDirection="right-to-left"')
        upright = region(page_line("c", (10, 20, 20, 150), ARABIC[2], 'primaryLanguage="Arabic"'))
        write_page(tmp_path, outer + upright)
        told = notes(look(tmp_path))
        assert "marked as written from left to right: 1 line (a/b)" in told
        assert "marked as Latin, most as Arabic: 1 line (a/b)" in told
        assert "taller than wide, cut out as it stands (written vertically, perhaps): 1 line (a/c)" in told

    def test_ids_are_unique_and_tell_the_page(self, tmp_path: Path) -> None:
        boxes = write_page(tmp_path / "x")
        write_page(tmp_path / "y")
        unnamed = [page_line(name, box, "بيت") for name, box in zip(("same", "same", ""), boxes, strict=True)]
        write(tmp_path / "y/c 1.xml", page_file("a.png", (0, 0), region("".join(unnamed))))
        lines = look(tmp_path)
        assert ids(lines)[:6] == [f"{page}/l{at}" for page in ("x/a", "y/a") for at in range(3)]
        assert ids(lines)[6:] == ["c 1/same", "c 1/same~2", "c 1/line3"]
        assert "an id that an earlier line of the page has, numbered: 1 line (c 1/same)" in notes(lines)
        assert [line.page for line in lines.lines[::3]] == ["x/a", "y/a", "c 1"]

    def test_the_same_polygon_twice_is_one_line(self, tmp_path: Path) -> None:
        write_page(tmp_path, region(page_line("a", BOXES[0], ARABIC[0]) + "\n" + page_line("b", BOXES[0], ARABIC[0])))
        lines = look(tmp_path)
        assert ids(lines) == ["a/a"]
        assert faults(lines) == [("a.xml", "the image a.png is listed twice; used as in a.xml, row 5")]

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            ("", "the file is empty"),
            ("<PcGts", "not XML, or damaged"),
            ("<PcGts><Page></PcGts>", "not XML, or damaged"),
            (f"<PcGts><Page>{'<TextRegion>' * 5000}", "not XML, or damaged (Excessive depth"),
            ("<PcGts/>", "there is no page in it"),
            ('<!DOCTYPE PcGts [<!ENTITY a SYSTEM "/etc/passwd">]><PcGts>&a;</PcGts>', "it has a DOCTYPE"),
        ],
    )
    def test_a_damaged_file_costs_that_file_alone(self, content: str, reason: str, tmp_path: Path) -> None:
        write_page(tmp_path)
        write(tmp_path / "b.xml", content)
        lines = look(tmp_path)
        assert len(lines.lines) == 3
        ((path, told),) = faults(lines)
        assert path == "b.xml"
        assert told.startswith(reason)

    def test_one_file_is_read_by_itself(self, tmp_path: Path) -> None:
        write_page(tmp_path)
        write_page(tmp_path, name="b.xml")
        lines = look(tmp_path / "a.xml")
        assert (lines.form, ids(lines)) == ("page_xml", ["a/l0", "a/l1", "a/l2"])
        assert faults(lines) == []


def write_alto(folder: Path, content: Sequence[str], **options: object) -> tuple[tuple[int, int], list[Box]]:
    """Write an ALTO file of three lines; `{0}` to `{2}` in the content are their texts."""
    size, boxes = save_page(folder / "a.png", PERSIAN[:3])
    given = {"image": "a.png", "size": size, **options}
    write(folder / "a.xml", alto_file(content="\n".join(content), **given))
    return size, boxes


def words(text: str) -> str:
    return "<SP/>".join(f'<String CONTENT="{word}"/>' for word in text.split())


class TestAlto:
    def test_the_fixture_is_read(self, tmp_path: Path) -> None:
        forms.alto_xml(tmp_path)
        lines = look(tmp_path)
        assert ids(lines) == ["one/eSc_line_0", "one/eSc_line_1", "one/eSc_line_2", "two/l0", "two/l1"]
        assert texts(lines) == forms.URDU[:5]
        assert faults(lines) == [("book/one.xml", "line eSc_line_9: the transcription is empty")]
        assert "measured in mm10, turned to pixels by the size of the page: 1 page (two)" in notes(lines)
        assert "one of the same stem is read: 1 page (two)" in notes(lines)

    @pytest.mark.parametrize("version", [2, 3, 4, 9])
    def test_every_version_is_read(self, version: int, tmp_path: Path) -> None:
        write_alto(tmp_path, [alto_line("l", box, words(PERSIAN[0])) for box in BOXES[:1]], version=version)
        lines = look(tmp_path)
        assert (lines.form, ids(lines), texts(lines)) == ("alto_xml", ["a/l"], [PERSIAN[0]])
        assert points(lines.lines[0]) == tuple(corners(BOXES[0]))

    def test_words_blanks_and_hyphens_are_joined(self, tmp_path: Path) -> None:
        content = [
            '<String CONTENT="قلم"/><SP/><String CONTENT="بيت"/><HYP CONTENT="-"/>',
            '<String CONTENT="قلم"/><String CONTENT="بيت"/>',
            '<String CONTENT="قلم &lt;بيت" SUBS_TYPE="HypPart1" SUBS_CONTENT="x"><ALTERNATIVE>y</ALTERNATIVE></String>',
        ]
        write_alto(tmp_path, [alto_line(f"l{at}", BOXES[at], one) for at, one in enumerate(content)])
        lines = look(tmp_path)
        assert texts(lines) == ["قلم بيت-", "قلم بيت", "قلم <بيت"]
        assert "words without a blank (SP) between them, joined by one: 1 line (a/l1)" in notes(lines)

    @pytest.mark.parametrize(
        "shape",
        ["120,20 179,20 179,59 120,59", "120 20 179 20 179 59 120 59", "120,20,179,20,179,59,120,59",
         "120.2,19.9 179.0,20.4 178.6,59.0 120.0,58.7"],
    )  # fmt: skip
    def test_the_four_spellings_of_polygons_are_one(self, shape: str, tmp_path: Path) -> None:
        write_alto(tmp_path, [alto_line("l", (0, 0, 1, 1), words("قلم"), shape)])
        lines = look(tmp_path)
        assert points(lines.lines[0]) == ((120, 20), (179, 20), (179, 59), (120, 59))

    @pytest.mark.parametrize("baseline", ["55", "55.5", "120 55 179 55", "120,55 179,55", "", "nonsense"])
    def test_baselines_of_any_kind_change_nothing(self, baseline: str, tmp_path: Path) -> None:
        line = alto_line("l", BOXES[0], words("قلم")).replace('BASELINE="60"', f'BASELINE="{baseline}"')
        assert baseline == "nonsense" or f'BASELINE="{baseline}"' in line
        write_alto(tmp_path, [line])
        assert points(look(tmp_path).lines[0]) == tuple(corners(BOXES[0]))

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            ('<TextLine ID="bad" BASELINE="1 1 9 9">{text}</TextLine>', "it has a baseline and no polygon or box"),
            ('<TextLine ID="bad" HPOS="1" VPOS="1">{text}</TextLine>', "it has no polygon or box"),
            ('<TextLine ID="bad" HPOS="1" VPOS="1" WIDTH="x" HEIGHT="9">{text}</TextLine>', "'x', which is no number"),
            ('<TextLine ID="bad" HPOS="1" VPOS="1" WIDTH="9" HEIGHT="0">{text}</TextLine>', "has no area on the page"),
            (
                '<TextLine ID="bad"><Shape><Polygon POINTS="1 1 9 9"/></Shape>{text}</TextLine>',
                "its polygon has 2 points, and needs three",
            ),
            ('<TextLine ID="bad" HPOS="1" VPOS="1" WIDTH="9" HEIGHT="9"/>', "the transcription is empty"),
            (
                '<TextLine ID="bad" HPOS="1" VPOS="1" WIDTH="9" HEIGHT="9"><SP/></TextLine>',
                "the transcription is empty",
            ),
        ],
    )
    def test_an_unusable_line_is_one_listed_problem(self, line: str, reason: str, tmp_path: Path) -> None:
        good = [alto_line(name, box, words("قلم")) for name, box in (("before", BOXES[0]), ("after", BOXES[2]))]
        write_alto(tmp_path, [good[0], line.replace("{text}", words("قلم")), good[1]])
        lines = look(tmp_path)
        assert ids(lines) == ["a/before", "a/after"]
        ((path, told),) = faults(lines)
        assert path == "a.xml"
        assert reason in told
        assert "bad" in told

    @pytest.mark.parametrize(("unit", "per_inch"), [("mm10", 254), ("inch1200", 1200)])
    def test_units_are_turned_to_pixels_by_the_size_of_the_page(self, unit: str, per_inch: int, tmp_path: Path) -> None:
        size, boxes = save_page(tmp_path / "a.png", PERSIAN[:3])
        factor = per_inch / 300
        scaled = [tuple(round(side * factor) for side in box) for box in boxes]
        lines = [alto_line(f"l{at}", box, words(PERSIAN[at])) for at, box in enumerate(scaled)]
        write(tmp_path / "a.xml", alto_file("a.png", (size[0] * factor, size[1] * factor), "".join(lines), unit))
        self._check_heights(look(tmp_path), boxes)

    @pytest.mark.parametrize(("unit", "per_inch"), [("mm10", 254), ("inch1200", 1200)])
    def test_units_are_turned_to_pixels_by_the_resolution_of_the_image(
        self, unit: str, per_inch: int, tmp_path: Path
    ) -> None:
        _, boxes = save_page(tmp_path / "a.png", PERSIAN[:3], dpi=300)
        scaled = [tuple(side * per_inch / 300 for side in box) for box in boxes]
        lines = [
            alto_line(f"l{at}", (0, 0, 1, 1), words(PERSIAN[at]), spelled(corners(box)))
            for at, box in enumerate(scaled)
        ]
        write(tmp_path / "a.xml", alto_file("a.png", None, "".join(lines), unit))
        found = look(tmp_path)
        self._check_heights(found, boxes)
        assert f"measured in {unit}, turned to pixels by the image's resolution: 1 page (a)" in notes(found)

    def _check_heights(self, lines: LineSet, boxes: list[Box]) -> None:
        from workbench.data.decoding import decode_line
        from workbench.data.tree import open_tree

        assert len(lines.lines) == len(boxes)
        for line, (left, top, width, height) in zip(lines.lines, boxes, strict=True):
            cut = decode_line(open_tree(lines.root), line, cropped=False).box
            assert cut == pytest.approx((top, top + height, left, left + width), abs=2)

    @pytest.mark.parametrize(
        ("unit", "reason"),
        [
            ("mm10", "measured in mm10, and neither the size of the page nor the resolution of a.png is told"),
            ("furlong", "measured in 'furlong', an unknown unit"),
        ],
    )
    def test_what_cannot_be_converted_is_one_problem(self, unit: str, reason: str, tmp_path: Path) -> None:
        write_alto(tmp_path, [alto_line("l", BOXES[0], words("قلم"))], size=None, unit=unit)
        assert faults(look(tmp_path)) == [("a.xml", f"{reason}: 1 line not read")]

    def test_a_broken_image_is_told_where_its_resolution_is_needed(self, tmp_path: Path) -> None:
        write_alto(tmp_path, [alto_line("l", BOXES[0], words("قلم"))], size=None, unit="mm10")
        (tmp_path / "a.png").write_bytes(b"none")
        ((_, told),) = faults(look(tmp_path))
        assert told.startswith("not a PNG")

    @pytest.mark.parametrize("size", [None, (0, 0), ("x", "y")])
    def test_pixels_without_a_size_or_unit_are_pixels(self, size: tuple[int, int] | None, tmp_path: Path) -> None:
        write_alto(tmp_path, [alto_line("l", BOXES[0], words("قلم"))], size=size, unit=None)
        lines = look(tmp_path)
        assert lines.lines[0].cut == PolygonCut(tuple(corners(BOXES[0])), None)
        assert "the size of the page is not told" in notes(lines)

    def test_the_wrong_unit_that_transkribus_writes_does_no_harm(self, tmp_path: Path) -> None:
        size, boxes = save_page(tmp_path / "a.png", PERSIAN[:1])
        write(tmp_path / "a.xml", alto_file("a.png", size, alto_line("l", boxes[0], words("قلم")), "mm10"))
        lines = look(tmp_path)
        assert points(lines.lines[0]) == tuple(corners(boxes[0]))
        assert "scaled" not in notes(lines)

    @pytest.mark.parametrize(
        "told", ["a.png", "a", "file:///scans/a.png", "https://host.invalid/x/a.png?full", "b.tif"]
    )
    def test_file_names_of_any_kind_find_the_image(self, told: str, tmp_path: Path) -> None:
        write_alto(tmp_path, [alto_line("l", BOXES[0], words("قلم"))], image=told)
        assert [line.image.as_posix() for line in look(tmp_path).lines] == ["a.png"]

    def test_blocks_come_in_their_order(self, tmp_path: Path) -> None:
        def block(name: str, box: Box, after: str = "") -> str:
            following = f'IDNEXT="{after}"' if after else ""
            return f'<TextBlock ID="{name}" {following}>{alto_line(f"l{name}", box, words("قلم"))}</TextBlock>'

        write_alto(tmp_path, [block("a", BOXES[0]), block("b", BOXES[1]), block("c", BOXES[2])])
        assert ids(look(tmp_path)) == ["a/la", "a/lb", "a/lc"]
        write_alto(tmp_path, [block("a", BOXES[0]), block("b", BOXES[1], "a"), block("c", BOXES[2], "b")])
        assert ids(look(tmp_path)) == ["a/lc", "a/lb", "a/la"]
        write_alto(tmp_path, [block("a", BOXES[0], "b"), block("b", BOXES[1], "a"), block("c", BOXES[2])])
        assert ids(look(tmp_path)) == ["a/la", "a/lb", "a/lc"]
        refs = '<ElementRef REF="b"/><ElementRef REF="la"/>'
        order = f'<ReadingOrder><OrderedGroup ID="g">{refs}</OrderedGroup></ReadingOrder>'
        write_alto(tmp_path, [order, block("a", BOXES[0]), block("b", BOXES[1]), block("c", BOXES[2])])
        assert ids(look(tmp_path)) == ["a/lb", "a/la", "a/lc"]

    def test_composed_blocks_and_margins_are_read(self, tmp_path: Path) -> None:
        line = alto_line("l", BOXES[0], words("قلم"))
        inner = f"<ComposedBlock><ComposedBlock><TextBlock>{line}</TextBlock></ComposedBlock></ComposedBlock>"
        write_alto(tmp_path, [f"<TopMargin>{inner}</TopMargin>"])
        assert ids(look(tmp_path)) == ["a/l"]

    def test_a_second_page_of_a_file_is_listed(self, tmp_path: Path) -> None:
        write_alto(tmp_path, [alto_line("l", BOXES[0], words("قلم"))])
        path = tmp_path / "a.xml"
        content = path.read_text(encoding="utf-8")
        second = f'<Page WIDTH="9" HEIGHT="9">{alto_line("m", BOXES[1], words("قلم"))}</Page></Layout>'
        write(path, content.replace("</Layout>", second))
        lines = look(tmp_path)
        assert ids(lines) == ["a/l"]
        told = "a further page of the file, whose image is not told: 1 line not read"
        assert faults(lines) == [("a.xml", told)]

    def test_directions_and_languages_are_noted_and_tags_left_alone(self, tmp_path: Path) -> None:
        lines = [alto_line(f"l{at}", BOXES[at], words("قلم")) for at in range(3)]
        lines[0] = lines[0].replace("<TextLine", '<TextLine LANG="fa" TAGREFS="LT1 none"')
        lines[1] = lines[1].replace("<TextLine", '<TextLine LANG="fr" BASEDIRECTION="ltr"')
        lines[2] = lines[2].replace("<TextLine", '<TextLine LANG="fa" BASEDIRECTION="rtl"')
        write_alto(tmp_path, lines)
        found = look(tmp_path)
        assert found.language == "ar"
        assert "marked as fr, most as fa: 1 line (a/l1)" in notes(found)
        assert "marked as written from left to right: 1 line (a/l1)" in notes(found)


def test_page_and_alto_of_one_image_count_once(tmp_path: Path) -> None:
    write_page(tmp_path)
    size, boxes = save_page(tmp_path / "a.png", ARABIC[:3])
    write(tmp_path / "alto/a.xml", alto_file("a.png", size, alto_line("l", boxes[0], words("قلم"))))
    assert [found.form for found in detect(tmp_path)] == ["page_xml", "alto_xml"]
    lines = look(tmp_path)
    assert (lines.form, len(lines.lines)) == ("page_xml", 3)
    assert "also readable as alto_xml: not read, nothing counts twice" in notes(lines)
    assert "XML files of another kind, not read: alto/a.xml" in notes(lines)
    other = look(tmp_path, form="alto_xml")
    assert (ids(other), {line.image.as_posix() for line in other.lines}) == (["a/l"], {"a.png"})


def test_other_xml_is_no_page(tmp_path: Path) -> None:
    save_page(tmp_path / "a.png", ARABIC[:1])
    write(tmp_path / "a.xml", "<annotation><filename>a.png</filename></annotation>")
    write(tmp_path / "b.xml", "damaged <")
    assert detect(tmp_path) == ()


def test_the_parts_of_folders_are_those_of_the_lines(tmp_path: Path) -> None:
    for part in ("Train", "val", "eval", "spare"):
        write_page(tmp_path / part / "page")
    lines = look(tmp_path)
    assert [len(lines.part(part)) for part in ("train", "validation", "test", None)] == [3, 3, 3, 3]
    assert detect(tmp_path)[0].metadata == 3


PAGE = page_file("a.png", (200, 220), two_lines(page_line("l", BOXES[1], "بيت"))).encode()
ALTO = alto_file("a.png", (200, 220), alto_line("l", BOXES[0], words("قلم بيت"), "1 1 9 1 9 9")).encode()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    whole=st.sampled_from([PAGE, ALTO]),
    begin=st.integers(0, len(PAGE)),
    removed=st.integers(0, 30),
    put=st.binary(max_size=8) | st.text('<>/"&;= x1-9,', max_size=8).map(str.encode),
)
def test_a_file_with_anything_in_it_is_read_or_listed(
    whole: bytes, begin: int, removed: int, put: bytes, tmp_path: Path
) -> None:
    write_page(tmp_path, name="good.xml")
    (tmp_path / "bad.xml").write_bytes(whole[:begin] + put + whole[begin + removed :])
    lines = look(tmp_path, form="page_xml" if whole is PAGE else "alto_xml")
    assert {line.image.name for line in lines.lines} <= {"a.png"}
    if whole is PAGE:
        assert {line.id for line in lines.lines} >= {"good/l0", "good/l1", "good/l2"}
    assert any(problem.path == "bad.xml" or "bad" in problem.reason for problem in lines.problems) or any(
        line.page == "bad" for line in lines.lines
    )
