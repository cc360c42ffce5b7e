"""Options that many commands have."""

import logging
from typing import Annotated

import typer


def _hush(as_json: bool) -> bool:
    if as_json:
        logging.getLogger("workpiece.progress").disabled = True  # by its name: nothing more is imported for --help
    return as_json


JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.", callback=_hush)]
