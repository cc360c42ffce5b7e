"""Scripts for the scripted model: whole episodes as a model would play them."""

from pathlib import Path
from typing import NamedTuple

from agents.engineer import LlmEngineer
from agents.engineer.engineer_signatures import CHECK_LISTS
from agents.models import Script, ScriptedReply
from agents.models.scripted import ScriptedCall
from schemas.catalogue_files import load_catalogue
from schemas.llm import EpisodeLimits, ModelChoice
from schemas.settings import AgentSettings

DATA = Path(__file__).parents[2] / "data"
ITEMS = {"write": (), "check": ("write",)}


class Programs(NamedTuple):
    """The expected solution, and the same so narrow that nothing runs in it."""

    good: str
    bad: str


def plan(
    text: str = "A chute from the mount to the tray.", order: tuple[str, ...] = tuple(ITEMS), **claims: float
) -> ScriptedReply:
    """The architect writes a plan of two items."""
    items = [
        {"id": name, "text": f"{name} the design", "acceptance": "it is done", "depends_on": list(ITEMS[name])}
        for name in order
    ]
    numbers = [{"name": name, "value": value} for name, value in claims.items()]
    return ScriptedReply(role="architect", fields={"plan": {"text": text, "items": items, "claims": numbers}})


def turn(*calls: tuple[str, dict], thought: str = "go on") -> ScriptedReply:
    """The engineer calls tools."""
    made = tuple(ScriptedCall(name=name, args=args) for name, args in calls)
    return ScriptedReply(role="engineer", fields={"thought": thought}, calls=made)


def review(occasion: str, ok: bool = True) -> ScriptedReply:
    """The critic accepts, or finds fault with every point."""
    points = [{"point": point, "ok": ok, "evidence": "seen"} for point in CHECK_LISTS[occasion]]
    return ScriptedReply(role="critic", fields={"review": {"points": points, "text": "look at the slope"}})


def make_engineer(
    file: Path, *replies: ScriptedReply, repeat: bool = False, limits: EpisodeLimits | None = None, **choice: object
) -> LlmEngineer:
    """Return an engineer whose every role plays these replies."""
    file.write_text(Script(replies=replies, repeat=repeat).model_dump_json())
    return load_engineer(file, limits, **choice)


def load_engineer(file: Path, limits: EpisodeLimits | None = None, **choice: object) -> LlmEngineer:
    """Return an engineer that plays a script that is written already."""
    model = ModelChoice(name=f"scripted/{file}", first_wait_s=0.0, **choice)
    settings = AgentSettings(model=model, episode=limits or EpisodeLimits())
    return LlmEngineer.create(settings, load_catalogue(DATA))


def whole_episode(programs: Programs) -> tuple[ScriptedReply, ...]:
    """Plan, previews, a refusal rejected and one confirmed, a failed submission, a new plan, success."""
    mass = [{"name": "volume_mm3", "value": 9e7}]
    return (
        plan(volume_mm3=9e7, length_mm=100.0),
        turn(("read_todo", {}), ("prepare_context", {})),
        turn(("refuse_plan", {"proof": "reach_bound", "claims": [{"name": "length_mm", "value": 100.0}]})),
        turn(("refuse_plan", {"proof": "mass_lower_bound", "claims": mass, "item": "write"})),
        review("refusal"),
        plan("A thinner chute."),
        turn(
            ("update_todo", {"item": "check", "status": "doing"}), ("update_todo", {"item": "write", "status": "doing"})
        ),
        turn(("write_file", {"name": "design.py", "text": programs.bad}), ("lint", {"name": "design.py"})),
        turn(("run_program", {"name": "design.py"}), ("update_todo", {"item": "write", "status": "done"})),
        turn(("measure", {"name": "design.py"}), ("price_assembly", {"name": "design.py"})),
        turn(("simulate", {"name": "design.py", "trials": 2}), ("ask_architect", {"question": "Shall I submit?"})),
        ScriptedReply(role="architect", fields={"answer": "Yes."}),
        turn(("submit", {"name": "design.py"})),
        review("before_submission"),
        review("after_failure"),
        plan("The chute that reaches the tray."),
        turn(("write_file", {"name": "design.py", "text": programs.good}), ("simulate", {"name": "design.py"})),
        turn(("submit", {"name": "design.py", "summary": "it passed"})),
        review("before_submission"),
    )


def act(folder: Path, policy: str) -> LlmEngineer:
    """Return an engineer whose every role follows a policy of the scripted model."""
    file = folder / f"{policy}.json"
    file.write_text(Script(policy=policy).model_dump_json())
    settings = AgentSettings(model=ModelChoice(name=f"scripted/{file}"))
    return LlmEngineer.create(settings, load_catalogue(DATA))
