"""The `derive` command: repairs and cheapenings of certified benchmarks."""

from collections.abc import Sequence

from records.selecting import select_benchmarks
from schemas.benchmark import Benchmark, DerivedTask
from schemas.errors import InputError
from schemas.evaluation import SPLITS, SplitName
from schemas.settings import read_one_shot_settings
from service.printing import print_json, print_line, print_table
from service.progress import open_shown
from service.reading import export_new
from steps.context import RunContext
from steps.deriving import derive
from steps.progress import tell_count, tell_stage


def derive_benchmarks(
    task: DerivedTask, prefixes: Sequence[str], split: SplitName, count: int | None, *, as_json: bool
) -> int:
    """Derive a task from the benchmarks named, or all of a split; return 0 if that went, 1 where none could be made."""
    settings = read_one_shot_settings()
    made: list[Benchmark] = []
    passed_over: list[str] = []
    with open_shown(settings, "derive") as context:
        chosen = tuple(map(context.store.find_benchmark, prefixes)) or _select(context, split, count)
        tell_stage("derive")
        for done, origin in enumerate(chosen):
            tell_count(done, len(chosen), "benchmarks")
            try:
                made.append(derive(context, origin, task))
            except InputError as error:
                if len(chosen) == 1:
                    raise
                passed_over.append(str(error))
    export_new(settings)
    if as_json:
        print_json({"made": [one.model_dump(mode="json") for one in made], "passed_over": passed_over})
        return 0 if made else 1
    rows = [_describe(one) for one in made]
    print_table(f"{len(made)} to {task}", ("benchmark", "family", "split", "of", "limit USD"), rows)
    for line in passed_over:
        print_line(line)
    return 0 if made else 1


def _select(context: RunContext, split: SplitName, count: int | None) -> tuple[Benchmark, ...]:
    found = select_benchmarks(context.store, SPLITS[split], most=count)
    if not found:
        raise InputError(f"no certified benchmark of split '{split}' is stored: make some (`workpiece run`)")
    return found


def _describe(made: Benchmark) -> tuple[str, ...]:
    assert made.benchmark_id and made.derived_from and made.budgets
    ids = made.benchmark_id[:12], made.derived_from[:12]
    return ids[0], made.key.family, made.draft.split, ids[1], f"{made.budgets.max_cost_usd:g}"
