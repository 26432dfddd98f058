"""One file per form in which line data lie on disk, and the table of them."""

from workbench.data.reader import Detection, Reader
from workbench.data.readers import (
    alto_xml,
    hf_parquet,
    imagefolder,
    khatt_official,
    khatt_pilot,
    kraken_arrow,
    list_files,
    manifest,
    mask_pages,
    nust_uhwr,
    page_xml,
    pairs,
    phtd_lines,
    prepared,
    pylaia,
    workbook_table,
)
from workbench.data.tree import FileTree

READERS: dict[str, Reader] = {
    "imagefolder": Reader("Hugging Face imagefolder (metadata)", None, imagefolder.match, imagefolder.read),
    "hf_parquet": Reader("Hugging Face Parquet", None, hf_parquet.match, hf_parquet.read),
    "kraken_arrow": Reader("kraken's binary lines (Arrow)", None, kraken_arrow.match, kraken_arrow.read),
    "manifest": Reader("table of lines (TSV, CSV)", None, manifest.match, manifest.read),
    "workbook": Reader("table of lines (Excel)", None, workbook_table.match, workbook_table.read),
    "khatt_official": Reader(
        "KHATT v1.0, official", "ar", khatt_official.match, khatt_official.read, chooses_texts=True
    ),
    "khatt_pilot": Reader("KHATT, pilot packaging", "ar", khatt_pilot.match, khatt_pilot.read),
    "phtd_lines": Reader("PHTD, lines", "fa", phtd_lines.match, phtd_lines.read),
    "mask_pages": Reader("pages with masks of lines (PHTD)", None, mask_pages.match, mask_pages.read),
    "nust_uhwr": Reader("NUST-UHWR, official", "ur", nust_uhwr.match, nust_uhwr.read),
    "prepared": Reader("folders with gt.txt", None, prepared.match, prepared.read),
    "pylaia": Reader("PyLaia lists (ids and texts)", None, pylaia.match, pylaia.read),
    "list_files": Reader("list files", None, list_files.match, list_files.read),
    "kraken_pairs": Reader("pairs x.png + x.gt.txt", None, pairs.match_kraken, pairs.read_kraken),
    "same_stem": Reader("pairs x.png + x.txt", None, pairs.match_same_stem, pairs.read_same_stem),
    "sister_folders": Reader("folders images and labels", None, pairs.match_sister_folders, pairs.read_sister_folders),
    "page_xml": Reader("PAGE XML (pages)", None, page_xml.match, page_xml.read),
    "alto_xml": Reader("ALTO XML (pages)", None, alto_xml.match, alto_xml.read),
}
"""Forms by name. Of forms that tell equally much about a folder the earlier is read."""


def detect_in(tree: FileTree) -> tuple[Detection, ...]:
    """Forms as which these files can be read, the one that tells most first."""
    found = [
        Detection(form, reader.label, match.reason, match.metadata)
        for form, reader in READERS.items()
        if (match := reader.match(tree))
    ]
    return tuple(sorted(found, key=lambda detection: -detection.metadata))
