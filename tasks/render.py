"""The stage that draws a benchmark with its expected solution."""

from schemas.benchmark import Benchmark
from steps.context import process_context
from steps.rendering import render_benchmark
from tasks.policy import stage


@stage("{benchmark.key.label}")
def render(run_id: str, benchmark: Benchmark) -> None:
    """Draw pictures and drawings into the workspace, unless they are there."""
    render_benchmark(process_context(run_id), benchmark)
