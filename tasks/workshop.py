"""The workshop of one benchmark: what an engineer may do with its designs, run in sandboxes and metered."""

from collections.abc import Mapping, Sequence

from agents.workshop import Built
from schemas.episode import EpisodeUse
from schemas.jobs import AppraiseDesign, AppraiseReply, JudgeDesign, JudgeReply
from schemas.verdict import Verdict
from tasks.building import build_program, design_files, scene_files
from tasks.shop import Answer, Shop, require


class SandboxWorkshop:
    """Builds, appraises and simulates designs against one scene; previews draw from the family `preview`."""

    def __init__(self, shop: Shop, scene_hash: str, scene: Mapping[str, bytes], seed: int) -> None:
        self._shop, self._scene_hash, self._seed = shop, scene_hash, seed
        self._scene = scene_files(scene)
        self.use = EpisodeUse()

    def build(self, program: str) -> Built:
        """Run a solution program in a builder sandbox."""
        built = build_program(self._shop, program, self._seed, "assembly")
        self._meter(previews=1, program_cpu_s=built.cpu_s)
        return built

    def appraise(self, design: Built) -> AppraiseReply:
        """Check, price and weigh a design."""
        answer = self._ask(AppraiseDesign(), design)
        self._meter(previews=1)
        if answer.reply is None:
            return AppraiseReply(appraisal=None, reasons=answer.reasons)
        return require(AppraiseReply, answer)

    def simulate(self, design: Built, trials: int, draw: int) -> Verdict:
        """Judge a design under preview draws; the set stops once it can't pass."""
        draws = self._shop.draws(self._scene_hash, "preview", draw)
        must_pass = trials - trials // 16
        draws = draws.model_copy(update={"trials": trials, "must_pass": must_pass, "stop_early": True})
        answer = self._ask(JudgeDesign(draws=draws), design)
        reply = require(JudgeReply, answer)
        self._meter(previews=1, simulations=1, simulated_s=reply.simulated_s)
        return reply.verdict

    def simulate_batch(self, designs: Sequence[Built], trials: int, draw: int) -> tuple[Verdict, ...]:
        """Judge several designs under the same preview draws."""
        return tuple(self.simulate(design, trials, draw) for design in designs)

    def _ask(self, job: AppraiseDesign | JudgeDesign, design: Built) -> Answer:
        return self._shop.judge(job, self._scene | design_files(design.files))

    def _meter(self, **used: float) -> None:
        grown = {name: getattr(self.use, name) + amount for name, amount in used.items()}
        self.use = self.use.model_copy(update=grown)
