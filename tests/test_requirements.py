"""What is installed is what constraints.txt and requirements/ pin: version and hashes of each, and nothing besides."""

import hashlib
import re
import shutil
import subprocess
import sys
import tomllib
import venv
import zipfile
from importlib.metadata import distribution, distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
LISTS = {path.stem: path for path in (ROOT / "constraints.txt", *sorted((ROOT / "requirements").glob("*.txt")))}
ENTRY = re.compile(
    r"^(?P<requirement>[a-z][^\\\n]*?) \\\n(?P<hashes>(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.M
)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
INSTALLED_EXTRAS = ("dev", "arrow")


def pins(name: str) -> dict[str, Requirement]:
    """Return the entries of a list that are for this platform."""
    text = LISTS[name].read_text(encoding="utf-8")
    found = [Requirement(match["requirement"]) for match in ENTRY.finditer(text)]
    return {each.name: each for each in found if each.marker is None or each.marker.evaluate()}


def version_of(pin: Requirement) -> str:
    """Return the pinned version."""
    (specifier,) = pin.specifier
    return specifier.version


def needs(name: str, extras: frozenset[str]) -> list[Requirement]:
    """Return what an installed distribution asks for, with these extras of it, on this platform."""
    asked = [Requirement(text) for text in distribution(name).requires or []]
    return [
        each for each in asked
        if each.marker is None or any(each.marker.evaluate({"extra": extra}) for extra in (extras or {""}))
    ]  # fmt: skip


def closure(requirements: list[str]) -> set[str]:
    """Return the names of what these requirements ask for, and so on."""
    done: set[tuple[str, frozenset[str]]] = set()
    left = [Requirement(text) for text in requirements]
    while left:
        each = left.pop()
        if each.marker is not None and not each.marker.evaluate({"extra": ""}):
            continue
        key = (canonicalize_name(each.name), frozenset(each.extras))
        if key not in done:
            done.add(key)
            left += needs(each.name, key[1])
    return {name for name, _ in done}


def asked_for() -> list[str]:
    extras = PROJECT["project"]["optional-dependencies"]
    return [*PROJECT["project"]["dependencies"], *(text for extra in INSTALLED_EXTRAS for text in extras[extra])]


def is_built_for_gpus() -> bool:
    return any(text.startswith(("nvidia-", "cuda-")) for text in distribution("torch").requires or [])


def pinned_here() -> dict[str, Requirement]:
    """Return what the installation puts into this environment."""
    names = ("build", "constraints", "gpu") if is_built_for_gpus() else ("build", "constraints")
    return {name: pin for part in names for name, pin in pins(part).items()}


@pytest.mark.parametrize("name", LISTS)
def test_every_line_is_a_version_with_hashes(name: str) -> None:
    text = LISTS[name].read_text(encoding="utf-8")
    others = ENTRY.sub("", text).splitlines()
    assert [line for line in others if not re.match(r"\s*#", line)] == []
    entries = [match["requirement"] for match in ENTRY.finditer(text)]
    assert entries
    assert [entry for entry in entries if [each.operator for each in Requirement(entry).specifier] != ["=="]] == []
    assert len(set(entries)) == len(entries)


def test_what_is_needed_is_pinned_and_nothing_else() -> None:
    needed = closure(asked_for())
    pinned = {*pins("constraints"), *(pins("gpu") if is_built_for_gpus() else ())}
    assert sorted(needed - pinned) == [], "not pinned: run tools/lock.py"
    assert sorted(pinned - needed) == [], "pinned, and needed by nothing: run tools/lock.py"


def test_what_builds_is_pinned() -> None:
    needed = closure(PROJECT["build-system"]["requires"]) | {"editables"}
    if sys.version_info >= (3, 13):
        needed |= {"cython", "pdm-backend"}  # editdistance has no wheel there
    assert set(pins("build")) == needed


def test_a_version_is_the_same_in_every_list_of_this_environment() -> None:
    for name, pin in pins("build").items():
        assert str(pinned_here()[name]) == str(pin), name


def test_pins_are_what_the_project_allows() -> None:
    pinned = pinned_here()
    for each in map(Requirement, asked_for()):
        assert each.specifier.contains(version_of(pinned[canonicalize_name(each.name)])), each
    assert version_of(pinned["torch"]) == "2.13.0"
    assert version_of(pinned["pyside6-essentials"]) != "6.12.0"
    assert "torchvision" not in pinned


def wrong_versions(pinned: dict[str, Requirement], installed: dict[str, str]) -> list[str]:
    """Return what is installed and not the pinned version; a build of it (1.0+cpu for 1.0) is."""
    return [
        f"{name} {version}, pinned {version_of(pinned[name])}"
        for name, version in installed.items()
        if name in pinned and Version(version).public != version_of(pinned[name])
    ]


def test_installed_is_what_is_pinned() -> None:
    installed = {canonicalize_name(each.name): each.version for each in distributions()}
    assert wrong_versions(pinned_here(), installed) == [], "install again: make -B .venv/.installed"


def test_another_version_is_found() -> None:
    pinned = {"one": Requirement("one==1.0"), "two": Requirement("two==2.0")}
    assert wrong_versions(pinned, {"one": "1.0+cpu", "two": "2.0.1", "pip": "3"}) == ["two 2.0.1, pinned 2.0"]


class TestInstallation:
    """tools/install.sh itself, with wheels made here in place of the pinned ones."""

    @pytest.fixture
    def checkout(self, tmp_path: Path) -> Path:
        """A checkout with lists to be written, and an environment that sees pip where the tests see it."""
        shutil.copytree(ROOT / "tools", tmp_path / "checkout" / "tools")
        checkout = tmp_path / "checkout"
        (checkout / "requirements").mkdir()
        (checkout / "constraints.txt").write_text(self.torch())
        venv.create(checkout / ".venv", with_pip=False)
        (packages,) = (checkout / ".venv" / "lib").glob("python*/site-packages")
        (packages / "pip-of-the-tests.pth").write_text(str(Path(distribution("pip").locate_file(""))))
        for name in ("inkblot", "smudge"):
            with zipfile.ZipFile(checkout / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
                info = f"{name}-1.0.dist-info"
                wheel.writestr(f"{name}.py", "")
                wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
                wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
                wheel.writestr(f"{info}/RECORD", f"{name}.py,,\n")
        return checkout

    def torch(self) -> str:
        text = LISTS["constraints"].read_text(encoding="utf-8")
        (entry,) = (match[0] for match in ENTRY.finditer(text) if match["requirement"].startswith("torch=="))
        return entry

    def install(self, checkout: Path, **lists: str) -> tuple[subprocess.CompletedProcess[str], set[str]]:
        """Install by these lists; return what was said and which wheels are installed."""
        for name, text in lists.items():
            (checkout / ("" if name == "constraints" else "requirements") / f"{name}.txt").write_text(text)
        environment = {
            "PATH": "/usr/bin:/bin", "PYTHON": sys.executable, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(checkout),
            "HOME": str(checkout),
        }  # fmt: skip
        done = subprocess.run(
            ["tools/install.sh"], cwd=checkout, env=environment, capture_output=True, text=True, check=False
        )
        return done, {each.stem for each in (checkout / ".venv").glob("lib/python*/site-packages/*.py")}

    def digest(self, checkout: Path) -> str:
        return hashlib.sha256((checkout / "inkblot-1.0-py3-none-any.whl").read_bytes()).hexdigest()

    def test_another_file_than_the_pinned_one_stops_it(self, checkout: Path) -> None:
        done, installed = self.install(checkout, build=f"inkblot==1.0 --hash=sha256:{'0' * 64}\n")
        assert done.returncode == 1
        assert "DO NOT MATCH THE HASHES" in done.stderr
        assert "Stopped: not everything in requirements/build.txt could be installed" in done.stdout
        assert installed == set()
        assert not (checkout / ".venv" / ".installed").exists()

    def test_the_pinned_file_is_installed_and_a_line_without_hash_is_not(self, checkout: Path) -> None:
        pinned = f"inkblot==1.0 --hash=sha256:{self.digest(checkout)}\n"
        done, installed = self.install(checkout, build=pinned, constraints=f"{self.torch()}smudge==1.0\n")
        assert done.returncode == 1
        assert "Hashes are required in --require-hashes mode" in done.stderr
        assert "not everything in constraints.txt" in done.stdout
        assert installed == {"inkblot"}
