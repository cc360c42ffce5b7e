"""Skills within an episode: the coin decides which matching ones are shown; a hard way to success is written down."""

import json

import dspy

from agents.engineer.asking import Asker
from agents.engineer.engineer_signatures import Step
from agents.prompts import load_prompt
from agents.protocols import EpisodeLog, EpisodeOver, LogEntry, SkillShelf
from agents.skill_shelf import find_own_marks, match_skills, toss_coin, write_markdown
from agents.tools import Toolbox
from schemas.messages import ErrorRaised, Refusal, SkillRead, SkillWritten, ToolCall, ToolReturn, VerdictGiven
from schemas.record import hash_bytes
from schemas.skill import Skill, SkillDraft

LEAST_FAILURES = 2
TRIES = 2
MOST_STORY = 60_000


class WriteSkill(dspy.Signature):
    """Write."""

    problem: str = dspy.InputField()
    episode: str = dspy.InputField(desc="what was said and done, in order, as JSON lines")
    known: str = dspy.InputField(desc="the skills that there are; the same name makes a new version")
    news: str = dspy.InputField(desc="why the last draft was refused; empty at first")
    skill: SkillDraft = dspy.OutputField()


def show_skills(log: EpisodeLog, shelf: SkillShelf, statement: str) -> tuple[Skill, ...]:
    """Say of every skill that matches whether the coin shows it, and return those that it shows."""
    shown = []
    for skill in match_skills(shelf, statement):
        heads = toss_coin(skill, log.episode_id)
        log.say("system", SkillRead(skill=skill.draft.name, version=skill.version, shown=heads))
        shown += [skill] if heads else []
    return tuple(shown)


def is_worth_a_skill(toolbox: Toolbox, *, solved: bool) -> bool:
    """Say whether previews or submissions failed twice before success, or a refusal was confirmed."""
    verdicts = [body.passed for body in toolbox.bodies if isinstance(body, VerdictGiven)]
    simulations = {body.call_id for body in toolbox.bodies if isinstance(body, ToolCall) and body.tool == "simulate"}
    returns = [body for body in toolbox.bodies if isinstance(body, ToolReturn) and body.call_id in simulations]
    failures = verdicts.count(False) + sum(not json.loads(body.body).get("passed", False) for body in returns)
    refused = any(isinstance(body, Refusal) and body.confirmed for body in toolbox.bodies)
    return refused or (solved and failures >= LEAST_FAILURES)


def learn(asker: Asker, toolbox: Toolbox, shelf: SkillShelf) -> None:
    """Let the writer write a skill; one that carries the benchmark's own numbers is refused.

    Whatever comes of it, the episode stays what it was: a writer that can't be reached leaves its error in the log.
    """
    step, news = Step(WriteSkill, load_prompt("writer")), ""
    try:
        for _ in range(TRIES):
            story = "\n".join(body.model_dump_json(exclude={"program_cpu_s"}) for body in toolbox.bodies)[-MOST_STORY:]
            known = "\n".join(f"{skill.draft.name}: {skill.draft.description}" for skill in shelf)
            given = {"problem": toolbox.problem.statement, "episode": story, "known": known, "news": news}
            answer = asker.ask("writer", step, given)
            if answer is None:
                continue
            news = _keep(answer.skill, toolbox, shelf)
            if not news:
                return
            toolbox.log.say("system", ErrorRaised(error_type="skill", text=news, infrastructure=False))
    except EpisodeOver:
        return


def _keep(draft: SkillDraft, toolbox: Toolbox, shelf: SkillShelf) -> str:
    """Put a skill that is not on the shelf yet into the log, or return why it is refused."""
    if draft in [skill.draft for skill in shelf]:
        return ""
    words = f"{draft.description}\n{draft.when_to_use}\n{draft.body}"
    own = find_own_marks(words, toolbox.problem, [toolbox.read(name) for name in toolbox.files if name.endswith(".py")])
    if own or "\n" in draft.description + draft.when_to_use:
        return f"the skill carries marks of this benchmark ({', '.join(own)}) or line breaks in its head"
    version = 1 + max((skill.version for skill in shelf if skill.draft.name == draft.name), default=0)
    data = write_markdown(Skill(draft=draft, version=version, episode_id=toolbox.log.episode_id)).encode()
    said = SkillWritten(skill=draft.name, version=version, sha256=hash_bytes(data))
    toolbox.log.once(lambda body: body == said, lambda: LogEntry((("system", said),), contents=(data,)))
    return ""
