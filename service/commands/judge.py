"""What judges scenes, designs and parts."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from service.commands.options import JsonFlag


def verify(
    file: Annotated[Path, typer.Argument(help="A scene program (.py), a bundle folder, or an MJCF file (.xml).")],
    as_json: JsonFlag = False,
) -> None:
    """Check a scene program, bundle or MJCF file and say what to change."""
    from service.checks import verify_file

    sys.exit(verify_file(file, as_json=as_json))


def judge(  # noqa: PLR0913, PLR0917 - one for each option
    benchmark: Annotated[str, typer.Argument(help="Benchmark id, a prefix of it, or the path of a bundle folder.")],
    program: Annotated[Path, typer.Argument(help="The solution program (.py).")],
    submission: Annotated[
        int, typer.Option(min=0, help="Whose draws: a stored verdict's number gives it again, under its key.")
    ] = 0,
    certify: Annotated[bool, typer.Option("--certify", help="With the many draws of a certificate.")] = False,
    max_cost: Annotated[float | None, typer.Option(min=1e-9, help="Another limit of the unit cost in USD.")] = None,
    max_mass: Annotated[float | None, typer.Option(min=1e-9, help="Another limit of the mass in g.")] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**63 - 1, help="What the program reads as its seed.")] = 0,
    as_json: JsonFlag = False,
) -> None:
    """Judge a solution program against a benchmark: 16 trials with draws of their own."""
    from service.checks import Judging, judge_file

    sys.exit(judge_file(benchmark, program, Judging(submission, certify, max_cost, max_mass, seed), as_json=as_json))


def replay(
    episode: Annotated[str, typer.Argument(help="Episode id, or a prefix of it.")], as_json: JsonFlag = False
) -> None:
    """Make an episode's geometry, pictures, MJCF and verdicts anew, and say hash by hash what is identical."""
    from service.replays import replay_episode

    sys.exit(replay_episode(episode, as_json=as_json))


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
