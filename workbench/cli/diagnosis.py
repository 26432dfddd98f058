"""`verify` and `doctor`: whether a workspace is whole, and whether this machine can do the work."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli.options import JsonOption, WorkspaceOption, print_json
from workbench.cli.program import EXIT_INTERRUPTED, EXIT_OK, EXIT_RUN_FAILED, existing_workspace, interruptible, tell
from workbench.cli.wording import count

if TYPE_CHECKING:
    from rich.console import Console

    from workbench.diagnosis.doctor import Examined
    from workbench.diagnosis.findings import Finding
    from workbench.diagnosis.repair import Repaired
    from workbench.diagnosis.workspace_check import Checked
    from workbench.runs.workspace import Workspace


_COUNTED = {"run": "runs", "study": "studies", "data set": "data sets", "cache": "caches"}
"""What the last line counts, one and many; files beside them are looked at all the same."""


@dataclass(slots=True)
class Verified:
    """What a check came to."""

    workspace: Path
    checked: Counter[str] = field(default_factory=Counter[str])
    """How many parts of each kind were looked at."""
    is_complete: bool = False
    findings: "list[Finding]" = field(default_factory=list)
    repaired: "list[Repaired]" = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Tell whether nothing is wrong, or nothing any more."""
        return len(self.findings) == len(self.repaired)

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        done = {each.finding: each.done for each in self.repaired}
        return {
            "schema": 1,
            "workspace": str(self.workspace),
            "checked": dict(self.checked),
            "is_complete": self.is_complete,
            "is_whole": self.is_whole,
            "findings": [
                {
                    "place": each.place,
                    "fault": each.fault,
                    "what": each.what,
                    "remedy": each.remedy,
                    "can_be_repaired": each.can_be_repaired,
                    "repaired": done.get(each),
                }
                for each in self.findings
            ],
        }


def verify(
    context: typer.Context,
    place: Annotated[
        Path | None, typer.Argument(metavar="WORKSPACE", help="Its folder, instead of --workspace.")
    ] = None,
    workspace: WorkspaceOption = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="Make anew what can be made anew, and set aside what is damaged.")
    ] = False,
    as_json: JsonOption = False,
) -> int:
    """Check runs, studies, caches and logs of a workspace against their checksums; only --repair changes anything."""
    from workbench.cli.tables import console_for

    found = _verify(existing_workspace(context.obj, place or workspace), with_repair=repair)
    if as_json:
        print_json(found.to_json())
    else:
        _print_verified(found, console_for())
    if not found.is_complete:
        return EXIT_INTERRUPTED
    return EXIT_OK if found.is_whole else EXIT_RUN_FAILED


def _verify(workspace: "Workspace", *, with_repair: bool) -> Verified:
    from workbench.cli.live import follow
    from workbench.diagnosis.repair import repair
    from workbench.diagnosis.workspace_check import Checked, check_workspace
    from workbench.runs.control import Control

    control, found = Control(), Verified(workspace.root)

    def counted(values: "Iterator[Checked | Finding]") -> "Iterator[Checked | Finding]":
        for value in values:
            if isinstance(value, Checked):
                found.checked[value.kind] += 1
            else:
                found.findings.append(value)
            yield value

    with interruptible(control):
        for _ in follow(counted(check_workspace(workspace, control)), Checked):
            pass
    found.is_complete = not control.is_cancelled
    if with_repair and found.is_complete and found.findings:
        found.repaired = list(repair(workspace, found.findings))
    return found


def _print_verified(found: Verified, console: "Console") -> None:
    done = {each.finding: each.done for each in found.repaired}
    for each in found.findings:
        console.print(each.place, style="bold", markup=False, soft_wrap=True, highlight=False)
        outcome = f"repaired: {done[each]}" if each in done else each.remedy
        for line in (each.what, outcome):
            console.print(f"    {line}", markup=False, soft_wrap=True, highlight=False)
    console.print(_summary(found), markup=False, soft_wrap=True, highlight=False)


def _summary(found: Verified) -> str:
    counts = [count(found.checked[one], one, many) for one, many in _COUNTED.items() if found.checked[one]]
    what = ", ".join(counts) or "No runs, studies or data sets"
    looked = f"{what} looked at{'' if found.is_complete else ', then stopped'}"
    if not found.findings:
        return f"{looked}: everything is as it was written."
    left = [each for each in found.findings if each not in {done.finding for done in found.repaired}]
    mendable = sum(each.can_be_repaired for each in left)
    parts = [f"{looked}: {count(len(found.findings), 'fault')}"]
    if found.repaired:
        parts.append(f"{len(found.repaired):,} repaired")
    if mendable:
        parts.append(f"--repair mends {mendable:,} of them")
    elif left:
        parts.append(f"{len(left):,} left for you")
    return "; ".join(parts) + "."


def doctor(
    context: typer.Context,
    workspace: WorkspaceOption = None,
    report: Annotated[
        Path | None,
        typer.Option(
            "--report",
            metavar="FILE.zip",
            help="Write a problem report as well: logs and failed runs, without images and texts. Nothing is sent.",
        ),
    ] = None,
    images: Annotated[
        bool,
        typer.Option("--images", help="Put a few images of lines into the report: what its runs were trained on."),
    ] = False,
    as_json: JsonOption = False,
) -> int:
    """Look at the program, the machine, the window and the workspace, and say what is wrong and what to do."""
    from workbench import settings
    from workbench.cli.live import follow
    from workbench.cli.tables import console_for
    from workbench.diagnosis.doctor import Examined, examine
    from workbench.diagnosis.workspace_check import Checked
    from workbench.errors import InputError
    from workbench.runs.control import Control
    from workbench.runs.workspace import Workspace

    if images and report is None:
        raise InputError("--images says what goes into a report", hint="Name its file with --report FILE.zip.")
    place = Workspace((workspace or context.obj.workspace or settings.default_workspace()).expanduser().absolute())
    control, console = Control(), console_for()
    found: list[Examined] = []
    with interruptible(control):
        for value in follow(examine(place, control), Checked):
            assert isinstance(value, Examined)
            found.append(value)
            if not as_json:
                _print_examined(value, console)
    if as_json:
        print_json({"schema": 1, "examined": [asdict(each) for each in found]})
    if report is not None:
        from workbench.diagnosis.problem_report import write_problem_report

        names = write_problem_report(report.expanduser(), place, found, with_images=images)
        what = "with images of lines" if images else "without images and texts"
        tell(f"{report}: {count(len(names), 'file')}, {what}; look into it before you send it.")
    if control.is_cancelled:
        return EXIT_INTERRUPTED
    return EXIT_RUN_FAILED if any(each.state == "fault" for each in found) else EXIT_OK


def _print_examined(one: "Examined", console: "Console") -> None:
    said = f"{one.state:<5}  {one.name}: {one.said}"
    console.print(said, markup=False, soft_wrap=True, highlight=False, style="bold" if one.state == "fault" else None)
    if one.advice:
        console.print(f"       → {one.advice}", markup=False, soft_wrap=True, highlight=False)
