"""Bundles: the same tables come out to the last bit; what is hostile or damaged is refused whole."""

import hashlib
import json
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.analysis.finished import SECRET, finished_study
from workbench.analysis.exports import bundle_form, bundle_reading
from workbench.analysis.exports.bundle import save_bundle
from workbench.analysis.exports.bundle_form import belongs, is_plain
from workbench.analysis.exports.bundle_reading import open_bundle
from workbench.analysis.exports.csv_files import export_study
from workbench.analysis.results.report import report
from workbench.errors import InputError, WorkspaceError
from workbench.runs.plan import Plan, load_plan
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace

Files = dict[str, bytes]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> tuple[Plan, RunStore]:
    return finished_study(tmp_path_factory.mktemp("study") / "workspace", failed=(2,), seeds=(0,), k_lines=(100,))


@pytest.fixture
def packed(study: tuple[Plan, RunStore], tmp_path: Path) -> Path:
    save_bundle(*study, tmp_path / "study.zip")
    return tmp_path / "study.zip"


def opened(path: Path, root: Path) -> tuple[Plan, RunStore]:
    manifest = open_bundle(path, root)
    workspace = Workspace(root)
    return load_plan(workspace.plan_file(manifest.study)), RunStore(workspace)


@pytest.mark.parametrize("with_texts", [False, True])
def test_the_same_tables_come_out(study: tuple[Plan, RunStore], tmp_path: Path, with_texts: bool):
    plan, store = study
    save_bundle(plan, store, tmp_path / "study.zip", with_texts=with_texts)
    again, its_store = opened(tmp_path / "study.zip", tmp_path / "new")
    assert report(again, its_store) == report(plan, store)
    assert json.dumps(report(again, its_store).to_json()) == json.dumps(report(plan, store).to_json())
    assert report(again, its_store).excluded, "the failed run is told of, too"
    before = export_study(plan, store, tmp_path / "before")
    after = export_study(again, its_store, tmp_path / "after")
    differing = [a.name for a, b in zip(before, after, strict=True) if a.read_bytes() != b.read_bytes()]
    assert differing == ([] if with_texts else ["predictions.csv"]), "without texts their columns are empty"


def test_no_text_is_in_it_unless_it_is_asked_for(study: tuple[Plan, RunStore], packed: Path, tmp_path: Path):
    with zipfile.ZipFile(packed) as archive:
        content = b"".join(archive.read(name) for name in archive.namelist())
        names = archive.namelist()
    assert SECRET.encode() not in content
    assert json.dumps(SECRET)[1:-1].encode() not in content
    assert b"/home/somebody" not in content, "what a failed process printed names folders"
    assert not [name for name in names if name.endswith(("predictions.csv", ".png", ".safetensors"))]
    save_bundle(*study, tmp_path / "texts.zip", with_texts=True)
    with zipfile.ZipFile(tmp_path / "texts.zip") as archive:
        assert any(SECRET.encode() in archive.read(name) for name in archive.namelist())


def test_every_file_has_its_checksum_twice(packed: Path):
    with zipfile.ZipFile(packed) as archive:
        manifest = json.loads(archive.read("bundle.json"))
        sums = dict(line.split("  ")[::-1] for line in archive.read("SHA256SUMS").decode().splitlines())
        for name in set(archive.namelist()) - {"bundle.json"}:
            digest = hashlib.sha256(archive.read(name)).hexdigest()
            assert manifest["files"][name]["sha256"] == digest
            if name != "SHA256SUMS":
                assert sums[name] == digest
        assert "htr-workbench bundle --open" in archive.read("README.txt").decode()
    assert [each["fingerprint"] for each in manifest["data"]] == ["print-khatt", "print-uhwr"]


def test_the_same_study_gives_the_same_bytes(study: tuple[Plan, RunStore], packed: Path, tmp_path: Path):
    save_bundle(*study, tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == packed.read_bytes()


def test_a_bundle_of_a_bundle_is_the_same(packed: Path, tmp_path: Path):
    again = opened(packed, tmp_path / "new")
    save_bundle(*again, tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == packed.read_bytes()


def test_lists_go_along_without_texts(tmp_path: Path):
    log = tmp_path / "log.csv"
    log.write_text(f"ImageID,Label,GroundTruth,Prediction\r\nl1,Wrong transcription,{SECRET},x\r\n", encoding="utf-8")
    rules = {"khatt": {"exclude": [str(log), str(tmp_path / "gone.txt")]}}
    plan, store = finished_study(tmp_path / "workspace", seeds=(0,), k_lines=(100,), target_rules=rules)
    manifest = save_bundle(plan, store, tmp_path / "study.zip")
    assert "gone.txt of khatt was not there any more" in manifest.notes[0]
    again, _ = opened(tmp_path / "study.zip", tmp_path / "new")
    listed, lost = again.study.rules_of("khatt").exclude
    assert Path(listed) == tmp_path / "new" / "studies" / "made up" / "lists" / "khatt" / "1-log.csv"
    assert Path(listed).read_text(encoding="utf-8").splitlines() == ["ImageID,Label", "l1,Wrong transcription"]
    assert Path(lost).name == "2-gone.txt"
    with zipfile.ZipFile(tmp_path / "study.zip") as archive:
        assert not any(str(tmp_path).encode() in archive.read(name) for name in archive.namelist())


def test_a_study_that_was_not_begun(tmp_path: Path):
    plan, _ = finished_study(tmp_path / "workspace", seeds=(0,), k_lines=(100,))
    with pytest.raises(InputError, match="no run of the study made up has begun"):
        save_bundle(plan, RunStore(Workspace(tmp_path / "other")), tmp_path / "study.zip")
    assert not (tmp_path / "study.zip").exists()


@pytest.mark.parametrize("place", ["full folder", "file"])
def test_nothing_that_is_there_is_overwritten(packed: Path, tmp_path: Path, place: str):
    root = tmp_path / "mine"
    if place == "file":
        root.write_text("mine")
    else:
        root.mkdir()
        (root / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="is in use"):
        open_bundle(packed, root)
    assert (root if place == "file" else root / "mine.txt").read_text() == "mine"


def test_an_empty_folder_is_taken(packed: Path, tmp_path: Path):
    (tmp_path / "empty").mkdir()
    assert opened(packed, tmp_path / "empty")[0].study.name == "made up"


# What is not trusted


def refused(path: Path, tmp_path: Path, words: str) -> None:
    """Refuse a bundle and leave nothing, neither in its place nor beside it nor above it."""
    folder = tmp_path / "below" / "deep"
    folder.mkdir(parents=True, exist_ok=True)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises((InputError, WorkspaceError), match=words):
        open_bundle(path, folder / "new")
    assert sorted(tmp_path.rglob("*")) == before


def rewrite(packed: Path, change: Callable[[Files], None], *, listed: bool = True) -> None:
    """Change the files of a bundle, and its list with them unless that is what is wrong."""
    with zipfile.ZipFile(packed) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    change(found)
    if listed:
        manifest = json.loads(found["bundle.json"])
        manifest["files"] = {
            name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
            for name, content in found.items()
            if name != "bundle.json"
        }
        found["bundle.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in found.items():
            archive.writestr(name, content)


@pytest.mark.parametrize(
    "name",
    [
        "../outside.txt", "/tmp/outside.txt", "runs/../../outside.txt", "runs\\..\\outside.txt", "C:/outside.txt",
        "runs/x/../../../outside.txt", "studies/made up/../../outside.txt", "runs/x/evil.py", "runs/.ssh/spec.json",
        "studies/other/plan.json", "studies/made up/lists/khatt/../../x", "runs/con/spec.json", "runs//spec.json",
        "evil.txt", "runs/a\u202eb/spec.json", "bundle.JSON",
    ],
)  # fmt: skip
def test_names_that_lead_elsewhere_are_refused(packed: Path, tmp_path: Path, name: str):
    rewrite(packed, lambda found: found.update({name: b"evil"}))
    refused(packed, tmp_path, r"is no file of a bundle|is there twice")


def test_links_and_folders_are_refused(packed: Path, tmp_path: Path):
    original = packed.read_bytes()
    for mode in (stat.S_IFLNK, stat.S_IFIFO, stat.S_IFDIR):
        packed.write_bytes(original)
        with zipfile.ZipFile(packed, "a") as archive:
            info = zipfile.ZipInfo("runs/x/spec.json")
            info.external_attr = (mode | 0o777) << 16
            archive.writestr(info, "/etc/passwd")
        refused(packed, tmp_path, "is no plain file")


def test_a_name_that_is_there_twice(packed: Path, tmp_path: Path):
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(packed, "a") as archive:
        archive.writestr("README.txt", "another one")
    refused(packed, tmp_path, "is there twice")


def test_bombs_are_refused(packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    original = packed.read_bytes()
    rewrite(packed, lambda found: found.update({"README.txt": b"0" * 3_000_000}))
    refused(packed, tmp_path, "grows from")
    packed.write_bytes(original)
    monkeypatch.setattr(bundle_reading, "MAX_BYTES", 1000)
    refused(packed, tmp_path, "larger than those of any study")
    monkeypatch.undo()
    monkeypatch.setattr(bundle_reading, "MAX_FILES", 3)
    refused(packed, tmp_path, "more than any study has")
    monkeypatch.undo()
    monkeypatch.setattr(bundle_reading, "MAX_MANIFEST_BYTES", 10)
    refused(packed, tmp_path, "too large")
    assert bundle_form.MAX_BYTES > 1 << 30


def test_a_file_that_says_it_is_smaller_than_it_is(packed: Path, tmp_path: Path):
    """The sizes of the archive and of the list lie alike; what comes out is counted."""
    content = b"0123456789" * 1000
    rewrite(packed, lambda found: found.update({"README.txt": content}))
    raw = bytearray(packed.read_bytes())
    size = len(content).to_bytes(4, "little")
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = raw.find(signature)
        while at >= 0:
            if raw[at + offset : at + offset + 4] == size:
                raw[at + offset : at + offset + 4] = (10).to_bytes(4, "little")
            at = raw.find(signature, at + 4)
    packed.write_bytes(bytes(raw))
    refused(packed, tmp_path, "another size|damaged|checksum")


def test_checksums_that_differ(packed: Path, tmp_path: Path):
    original = packed.read_bytes()

    def other_counts(found: Files) -> None:
        name = next(name for name in found if name.endswith("counts.csv"))
        found[name] = found[name].replace(b"l00", b"l99")

    rewrite(packed, other_counts, listed=False)
    refused(packed, tmp_path, "its checksum differs")
    packed.write_bytes(original)
    rewrite(packed, lambda found: found.update({"README.txt": found["README.txt"] + b"!"}), listed=False)
    refused(packed, tmp_path, "another size")


def test_files_that_are_missing_or_surplus(packed: Path, tmp_path: Path):
    original = packed.read_bytes()
    rewrite(packed, lambda found: found.pop("README.txt") and None, listed=False)
    refused(packed, tmp_path, "is in its list and not in it")
    packed.write_bytes(original)
    rewrite(packed, lambda found: found.update({"runs/x/spec.json": b"{}"}), listed=False)
    refused(packed, tmp_path, "is in it and not in its list")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"schema": 2}, "another version than 1.*newer"),
        ({"form": "something else"}, "is not what this program writes"),
        ({"surprise": 1}, "is not what this program writes"),
        ({"study": "other"}, "is no file of a bundle"),
        ({"study": "../other"}, "is no file of a bundle"),
        ({"runs": ["nothing"]}, "is not one of its plan"),
    ],
)
def test_manifests_that_are_not_ours(packed: Path, tmp_path: Path, change: dict[str, object], words: str):
    def changed(found: Files) -> None:
        found["bundle.json"] = json.dumps(json.loads(found["bundle.json"]) | change).encode()

    rewrite(packed, changed, listed=False)
    refused(packed, tmp_path, words)


@pytest.mark.parametrize(
    ("ending", "words"),
    [("plan.json", "plan"), ("spec.json", "has no spec"), ("result.json", "is not what this program writes")],
)
def test_whole_files_with_nonsense_in_them(
    packed: Path, tmp_path: Path, ending: str, words: str
):  # fmt: skip
    def nonsense(found: Files) -> None:
        name = next(name for name in sorted(found) if name.endswith(ending))
        found[name] = b'{"a": 1}'
        if ending == "result.json":
            events = name.replace("result.json", "events.jsonl")
            found[events] = b""

    rewrite(packed, nonsense)
    refused(packed, tmp_path, words)


def test_damaged_files(packed: Path, tmp_path: Path):
    content = packed.read_bytes()
    packed.write_bytes(content[: len(content) // 2])
    refused(packed, tmp_path, "damaged or no .zip file")
    packed.write_bytes(b"")
    refused(packed, tmp_path, "damaged or no .zip file")
    packed.write_bytes(b"GIF89a" * 1000)
    refused(packed, tmp_path, "damaged or no .zip file")
    torn = bytearray(content)
    torn[200:260] = b"\xff" * 60
    packed.write_bytes(bytes(torn))
    refused(packed, tmp_path, "damaged|differs|is no file|not what it is called")
    refused(tmp_path / "nothing.zip", tmp_path, "There is no file")
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("README.txt", "only that")
    refused(packed, tmp_path, "it holds no bundle.json")


def test_names_of_other_systems():
    assert all(map(is_plain, ("a", "a b-c_d.e", "مكتبة")))
    assert not any(map(is_plain, ("run.", "aux", "AUX.txt", ".x", "-x", "", "a/b")))
    assert belongs("studies/s/lists/khatt/1-bad.txt", "s")
    assert not belongs("studies/s/lists/1-bad.txt", "s")
