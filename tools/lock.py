"""Writes constraints.txt and requirements/: each distribution, its version, and the SHA-256 of each of its files.

    python tools/lock.py                          # the same versions, hashes as the index has them now
    python tools/lock.py --upgrade pillow rich    # newer versions of these

The index is the one that pip is configured with. uv does the work, from an environment of its own; at the end pip says
which files it would install on this machine, and each of them has to be in the lists.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "requirements"

HEADS = {
    "constraints.txt": "What `make demo`, `make test` and .ci/run install, with the extras dev and arrow.",
    "gpu.txt": "What torch's build for NVIDIA GPUs needs besides; installed where that build is.",
    "build.txt": "What builds the workbench, and editdistance where it has no wheel (Python 3.13 and newer).",
    "audit.txt": "What `make audit` runs, in an environment of its own.",
    "lock.txt": "What tools/lock.py runs, in an environment of its own.",
}
LISTED = {
    "build.txt": "hatchling\neditables\npdm-backend ; python_version >= '3.13'\ncython ; python_version >= '3.13'\n",
    "audit.txt": "pip-audit\n",
    "lock.txt": "uv\n",
}
OTHER_BUILDS = {
    "torch==2.13.0": {"6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b": "+cpu, cp311, Linux x86_64"},
}
"""Files of a version that the index does not serve but pip may be pointed to: the SHA-256, and which build it is."""

Entries = dict[str, str]
"""A list as written: by name, the line with the version and the lines with hashes below it."""


def run(*command: str | Path, text: str | None = None, **environment: str) -> str:
    """Run a command and return what it printed; its errors go on to the screen."""
    done = subprocess.run(
        [str(part) for part in command], input=text, cwd=ROOT, env=os.environ | environment, stdout=subprocess.PIPE,
        text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        sys.exit(f"`{Path(command[0]).name}` failed ({done.returncode}); what it said stands above.")
    return done.stdout


def index_of_pip() -> dict[str, str]:
    """Return pip's index and certificates, as uv takes them; empty where pip goes by its defaults."""
    lines = run(sys.executable, "-m", "pip", "config", "list").splitlines()
    said = {key.rpartition(".")[2]: value.strip("'") for key, _, value in (line.partition("=") for line in lines)}
    names = {"index-url": "UV_DEFAULT_INDEX", "cert": "SSL_CERT_FILE"}
    return {names[key]: value for key, value in said.items() if key in names}


def split(text: str) -> Entries:
    """Return the entries of a list."""
    blocks = re.findall(r"^[a-z0-9][^\n]*(?:\n[ ]+[^\n]*)*", text, re.MULTILINE)
    return {re.match(r"[a-z0-9._-]+", block)[0]: block for block in blocks}  # type: ignore[index]


def with_other_builds(entries: Entries) -> Entries:
    """Add the hashes of OTHER_BUILDS, each with a comment."""
    added = dict(entries)
    for requirement, builds in OTHER_BUILDS.items():
        name = requirement.partition("==")[0]
        if added[name].split(maxsplit=1)[0] != requirement:
            sys.exit(f"{requirement} has other builds than the index's in OTHER_BUILDS, but another version is locked.")
        first, rest = added[name].split("\n", 1)
        hashes = "".join(f"    --hash=sha256:{digest} \\\n" for digest in builds if digest not in rest)
        words = "".join(f"    # sha256:{digest[:8]}...: {build}\n" for digest, build in builds.items())
        added[name] = f"{first}\n{hashes}{rest}\n{words}".rstrip("\n")
    return added


def path_of(name: str) -> Path:
    """Return where a list lies."""
    return ROOT / name if name == "constraints.txt" else FOLDER / name


def write(name: str, entries: Entries) -> None:
    """Write a list."""
    head = f"# {HEADS[name]}\n# Written by tools/lock.py; pip checks every file against its hashes.\n"
    path_of(name).write_text(head + "\n".join(entries.values()) + "\n", encoding="utf-8")
    print(f"{path_of(name).relative_to(ROOT)}: {len(entries)} distributions")


def locked(uv: Path, sources: tuple[str, ...], kept: tuple[Path, ...], upgraded: list[str], text: str = "") -> Entries:
    """Resolve requirements for every platform and Python >= 3.11, keeping the versions of the lists in `kept`."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "list.txt"
        output.write_text(
            "".join(path.read_text(encoding="utf-8") for path in kept if path.is_file()), encoding="utf-8"
        )
        upgrades = [part for name in upgraded for part in ("--upgrade-package", name)]
        run(
            uv, "pip", "compile", *sources, "--universal", "--python-version", "3.11", "--generate-hashes",
            "--no-config", "--no-header", "--no-emit-index-url", "--quiet", *upgrades, "--output-file", output,
            text=text, **index_of_pip(),
        )  # fmt: skip
        return split(output.read_text(encoding="utf-8"))


def is_for_gpus(block: str) -> bool:
    """Tell whether an entry is there for Linux alone: torch asks for its GPU libraries so, and nothing else does."""
    return "sys_platform == 'linux'" in block.split("\n", 1)[0]


def strangers(entries: Entries) -> list[str]:
    """Return the files that pip would install on this machine and that are not in the list."""
    with tempfile.TemporaryDirectory() as folder:
        names, report = Path(folder) / "names.txt", Path(folder) / "report.json"
        names.write_text("".join(block.split("\n", 1)[0].rstrip("\\") + "\n" for block in entries.values()), "utf-8")
        run(
            sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--dry-run",
            "--ignore-installed", "--no-deps", "--report", report, "--requirement", names,
        )  # fmt: skip
        files = [each["download_info"] for each in json.loads(report.read_text(encoding="utf-8"))["install"]]
    found = {each["url"].rpartition("/")[2]: each["archive_info"]["hashes"]["sha256"] for each in files}
    known = "\n".join(entries.values())
    return [f"{file} (sha256:{digest})" for file, digest in found.items() if f"sha256:{digest}" not in known]


def main() -> None:
    """Write the lists."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--upgrade", nargs="+", default=[], metavar="NAME", help="distributions to take newer")
    upgraded: list[str] = options.parse_args().upgrade
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        uv = Path(folder, "bin", "uv")
        install = (Path(folder, "bin", "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        run(*install, "--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", FOLDER / "lock.txt")
        main_lists = (path_of("constraints.txt"), path_of("gpu.txt"))
        every = locked(uv, ("pyproject.toml", "--extra", "dev", "--extra", "arrow"), main_lists, upgraded)
        needed = with_other_builds({name: block for name, block in every.items() if not is_for_gpus(block)})
        write("constraints.txt", needed)
        write("gpu.txt", {name: block for name, block in every.items() if is_for_gpus(block)})
        for name, text in LISTED.items():
            kept = (FOLDER / name,) if name != "build.txt" else (FOLDER / name, path_of("constraints.txt"))
            write(name, locked(uv, ("-",), kept, upgraded, text))
    if unknown := strangers(needed):
        words = "pip would install here what is in no list; where you trust it, name it in OTHER_BUILDS:"
        sys.exit("\n".join([words, *unknown]))


if __name__ == "__main__":
    main()
