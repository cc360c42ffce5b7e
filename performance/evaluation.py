"""Evaluates the reference engineer and two scripted ones on 40 benchmarks, as `workpiece evaluate` does; resumable."""

import json
import os
import sys
from pathlib import Path

from performance.printing import Figure, print_figures

BENCHMARKS, SEED = 40, 17
FAMILIES = ("drop_chute", "pendulum_hazard", "conveyor_divert")
FOLDER = Path(__file__).parents[1] / "workspace" / "evaluation"
KEY = "00112233445566778899aabbccddeeff"
POLICIES = ("designer", "careless")


def main() -> None:
    """Make what is missing, evaluate, and print the share that each engineer solved at the first attempt."""
    os.environ |= {"WORKPIECE_WORKSPACE": str(FOLDER), "WORKPIECE_JUDGE_KEY": KEY}
    from schemas.evaluation import EvaluationOrder
    from schemas.settings import read_one_shot_settings
    from service.evaluations import print_evaluation, run_evaluation

    make_benchmarks()
    names = ["reference"]
    for policy in POLICIES:
        script = FOLDER / f"{policy}.json"
        script.write_text(json.dumps({"policy": policy}))
        names.append(f"scripted:{script}")
    order = EvaluationOrder(engineers=tuple(names), split="all", count=BENCHMARKS)
    done, folder = run_evaluation(read_one_shot_settings(), order)
    if "--json" not in sys.argv:
        print_evaluation(done, folder)
    shares = [(row.label, row.solved_at_1) for row in done.rows if row.group == "all" and row.solved_at_1]
    print_figures([Figure(f"solved_{label.replace(':', '_')}", share.share, "ratio") for label, share in shares])


def make_benchmarks() -> None:
    """Make benchmarks of the families in turn until so many are certified; those that are stored are not made again."""
    from agents.procedural_generator import plan_family
    from schemas.benchmark import ItemKey
    from schemas.reasons import BenchmarkState
    from steps.context import open_context, read_one_shot_settings
    from steps.generating import make_item
    from steps.solving import solve_item

    run_id, index, certified = "e" * 64, 0, 0
    with open_context(read_one_shot_settings(), "evaluation") as context:
        context.store.record_run(run_id, "{}")
        while certified < BENCHMARKS:
            key = ItemKey(family=plan_family(FAMILIES, SEED, index), seed=SEED, index=index)
            item = solve_item(context, make_item(context, run_id, key))
            certified += item.state is BenchmarkState.CERTIFIED
            index += 1


if __name__ == "__main__":
    main()
