"""The stages in which engineers work: the reference engineer, then language models on what it solved."""

from schemas.benchmark import Benchmark
from schemas.reasons import Outcome
from schemas.stages import Candidate
from steps import solving
from steps.context import AGENTS_WITHIN_S, process_context
from steps.engineers import solve_as
from steps.episodes import require_sound
from tasks.policy import stage


@stage("{benchmark.key.label}")
def solve(run_id: str, benchmark: Benchmark) -> Candidate:
    """Return the reference engineer's design for a verified benchmark, if it found one."""
    return solving.solve(process_context(run_id, AGENTS_WITHIN_S), benchmark)


@stage("{benchmark.key.label}")
def solve_by_models(run_id: str, benchmark: Benchmark) -> Outcome:
    """Let the settings' language models work on a certified benchmark, and return how that ended."""
    context = process_context(run_id, AGENTS_WITHIN_S)
    return require_sound(solve_as(context, benchmark, "llm", benchmark.key.seed, run_id)).outcome
