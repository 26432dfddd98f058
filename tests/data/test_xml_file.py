"""XML files do nothing to who reads them."""

import time
from pathlib import Path

import pytest

from tests.data.forms import write
from workbench.data import tree, xml_file
from workbench.data.tree import open_tree
from workbench.data.xml_file import example_with_root, local_name, read_xml, root_name, stem_of, whole_number, xml_files
from workbench.errors import InputError

LAUGHS = "".join(f'<!ENTITY e{at} "{f"&e{at - 1};" * 10 if at else "ha"}">' for at in range(12))
BOMB = f"<!DOCTYPE alto [{LAUGHS}]><alto>&e11;</alto>"
ATTRIBUTE_BOMB = f'<!DOCTYPE alto [{LAUGHS}]><alto a="&e11;"/>'
QUADRATIC = f'<!DOCTYPE alto [<!ENTITY a "{"a" * 100_000}">]><alto>{"&a;" * 10_000}</alto>'
STOLEN = '<!DOCTYPE alto [<!ENTITY a SYSTEM "secret.txt">]><alto>&a;</alto>'
REMOTE = '<!DOCTYPE alto SYSTEM "http://127.0.0.1:9/alto.dtd"><alto/>'
HIDDEN = f"<!-- {'x' * 70_000} -->{BOMB}"


def reason(folder: Path) -> str:
    with pytest.raises(InputError) as error:
        read_xml(open_tree(folder), "a.xml")
    return error.value.why


@pytest.mark.parametrize("content", [BOMB, ATTRIBUTE_BOMB, QUADRATIC, STOLEN, REMOTE])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_doctype_is_refused_at_once(content: str, encoding: str, tmp_path: Path) -> None:
    write(tmp_path / "a.xml", content, encoding)
    write(tmp_path / "secret.txt", "secret")
    begin = time.process_time()
    assert reason(tmp_path) == "it has a DOCTYPE, which no page needs and which can do harm"
    assert time.process_time() - begin < 0.2


@pytest.mark.parametrize("content", [HIDDEN, HIDDEN.replace(BOMB, STOLEN), HIDDEN.replace(BOMB, ATTRIBUTE_BOMB)])
def test_a_doctype_behind_a_long_comment_is_refused_too(content: str, tmp_path: Path) -> None:
    write(tmp_path / "a.xml", content)
    write(tmp_path / "secret.txt", "secret")
    begin = time.process_time()
    told = reason(tmp_path)
    assert time.process_time() - begin < 1
    assert "DOCTYPE" in told or "entity" in told.lower()


def test_a_doctype_in_a_text_or_comment_is_none(tmp_path: Path) -> None:
    write(tmp_path / "a.xml", "<!-- <!DOCTYPE a> --><alto><![CDATA[<!DOCTYPE alto>]]></alto>")
    assert read_xml(open_tree(tmp_path), "a.xml").text == "<!DOCTYPE alto>"


def test_deep_nesting_is_a_reason_not_a_crash(tmp_path: Path) -> None:
    write(tmp_path / "a.xml", "<a>" * 10_000 + "</a>" * 10_000)
    assert "depth" in reason(tmp_path)


def test_a_large_file_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a.xml", "<alto/>")
    with (tmp_path / "a.xml").open("r+b") as file:
        file.truncate(1_000_000_000)

    def refuse(*_: object) -> bytes:
        raise AssertionError("the file is read")

    monkeypatch.setattr(tree.FileTree, "_start_of", refuse)
    assert reason(tmp_path) == "the file is larger than 64 MB"


def test_a_long_text_is_a_reason_not_a_crash(tmp_path: Path) -> None:
    write(tmp_path / "a.xml", f"<a>{'a' * 11_000_000}</a>")
    assert "damaged" in reason(tmp_path)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "the file is empty"),
        ("  \n", "the file is empty"),
        ("<alto><a></alto>", "not XML, or damaged"),
        ("<alto>", "not XML, or damaged"),
        ("no xml", "not XML, or damaged"),
        ("<alto>&nbsp;</alto>", "not XML, or damaged"),
        ('<?xml version="1.0" encoding="none"?><alto/>', "not XML, or damaged"),
        ("<alto>\x00</alto>", "not XML, or damaged"),
    ],
)
def test_damaged_files_are_said(content: str, told: str, tmp_path: Path) -> None:
    write(tmp_path / "a.xml", content)
    assert reason(tmp_path).startswith(told)


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"<alto>", "alto"),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- <PcGts> -->\n<alto xmlns="x"', "alto"),
        (b'<pc:PcGts xmlns:pc="x">', "pcgts"),
        (b'<!DOCTYPE alto [<!ENTITY a "<b>">]><alto>', "alto"),
        ('<?xml version="1.0" encoding="UTF-16"?><PcGts>'.encode("utf-16"), "pcgts"),
        (b"", None),
        (b"words", None),
        (b"<!-- <alto> ", "alto"),
    ],
)
def test_the_root_is_read_from_the_beginning(head: bytes, name: str | None) -> None:
    assert root_name(head) == name


def test_a_few_files_of_each_folder_are_looked_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for at in range(30):
        write(tmp_path / f"alto/{at}.xml", "<alto/>")
    write(tmp_path / "page/1.xml", "<PcGts/>")
    write(tmp_path / "mets.xml", "<mets/>")
    found = open_tree(tmp_path)
    looked: list[str] = []
    head = tree.FileTree.head
    monkeypatch.setattr(tree.FileTree, "head", lambda self, name: (looked.append(name), head(self, name))[1])
    assert example_with_root(found, "pcgts") == "page/1.xml"
    assert len(looked) == 1 + xml_file.HEADS_PER_FOLDER + 1
    assert example_with_root(found, "html") is None
    assert xml_files(found)[:3] == ["mets.xml", "alto/0.xml", "alto/1.xml"]
    assert xml_files(found)[11] == "alto/10.xml"


def test_small_readings() -> None:
    from lxml import etree

    assert local_name(etree.fromstring(b'<a:b xmlns:a="x"/>')) == "b"
    assert [whole_number(one) for one in ("7", " -7 ", "7.5", "", None, "9" * 12)] == [7, -7, None, None, None, None]
    assert [stem_of(name) for name in ("a/b.xml", "b.page.xml", "b.ALTO.xml", "b.c.xml")] == ["b", "b", "b", "b.c"]
