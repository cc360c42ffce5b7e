"""What makes benchmarks, and data of them."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from service.commands.options import JsonFlag
from service.printing import show_progress


def run(
    count: Annotated[int, typer.Option(min=1, max=100_000, help="How many benchmarks to make.")] = 12,
    seed: Annotated[int | None, typer.Option(min=0, max=2**63 - 1, help="Default: today's date.")] = None,
    family: Annotated[list[str] | None, typer.Option(help="Only these families; may be repeated.")] = None,
    generator: Annotated[Literal["procedural", "llm"], typer.Option(help="Who makes the scenes.")] = "procedural",
    engineer: Annotated[Literal["reference", "llm"], typer.Option(help="Who else works on them.")] = "reference",
    as_json: JsonFlag = False,
) -> None:
    """Make benchmarks: generate, verify, solve, judge, certify, record, export. Run again, it does nothing twice."""
    from schemas.run import RunOrder
    from service.runs import make_run

    show_progress()
    families = tuple(family or ())
    order = RunOrder(count=count, seed=seed, families=families, generator=generator, engineer=engineer)
    sys.exit(make_run(order, as_json=as_json))


def derive(
    task: Annotated[Literal["repair", "cheapen"], typer.Argument(help="What is to be done with a design.")],
    benchmarks: Annotated[
        list[str] | None, typer.Argument(help="Ids, or prefixes of them; without: by --split.", show_default=False)
    ] = None,
    split: Annotated[
        Literal["train", "validation", "test", "test_within", "test_cross", "all"], typer.Option(help="Of which split.")
    ] = "train",
    count: Annotated[int | None, typer.Option(min=1, help="From so many benchmarks at most.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Make tasks of certified benchmarks: a design that fails to repair, or one that passes to make cheaper."""
    from service.deriving import derive_benchmarks

    show_progress()
    sys.exit(derive_benchmarks(task, benchmarks or (), split, count, as_json=as_json))


def export(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Only these data sets; `solutions_test` leaves by its name alone.", show_default=False),
    ] = None,
    compact: Annotated[
        bool, typer.Option("--compact", help="Merge files of closed dates: one a closed month.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Write what is new in the store to the Parquet data sets."""
    from service.reading import export_datasets

    export_datasets(names or (), merge=compact, as_json=as_json)


def views(
    names: Annotated[list[str] | None, typer.Argument(help="Which views; without names all of them.")] = None,
    split: Annotated[str | None, typer.Option(help="This split, or `test`; without: train and validation.")] = None,
    output: Annotated[Path | None, typer.Option(help="Folder that these replace; without: workspace/views.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Make training views of the data sets for TRL, verl and others: imitation, preference, repair, reinforcement."""
    from service.views import write_training_views

    write_training_views(names or (), split, output, as_json=as_json)


def gallery(
    benchmarks: Annotated[
        list[str] | None,
        typer.Argument(help="Ids or prefixes; without: all certified design tasks.", show_default=False),
    ] = None,
    folder: Annotated[Path | None, typer.Option(help="Where to; without: workspace/gallery.")] = None,
    solutions: Annotated[
        bool, typer.Option("--solutions", help="Show expected solutions too; of test splits only of named benchmarks.")
    ] = False,
    family: Annotated[list[str] | None, typer.Option(help="Only these families; may be repeated.")] = None,
) -> None:
    """Make a static page with each benchmark's picture, animation, statement, budgets, and how doing nothing ends."""
    from service.gallery import make_gallery

    make_gallery(folder, benchmarks or (), family or (), solutions=solutions)
