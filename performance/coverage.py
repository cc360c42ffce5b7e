"""Draws and verifies so many scenes without search, over all families in turn, and covers them.

`python -m performance.coverage [--count 1000] [--picture FILE]` prints the shares of features and the spreads of
parameters too, with `--json` the figures alone. Nothing is admitted: near-copies and the mix of a batch are left in.
"""

import argparse
import os
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from performance.printing import Figure, print_figures
from records.coverage import DrawnScene, measure_coverage

SEED = 19
KEY = "00112233445566778899aabbccddeeff"


def main() -> None:
    """Verify the scenes, print what they cover and how long that took."""
    from agents.families import FAMILIES
    from service.coverage_plot import plot_coverage
    from service.covering import SHAPES, print_coverage

    asked = argparse.ArgumentParser()
    asked.add_argument("--count", type=int, default=1000)
    asked.add_argument("--picture", type=Path)
    asked.add_argument("--json", action="store_true")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"WORKPIECE_WORKSPACE": folder, "WORKPIECE_JUDGE_KEY": KEY}
        start = time.perf_counter()
        scenes = verify_scenes(given.count)
        seconds = time.perf_counter() - start
    report = measure_coverage(scenes, tuple(FAMILIES), SHAPES)
    if given.picture is not None:
        plot_coverage(report, given.picture)
    if not given.json:
        print_coverage(report)
    thin = sum(one.thin for one in report.features if one.of != "difficulty")
    print_figures(
        [
            Figure("scenes_verified_share", len(scenes) / given.count, "ratio"),
            Figure("scenes_verified_per_hour", 3600 * len(scenes) / seconds, "1/h"),
            Figure("thin_features", thin, "features"),
            Figure("empty_parameter_bins", sum(s.empty for group in report.groups for s in group.numbers), "bins"),
        ]
    )


def verify_scenes(count: int) -> list[DrawnScene]:
    """Return what the first `count` items of the seed draw, as far as they verify."""
    from agents.procedural_generator import generate_draft, plan_family
    from schemas.benchmark import ItemKey
    from schemas.bundle import SceneBundle
    from schemas.features import list_features
    from schemas.jobs import BUNDLE_FILE
    from schemas.settings import read_settings
    from schemas.stages import Proposal
    from steps.context import open_context
    from steps.verifying import verify_geometry, verify_schema, verify_simulation

    def verify(index: int) -> DrawnScene | None:
        draft = generate_draft(ItemKey(family=plan_family((), SEED, index), seed=SEED, index=index))
        scene = verify_geometry(context, Proposal(draft=draft))
        scene = verify_simulation(context, verify_schema(context, scene))
        if not scene.report.passed or scene.bundle_hash is None:
            return None
        bundle = SceneBundle.from_json(context.store.load_bundle_files(scene.bundle_hash)[BUNDLE_FILE])
        features = list_features(bundle, draft.program.source)
        return DrawnScene(draft.key.family, draft.kind, None, features, draft.parameters)

    settings = read_settings()
    with open_context(settings, "coverage") as context, ThreadPoolExecutor(settings.sandbox.judges) as threads:
        return [scene for scene in threads.map(verify, range(count)) if scene is not None]


if __name__ == "__main__":
    main()
