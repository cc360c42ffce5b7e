"""The `replay` and `reverify` commands: what is stored, made again, and what is no longer the same."""

from collections.abc import Sequence

from schemas.settings import read_one_shot_settings
from service.printing import print_json, print_line, print_table
from service.progress import open_shown
from service.reading import require_workspace
from steps.replaying import Rejudged, Replayed, replay, reverify

SHORT = 12


def replay_episode(prefix: str, *, as_json: bool) -> int:
    """Make an episode's hashes anew; return 0 if all are identical, else 1."""
    settings = read_one_shot_settings()
    require_workspace(settings)
    with open_shown(settings, "replay") as context:
        episode = context.store.find_episode(prefix)
        made = replay(context, episode)
    same = sum(one.identical for one in made)
    if as_json:
        print_json([one.model_dump() | {"identical": one.identical} for one in made])
    else:
        print_table("", ("what", "stored", "made again", "identical"), [_row(one) for one in made])
        print_line(f"{same} of {len(made)} are identical", "bold")
        _tell_keys(made)
    return 0 if same == len(made) else 1


def reverify_solutions(*, as_json: bool) -> int:
    """Judge every stored solution again; return 0 if no verdict has moved, else 1."""
    settings = read_one_shot_settings()
    require_workspace(settings)
    with open_shown(settings, "reverify") as context:
        judged = tuple(reverify(context))
    moved = [one for one in judged if one.moved]
    if as_json:
        print_json([one.model_dump() | {"moved": one.moved} for one in judged])
    else:
        for one in moved:
            print_line(f"{one.benchmark_id[:SHORT]} {one.purpose} on design {one.bundle_hash[:SHORT]}", "bold red")
            for change in one.changes:
                print_line(f"  {change}")
        same = sum(one.identical for one in judged)
        print_line(f"{len(moved)} of {len(judged)} verdicts have moved; {same} are the same byte for byte", "bold")
        _tell_keys(judged)
    return 1 if moved else 0


def _tell_keys(made: Sequence[Replayed | Rejudged]) -> None:
    """Say of how many verdicts the draws were others, and what gives those again."""
    others = sum(not one.same_key for one in made)
    if others:
        print_line(f"{others} of them under another key of the draws, so by others than before:")
        print_line("put that judge.key back, or set WORKPIECE_JUDGE_KEY")
        print_line("(that of `make run` stands in the Makefile)")


def _row(one: Replayed) -> tuple[object, ...]:
    return one.what, one.stored and one.stored[:SHORT], one.made and one.made[:SHORT], "yes" if one.identical else "NO"
