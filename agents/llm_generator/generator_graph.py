"""The generator's graph over one episode's log: plan, scene program, verification, review, and round again."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import dspy

from agents.engineer.asking import Asker
from agents.engineer.engineer_signatures import Step
from agents.families.statement import FORBIDDEN_WORDS
from agents.llm_generator.generator_signatures import CHECK_LIST, PlanBenchmark, ReviewScene, WriteScene
from agents.models import Models, describe_models, identify_models, sees
from agents.prompts import Prompt, describe_prompts, load_prompt
from agents.protocols import Built, EpisodeEnd, EpisodeLog, LogEntry, answers
from schemas.bundle import SceneBundle
from schemas.errors import InputError
from schemas.jobs import BUNDLE_FILE
from schemas.llm import GENERATOR_ROLES
from schemas.messages import (
    Artifact,
    BenchmarkIdea,
    BenchmarkPlan,
    Brief,
    ErrorRaised,
    Review,
    ToolCall,
    ToolReturn,
)
from schemas.reasons import Outcome, Reason, ReasonCode
from schemas.record import MOST_CHARACTERS, hash_bytes, hash_parts
from schemas.settings import AgentSettings
from schemas.verdict import CheckReport, VerificationReport

PROGRAM_FILE = "scene.py"
MOST_SHOWN = 20_000
REJECTED = Reason(code=ReasonCode.REVIEW_REJECTED, message="the generator's own reviewer has not accepted it")
_FENCE = re.compile(r"\A```\w*\n(.*?)\n?```\s*\Z", re.DOTALL)


@dataclass(frozen=True)
class SceneTrial:
    """A scene program that was run and verified."""

    built: Built
    report: VerificationReport


class SceneWorkbench(Protocol):
    """Where a generator tries its scene programs out; nothing here is counted."""

    def verify(self, program: str) -> SceneTrial:
        """Run a scene program twice and check the scene."""

    def render(self, program: str) -> Mapping[str, bytes]:
        """Draw the scene of a program that verified; pictures by file name."""


@dataclass(frozen=True)
class LlmGenerator:
    """Plans, writes and reviews benchmarks with language models."""

    settings: AgentSettings
    prompts: Mapping[str, Prompt]

    @classmethod
    def create(cls, settings: AgentSettings) -> "LlmGenerator":
        """Return the generator with the prompts of this installation; raises InputError where a role has no model."""
        for role in GENERATOR_ROLES:
            settings.choose_model(role)
        return cls(settings, {name: load_prompt(name) for name in GENERATOR_ROLES})

    @property
    def name(self) -> str:
        """Return `generator:` and the coder's model, as episodes name it."""
        return f"generator:{self.settings.choose_model('coder').name}"[:400]

    @property
    def version(self) -> str:
        """Return a hash of every model, script, prompt and limit."""
        models = identify_models(self.settings, GENERATOR_ROLES)
        limits = f"{self.settings.generator_rounds} {self.settings.episode.canonical_json().decode()}"
        return hash_parts(*models, *(self.prompts[name].sha256 for name in GENERATOR_ROLES), limits)[:16]

    @property
    def recipe(self) -> str:
        """Return the same in words, as JSON."""
        told = {
            "models": describe_models(self.settings, GENERATOR_ROLES),
            "prompts": describe_prompts(self.prompts[name] for name in GENERATOR_ROLES),
            "limits": {"rounds": self.settings.generator_rounds, **self.settings.episode.model_dump()},
        }
        return json.dumps(told, sort_keys=True)

    def work(self, brief: Brief, workbench: SceneWorkbench, log: EpisodeLog) -> EpisodeEnd:
        """Work until the reviewer accepts what verifies or no round is left; raises EpisodeOver on a spent budget."""
        return _Graph(self, brief, workbench, log).run()


class _Graph:
    """One episode's way through the roles."""

    def __init__(self, generator: LlmGenerator, brief: Brief, workbench: SceneWorkbench, log: EpisodeLog) -> None:
        self._brief, self._workbench, self._log = brief, workbench, log
        self._asker = Asker(Models(generator.settings, log), log, brief.limits)
        prompts = generator.prompts
        self._sees = sees(generator.settings.choose_model("reviewer"))
        self._plan_step = Step(PlanBenchmark, prompts["planner"])
        self._code_step = Step(WriteScene, prompts["coder"])
        self._review_step = Step(ReviewScene, prompts["reviewer"])

    def run(self) -> EpisodeEnd:
        """Plan, then write, verify and review until a program is accepted or the rounds are used up."""
        plan = self._plan(1, "")
        program, findings = "", ""
        reasons: tuple[Reason, ...] = ()
        for number in range(1, self._brief.rounds + 1):
            program = self._write(plan, program, findings)
            answer = self._verify(number, program)
            if not answer.ok:
                findings, reasons = answer.body, _read_reasons(answer.body)
                continue
            review, reasons = self._review(plan, number, program, answer.body), (REJECTED,)
            if review.accepted:
                return EpisodeEnd(Outcome.SOLVED)
            findings = review.model_dump_json(exclude={"kind", "accepted"})
            if any(point.point == "plan_sound" and not point.ok for point in review.points):
                told = plan.model_dump_json(exclude={"kind", "version"})
                plan = self._plan(plan.version + 1, f"{told}\nThe reviewer: {findings}")
        return EpisodeEnd(Outcome.FAILED, reasons)

    def _plan(self, version: int, news: str) -> BenchmarkPlan:
        """Let the planner write a plan, again until it can be read."""
        brief = self._brief.model_dump_json(include={"learning_objective", "thin_bins", "stock"})
        while True:
            answer = self._asker.ask("planner", self._plan_step, {"brief": brief, "news": news})
            if answer is not None:
                idea: BenchmarkIdea = answer.idea
                plan = BenchmarkPlan(version=version, **dict(idea))
                self._log.say("planner", plan)
                return plan
            news = f"{news}\n{self._asker.last_error}".strip()

    def _write(self, plan: BenchmarkPlan, program: str, findings: str) -> str:
        """Let the coder write the whole program, again until its reply can be read."""
        told = plan.model_dump_json(exclude={"kind", "version"})
        while True:
            given = {"plan": told, "program": program, "findings": findings[:MOST_SHOWN]}
            answer = self._asker.ask("coder", self._code_step, given)
            text = "" if answer is None else str(answer.scene_program).strip()
            if len(text) > MOST_CHARACTERS:
                fault = f"the program has {len(text)} characters: at most {MOST_CHARACTERS} are allowed"
                self._log.say("system", ErrorRaised(error_type="program", text=fault, infrastructure=False))
            elif answer is not None:
                fenced = _FENCE.match(text)
                return f"{fenced[1] if fenced else text}\n"
            findings = f"{findings}\n{self._asker.last_error}".strip()

    def _verify(self, number: int, program: str) -> ToolReturn:
        """Keep a version of the program, run and verify it; the answer is ok when nothing is refused."""
        data, name = program.encode(), f"verify_{number}"
        version = Artifact(name=PROGRAM_FILE, version=number, sha256=hash_bytes(data))
        entry = LogEntry((("coder", version),), contents=(data,))
        self._log.once(lambda body: isinstance(body, Artifact), lambda: entry)
        arguments = json.dumps({"name": PROGRAM_FILE})
        self._log.say("coder", ToolCall(call_id=name, tool="verify_scene", arguments=arguments))
        return self._log.once(answers(name), lambda: _describe_trial(name, self._workbench.verify(program))).answer

    def _review(self, plan: BenchmarkPlan, number: int, program: str, report: str) -> Review:
        """Let the reviewer judge what verification let pass; what it leaves out of the list is not accepted."""
        given = {
            "plan": plan.model_dump_json(exclude={"kind"}),
            "program": program,
            "report": report[:MOST_SHOWN],
            "views": self._draw(number, program) if self._sees else [],
        }
        return self._asker.review("reviewer", self._review_step, CHECK_LIST, given)

    def _draw(self, number: int, program: str) -> list[dspy.Image]:
        """Return pictures of a scene, kept like everything that a model sees."""
        name = f"render_{number}"
        self._log.say("reviewer", ToolCall(call_id=name, tool="render_scene", arguments="{}"))
        entry = self._log.once(answers(name), lambda: self._render(name, number, program))
        views = [body for _, body in entry.said if isinstance(body, Artifact)]
        return self._asker.look("reviewer", [view.sha256 for view in views])

    def _render(self, call_id: str, number: int, program: str) -> LogEntry:
        try:
            drawn = self._workbench.render(program)
        except InputError as error:
            told = json.dumps({"error": "failed", "message": str(error)})
            return LogEntry((("tool", ToolReturn(call_id=call_id, ok=False, body=told)),))
        views = {file: data for file, data in sorted(drawn.items()) if file.endswith(".png")}
        kept = [Artifact(name=file, version=number, sha256=hash_bytes(data)) for file, data in views.items()]
        back = ToolReturn(call_id=call_id, ok=True, body=json.dumps({"views": list(views)}))
        return LogEntry((*(("tool", view) for view in kept), ("tool", back)), contents=tuple(views.values()))


def find_giveaways(scene: SceneBundle) -> tuple[str, ...]:
    """Return the words in a scene's statement or ids that no engineer may read (`FORBIDDEN_WORDS`)."""
    ids = (body.id.replace("_", " ") for body in scene.bodies)
    text = " ".join((scene.task.statement, *ids, *(zone.id for zone in scene.zones.goal_zones))).lower()
    return tuple(word for word in FORBIDDEN_WORDS if re.search(rf"\b{word}(s|es|d|ed|ing)?\b", text))


def _describe_trial(call_id: str, trial: SceneTrial) -> LogEntry:
    """Return what enters the log of a verified program; a statement that gives the solution away is refused too."""
    report = trial.report
    reasons = list(report.reasons)
    if report.passed:
        words = find_giveaways(SceneBundle.from_json(trial.built.files[BUNDLE_FILE]))
        told = f"statement or ids give the solution away: {', '.join(words)}"
        reasons += [Reason(code=ReasonCode.REVIEW_REJECTED, message=told)] if words else []
    body = {
        "passed": not reasons and report.passed,
        "reasons": [reason.model_dump(mode="json") for reason in reasons],
        "checks": [_describe_check(check) for check in report.checks],
        "canned_designs_that_solve_it": list(report.canned_passed),
        "doing_nothing_fails_with": sorted({reason.code.value for reason in report.nothing_reasons}),
    }
    text, cpu_s = json.dumps(body), trial.built.cpu_s
    back = ToolReturn(call_id=call_id, ok=bool(body["passed"]), body=text, program_cpu_s=cpu_s)
    return LogEntry((("tool", back),))


def _describe_check(check: CheckReport) -> dict[str, object]:
    numbers = [f"{n.name} {n.value:g} {n.unit}" for n in check.numbers]
    return {"name": check.name, "passed": check.passed, "numbers": numbers}


def _read_reasons(body: str) -> tuple[Reason, ...]:
    return tuple(Reason.model_validate_json(json.dumps(reason)) for reason in json.loads(body)["reasons"])
