"""The `solve` and `cancel` commands: an engineer at work on a stored benchmark, and the wish that it stops."""

from schemas.reasons import NOT_THEIRS, Outcome
from schemas.settings import read_one_shot_settings, read_settings
from service.findings import print_reasons
from service.printing import print_json, print_line, print_table
from service.progress import open_shown
from service.reading import export_new, open_recorded
from steps.engineers import solve_as

STATUS = {Outcome.SOLVED: 0, Outcome.INFRASTRUCTURE: 3, Outcome.DEFECT: 3}


def solve_benchmark(prefix: str, engineer: str, seed: int, *, as_json: bool) -> int:
    """Let an engineer solve a benchmark; return 0 if it is solved, 3 if machinery or program failed, else 1."""
    settings = read_one_shot_settings()
    with open_shown(settings, "solve") as context:
        episode = solve_as(context, context.store.find_benchmark(prefix), engineer, seed)
    if as_json:
        print_json(episode)
    else:
        key, used = episode.key.episode_id[:12], episode.use.model_dump()
        rows = [("outcome", episode.outcome.value), ("submissions", len(episode.submissions)), *used.items()]
        print_table(f"Episode {key}", ("what", "amount"), rows)
        print_reasons(episode.reasons)
        print_line(f"read it: workpiece show {key}")
        if episode.outcome in NOT_THEIRS:
            print_line("not the engineer failed, but the machinery or this program: the same command tries again")
    export_new(settings)
    return STATUS.get(episode.outcome, 1)


def cancel_episode(prefix: str) -> None:
    """Ask a running episode to stop."""
    with open_recorded(read_settings()) as store:
        key = store.request_cancellation(prefix, "command line")[:12]
        print_line(f"episode {key} ends as CANCELLED within 10 s where it is at work, else when it is begun again")
