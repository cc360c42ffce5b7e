"""Judges designs as the files that a program leaves behind, in a scene that a plate on a post does not disturb."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from schemas.record import hash_bytes
from schemas.verdict import Verdict
from tests.workbench.judge.scenes import OVER_GOAL, catalogue, draws, plate, scene, screws
from workbench.authoring import Assembly
from workbench.authoring.solids import write_brep
from workbench.judge.verdict import Case, judge, judge_unread
from workbench.kernel.loading import LoadedBundle, load_bundle
from workbench.reasons import Refused

Files = dict[str, bytes]
Record = dict[str, Any]


@cache
def solved() -> LoadedBundle:
    """A scene whose payload drops into its goal by itself: what fails in it fails by the design."""
    return scene(OVER_GOAL)


def pack(extra: Callable[[Assembly], object] | None = None, solid=None, fasteners=None, **given) -> Files:
    """Return the files of a plate on the post, and of whatever `extra` adds."""
    made = Assembly()
    made.part("plate", solid or plate(), given.get("material", "pla"), given.get("process", "fdm_printing"))
    made.attach("link", "plate", "post", fasteners or screws(), mount="face")
    if extra is not None:
        extra(made)
    return save(made)


def save(made: Assembly) -> Files:
    """Return the files of a design."""
    with TemporaryDirectory() as folder:
        made.save(Path(folder))
        return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def forge(edit: Callable[[Record], object], files: Files | None = None) -> Files:
    """Return files whose record somebody has edited by hand."""
    files = files or pack()
    record = json.loads(files["bundle.json"])
    edit(record)
    return files | {"bundle.json": json.dumps(record).encode()}


def swap_solid(shape, files: Files | None = None) -> Files:
    """Return files in which the plate's geometry is any shape of the kernel, with the hash that belongs to it."""
    data = write_brep(shape)
    edit = lambda record: record["bodies"][0].update(geometry_sha256=hash_bytes(data))  # noqa: E731  a table row
    return forge(edit, files) | {"plate.brep": data}


def judge_files(files: Files, environment: LoadedBundle | None = None, budgets=None, **changes) -> Verdict:
    """Return the judge's verdict on files that claim to be a design."""
    environment, given = environment or solved(), draws(**changes)
    loaded = load_bundle(files)
    if isinstance(loaded, Refused):
        return judge_unread((environment.bundle_hash, None, catalogue().hash), loaded.reasons, given)
    return judge(Case(environment, loaded, given, budgets, catalogue()))[0]


def is_sound(files: Files, environment: LoadedBundle | None = None, budgets=None) -> bool:
    """Say whether the sane sibling of a cheat passes, in two trials."""
    verdict = judge_files(files, environment, budgets, purpose="preview", trials=2, must_pass=2)
    assert verdict.passed, verdict.reasons
    return verdict.passed


def body(record: Record, **fields) -> Record:
    """Return one more body for a forged record, like its first but for some fields."""
    return record["bodies"][0] | fields
