"""What the reference engineer writes down: its plan, every preview, and what it learnt from each."""

import json
from collections.abc import Iterable, Mapping, Sequence

from agents.mechanisms.mechanism import Makings, Mechanism, Site
from agents.protocols import Built, Transcript
from schemas.jobs import CheckedPart
from schemas.messages import Artifact, Plan, Thought, TodoItem, TodoUpdate, ToolCall, ToolReturn
from schemas.verdict import Verdict

FILE = "design.py"
STEPS: tuple[tuple[str, str, str], ...] = (
    ("guess", "Lay out a first design from the zones, the mount and the payload", "it is built and simulated"),
    ("search", "Vary it until every preview draw passes", "16 of 16 preview draws pass with margin"),
    ("slim", "Take away material while it keeps passing", "no cheaper variant that was tried passes"),
    ("remake", "Make it by whatever is cheapest at this quantity", "no cheaper way that was tried passes"),
    ("confirm", "Confirm the cheapest design on further draws", "32 of 32 further draws pass"),
)


class SearchNotes:
    """Turns the steps of a search into typed messages."""

    def __init__(self, transcript: Transcript) -> None:
        self._say = transcript.say
        self._calls = 0
        self._versions: dict[str, int] = {}  # of the program of that hash
        self._doing: str | None = None

    def plan(self, site: Site, mechanisms: Sequence[Mechanism]) -> None:
        """Write the plan with its TODO list."""
        ways = "; then ".join(one.idea for one in mechanisms) or "no mechanism that I know suits this problem"
        payload = site.payload
        text = (
            f"The {payload.shape} of {payload.material} ({payload.mass_g:g} g) has to get from {payload.centre_mm} "
            f"into {site.goal.min_mm} to {site.goal.max_mm}. I shall try: {ways}."
        )
        before = [None, *(step for step, _, _ in STEPS)]
        items = [
            TodoItem(id=step, text=words, acceptance=done, depends_on=() if last is None else (last,))
            for (step, words, done), last in zip(STEPS, before, strict=False)
        ]
        self._say("architect", Plan(version=1, text=text, items=tuple(items)))

    def start(self, step: str) -> None:
        """Close the step at hand and open another."""
        self._finish_step()
        self._doing = step
        self._say("engineer", TodoUpdate(item=step, status="doing"))

    def record_build(self, built: Built) -> None:
        """Record that a program was written and run."""
        if built.program.sha256 not in self._versions:
            version = self._versions[built.program.sha256] = len(self._versions) + 1
            self._say("engineer", Artifact(name=FILE, version=version, sha256=built.program.sha256))
        self._call("run_program", built)
        answer = {"bundle_hash": built.bundle_hash, "reasons": [reason.code for reason in built.reasons]}
        self._answer(built.bundle_hash is not None, answer, program_cpu_s=built.cpu_s)

    def record_verdict(self, built: Built, trials: int, draw: int, verdict: Verdict) -> None:
        """Record a preview simulation and what it taught."""
        self._call("simulate", built, trials=trials, draw=draw)
        answer = {
            "passed": verdict.passed,
            "trials": len(verdict.trials),
            "trials_passed": sum(trial.passed for trial in verdict.trials),
            "reasons": sorted({reason.code for reason in verdict.reasons}),
            "margin_mm": verdict.margin_mm,
            "unit_cost_usd": verdict.unit_cost_usd,
            "mass_g": verdict.mass_g,
        }
        runs = verdict.trials
        self._answer(True, answer, simulations=len(runs), simulated_s=sum(trial.end_s for trial in runs))
        self._say("engineer", Thought(text=learn_from(verdict)))

    def record_ways(self, built: Built, parts: Iterable[CheckedPart]) -> None:
        """Record what each part would cost by the processes and materials that are allowed."""
        for part in parts:
            self._call("compare_processes", built, part=part.part)
            ways = [
                {
                    "process": way.process.value,
                    "material": way.material_id,
                    "unit_cost_usd": way.price and float(way.price.unit_cost_usd),
                    "findings": [finding.rule_id for finding in way.findings],
                }
                for way in part.ways
            ]
            self._answer(True, {"part": part.part, "ways": ways})

    def conclude(self, unit_cost_usd: float, values: Mapping[str, float], makings: Makings) -> None:
        """Write down which design is handed in."""
        self._finish_step()
        knobs = ", ".join([*(f"{name} {value:g}" for name, value in values.items()), *_name(makings).values()])
        text = f"I hand in the design with {knobs}: {unit_cost_usd:.2f} USD a piece."
        self._say("engineer", Thought(text=text))

    def pass_over(self, fault: str) -> None:
        """Write down that the problem is not of a kind that it knows."""
        self._say("engineer", Thought(text=f"I know no way to design for this problem: {fault}"))

    def give_up(self, spent: int) -> None:
        """Write down that nothing passed."""
        self._say("engineer", Thought(text=f"No design passed within {spent} simulated runs."))

    def _finish_step(self) -> None:
        if self._doing is not None:
            self._say("engineer", TodoUpdate(item=self._doing, status="done"))
            self._doing = None

    def _call(self, tool: str, built: Built, **arguments: object) -> None:
        self._calls += 1
        on = {"name": FILE, "version": self._versions[built.program.sha256], **arguments}
        self._say("engineer", ToolCall(call_id=f"call_{self._calls}", tool=tool, arguments=json.dumps(on)))

    def _answer(self, ok: bool, answer: Mapping[str, object], **used: float) -> None:
        said = {"call_id": f"call_{self._calls}", "ok": ok, "body": json.dumps(answer)}
        self._say("tool", ToolReturn.model_validate(said | used))


def _name(makings: Makings) -> dict[str, str]:
    return {part: f"{part} by {made.process} of {made.material}" for part, made in makings.items()}


def learn_from(verdict: Verdict) -> str:
    """Return in words what a preview taught."""
    if verdict.passed:
        margin = "" if verdict.margin_mm is None else f" with {verdict.margin_mm:.1f} mm to spare in the worst"
        return f"It passes {sum(trial.passed for trial in verdict.trials)} of {len(verdict.trials)} draws{margin}."
    if not verdict.trials:
        return "It does not get as far as a simulation: " + "; ".join(reason.message for reason in verdict.reasons[:3])
    worst = max(verdict.trials, key=lambda trial: trial.closest_mm)
    codes = ", ".join(sorted({reason.code for trial in verdict.trials for reason in trial.reasons}))
    return f"It fails with {codes}; the worst draw keeps the payload {worst.closest_mm:.0f} mm from the goal."
