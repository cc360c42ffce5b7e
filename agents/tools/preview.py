"""Tools that try a design out in sandboxes: build, measure, check, price, draw, simulate; none of them counts."""

from typing import Annotated

from pydantic import Field

from agents.protocols import Built, LogEntry
from agents.tools.files import WorkingFile
from agents.tools.tool import ToolAnswer
from agents.tools.toolbox import Toolbox
from schemas.bundle import Body, ProcessName
from schemas.errors import InputError
from schemas.jobs import CheckParts
from schemas.messages import Artifact
from schemas.reasons import Reason
from schemas.record import Id, hash_bytes
from schemas.verdict import Appraisal, Trial, Verdict

FIRST_DRAW = 100
"""Preview draws number 1–99 are the reference engineer's."""
MOST_WAYS = 24
MOST_CLEARANCES = 60


def run_program(toolbox: Toolbox, name: WorkingFile) -> ToolAnswer:
    """Run a solution program; get its bodies, or why it gives no design."""
    built = toolbox.build(name)
    if built.bundle_hash is None:
        return ToolAnswer({"reasons": _plain(built.reasons)}, ok=False)
    bodies = [{"id": b.id, "made_of": b.material_id, "by": b.process, "bought": b.component_id} for b in built.bodies]
    return ToolAnswer({"bundle_hash": built.bundle_hash, "bodies": bodies})


def measure(toolbox: Toolbox, name: WorkingFile) -> ToolAnswer:
    """Measure a design: box, volume and mass of every body, distances to each other and to the scene."""
    built = toolbox.require(name)
    sizes, appraised = toolbox.workbench.measure(built), toolbox.workbench.appraise(built)
    masses = {} if appraised.appraisal is None else {m.body: m.mass_g for m in appraised.appraisal.masses}
    bodies = [{**size.model_dump(mode="json"), "mass_g": masses.get(size.body)} for size in sizes.bodies]
    near = [clearance.model_dump(mode="json") for clearance in sizes.clearances[:MOST_CLEARANCES]]
    return ToolAnswer({"bodies": bodies, "clearances": near, "reasons": _plain(sizes.reasons)})


def check_part(toolbox: Toolbox, name: WorkingFile, part: Id) -> ToolAnswer:
    """Check one part of a design for its process: findings with rule, place, numbers and advice."""
    appraisal = _appraise(toolbox, toolbox.require(name))
    _find_part(toolbox.require(name), part)
    findings = [found.model_dump(mode="json") for found in appraisal.findings if found.part == part]
    return ToolAnswer({"part": part, "findings": findings})


def price_assembly(toolbox: Toolbox, name: WorkingFile) -> ToolAnswer:
    """Price and weigh a design at the target quantity, line by line."""
    appraisal = _appraise(toolbox, toolbox.require(name))
    price = None if appraisal.price is None else appraisal.price.model_dump(mode="json")
    return ToolAnswer({"mass_g": appraisal.mass_g, "price": price})


def compare_processes(toolbox: Toolbox, name: WorkingFile, part: Id, process: ProcessName | None = None) -> ToolAnswer:
    """Price a part alone, as it is shaped, by all allowed processes and materials, cheapest first, with findings."""
    built, task = toolbox.require(name), toolbox.problem.scene.task
    _find_part(built, part)
    tried = tuple(p for p in task.allowed_processes if process in (None, p))
    if not tried:
        raise InputError(f"process '{process}' is not allowed here; allowed: {', '.join(task.allowed_processes)}")
    job = CheckParts(processes=tried, materials=task.allowed_materials, quantity=task.target_quantity)
    found = next(one for one in toolbox.workbench.check_parts(built, job).parts if one.part == part)
    rows = [
        {
            "process": way.process.value,
            "material": way.material_id,
            "unit_cost_usd": None if way.price is None else float(way.price.unit_cost_usd),
            "mass_g": way.mass_g,
            "findings": [finding.rule_id for finding in way.findings],
            "reasons": [reason.code.value for reason in way.reasons],
        }
        for way in found.ways
    ]
    return ToolAnswer({"part": part, "ways": rows[:MOST_WAYS], "left_out": max(0, len(rows) - MOST_WAYS)})


def render(
    toolbox: Toolbox,
    name: WorkingFile | None = None,
    times_s: Annotated[list[Annotated[float, Field(ge=0, le=30)]], Field(min_length=1, max_length=4)] = [0.0],  # noqa: B006 - only read
) -> ToolAnswer:
    """Draw the scene, with a design where a program is named, at times of the nominal trial."""
    pictures = toolbox.workbench.render(None if name is None else toolbox.require(name), times_s)
    views = {file: data for file, data in pictures.items() if file.endswith(".png")}
    names = {file: f"{file.removesuffix('.png')}_{hash_bytes(data)[:8]}.png" for file, data in views.items()}
    seen = toolbox.files
    new = {names[file]: data for file, data in views.items() if names[file] not in seen}
    kept = [Artifact(name=file, version=1, sha256=hash_bytes(data)) for file, data in new.items()]
    entry = LogEntry(tuple(("tool", one) for one in kept), tuple(new.values()))
    return ToolAnswer({"views": sorted(names.values())}, entry)


def simulate(toolbox: Toolbox, name: WorkingFile, trials: Annotated[int, Field(ge=1, le=16)] = 4) -> ToolAnswer:
    """Simulate a design in a few random trials: reasons, closest approach, when the goal was reached, margins."""
    done = toolbox.use.previews
    if done >= toolbox.limits.previews:
        raise InputError(f"the {toolbox.limits.previews} previews of this episode are used up: decide without")
    verdict = toolbox.workbench.simulate(toolbox.require(name), trials, FIRST_DRAW + done)
    return ToolAnswer(_describe(verdict))


def _describe(verdict: Verdict) -> dict[str, object]:
    return {
        "passed": verdict.passed,
        "stage": verdict.stage,
        "reasons": _plain(verdict.reasons),
        "trials": [_describe_trial(trial) for trial in verdict.trials],
        "margin_mm": verdict.margin_mm,
        "unit_cost_usd": verdict.unit_cost_usd,
        "mass_g": verdict.mass_g,
        "warnings": list(verdict.warnings),
    }


def _describe_trial(trial: Trial) -> dict[str, object]:
    told = trial.model_dump(mode="json", include={"passed", "end_s", "entered_s", "margin_mm", "closest_mm"})
    return {**told, "reasons": [reason.code.value for reason in trial.reasons]}


def _plain(reasons: tuple[Reason, ...]) -> list[object]:
    return [reason.model_dump(mode="json") for reason in reasons]


def _appraise(toolbox: Toolbox, built: Built) -> Appraisal:
    reply = toolbox.workbench.appraise(built)
    if reply.appraisal is None:
        raise InputError("; ".join(f"{reason.code}: {reason.message}" for reason in reply.reasons))
    return reply.appraisal


def _find_part(built: Built, part: str) -> Body:
    made = {body.id: body for body in built.bodies if body.process is not None}
    if part not in made:
        raise InputError(f"the design has no made part '{part}'; it has: {', '.join(made)}")
    return made[part]
