"""Names in files that lead out of where they belong: nothing outside is written, deleted, or passed on."""

import hashlib
import io
import json
import os
import shutil
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.analysis.finished import finished_study
from tests.data.fixtures import draw_strokes
from tests.execution.scripted import HERE
from tests.execution.small_data import small_study
from workbench import cli
from workbench.analysis.exports.by_name import ExportOptions, export_everything
from workbench.execution.inline import InlineExecutor
from workbench.execution.studies import prepare, run_study
from workbench.runs.control import Control
from workbench.runs.events import RunFailed, RunFinished
from workbench.runs.migrations import migrate
from workbench.runs.plan import Plan
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace

LEADING_OUT = (
    "../canary.txt",
    "../../canary.txt",
    "a/../../canary.txt",
    "..\\canary.txt",
    "/etc/passwd",
    "C:\\canary.txt",
    "\\\\server\\share\\canary.txt",
    "file:///etc/passwd",
    "%2e%2e/canary.txt",
    "%252e%252e%252fcanary.txt",
    "canary.txt\x00.png",
    "./../canary.txt",
    "....//canary.txt",
    "~/canary.txt",
)


def window(workspace: Path | None, study_file: Path | None, *, is_demo: bool = False) -> int:
    raise AssertionError("no window was asked for")


def command(*arguments: str | Path) -> int:
    return cli.main([str(argument) for argument in arguments], open_window=window)


def listing(root: Path, besides: tuple[Path, ...] = ()) -> dict[str, tuple[int, bytes]]:
    """Everything below a folder but what lies in some: size and content."""
    found: dict[str, tuple[int, bytes]] = {}
    for path in sorted(root.rglob("*")):
        if not any(path.is_relative_to(other) for other in besides):
            content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
            found[path.relative_to(root).as_posix()] = (path.lstat().st_mode, content)
    return found


def crc_line(text: str) -> str:
    import zlib

    return f"{zlib.crc32(text.encode()):08x} {text}\n"


@pytest.mark.parametrize("name", ["../../../canary.txt", "../../canary.txt", "{absolute}", "../other/spec.json", ""])
def test_a_log_of_events_deletes_nothing_outside_its_folder(name: str, workspace: Workspace, tmp_path: Path) -> None:
    """A checkpoint is deleted when the next one is there: the log says which file that is, and its sum is no secret."""
    canary, other = tmp_path / "canary.txt", workspace.root / "canary.txt"
    plan = list(prepare(workspace, small_study(targets=["arabic"], regimes=["single"]), Control()))[-1]
    assert isinstance(plan, Plan)
    (run,), store = plan.run_ids, RunStore(workspace)
    for path in (canary, other, workspace.runs / "other/spec.json"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine")
    store.save_spec(plan.specs[run])
    event = {
        "run": run, "type": "checkpoint_saved", "step": 1, "path": name.format(absolute=canary),
        "sha256": hashlib.sha256(b"mine").hexdigest(), "bytes": 4,
    }  # fmt: skip
    store.events_file(run).write_text(crc_line(json.dumps(event)))
    migrate(workspace)
    before = listing(tmp_path, (store.folder(run), workspace.cache, workspace.studies))
    executor = InlineExecutor(workspace, checkpoint_after_s=0, trainer=f"{HERE}:train")
    (told,) = run_study(workspace, plan, executor=executor, control=Control())
    assert isinstance(told, RunFailed)
    assert "event log of run" in told.reason
    assert "damaged" in told.reason
    store.begin_anew(run)
    events = list(run_study(workspace, plan, executor=executor, control=Control()))
    assert isinstance(events[-1], RunFinished)
    workspace.lock_file.unlink(missing_ok=True)
    assert listing(tmp_path, (store.folder(run), workspace.cache, workspace.studies)) == before


@pytest.mark.parametrize("run", ["..", "../..", ".", "../../outside", "{absolute}"])
def test_taking_out_a_run_deletes_no_other_folder(run: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`attached.json` says which folder goes with an imported run."""
    root, outside = tmp_path / "place", tmp_path / "outside"
    plan, store = finished_study(root, seeds=(0,), k_lines=(100,))
    name = run.format(absolute=outside)
    request = plan.runs[0].request.model_dump(mode="json")
    Workspace(root).attached_file(plan.study.name).write_text(
        json.dumps({"schema": 1, "runs": [{"request": request, "run": name}]})
    )
    source = {
        "schema": 1, "file": "x", "sha256": "", "form": "", "encoding": "", "request": request, "target": "khatt",
        "fingerprint": "x", "normalisation": [], "wildcards": "", "cluster_unit": "blocks", "line_ids": [],
        "clusters": [], "test_lines": 1,
    }  # fmt: skip
    for folder in (outside, root, tmp_path, store.workspace.runs):
        folder.mkdir(exist_ok=True)
        (folder / "imported.json").write_text(json.dumps(source))
    before = listing(tmp_path)
    assert command("import", "--take-out", name, "--study", plan.study.name, "-w", root) == 2
    assert "attached.json cannot be used" in capsys.readouterr().err
    after = listing(tmp_path)
    after.pop("place/.lock", None)
    assert after == before


@pytest.mark.parametrize(("key", "name"), [
    ("name", "../../../victim"), ("fingerprint", "../../victim"), ("fingerprint", "/tmp"), ("name", "a/../../b"),
])  # fmt: skip
def test_a_list_of_data_sets_deletes_nothing_else(
    key: str, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "place"
    for victim in (tmp_path / "victim-ink", tmp_path / "victim-full"):
        victim.mkdir()
        (victim / "mine").write_text("mine")
    (tmp_path / "victim.json").write_text("mine")
    (root / "cache" / "sets").mkdir(parents=True)
    values = {"name": "lines", "fingerprint": "0" * 64, key: name}
    (root / "datasets.toml").write_text(
        f'schema = 1\n[datasets."{values["name"]}"]\npath = "lines"\nform = "pairs"\nlanguage = "ar"\n'
        f'fingerprint = "{values["fingerprint"]}"\n'
    )
    migrate(Workspace(root))
    before = listing(tmp_path)
    assert command("datasets", "remove", values["name"], "-w", root) == 2
    assert "datasets.toml cannot be read" in capsys.readouterr().err
    after = listing(tmp_path)
    after.pop("place/.lock", None)
    assert after == before


def save_png() -> bytes:
    buffer = io.BytesIO()
    draw_strokes("باب").save(buffer, "PNG")
    return buffer.getvalue()


def as_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as file:
        for at, name in enumerate((*LEADING_OUT, "good.png", "good.txt")):
            info = zipfile.ZipInfo(f"x{at}")
            info.filename = name
            file.writestr(info, save_png() if name.endswith(".png") else "باب")
        link = zipfile.ZipInfo("link.png")
        link.external_attr = 0o120777 << 16
        file.writestr(link, "/etc/passwd")


def as_tar(path: Path) -> None:
    with tarfile.open(path, "w") as file:
        for name in (*LEADING_OUT, "good.png", "good.txt"):
            content = save_png() if name.endswith(".png") else "باب".encode()
            info = tarfile.TarInfo(name.replace("\x00", "?"))
            info.size = len(content)
            file.addfile(info, io.BytesIO(content))
        for kind, target in ((tarfile.SYMTYPE, "/etc/passwd"), (tarfile.LNKTYPE, "../canary.txt"),
                             (tarfile.CHRTYPE, ""), (tarfile.FIFOTYPE, ""), (tarfile.BLKTYPE, "")):  # fmt: skip
            info = tarfile.TarInfo(f"kind{kind.decode()}.png")
            info.type, info.linkname = kind, target
            file.addfile(info)
        outside = tarfile.TarInfo("folder")
        outside.type, outside.linkname = tarfile.SYMTYPE, "../.."
        file.addfile(outside)
        through = tarfile.TarInfo("folder/canary.txt")
        through.size = 5
        file.addfile(through, io.BytesIO(b"evil!"))


def as_list(path: Path) -> None:
    path.mkdir()
    (path / "good.png").write_bytes(save_png())
    rows = [f"{name}\tباب" for name in ("good.png", *LEADING_OUT)]
    (path / "train.txt").write_text("\n".join(rows) + "\n", encoding="utf-8")


def as_table(path: Path) -> None:
    path.mkdir()
    (path / "good.png").write_bytes(save_png())
    rows = [f'"{name}",باب' for name in ("good.png", *LEADING_OUT)]
    (path / "lines.csv").write_text("image,text\n" + "\n".join(rows) + "\n", encoding="utf-8")


def as_json(path: Path) -> None:
    (path / "train").mkdir(parents=True)
    (path / "train/good.png").write_bytes(save_png())
    rows = [json.dumps({"file_name": name, "text": "باب"}) for name in ("good.png", *LEADING_OUT)]
    (path / "train/metadata.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")


def as_pages(xml: Callable[[str], str]) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.mkdir()
        (path / "good.png").write_bytes(save_png())
        for at, name in enumerate((*LEADING_OUT, "good.png")):
            (path / f"{at}.xml").write_text(xml(quote(name) if "\x00" in name else name), encoding="utf-8")

    return write


def page_xml(image: str) -> str:
    return (
        '<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15">'
        f'<Page imageFilename="{image}" imageWidth="50" imageHeight="40"><TextRegion id="r"><Coords points="0,0 50,0 '
        '50,40 0,40"/><TextLine id="l"><Coords points="0,0 50,0 50,40 0,40"/><TextEquiv><Unicode>باب</Unicode>'
        "</TextEquiv></TextLine></TextRegion></Page></PcGts>"
    )


def alto_xml(image: str) -> str:
    return (
        '<alto xmlns="http://www.loc.gov/standards/alto/ns-v4#"><Description><MeasurementUnit>pixel</MeasurementUnit>'
        f"<sourceImageInformation><fileName>{image}</fileName></sourceImageInformation></Description><Layout>"
        '<Page ID="p" WIDTH="50" HEIGHT="40"><PrintSpace><TextBlock ID="b"><TextLine ID="l" HPOS="0" VPOS="0" '
        'WIDTH="50" HEIGHT="40"><String CONTENT="باب"/></TextLine></TextBlock></PrintSpace></Page></Layout></alto>'
    )


FORMS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "zip": ("set.zip", as_zip),
    "tar": ("set.tar", as_tar),
    "list": ("set", as_list),
    "table": ("set", as_table),
    "json lines": ("set", as_json),
    "PAGE": ("set", as_pages(page_xml)),
    "ALTO": ("set", as_pages(alto_xml)),
}


@pytest.mark.parametrize("form", FORMS)
def test_an_import_writes_nothing_outside_the_workspace(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever its members and rows are called: the good line is read, and none of the others is a line."""
    name, make = FORMS[form]
    around = tmp_path / "around"
    (around / "deep").mkdir(parents=True)
    for place in (around / "canary.txt", around / "deep/canary.txt"):
        place.write_text("mine")
    make(around / "deep" / name)
    workspace = around / "workspace"
    before = listing(around)
    code = command("datasets", "add", "lines", around / "deep" / name, "--language", "ar", "-w", workspace)
    told = capsys.readouterr()
    assert listing(around, (workspace,)) == before, told
    assert code == 0, told
    assert "lines: 1 line (" in told.out + told.err, told


def test_archives_in_archives_are_not_unpacked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As in 42.zip: five levels of archives, of which each holds ten."""
    content = b"\0" * 1_000_000
    for level in range(5):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
            for at in range(10):
                file.writestr(f"{at}.{'zip' if level else 'txt'}", content)
        content = buffer.getvalue()
    (tmp_path / "42.zip").write_bytes(content)
    before = listing(tmp_path)
    assert command("datasets", "check", tmp_path / "42.zip") == 2
    assert "Error: " in capsys.readouterr().err
    assert listing(tmp_path, (tmp_path / "place",)) == before


@pytest.mark.parametrize("target", ["../../khatt", "/khatt", "..", "a/b", "..\\khatt", "C:khatt", "kh\natt", "x" * 300])
def test_exports_stay_in_their_folder(target: str, tmp_path: Path) -> None:
    plan, store = finished_study(tmp_path / "place", seeds=(0,), k_lines=(100,), targets=("khatt-1", "uhwr-1"))
    named = plan.model_dump_json(by_alias=True).replace('"khatt-1"', json.dumps(target))
    for run in store.run_ids():
        store.events_file(run).unlink()
        for path in (store.result_file(run), store.spec_file(run), store.predictions_file(run)):
            path.write_text(path.read_text(encoding="utf-8").replace('"khatt-1"', json.dumps(target)), encoding="utf-8")
    try:
        plan = Plan.model_validate_json(named)
    except ValueError:
        return  # a plan that names such a data set is refused as a whole
    before = listing(tmp_path)
    list(export_everything(plan, store, tmp_path / "out/deep", ExportOptions(formats=("svg",), examples=1)))
    assert listing(tmp_path, (tmp_path / "out",)) == before
    assert all(path.is_relative_to(tmp_path / "out/deep") for path in (tmp_path / "out").rglob("*") if path.is_file())


def test_a_problem_report_passes_nothing_on_that_a_link_names(tmp_path: Path) -> None:
    root = tmp_path / "place"
    _, store = finished_study(root, seeds=(0,), k_lines=(100,), failed=(0,))
    secret = tmp_path / "id_rsa"
    secret.write_text("PRIVATE KEY")
    failed = next(run for run in store.run_ids() if not store.is_finished(run))
    store.log_file(failed).symlink_to(secret)
    log = Path(os.environ["HTR_WORKBENCH_CACHE"]) / "log"
    log.mkdir(parents=True)
    (log / "a.log").symlink_to(secret)
    os.mkfifo(log / "b.log")
    (log / "..odd name\n.log").write_text("odd")
    command("doctor", "--report", tmp_path / "report.zip", "-w", root)
    with zipfile.ZipFile(tmp_path / "report.zip") as report:
        contents = {name: report.read(name) for name in report.namelist()}
    assert b"PRIVATE KEY" not in b"".join(contents.values())
    assert contents[f"runs/{failed}/log.txt"] == b"a link, not followed"
    assert b"not a plain file" in contents["log/b.log"]
    shutil.rmtree(log)
