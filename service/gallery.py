"""The `gallery` command: a page with a picture and an animation of each benchmark."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from agents.procedural_generator import check_families
from agents.splits import TEST_SPLITS
from records.file_store import write_durably
from records.selecting import select_benchmarks
from schemas.benchmark import Benchmark
from schemas.errors import InputError, storing
from schemas.evaluation import SPLITS
from schemas.settings import read_one_shot_settings
from service.gallery_page import Shown, write_page
from service.printing import print_line
from service.progress import open_shown
from steps.context import RunContext
from steps.progress import tell_count, tell_stage
from steps.rendering import film_design

PAGE, PICTURES = "index.html", "pictures"


def make_gallery(folder: Path | None, names: Sequence[str], families: Sequence[str], *, solutions: bool) -> None:
    """Draw the named benchmarks, or all certified ones (of some families), and write the page that shows them.

    Pictures that are there stay. Expected solutions are drawn where asked for, of test splits only of what is named.
    """
    check_families(families)
    if names and families:
        raise InputError("name benchmarks or families, not both")
    settings = read_one_shot_settings()
    target = folder or settings.workspace.workspace / "gallery"
    with open_shown(settings, "render") as context:
        chosen = _choose(context, names, families)
        solved = {one.key.item_id for one in chosen if solutions and (names or one.draft.split not in TEST_SPLITS)}

        def draw(one: Benchmark) -> Shown:
            return Shown(one, _draw(context, one, target, solution=one.key.item_id in solved))

        tell_stage("draw")
        shown = list[Shown]()
        with ThreadPoolExecutor(settings.sandbox.judges) as threads:
            for one in threads.map(draw, chosen):
                shown.append(one)
                tell_count(len(shown), len(chosen), "benchmarks")
    with storing(target):
        write_durably(target / PAGE, write_page(shown).encode())
    print_line(str(target / PAGE))


def _choose(context: RunContext, names: Sequence[str], families: Sequence[str]) -> tuple[Benchmark, ...]:
    """Return the benchmarks to be shown, each once; raises InputError for none, and for an item without a scene."""
    if not names:
        found = select_benchmarks(context.store, SPLITS["all"], families)
    else:
        found = tuple({one.key.item_id: one for one in map(context.store.find_benchmark, names)}.values())
    if not found:
        raise InputError("there is no certified benchmark to show: make some by `workpiece run`")
    if unseen := [one.key.label for one in found if one.scene_hash is None or not one.report.passed]:
        raise InputError(f"{unseen[0]} is no verified scene: there is nothing to show of it")
    return found


def _draw(context: RunContext, one: Benchmark, folder: Path, *, solution: bool) -> dict[str, str]:
    """Draw what is not there yet, and return the names of the pictures; of a benchmark without a solution fewer."""
    assert one.scene_hash is not None, "chosen for its scene"
    known = context.store.find_solution(one.benchmark_id) if solution and one.benchmark_id else None
    start = f"{PICTURES}/{one.scene_hash[:16]}"
    pictures = {"scene": f"{start}.png", "nothing": f"{start}.gif"}
    _film(context, folder, one.scene_hash, None, {"view_0.png": pictures["scene"], "trial.gif": pictures["nothing"]})
    if known is not None:
        pictures["solution"] = f"{start}-{known.bundle_hash[:16]}.gif"
        _film(context, folder, one.scene_hash, known.bundle_hash, {"trial.gif": pictures["solution"]})
    return pictures


def _film(context: RunContext, folder: Path, scene: str, design: str | None, wanted: dict[str, str]) -> None:
    """Draw a scene, with a design or without, unless each of the wanted files is there."""
    if all((folder / file).is_file() for file in wanted.values()):
        return
    files = context.store.load_bundle_files(design) if design else {}
    drawn = film_design(context, context.store.load_bundle_files(scene), files)
    with storing(folder):
        for name, file in wanted.items():
            write_durably(folder / file, drawn[name])
