"""The jobs behind `leakage` and `datasets ids`: what the parts of a study share, and its parts as files of ids."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench import files
from workbench.cli.live import follow
from workbench.cli.program import interruptible, tell
from workbench.cli.wording import count
from workbench.data.catalog import ImportProgress, OpenedDataset
from workbench.data.leakage import Overlap
from workbench.errors import InputError
from workbench.execution.overlaps import decided
from workbench.execution.plan import Look, look, resolve
from workbench.execution.studies import open_targets
from workbench.runs.control import Control
from workbench.runs.plan import PlannedTarget, SharedLines
from workbench.runs.workspace import Workspace
from workbench.study.schema import Study, TargetRules
from workbench.study.toml_file import format_rules


@dataclass(frozen=True, slots=True)
class LeakageReport:
    """What the parts of a study's data sets have in common, and what the study decided about it."""

    study: str
    look: Look
    shared: tuple[SharedLines, ...]

    @property
    def pairs(self) -> list[tuple[Overlap, SharedLines]]:
        """Each kind of finding, with what was decided about it."""
        return list(zip(self.look.overlaps, self.shared, strict=True))

    def to_json(self) -> dict[str, Any]:
        """Return plain values, every line by its id."""
        return {
            "schema": 1,
            "study": self.study,
            "parts": {
                name: {part: len(assigned.parts.of(part)) for part in ("train", "validation", "test")}
                for name, assigned in self.look.assigned.items()
            },
            "shared": [
                {
                    **record.model_dump(mode="json", exclude={"examples"}),
                    "lines": [
                        {"value": each.value, "left_ids": each.left_ids, "right_ids": each.right_ids}
                        for each in overlap.findings
                    ],
                }
                for overlap, record in self.pairs
            ],
        }


def look_for_leakage(workspace: Workspace, study: Study) -> LeakageReport | None:
    """Compare the parts of a study's data sets; None when the user stopped it."""
    opened = _opened(workspace, study)
    if opened is None:
        return None
    found = look(study, opened)
    return LeakageReport(study.name, found, decided(found.overlaps, study.leakage))


def _opened(workspace: Workspace, study: Study) -> Mapping[str, OpenedDataset] | None:
    control = Control()
    opened = None
    with interruptible(control):
        for value in follow(open_targets(workspace, study, control), ImportProgress):
            opened = value if isinstance(value, dict) else opened
    return opened


def write_ids(workspace: Workspace, study: Study, name: str, folder: Path) -> list[Path] | None:
    """Write the parts and draws of one data set of a study as files of ids; None when the user stopped it.

    `target_rules.toml` beside them is what a study says to take exactly these lines; its exclusion lists still hold.

    Raises
    ------
    InputError
        When the study does not take the data set, or cannot be planned.
    """
    opened = _opened(workspace, study)
    if opened is None:
        return None
    if name not in opened:
        raise InputError(f"The study {study.name} does not take the data set '{name}'", f"it takes {', '.join(opened)}")
    without_lists = study.rules_of(name).model_copy(update={"exclude": ()})
    asked = study.model_copy(update={"target_rules": {**study.target_rules, name: without_lists}})
    parts = look(asked, opened).assigned[name].parts
    target = resolve(study, opened).target(name)
    about = f"{name}, study {study.name}, parts by {target.parts_rule}"
    written = {
        f"{part}.txt": _as_text(f"{part} lines of {about}", parts.of(part)) for part in ("train", "validation", "test")
    }
    written |= {
        f"draw-{at}.txt": _as_text(f"draw {at} of {about}: K counts from the first", ids)
        for at, ids in enumerate(target.draws)
    }
    written |= {
        f"validation-draw-{at}.txt": _as_text(f"validation lines of draw {at} of {about}", ids)
        for at, ids in enumerate(target.validation_ids)
    }
    written["target_rules.toml"] = _rules_text(study, target)
    for file, text in written.items():
        files.write_text(folder / file, text)
    tell(f"Put the table of {folder / 'target_rules.toml'} into a study to take exactly these lines.")
    return [folder / file for file in written]


def _as_text(about: str, ids: tuple[str, ...]) -> str:
    return "\n".join([f"# {about}; {count(len(ids), 'line')}", *ids]) + "\n"


def _rules_text(study: Study, target: PlannedTarget) -> str:
    draws = range(len(target.draws))
    rules: TargetRules = study.rules_of(target.name).model_copy(
        update={
            "train_ids": "train.txt",
            "validation_ids": "validation.txt",
            "test_ids": "test.txt",
            "draw_ids": tuple(f"draw-{at}.txt" for at in draws),
            "validation_draw_ids": tuple(f"validation-draw-{at}.txt" for at in draws),
        }
    )
    return format_rules(target.name, rules)
