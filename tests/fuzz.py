"""Sends damaged bundles and MJCF files through real judge sandboxes: `python -m tests.fuzz [COUNT]`.

Case k is a pure function of k. What was done at this commit is kept in `workspace/fuzz.json`: run again, it goes on.
"""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from lxml import etree

from performance.printing import Figure, print_figures
from sandbox import SessionPool, open_backend
from schemas import jobs
from schemas.record import hash_bytes
from schemas.sandbox import MIB, JobEnding, Limits, SessionKind
from schemas.settings import SandboxSettings

SEED, COUNT, CHUNK = 20, 10_000, 250
STATE = Path(__file__).parents[1] / "workspace" / "fuzz.json"
LIMITS = Limits(cpu_seconds=20, wall_seconds=120.0, memory_bytes=2048 * MIB)
TYPED = frozenset({JobEnding.COMPLETED, JobEnding.PROGRAM_CRASHED, JobEnding.PROGRAM_TIMEOUT, JobEnding.PROGRAM_MEMORY})
"""Endings that hostile geometry may have; a PROGRAM_ERROR would be an exception of the judge's own code."""
ODD = (None, True, -1, 0, 1e-9, 1e308, float("nan"), float("inf"), 2**70, "", "a" * 5000, "../x", "\x00", "é", [], {},
       [1, 2, 3], "cube", "plate", "floor", "post", "steel_1018", "goal", "fixture", "hinge")  # fmt: skip
NUMBERS = ("0", "-1", "1e-9", "1e9", "1e30", "1e308", "-1e308", "nan", "inf", "99999999", "2147483648", "0.5", "1 2",
           "1 2 3 4 5 6 7", "", "x", "true", "box", "mesh", "free", "../a", "/etc/passwd", "world", "é")  # fmt: skip
RICH = b"""<mujoco><option timestep="0.002"/><size memory="1M"/>
<default><default class="d"><geom condim="4"/><joint damping="1"/></default></default>
<asset><hfield name="h" nrow="4" ncol="4" size="1 1 1 1"/><texture name="t" type="2d" builtin="checker" width="8"
height="8"/><material name="m" texture="t"/><mesh name="tet" vertex="0 0 0 1 0 0 0 1 0 0 0 1"/></asset>
<worldbody><geom type="plane" size="1 1 .1" material="m"/><geom type="hfield" hfield="h" pos="3 0 0"/>
<replicate count="3" offset="0 0 .3"><body pos="0 0 .5"><freejoint/><geom name="b" size=".1"/></body></replicate>
<body name="a" childclass="d" pos="1 0 1"><joint name="j" axis="0 1 0" range="-1 1" limited="true"/><geom type="capsule"
size=".02 .2"/><site name="s"/><body name="c" pos="0 0 .4"><joint name="k" type="slide"/><geom type="box"
size=".1 .1 .1"/><site name="e"/></body></body><body pos="2 0 1"><freejoint/><geom type="mesh" mesh="tet"/></body>
<flexcomp name="f" type="grid" count="3 3 1" spacing=".1 .1 .1" dim="2" mass="1" pos="-1 0 1"/></worldbody>
<tendon><spatial name="r"><site site="s"/><site site="e"/></spatial><fixed name="x"><joint joint="j" coef="1"/></fixed>
</tendon><equality><joint joint1="j" joint2="k"/><weld body1="a"/></equality>
<actuator><motor joint="j" gear="2"/><position tendon="r" kp="3"/></actuator>
<sensor><touch site="s"/><framepos objtype="body" objname="a"/></sensor><keyframe><key time="0"/></keyframe></mujoco>"""


@dataclass(frozen=True)
class Case:
    """One job with damaged files."""

    number: int
    job: jobs.Job
    files: Mapping[str, bytes]


@dataclass
class Tally:
    """How jobs ended, and those that had no typed answer."""

    endings: Counter[str] = field(default_factory=Counter)
    untyped: list[str] = field(default_factory=list)


@cache
def sound_files() -> dict[str, bytes]:
    """Return the files of a scene and of a design on it, that the judge accepts."""
    from tests.workbench.judge.scenes import OVER_GOAL, design, scene
    from workbench.authoring.solids import write_brep

    files: dict[str, bytes] = {}
    for prefix, bundle in ((jobs.SCENE_PREFIX, scene(OVER_GOAL, horizon_s=1.0)), (jobs.ASSEMBLY_PREFIX, design())):
        files[f"{prefix}{jobs.BUNDLE_FILE}"] = bundle.record.canonical_json()
        for body in bundle.record.bodies:
            shape = bundle.solids[body.id].shape
            files[f"{prefix}{body.geometry}"] = write_brep(shape.Located(type(shape.Location())()))
    return files


def make_case(number: int) -> Case:
    """Return case `number`: half of them MJCF files, half bundles."""
    rng = np.random.default_rng([SEED, number])
    if number % 2:
        return Case(number, jobs.VerifyMjcf(), {"model.xml": _damage_mjcf(rng)})
    draws = jobs.Draws(key_hex="00" * 16, benchmark="ab" * 32, purpose="verdict", trials=1, must_pass=1)
    choices: tuple[jobs.Job, ...] = (jobs.ConvertBundle(), jobs.AppraiseDesign(), jobs.JudgeDesign(draws=draws),
                                     jobs.VerifySimulation(draws=draws))  # fmt: skip
    job = choices[int(rng.choice(4, p=(0.45, 0.35, 0.15, 0.05)))]
    return Case(number, job, _damage_bundles(rng))


def _damage_bundles(rng: np.random.Generator) -> dict[str, bytes]:
    files = dict(sound_files())
    prefix = (jobs.SCENE_PREFIX, jobs.ASSEMBLY_PREFIX)[int(rng.integers(2))]
    record = json.loads(files[name := f"{prefix}{jobs.BUNDLE_FILE}"])
    if rng.random() < 0.4:
        body = record["bodies"][int(rng.integers(len(record["bodies"])))]
        file = f"{prefix}{body['geometry']}"
        files[file] = _damage_bytes(rng, files[file])
        body["geometry_sha256"] = hash_bytes(files[file])
    else:
        for _ in range(int(rng.integers(1, 4))):
            _damage_json(rng, record)
    files[name] = json.dumps(record).encode()
    if rng.random() < 0.05:
        files[name] = _damage_bytes(rng, files[name])
    return files


def _damage_bytes(rng: np.random.Generator, data: bytes) -> bytes:
    if rng.random() < 0.1:
        return data[: int(rng.integers(len(data)))]
    changed = bytearray(data)
    for _ in range(int(rng.integers(1, 5))):
        changed[int(rng.integers(len(changed)))] = int(rng.integers(256))
    return bytes(changed)


def _list_places(value: Any, found: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Return every container of a JSON value with each of its keys."""
    keys: Iterable[Any] = (
        value.keys() if isinstance(value, dict) else range(len(value) if isinstance(value, list) else 0)
    )
    for key in list(keys):
        found.append((value, key))
        _list_places(value[key], found)
    return found


def _damage_json(rng: np.random.Generator, record: dict[str, Any]) -> None:
    places = _list_places(record, [])
    holder, key = places[int(rng.integers(len(places)))]
    value, change = holder[key], rng.random()
    if isinstance(value, int | float) and not isinstance(value, bool) and change < 0.6:
        holder[key] = value * float(rng.choice([-1, 0, 0.5, 1.01, 3, 1000])) + float(rng.choice([0, 0, 1e-3, 7]))
    elif isinstance(value, list) and value and change < 0.5:
        value.append(value[int(rng.integers(len(value)))])
    elif change < 0.7:
        holder[key] = ODD[int(rng.integers(len(ODD)))]
    elif change < 0.85:
        other, place = places[int(rng.integers(len(places)))]
        holder[key] = json.loads(json.dumps(other[place]))
    else:
        del holder[key]


def _damage_mjcf(rng: np.random.Generator) -> bytes:
    root = etree.fromstring(RICH)
    for _ in range(int(rng.integers(1, 4))):
        nodes = [node for node in root.iter() if node is not root]
        node, other = (nodes[int(rng.integers(len(nodes)))] for _ in range(2))
        names = sorted(map(str, node.attrib)) or ["name"]
        change, name = rng.random(), names[int(rng.integers(len(names)))]
        if change < 0.6:
            node.set(name, str(rng.choice(NUMBERS)))
        elif change < 0.7:
            node.set(str(rng.choice(sorted(map(str, other.attrib)) or ["size"])), str(rng.choice(NUMBERS)))
        elif change < 0.8:
            node.attrib.pop(name, None)
        elif change < 0.9:
            other.append(etree.fromstring(etree.tostring(node)))
        elif node.getparent() is not None:
            node.getparent().remove(node)
    xml = etree.tostring(root)
    return _damage_bytes(rng, xml) if rng.random() < 0.1 else xml


def try_case(pool: SessionPool, case: Case) -> tuple[str, str]:
    """Return how a case ended and, where that is no typed answer, what was said."""
    outcome = pool.call(case.job.canonical_json(), case.files, LIMITS)
    if outcome.ending is JobEnding.COMPLETED:
        jobs.parse_reply(outcome.payload or b"", case.job)
        return outcome.ending, ""
    told = (
        ""
        if outcome.ending in TYPED
        else f"case {case.number} {case.job.job} {outcome.ending}: {outcome.detail[-900:]}"
    )
    return outcome.ending, told


def run_cases(pool: SessionPool, numbers: Iterable[int], threads: int, tally: Tally) -> None:
    """Try cases and add them to the tally."""
    with ThreadPoolExecutor(threads) as executor:
        for ending, told in executor.map(lambda number: try_case(pool, make_case(number)), numbers):
            tally.endings[ending] += 1
            tally.untyped += [told] if told else []


def _chunks(done: int, count: int) -> Iterator[range]:
    for start in range(done, count, CHUNK):
        yield range(start, min(start + CHUNK, count))


def main() -> None:
    """Try all cases that this commit has not tried; exit status 1 where one had no typed answer."""
    count = next((int(word) for word in sys.argv[1:] if word.isdigit()), COUNT)
    commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
    kept = json.loads(STATE.read_text()) if STATE.exists() else {}
    tally = Tally()
    if kept.get("commit") == commit:
        tally = Tally(Counter(kept["endings"]), kept["untyped"])
    with SessionPool(open_backend(SandboxSettings()), SessionKind.JUDGE, 2, "fuzz") as pool:
        for chunk in _chunks(tally.endings.total(), count):
            run_cases(pool, chunk, 2, tally)
            STATE.parent.mkdir(exist_ok=True)
            STATE.write_text(json.dumps({"commit": commit, "endings": tally.endings, "untyped": tally.untyped}))
    sys.stderr.write("".join(f"{told}\n" for told in tally.untyped))
    print_figures(
        [
            Figure("fuzz_cases", tally.endings.total(), ""),
            Figure("fuzz_untyped_answers", len(tally.untyped), ""),
            *(Figure(f"fuzz_{ending.lower()}", number, "") for ending, number in sorted(tally.endings.items())),
        ]
    )
    sys.exit(bool(tally.untyped))


if __name__ == "__main__":
    main()
