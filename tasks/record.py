"""The stage that stores what came of a benchmark: episode, solution, state."""

from schemas.benchmark import Benchmark
from schemas.stages import Candidate
from steps import solving
from steps.context import process_context
from tasks.policy import stage


@stage("{candidate.key.label}")
def record(run_id: str, candidate: Candidate) -> Benchmark:
    """Return the benchmark as it is stored, `certified` or `open`."""
    return solving.record(process_context(run_id), candidate)
