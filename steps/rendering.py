"""Draws stored benchmarks and designs: pictures of the scene with the payload's path, drawings of the parts."""

import logging
from collections.abc import Mapping
from pathlib import Path

from schemas.benchmark import Benchmark, name_pictures
from schemas.errors import InputError, storing
from schemas.jobs import RenderDesign, RenderReply
from steps.building import design_files, scene_files
from steps.context import RunContext
from steps.sandboxes import require

LOGGER = logging.getLogger("workpiece")
STILLS_S = (0.0, 0.5, 1.0, 2.0)
SMALL = RenderDesign(width_px=480, height_px=360, drawings=False, film=True)


def render_benchmark(context: RunContext, benchmark: Benchmark) -> tuple[Path, ...]:
    """Draw a benchmark, with its expected solution where one is known, as `pictures/<item>/…`: how it begins.

    Skips what exists, and what can't be drawn.
    """
    folder = locate_pictures(context, benchmark)
    if folder.exists() or benchmark.scene_hash is None:
        return tuple(sorted(folder.glob("*"))) if folder.exists() else ()
    files = context.store.load_bundle_files(benchmark.scene_hash)
    solution = context.store.find_solution(benchmark.benchmark_id) if benchmark.benchmark_id else None
    design = context.store.load_bundle_files(solution.bundle_hash) if solution else {}
    try:
        return write_folder(folder, draw_design(context, files, design, times_s=STILLS_S[:1]))
    except InputError as fault:  # geometry that ends the renderer alone: its verdict stands
        LOGGER.warning("%s: no pictures: %s", benchmark.key.label, fault)
        return ()


def locate_pictures(context: RunContext, benchmark: Benchmark) -> Path:
    """Return the folder of a benchmark's pictures."""
    return context.settings.workspace.pictures_folder / name_pictures(benchmark.draft.key.item_id)


def draw_design(
    context: RunContext,
    scene: Mapping[str, bytes],
    design: Mapping[str, bytes],
    *,
    times_s: tuple[float, ...] = STILLS_S,
    film: bool = False,
) -> Mapping[str, bytes]:
    """Return pictures by file name, a film too where asked for; raises InputError where nothing can be drawn."""
    return render(context, RenderDesign(times_s=times_s, film=film), scene_files(scene) | design_files(design))


def film_design(context: RunContext, scene: Mapping[str, bytes], design: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """Return a small picture of how it begins, `view_0.png`, and the trial in motion, `trial.gif`; raises as above."""
    return render(context, SMALL, scene_files(scene) | design_files(design))


def render(context: RunContext, job: RenderDesign, files: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """Return what a job draws by file name; raises InputError where nothing can be drawn."""
    answer = context.call(job, files)
    if reasons := require(RenderReply, answer).reasons:
        raise InputError("; ".join(f"{reason.code}: {reason.message}" for reason in reasons))
    return answer.outcome.files


def write_folder(folder: Path, files: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Write files into a folder that appears complete or not at all; one that is there stays."""
    if not folder.exists():
        unfinished = folder.with_suffix(".part")
        with storing(folder):
            unfinished.mkdir(parents=True, exist_ok=True)
            for name, data in files.items():
                (unfinished / name).write_bytes(data)
            unfinished.rename(folder)
    return tuple(sorted(folder.glob("*")))
