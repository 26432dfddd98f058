"""Statistics of the research-only lines, where they are at hand: numbers that were counted in a second way.

The second way read `three_languages.tsv` with the standard library alone and folded by a table written out by hand.
"""

from pathlib import Path

import pytest

from workbench.data.catalog import OpenedDataset, import_datasets
from workbench.data.comparison import Comparison, compare, with_similar
from workbench.data.overrides import Overrides
from workbench.data.statistics import SetStatistics, statistics_of
from workbench.execution.frame_rule import frame_rule
from workbench.runs.workspace import open_workspace
from workbench.study.schema import Preprocessing

pytestmark = pytest.mark.real_lines

FOLDERS = {"ar": "khatt_pilot", "ur": "nust_uhwr", "fa": "poh_db_persian"}


@pytest.fixture(scope="module")
def compared(real_lines: Path, tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    workspace = open_workspace(tmp_path_factory.mktemp("real") / "workspace")
    sets: list[SetStatistics] = []
    for language, folder in FOLDERS.items():
        *_, opened = import_datasets(
            workspace, real_lines / folder, name=language, overrides=Overrides(language=language)
        )
        assert isinstance(opened, OpenedDataset)
        counted = statistics_of(opened)
        assert counted is not None
        sets.append(counted)
    found = compare(sets, frame_rule(["both"], Preprocessing(line_height_px=48)))
    assert found is not None
    return found


def test_counts(compared: Comparison) -> None:
    counts = [
        (one.lines, one.characters.total(), len(one.characters), int(one.measures.words.sum()), one.writers)
        for one in compared.sets
    ]
    assert counts == [
        (1633, 102983, 79, 18229, 297),
        (2467, 129223, 103, 28280, 0),
        (1482, 137271, 62, 26463, 142),
    ]


def test_characters_in_common(compared: Comparison) -> None:
    raw, folded = compared.raw, compared.folded
    assert raw.pairs == ((79, 64, 42), (64, 103, 54), (42, 54, 62))
    assert [len(raw.own(name)) for name in raw.names] == [14, 26, 7]
    assert len(raw.common) == 41
    assert [raw.share(name) for name in raw.names] == pytest.approx([0.897585, 0.695681, 0.863045], abs=1e-6)
    assert folded.pairs == ((78, 65, 54), (65, 92, 57), (54, 57, 62))
    assert [len(folded.own(name)) for name in folded.names] == [12, 23, 4]
    assert len(folded.common) == 53
    assert [folded.share(name) for name in folded.names] == pytest.approx([0.982385, 0.884223, 0.962760], abs=1e-6)


def test_duplicates(compared: Comparison) -> None:
    names = [one.name for one in compared.sets]
    assert [compared.duplicate_lines(name, "same_text") for name in names] == [6, 75, 508]
    assert [compared.duplicate_lines(name, "same_image") for name in names] == [4, 2, 0]
    more = with_similar(compared)
    assert more is not None
    assert [more.duplicate_lines(name, "similar_image") for name in names] == [0, 0, 0]


def test_sizes_are_those_of_the_ink(compared: Comparison) -> None:
    for one in compared.sets:
        boxes = [one.opened.cache.box(line.id) for line in one.opened.lines.lines]
        assert one.measures.widths.tolist() == [right - left for _, _, left, right in boxes]
        assert one.measures.heights.tolist() == [bottom - top for top, bottom, _, _ in boxes]
    medians = [one.px_per_character.median for one in compared.sets]
    assert medians == pytest.approx([31.02, 12.40, 16.73], abs=0.01)


def test_lines_that_a_published_network_has_too_few_frames_for(compared: Comparison) -> None:
    assert [fit.too_narrow for fit in compared.fits] == [146, 294, 680]
