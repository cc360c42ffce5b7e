"""What lets engineers work, and compares them."""

import sys
from typing import Annotated, Literal

import typer

from service.commands.options import JsonFlag


def solve(
    benchmark: Annotated[str, typer.Argument(help="Benchmark id, or a prefix of it.")],
    engineer: Annotated[str, typer.Option(help="Who works: reference or llm.")] = "reference",
    seed: Annotated[int, typer.Option(min=0, max=2**63 - 1, help="Another seed is another episode.")] = 0,
    as_json: JsonFlag = False,
) -> None:
    """Let an engineer solve a benchmark; killed, the same command goes on where it was."""
    from service.attempts import solve_benchmark

    sys.exit(solve_benchmark(benchmark, engineer, seed, as_json=as_json))


def evaluate(  # noqa: PLR0913, PLR0917 - one for each option
    engineer: Annotated[list[str], typer.Option(help="reference, llm or scripted:FILE; @FOLDER: its prompts.")],
    split: Annotated[
        Literal["train", "validation", "test", "test_within", "test_cross", "all"],
        typer.Option(help="Which benchmarks."),
    ] = "test",
    family: Annotated[list[str] | None, typer.Option(help="Only these families; may be repeated.")] = None,
    count: Annotated[int | None, typer.Option(min=1, help="So many benchmarks at most.")] = None,
    attempts: Annotated[int, typer.Option(min=1, max=100, help="Episodes on each benchmark: the k of solved@k.")] = 1,
    previews: Annotated[list[int] | None, typer.Option(min=0, help="Equal budget of simulations, e.g. 0, 10.")] = None,
    task: Annotated[Literal["design", "repair", "cheapen"], typer.Option(help="Which task.")] = "design",
    as_json: JsonFlag = False,
) -> None:
    """Compare engineers on stored benchmarks; killed, the same command goes on where it was."""
    from schemas.evaluation import EvaluationOrder
    from service.evaluations import show_evaluation

    order = EvaluationOrder(
        engineers=tuple(engineer),
        split=split,
        families=tuple(family or ()),
        count=count,
        attempts=attempts,
        previews=tuple(previews or ()),
        task=task,
    )
    show_evaluation(order, as_json=as_json)


def optimize(
    engineer: Annotated[str, typer.Option(help="llm or scripted:FILE.")] = "llm",
    prompt: Annotated[Literal["architect", "engineer", "critic"], typer.Option(help="Whose.")] = "engineer",
    count: Annotated[int, typer.Option(min=1, help="So many training benchmarks at most.")] = 20,
    episodes: Annotated[int, typer.Option(min=2, help="About so many episodes.")] = 120,
    as_json: JsonFlag = False,
) -> None:
    """Improve a prompt by its episodes on the training split; the result is a folder that `evaluate` can compare."""
    from schemas.evaluation import OptimizingOrder
    from service.prompts import optimize_engineer

    order = OptimizingOrder(engineer=engineer, prompt=prompt, count=count, episodes=episodes)
    optimize_engineer(order, as_json=as_json)


def cancel(episode: Annotated[str, typer.Argument(help="Episode id, or a prefix of it.")]) -> None:
    """Stop a running episode within 10 s."""
    from service.attempts import cancel_episode

    cancel_episode(episode)


def skills_list(as_json: JsonFlag = False) -> None:
    """List every version of every skill."""
    from service.skills import list_skills

    list_skills(as_json=as_json)


def skills_show(name: Annotated[str, typer.Argument(help="Name of the skill.")], as_json: JsonFlag = False) -> None:
    """Print the newest version of a skill."""
    from service.skills import show_skill

    show_skill(name, as_json=as_json)


def skills_effect(as_json: JsonFlag = False) -> None:
    """Compare solve rates with and without each skill, with 95 % intervals."""
    from service.skills import show_effects

    show_effects(as_json=as_json)
