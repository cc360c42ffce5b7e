"""The command line. Exit status: 0 done, 1 refused or cancelled, 2 bad input, 3 machine, 128+n by signal n."""

import logging
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import typer

from schemas.errors import InfrastructureError, InputError, QualityError, StoppedError, WorkpieceError
from service.printing import print_error, show_progress, widen

MAKE, JUDGE, ENGINEERS, LOOK, LOOK_AFTER = "Make", "Judge", "Engineers", "Look", "Look after"
app = typer.Typer(
    help="Verified mechanical-design problems and the traces of solving them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
skills_app = typer.Typer(help="Skills learned from episodes on the training split.", no_args_is_help=True)
app.add_typer(skills_app, name="skills", rich_help_panel=ENGINEERS)


def _hush(as_json: bool) -> bool:
    if as_json:
        logging.getLogger("workpiece.progress").disabled = True  # by its name: nothing more is imported for --help
    return as_json


JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.", callback=_hush)]
STATUS: dict[type[WorkpieceError], int] = {StoppedError: 1, QualityError: 1, InputError: 2, InfrastructureError: 3}
ENDS_WITHIN_S = 7.0
"""Whatever an interrupted command still has to close ends with it then; seen: below 2 s."""


class Interrupted(BaseException):
    """A signal asks the command to end; no error, so that nothing takes it for one on its way out."""


def main() -> None:
    """Run the command line; errors that the user can mend are one line, without a traceback."""
    try:
        app(prog_name="workpiece")  # also of `python -m service`
    except (*STATUS,) as error:
        print_error(str(error))
        sys.exit(next(status for kind, status in STATUS.items() if isinstance(error, kind)))
    except Interrupted as interrupted:
        os._exit(128 + interrupted.args[0])  # at once: threads may still wait for what has ended


@app.callback()
def begin(
    wide: Annotated[
        bool, typer.Option("--wide", help="Tables as wide as what is in them: workpiece --wide runs")
    ] = False,
) -> None:
    """Let Ctrl-C and SIGTERM end every command within seconds."""
    if wide:
        widen()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)


@app.command(rich_help_panel=MAKE)
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


@app.command(rich_help_panel=JUDGE)
def verify(
    file: Annotated[Path, typer.Argument(help="A scene program (.py), a bundle folder, or an MJCF file (.xml).")],
    as_json: JsonFlag = False,
) -> None:
    """Check a scene program, bundle or MJCF file and say what to change."""
    from service.checks import verify_file

    sys.exit(verify_file(file, as_json=as_json))


@app.command(rich_help_panel=JUDGE)
def judge(  # noqa: PLR0913, PLR0917 - one for each option
    benchmark: Annotated[str, typer.Argument(help="Benchmark id, a prefix of it, or the path of a bundle folder.")],
    program: Annotated[Path, typer.Argument(help="The solution program (.py).")],
    submission: Annotated[int, typer.Option(min=0, help="Whose draws: a stored verdict's number gives it again.")] = 0,
    certify: Annotated[bool, typer.Option("--certify", help="With the many draws of a certificate.")] = False,
    max_cost: Annotated[float | None, typer.Option(min=1e-9, help="Another limit of the unit cost in USD.")] = None,
    max_mass: Annotated[float | None, typer.Option(min=1e-9, help="Another limit of the mass in g.")] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**63 - 1, help="What the program reads as its seed.")] = 0,
    as_json: JsonFlag = False,
) -> None:
    """Judge a solution program against a benchmark: 16 trials with draws of their own."""
    from service.checks import Judging, judge_file

    sys.exit(judge_file(benchmark, program, Judging(submission, certify, max_cost, max_mass, seed), as_json=as_json))


@app.command(rich_help_panel=JUDGE)
def replay(
    episode: Annotated[str, typer.Argument(help="Episode id, or a prefix of it.")], as_json: JsonFlag = False
) -> None:
    """Make an episode's geometry, pictures, MJCF and verdicts anew, and say hash by hash what is identical."""
    from service.replays import replay_episode

    sys.exit(replay_episode(episode, as_json=as_json))


@app.command(rich_help_panel=JUDGE)
def reverify(as_json: JsonFlag = False) -> None:
    """Judge every stored solution again: which verdicts have moved, and why. Status 1 if any has."""
    from service.replays import reverify_solutions

    sys.exit(reverify_solutions(as_json=as_json))


PartFile = Annotated[Path, typer.Argument(help="A STEP file (.step, .stp) or a solution program (.py).")]
PROCESSES = (
    "cnc_milling, cnc_turning, fdm_printing, sls_printing, injection_molding, laser_cutting, sheet_metal_bending"
)
ProcessOption = Annotated[
    str | None,
    typer.Option(help=f"How every part is made: {PROCESSES}, or all to compare; without: as the program says, or all."),
]
MaterialOption = Annotated[str | None, typer.Option(help="Of what, or all to compare; a STEP file names none.")]
QuantityOption = Annotated[int, typer.Option(min=1, max=1_000_000, help="How many are ordered.")]


@app.command(rich_help_panel=JUDGE)
def check(  # noqa: PLR0913, PLR0917 - one for each option
    file: PartFile,
    process: ProcessOption = None,
    material: MaterialOption = None,
    quantity: QuantityOption = 100,
    pictures: Annotated[Path | None, typer.Option(help="Folder for a drawing of each part, findings marked.")] = None,
    step: Annotated[Path | None, typer.Option(help="Write the parts as a STEP assembly to this file.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Check whether parts can be made: what to change, mass, and the price by each process."""
    from service.parts import PartOrder, check_file

    sys.exit(check_file(PartOrder(file, process, material, quantity), pictures, step, as_json=as_json))


@app.command(rich_help_panel=JUDGE)
def price(
    file: PartFile,
    process: ProcessOption = None,
    material: MaterialOption = None,
    quantity: QuantityOption = 100,
    as_json: JsonFlag = False,
) -> None:
    """Price parts, or a design with all that it buys: every line with its rate and source, and over quantity."""
    from service.parts import PartOrder, price_file

    sys.exit(price_file(PartOrder(file, process, material, quantity), as_json=as_json))


@app.command(rich_help_panel=ENGINEERS)
def solve(
    benchmark: Annotated[str, typer.Argument(help="Benchmark id, or a prefix of it.")],
    engineer: Annotated[str, typer.Option(help="Who works: reference or llm.")] = "reference",
    seed: Annotated[int, typer.Option(min=0, max=2**63 - 1, help="Another seed is another episode.")] = 0,
    as_json: JsonFlag = False,
) -> None:
    """Let an engineer solve a benchmark; killed, the same command goes on where it was."""
    from service.attempts import solve_benchmark

    sys.exit(solve_benchmark(benchmark, engineer, seed, as_json=as_json))


@app.command(rich_help_panel=ENGINEERS)
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
    )
    show_evaluation(order, as_json=as_json)


@app.command(rich_help_panel=ENGINEERS)
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


@skills_app.command("list")
def skills_list(as_json: JsonFlag = False) -> None:
    """List every version of every skill."""
    from service.skills import list_skills

    list_skills(as_json=as_json)


@skills_app.command("show")
def skills_show(name: Annotated[str, typer.Argument(help="Name of the skill.")], as_json: JsonFlag = False) -> None:
    """Print the newest version of a skill."""
    from service.skills import show_skill

    show_skill(name, as_json=as_json)


@skills_app.command("effect")
def skills_effect(as_json: JsonFlag = False) -> None:
    """Compare solve rates with and without each skill, with 95 % intervals."""
    from service.skills import show_effects

    show_effects(as_json=as_json)


@app.command(rich_help_panel=ENGINEERS)
def cancel(episode: Annotated[str, typer.Argument(help="Episode id, or a prefix of it.")]) -> None:
    """Stop a running episode within 10 s."""
    from service.attempts import cancel_episode

    cancel_episode(episode)


@app.command(rich_help_panel=LOOK)
def runs(as_json: JsonFlag = False) -> None:
    """List runs, newest first, those that are not finished too."""
    from service.listing import list_runs

    list_runs(as_json=as_json)


@app.command(rich_help_panel=LOOK)
def episodes(
    benchmark: Annotated[str | None, typer.Argument(help="Only those on this benchmark: its id, or a prefix.")] = None,
    running: Annotated[bool, typer.Option("--running", help="Only those that are not finished.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """List episodes, newest first."""
    from service.listing import list_episodes

    list_episodes(benchmark, running=running, as_json=as_json)


@app.command(rich_help_panel=LOOK)
def show(
    subject: Annotated[str, typer.Argument(help="Episode, benchmark, verdict or run id, or a prefix of it.")],
    as_json: JsonFlag = False,
) -> None:
    """Read an episode (or the only one on a benchmark) as a conversation, a verdict, or what a run has made."""
    from service.showing import show

    show(subject, as_json=as_json)


@app.command(rich_help_panel=LOOK)
def render(
    subject: Annotated[str, typer.Argument(help="Benchmark or episode id, or a prefix of it.")],
    output: Annotated[Path | None, typer.Option(help="Folder to write to.")] = None,
) -> None:
    """Draw a benchmark or an episode's design: pictures, a trial in motion (glTF, GIF), drawings of parts, STEP."""
    from service.reading import render_subject

    render_subject(subject, output)


@app.command(rich_help_panel=LOOK)
def query(
    sql: Annotated[str, typer.Argument(help="SQL over the data sets.")],
    folder: Annotated[Path | None, typer.Option(help="Data sets elsewhere, as data/sample.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Ask the exported data sets by SQL (DuckDB): `workpiece query "SELECT family, state FROM benchmarks"`."""
    from service.reading import show_query

    show_query(sql, folder, as_json=as_json)


@app.command(rich_help_panel=LOOK)
def metrics(
    since: Annotated[str | None, typer.Option(help="Only what was recorded since this day (UTC): 2026-11-28.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Show how well it goes: shares verified and solved, robustness, estimates, critic, refusals, training."""
    from service.reading import show_metrics

    show_metrics(since, as_json=as_json)


@app.command(rich_help_panel=MAKE)
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


@app.command(rich_help_panel=MAKE)
def views(
    names: Annotated[list[str] | None, typer.Argument(help="Which views; without names all of them.")] = None,
    split: Annotated[str | None, typer.Option(help="Only this split; without: train and validation.")] = None,
    output: Annotated[Path | None, typer.Option(help="Folder to write to; without: views in the workspace.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Make training views of the data sets for TRL, verl and others: imitation, preference, repair, reinforcement."""
    from service.views import write_training_views

    write_training_views(names or (), split, output, as_json=as_json)


@app.command(rich_help_panel=LOOK_AFTER)
def upload(as_json: JsonFlag = False) -> None:
    """Send files and backups that wait to the bucket of WORKPIECE_FILES_URL; what fails waits for the next time."""
    from service.leaving import upload_files

    upload_files(as_json=as_json)


@app.command(rich_help_panel=LOOK_AFTER)
def backup(as_json: JsonFlag = False) -> None:
    """Back the store up with its files, once a day, send that to the bucket, and remove old ones."""
    from service.leaving import make_backup

    make_backup(as_json=as_json)


@app.command(rich_help_panel=LOOK_AFTER)
def restore(
    day: Annotated[str | None, typer.Argument(help="The backup's date; without: the newest.")] = None,
    source: Annotated[
        str | None, typer.Option(help="Folder of backups or s3://BUCKET/PREFIX; without: as the settings say.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Put a backup into an empty workspace, or an empty database of WORKPIECE_STORE_URL."""
    from service.leaving import restore_store

    restore_store(day, source, as_json=as_json)


@app.command(rich_help_panel=LOOK_AFTER)
def deploy(
    worker: Annotated[bool, typer.Option(help="Start a worker too, and stay until Ctrl-C.")] = True,
) -> None:
    """Set up Prefect: server, pool, limit, deployments with their schedules, automations, a worker. Safe to repeat."""
    from service.deploying import deploy_all

    show_progress()
    deploy_all(with_worker=worker)


@app.command(rich_help_panel=LOOK_AFTER)
def ui() -> None:
    """Keep Prefect's server of this workspace with its pages, which runs then use, until Ctrl-C."""
    from service.deploying import keep_server

    keep_server()


@app.command(rich_help_panel=LOOK_AFTER)
def reconcile() -> None:
    """Remove sandboxes that killed runs have left behind, and end their flow runs in Prefect; say how many."""
    from service.runs import remove_orphans

    typer.echo(remove_orphans())


@app.command(rich_help_panel=LOOK_AFTER)
def doctor(as_json: JsonFlag = False) -> None:
    """Say what is missing on this machine or damaged in the workspace, and the command that mends it."""
    from service.doctor import examine

    sys.exit(examine(as_json=as_json))


@app.command(rich_help_panel=LOOK_AFTER)
def mend(as_json: JsonFlag = False) -> None:
    """Make anew what is damaged in the workspace: contents from their programs, data sets from the store."""
    from service.doctor import mend

    sys.exit(mend(as_json=as_json))


def _interrupt(number: int, _: object) -> NoReturn:
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, signal.SIG_DFL)  # a second one ends it at once
    print_error("interrupted; the same command, given again, goes on where it was")
    logging.disable()  # what ends now has nothing to add
    latest = threading.Timer(ENDS_WITHIN_S, os._exit, (128 + number,))
    latest.daemon = True
    latest.start()
    raise Interrupted(number)
