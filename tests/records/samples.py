"""Records as the pipeline makes them, for tests of the store and the data sets."""

from datetime import UTC, datetime
from decimal import Decimal

from records.provenance_rows import Provenance
from schemas.benchmark import Benchmark, BenchmarkDraft, ItemKey, Parameter, ProgramText, mint_benchmark_id
from schemas.bundle import (
    AssemblyBundle,
    Body,
    Goal,
    Payload,
    Pose,
    ProcessName,
    Role,
    SceneBundle,
    Task,
    Zone,
    Zones,
)
from schemas.episode import Episode, EpisodeKey, EpisodeUse, Preview, ProgramOutput, Solution, Submission
from schemas.jobs import Budgets, Draws
from schemas.messages import (
    Artifact,
    EpisodeGoal,
    Message,
    Plan,
    RequestComplete,
    TodoItem,
    TodoUpdate,
    ToolCall,
    ToolReturn,
)
from schemas.reasons import BenchmarkState, Outcome, Reason, ReasonCode
from schemas.record import Measure, hash_bytes
from schemas.run import Software
from schemas.verdict import (
    JUDGE_VERSION,
    Appraisal,
    BodyMass,
    CheckReport,
    CostLine,
    Hashes,
    PartFinding,
    PriceBreakdown,
    Trial,
    Verdict,
    VerificationReport,
)

MISSED = Reason(code=ReasonCode.GOAL_MISSED, message="missed", numbers=(Measure(name="closest", value=3.5, unit="mm"),))
BUDGETS = Budgets(max_cost_usd=12.0, max_mass_g=80.0)
WEIGHED = BodyMass(
    body="chute", mass_g=60.0, process=ProcessName.FDM_PRINTING, material_id="pla", size_mm=(90.0, 40.0, 30.0)
)
SOFTWARE = Software(
    source="a commit", lock_sha256=None, mujoco="4", kernel="7", catalogue_hash="0" * 64, judge_version=JUDGE_VERSION
)
PROVENANCE = Provenance(SOFTWARE, '{"materials.csv":"material_id"}')
DRAWS = Draws(key_hex="0" * 32, benchmark="0" * 64, purpose="verdict", trials=4, must_pass=4)
SAID = ProgramOutput(stdout="a trough\n", stderr="it raises µ")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
NOTES = b"step one: look at the zones"


def program(text: str) -> ProgramText:
    """A program with its hash."""
    return ProgramText(source=text, sha256=hash_bytes(text.encode()))


def body(name: str, role: Role, geometry: bytes) -> Body:
    """A body whose geometry is these bytes."""
    process = ProcessName.FDM_PRINTING if role is Role.PART else None
    file = f"{name}.brep"
    made = {"material_id": "pla", "process": process}
    return Body(id=name, role=role, geometry=file, geometry_sha256=hash_bytes(geometry), pose=Pose(), **made)


def zone(name: str, half_mm: float) -> Zone:
    """A cube about the origin."""
    return Zone(id=name, min_mm=(-half_mm,) * 3, max_mm=(half_mm,) * 3)


def scene_files(seed: int) -> dict[str, bytes]:
    """The files of a scene bundle."""
    ball, floor = b"ball %d" % seed, b"floor"
    scene = SceneBundle(
        authoring_version="1",
        program_sha256=hash_bytes(b"scene"),
        seed=seed,
        bodies=(body("floor", Role.FIXTURE, floor), body("ball", Role.PAYLOAD, ball)),
        zones=Zones(workspace=zone("workspace", 500), build_zone=zone("build", 200), goal_zones=(zone("goal", 50),)),
        payloads=(Payload(body="ball", goal=Goal(zone="goal")),),
        task=Task(
            statement="Move it.",
            horizon_s=5.0,
            target_quantity=10,
            allowed_processes=(ProcessName.FDM_PRINTING,),
            allowed_materials=("pla",),
        ),
    )
    return {"bundle.json": scene.canonical_json(), "floor.brep": floor, "ball.brep": ball}


def design_files(seed: int) -> dict[str, bytes]:
    """The files of an assembly bundle."""
    part = b"chute %d" % seed
    bodies = (body("chute", Role.PART, part),)
    made = AssemblyBundle(authoring_version="1", program_sha256=hash_bytes(b"design"), seed=seed, bodies=bodies)
    return {"bundle.json": made.canonical_json(), "chute.brep": part}


def benchmark(seed: int, split: str = "train", family: str = "drop_chute") -> Benchmark:
    """A verified item."""
    scene_hash = hash_bytes(scene_files(seed)["bundle.json"])
    checks = tuple(CheckReport(number=n, name=f"check {n}", passed=True, numbers=MISSED.numbers) for n in (1, 2, 3))
    return Benchmark(
        draft=BenchmarkDraft(
            key=ItemKey(family=family, seed=seed, index=0),
            program=program(f"# scene {seed}"),
            parameters=(Parameter(name="drop_mm", value=120.5, unit="mm"), Parameter(name="colour", value="red")),
            kind="static",
            split=split,
            slack=1.3,
        ),
        state=BenchmarkState.VERIFIED,
        scene_hash=scene_hash,
        report=VerificationReport(
            passed=True, checks=checks, canned_passed=("flat_floor",), nothing_reasons=(MISSED,), scene_hash=scene_hash
        ),
        statement="Move it under draft budgets.",
        draft_budgets=Budgets(max_cost_usd=99.0, max_mass_g=999.0),
    )


def refused(seed: int) -> Benchmark:
    """An item whose program failed."""
    failed = Reason(code=ReasonCode.PROGRAM_ERROR, message="Traceback …")
    check = CheckReport(number=1, name="runs twice alike", passed=False, reasons=(failed,))
    report = VerificationReport(passed=False, checks=(check,), scene_hash=None)
    return benchmark(seed).model_copy(
        update={
            "state": BenchmarkState.REFUSED,
            "reasons": (failed,),
            "scene_hash": None,
            "report": report,
            "statement": "",
            "draft_budgets": None,
        }
    )


def settled(item: Benchmark, state: BenchmarkState = BenchmarkState.CERTIFIED) -> Benchmark:
    """The item after the reference engineer."""
    changes = {"state": state, "budgets": BUDGETS, "benchmark_id": mint_benchmark_id(item.scene_hash or "", BUDGETS)}
    changes |= {"statement": "Move it.", "lazy_passed": (), "difficulty": 2, "best_known_cost_usd": 9.5}
    return item.model_copy(update=changes)


def verdict(item: Benchmark, purpose: str, passed: bool = True) -> Verdict:
    """A verdict on the item's design with trials, findings and a price."""
    lines = (
        CostLine(label="print", subject="chute", amount_usd=Decimal("90.01"), rate="1 USD/g", source_row="fdm/pla"),
        CostLine(label="set-up", amount_usd=Decimal("4.99"), rate="1 order", source_row="fdm/setup"),
    )
    price = PriceBreakdown(quantity=10, lines=lines, total_usd=Decimal("95.00"), unit_cost_usd=Decimal("9.50"))
    finding = PartFinding(
        rule_id="fdm_overhang", severity="warning", part="chute", measured=50, limit=45, unit="deg", advice="tilt it"
    )
    trials = tuple(
        Trial(index=n, passed=passed, reasons=() if passed else (MISSED,), end_s=2.5, closest_mm=0.0, steps=2500)
        for n in range(4)
    )
    return Verdict(
        passed=passed,
        purpose=purpose,
        submission=1,
        stage="passed" if passed else "simulation",
        reasons=() if passed else (MISSED,),
        appraisal=Appraisal(findings=(finding,), price=price, masses=(WEIGHED,), mass_g=60.0),
        trials=trials,
        half_step_trials=trials[:2] if purpose == "certify" else (),
        pass_fraction=1.0 if passed else 0.0,
        margin_mm=4.0 if passed else None,
        hashes=Hashes(
            scene=item.scene_hash or "",
            benchmark=settled(item).benchmark_id,
            assembly=hash_bytes(design_files(item.draft.key.seed)["bundle.json"]),
            catalogue=hash_bytes(b"catalogue"),
            mjcf=None,
            judge_version=JUDGE_VERSION,
            mujoco_version="4.0.0",
            cpu_model="any",
        ),
        terms=DRAWS.terms(BUDGETS),
    )


def episode(item: Benchmark, passed: bool = True, cpu_s: float = 0.25) -> Episode:
    """The reference engineer's work on the item."""
    key = EpisodeKey(
        scene_hash=item.scene_hash or "", benchmark_id=None, engineer="reference", engineer_version="1", seed=1
    )
    outcome = Outcome.SOLVED if passed else Outcome.FAILED
    todo = TodoItem(id="look", text="Look", acceptance="seen")
    bodies = (
        EpisodeGoal(statement="Move it.", budgets=BUDGETS),
        Plan(version=1, text="Look, then build.", items=(todo,)),
        ToolCall(call_id="c0", tool="write_file", arguments='{"name":"design.py","text":"# design"}'),
        Artifact(name="design.py", version=1, sha256=hash_bytes(b"# design")),
        ToolReturn(call_id="c0", ok=True, body="{}"),
        ToolCall(call_id="c1", tool="simulate", arguments='{"name":"design.py","trials":4}'),
        ToolReturn(call_id="c1", ok=True, body='{"passed":true}', simulations=4, simulated_s=10.0, program_cpu_s=cpu_s),
        TodoUpdate(item="look", status="done"),
        Artifact(name="notes.md", version=1, sha256=hash_bytes(NOTES)),
        RequestComplete(answers_seq=0, outcome=outcome),
    )
    messages = tuple(
        Message(episode_id=key.episode_id, seq=n, author="engineer", at=datetime.now(UTC), body=said)
        for n, said in enumerate(bodies)
    )
    submission = Submission(
        number=1,
        program=program("# design"),
        bundle_hash=hash_bytes(design_files(item.draft.key.seed)["bundle.json"]),
        verdict=verdict(item, "verdict", passed),
    )
    return Episode(
        key=key,
        policy="reference_search",
        outcome=outcome,
        reasons=() if passed else (MISSED,),
        use=EpisodeUse(previews=1, checks=1, simulations=4, simulated_s=10.0, program_cpu_s=cpu_s),
        submissions=(submission,),
        messages=messages,
    )


def previews(item: Benchmark) -> tuple[Preview, ...]:
    """What the engineer tried: a program without a design, one that misses, one that passes and is looked at twice."""
    missed, passed = program("# missed"), program("# design")
    bundle = hash_bytes(design_files(item.draft.key.seed)["bundle.json"])
    raised = Reason(code=ReasonCode.PROGRAM_ERROR, message="NameError")
    tried = {"kind": "simulate", "bundle_hash": bundle, "draw": 2, "trials": 16, "simulated_s": 10.0}
    return (
        Preview(kind="build", program=program("raise"), bundle_hash=None, reasons=(raised,), cpu_s=0.5, output=SAID),
        Preview(program=missed, reasons=(MISSED,), verdict=verdict(item, "preview", passed=False), **tried),
        Preview(program=passed, verdict=verdict(item, "preview"), **tried),
        Preview(program=passed, verdict=verdict(item, "preview"), **tried),
    )


def solution(item: Benchmark) -> Solution:
    """The expected solution of a settled item."""
    return Solution(
        benchmark_id=item.benchmark_id or "",
        program=program("# design"),
        bundle_hash=hash_bytes(design_files(item.draft.key.seed)["bundle.json"]),
        verdict=verdict(item, "verdict"),
        certificate=verdict(item, "certify"),
        unit_cost_usd=9.5,
        mass_g=60.0,
    )
