"""The previewer of one benchmark: what an engineer may do with its designs, run in sandboxes and metered."""

from collections.abc import Mapping, Sequence
from typing import Any

from agents.protocols import Built
from schemas.benchmark import Benchmark
from schemas.episode import EpisodeUse, Preview, PreviewKind
from schemas.errors import InputError
from schemas.jobs import (
    AppraiseReply,
    CheckParts,
    CheckPartsReply,
    JudgeDesign,
    MeasureDesign,
    MeasureReply,
    RenderDesign,
)
from schemas.verdict import Verdict
from steps.building import build_program, design_files, scene_files
from steps.context import RunContext
from steps.judging import appraise_design, ask_judge, judge_design
from steps.progress import tell_count
from steps.rendering import render
from steps.sandboxes import Used, require


def add_used(use: EpisodeUse, used: Used) -> EpisodeUse:
    """Return what an episode has used, with more that its jobs did."""
    return use.model_copy(update={name: getattr(use, name) + more for name, more in used._asdict().items()})


class SandboxPreviewer:
    """Builds and simulates designs against one scene; previews draw from the family `preview`."""

    def __init__(self, context: RunContext, scene_hash: str, scene: Mapping[str, bytes], seed: int) -> None:
        self._context, self._scene_hash, self._seed = context, scene_hash, seed
        self._scene = scene_files(scene)
        self._before, self._previews, self._checks = context.used, 0, 0
        self._tried: list[Preview] = []

    @property
    def use(self) -> EpisodeUse:
        """Return what has been used since this was made."""
        told = EpisodeUse(previews=self._previews, checks=self._checks)
        return add_used(told, self._context.used.minus(self._before))

    def build(self, program: str) -> Built:
        """Run a solution program in a builder sandbox."""
        built = build_program(self._context, program, self._seed, "assembly")
        self._keep("build", built, reasons=built.reasons, cpu_s=built.cpu_s, output=built.output)
        return built

    def simulate(self, design: Built, trials: int, draw: int) -> Verdict:
        """Judge a design under preview draws; the set stops once it can't pass."""
        draws = self._context.draws(self._scene_hash, "preview", draw)
        must_pass = trials - trials // 16
        draws = draws.model_copy(update={"trials": trials, "must_pass": must_pass, "stop_early": True})
        reply = ask_judge(self._context, JudgeDesign(draws=draws), self._scene | design_files(design.files))
        found = {"reasons": reply.verdict.reasons, "verdict": reply.verdict, "simulated_s": reply.simulated_s}
        self._keep("simulate", design, draw=draw, trials=trials, **found)
        return reply.verdict

    def check_parts(self, design: Built, job: CheckParts) -> CheckPartsReply:
        """Check and price the parts of a design alone."""
        reply = require(CheckPartsReply, self._context.call(job, design_files(design.files)))
        self._keep("check_parts", design, reasons=reply.reasons, appraisal=reply.appraisal)
        return reply

    def take_previews(self) -> tuple[Preview, ...]:
        """Return what has been tried since this was asked last, in order."""
        taken, self._tried = tuple(self._tried), []
        return taken

    def _keep(self, kind: PreviewKind, design: Built, **found: Any) -> None:
        self._tried.append(Preview(kind=kind, program=design.program, bundle_hash=design.bundle_hash, **found))
        simulated = self._tried[-1].simulated_s > 0.0
        self._previews += simulated
        self._checks += not simulated
        tell_count(self._previews, None, "previews")


class SandboxWorkbench(SandboxPreviewer):
    """The previewer of a minted benchmark: everything that an episode can ask for, and its judge."""

    def __init__(self, context: RunContext, benchmark: Benchmark, scene: Mapping[str, bytes], seed: int) -> None:
        if benchmark.scene_hash is None or benchmark.benchmark_id is None:
            raise InputError("the benchmark has no final budgets: its reference engineer has not been at it, or failed")
        super().__init__(context, benchmark.scene_hash, scene, seed)
        self._files, self._budgets, self._id = scene, benchmark.budgets, benchmark.benchmark_id

    def appraise(self, design: Built) -> AppraiseReply:
        """Check manufacturability, price and weigh a design."""
        reply = appraise_design(self._context, self._files, design)
        self._keep("appraise", design, reasons=reply.reasons, appraisal=reply.appraisal)
        return reply

    def measure(self, design: Built) -> MeasureReply:
        """Return boxes, volumes and distances of a design's bodies."""
        files = self._scene | design_files(design.files)
        reply = require(MeasureReply, self._context.call(MeasureDesign(), files))
        self._keep("measure", design, reasons=reply.reasons)
        return reply

    def render(self, design: Built | None, times_s: Sequence[float]) -> Mapping[str, bytes]:
        """Draw the scene, with a design where one is given; raises InputError where nothing can be drawn."""
        job = RenderDesign(times_s=tuple(times_s), drawings=design is not None)
        return render(self._context, job, self._scene | design_files({} if design is None else design.files))

    def submit(self, design: Built, number: int) -> Verdict:
        """Judge a design under the benchmark's budgets with the draws of that submission."""
        draws = self._context.draws(self._id, "verdict", number)
        return judge_design(self._context, self._files, design, self._budgets, draws)
