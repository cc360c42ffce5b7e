"""The command line. Exit status: 0 done, 1 refused or cancelled, 2 bad input, 3 machine, 128+n by signal n."""

import logging
import os
import signal
import sys
import threading
from typing import Annotated, NoReturn

import typer

from schemas.errors import InfrastructureError, InputError, QualityError, StoppedError, WorkpieceError
from service.commands import engineers, judge, look, look_after, make
from service.printing import print_error, widen

PANELS = {
    "Make": (make.run, make.derive, make.export, make.views, make.gallery),
    "Judge": (judge.verify, judge.judge, judge.replay, judge.reverify, judge.check, judge.price),
    "Engineers": (engineers.solve, engineers.evaluate, engineers.optimize, engineers.cancel),
    "Look": (look.runs, look.episodes, look.show, look.render, look.query, look.metrics, look.coverage),
    "Look after": (
        look_after.upload,
        look_after.backup,
        look_after.restore,
        look_after.merge,
        look_after.deploy,
        look_after.ui,
        look_after.reconcile,
        look_after.doctor,
        look_after.mend,
    ),
}
app = typer.Typer(
    help="Verified mechanical-design problems and the traces of solving them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
skills_app = typer.Typer(help="Skills learned from episodes on the training split.", no_args_is_help=True)
app.add_typer(skills_app, name="skills", rich_help_panel="Engineers")
for panel, commands in PANELS.items():
    for command in commands:
        app.command(rich_help_panel=panel)(command)
for about_skills in (engineers.skills_list, engineers.skills_show, engineers.skills_effect):
    skills_app.command(about_skills.__name__.removeprefix("skills_"))(about_skills)
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


def _interrupt(number: int, _: object) -> NoReturn:
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, signal.SIG_DFL)  # a second one ends it at once
    print_error("interrupted; the same command, given again, goes on where it was")
    logging.disable()  # what ends now has nothing to add
    latest = threading.Timer(ENDS_WITHIN_S, os._exit, (128 + number,))
    latest.daemon = True
    latest.start()
    raise Interrupted(number)
