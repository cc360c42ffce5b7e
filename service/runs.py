"""The `run` command: runs the pipeline flow in this process and shows what it made."""

from flows.pipeline import RunOrder, run_pipeline
from schemas.errors import InputError
from schemas.settings import WorkspaceSettings
from service.printing import CONSOLE, print_json, print_table

COLUMNS = ("no.", "benchmark", "family", "checks", "outcome", "reason", "cost USD", "mass g")


def make_run(count: int, seed: int | None, families: tuple[str, ...], *, as_json: bool) -> int:
    """Make a batch; return the exit status: 0 if any benchmark came out verified, else 1."""
    if count < 1:
        raise InputError("--count must be at least 1")
    summary = run_pipeline(RunOrder(count=count, seed=seed, families=families))
    if as_json:
        print_json(summary)
    else:
        rows = [
            (r.index, r.benchmark, r.family, r.checks, r.outcome, r.reason, r.cost_usd, r.mass_g) for r in summary.rows
        ]
        print_table(f"Run {summary.run_id[:12]}: {summary.certified} of {len(rows)} certified", COLUMNS, rows)
        workspace = WorkspaceSettings()
        CONSOLE.print(
            f"Data:       {workspace.datasets_folder} ({summary.exported_rows} new rows); ask them: workpiece query"
        )
        CONSOLE.print(f"Pictures:   {workspace.pictures_folder}")
        CONSOLE.print("Prefect UI: make ui, then http://127.0.0.1:4200")
    return 0 if any(row.outcome != "draft" for row in summary.rows) else 1
