"""The `replay` and `reverify` commands: what is stored, made again, and what is no longer the same."""

from schemas.settings import read_one_shot_settings
from service.printing import print_json, print_line, print_table
from service.progress import open_shown
from steps.replaying import Replayed, replay, reverify

SHORT = 12


def replay_episode(prefix: str, *, as_json: bool) -> int:
    """Make an episode's hashes anew; return 0 if all are identical, else 1."""
    with open_shown(read_one_shot_settings(), "replay") as context:
        episode = context.store.find_episode(prefix)
        made = replay(context, episode)
    same = sum(one.identical for one in made)
    if as_json:
        print_json([one.model_dump() | {"identical": one.identical} for one in made])
    else:
        print_table("", ("what", "stored", "made again", "identical"), [_row(one) for one in made])
        print_line(f"{same} of {len(made)} are identical", "bold")
    return 0 if same == len(made) else 1


def reverify_solutions(*, as_json: bool) -> int:
    """Judge every stored solution again; return 0 if no verdict has moved, else 1."""
    with open_shown(read_one_shot_settings(), "reverify") as context:
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
    return 1 if moved else 0


def _row(one: Replayed) -> tuple[object, ...]:
    return one.what, one.stored and one.stored[:SHORT], one.made and one.made[:SHORT], "yes" if one.identical else "NO"
