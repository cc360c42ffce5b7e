"""The workshop of one benchmark: what an engineer may do with its designs, run in sandboxes and metered."""

from collections.abc import Mapping

from agents.workshop import Built
from schemas.episode import EpisodeUse
from schemas.jobs import JudgeDesign, JudgeReply
from schemas.verdict import Verdict
from tasks.building import build_program, design_files, scene_files
from tasks.shop import Shop, require


class SandboxWorkshop:
    """Builds and simulates designs against one scene; previews draw from the family `preview`."""

    def __init__(self, shop: Shop, scene_hash: str, scene: Mapping[str, bytes], seed: int) -> None:
        self._shop, self._scene_hash, self._seed = shop, scene_hash, seed
        self._scene = scene_files(scene)
        self.use = EpisodeUse()

    def build(self, program: str) -> Built:
        """Run a solution program in a builder sandbox."""
        built = build_program(self._shop, program, self._seed, "assembly")
        self._meter(previews=1, program_cpu_s=built.cpu_s)
        return built

    def simulate(self, design: Built, trials: int, draw: int) -> Verdict:
        """Judge a design under preview draws; the set stops once it can't pass."""
        draws = self._shop.draws(self._scene_hash, "preview", draw)
        must_pass = trials - trials // 16
        draws = draws.model_copy(update={"trials": trials, "must_pass": must_pass, "stop_early": True})
        answer = self._shop.judge(JudgeDesign(draws=draws), self._scene | design_files(design.files))
        reply = require(JudgeReply, answer)
        self._meter(previews=1, simulations=1, simulated_s=reply.simulated_s)
        return reply.verdict

    def _meter(self, **used: float) -> None:
        grown = {name: getattr(self.use, name) + amount for name, amount in used.items()}
        self.use = self.use.model_copy(update=grown)
