"""Plans and records made up from counts, without data sets and without training."""

from collections.abc import Mapping

from workbench.runs.events import Evaluated
from workbench.runs.plan import Plan, PlannedRun, PlannedTarget
from workbench.runs.result import RunRecord
from workbench.study.epochs import epoch_shape
from workbench.study.grid import RunRequest, expand
from workbench.study.schema import Study

LANGUAGES = {"khatt": "ar", "uhwr": "ur", "phtd": "fa"}
Clusters = tuple[tuple[str, int, int, int], ...]


def run_id(request: RunRequest) -> str:
    regime = (
        "multi" if request.regime == "multi" else f"{request.arm}-" * (request.regime != "single") + request.targets[0]
    )
    budget = str(request.budget).replace(" ", "")
    conditions = f"-{request.conditions}" if str(request.conditions) else ""
    told = f"{request.architecture}-{regime}-k{request.k}-d{request.draw}-s{request.seed}-{budget}{conditions}"
    return told.replace(":", "")


def steps_of(request: RunRequest) -> int:
    """Steps of a run that takes K lines of each of its targets, in batches of 8."""
    shape = epoch_shape([request.k] * len(request.composition), 8, "mixed", "proportional")
    return shape.steps_for(request.budget, [0])


def make_plan(*, synthetic=(), cluster_unit="writers", targets=("khatt", "uhwr"), **study) -> Plan:
    asked = Study.model_validate({"name": "made up", "targets": targets, **study})
    return Plan(
        study=asked,
        targets=tuple(
            PlannedTarget(
                name=name,
                language=LANGUAGES.get(name, "ar"),
                fingerprint=f"print-{name}",
                is_synthetic=name in synthetic,
                split="official",
                train_pool=1000,
                draws=(("a", "b"),),
                validation_ids=(("v",),),
                test_ids=("t",),
                cluster_unit=cluster_unit,
            )
            for name in targets
        ),
        runs=tuple(
            PlannedRun(request=request, run=run_id(request), steps=steps_of(request))
            for request in expand(asked, targets)
        ),
    )


def evaluated(run: str, target: str, clusters: Clusters, **changes) -> Evaluated:
    values = {
        "run": run,
        "target": target,
        "language": LANGUAGES.get(target, "ar"),
        "split": "test",
        "selection": "last",
        "step": 10,
        "lines": sum(lines for _, lines, _, _ in clusters),
        "edits": sum(edits for _, _, edits, _ in clusters),
        "length": sum(length for *_, length in clusters),
        "word_edits": 0,
        "words": 1,
        "empty_lines": 0,
        "unseen_characters": 0,
        "cluster_unit": "writers",
        "clusters": clusters,
    }
    return Evaluated.model_validate(values | changes)


def make_record(planned: PlannedRun, evaluations: tuple[Evaluated, ...], **changes) -> RunRecord:
    request = planned.request
    values = {
        "run": planned.run,
        "state": "finished",
        "architecture": request.architecture,
        "targets": request.targets,
        "k": request.k,
        "draw": request.draw,
        "seed": request.seed,
        "training_version": 1,
        "training_lines": request.k * len(request.targets),
        "batch_lines": 8,
        "line_height_px": 48,
        "steps": planned.steps,
        "parameters": 1000,
        "seconds": 12.5,
        "device": "cpu",
        "threads": 1,
        "evaluations": evaluations,
        "weights": (),
        "predictions_sha256": "0" * 64,
    }
    return RunRecord.model_validate(values | changes)


def spread(edits: int, clusters: int, length: int = 100) -> Clusters:
    """`edits` in each of `clusters` writers of one line of `length` characters; writers differ a little."""
    return tuple((f"w{n:03d}", 1, edits + (n % 3), length) for n in range(clusters))


def make_records(plan: Plan, edits, *, clusters: int = 12, **changes) -> dict[str, RunRecord]:
    """A record per run of the plan; `edits(request, target)` says how many edits each writer's line has."""
    return {
        planned.run: make_record(
            planned,
            tuple(
                evaluated(planned.run, target, spread(edits(planned.request, target), clusters), **changes)
                for target in planned.request.targets
            ),
        )
        for planned in plan.runs
    }


def by_regime(table: Mapping[tuple[str, str], int]):
    """Edits per line from (architecture, regime)."""
    return lambda request, _target: table[request.architecture, request.regime]
