"""Solution programs that cheat or slip: each gets its code through the real sandboxes, and the next job is unharmed."""

import pytest

from agents.procedural_generator import generate_draft
from schemas.benchmark import ItemKey
from steps.building import build_program
from steps.context import RunContext
from steps.judging import judge_design

SCENE = generate_draft(ItemKey(family="drop_chute", seed=7, index=3)).program.source
START = """
import json, os, pathlib
from build123d import Box, Pos
from workbench.authoring import Assembly
made = Assembly()
"""
LOOSE = "made.part({name!r}, Pos({place}) * Box(10, 10, 10), 'pla', 'fdm_printing', loose=True)\n"
OPEN = """
from OCP.BRep import BRep_Builder
from OCP.TopoDS import TopoDS_Shell, TopoDS_Solid
shell, solid, builder = TopoDS_Shell(), TopoDS_Solid(), BRep_Builder()
builder.MakeShell(shell)
builder.MakeSolid(solid)
for face in Box(10, 10, 10).faces()[:5]:
    builder.Add(shell, face.wrapped)
builder.Add(solid, shell)
"""
OPEN_BY_HAND = (
    OPEN
    + """
import hashlib
from workbench.authoring.solids import write_brep
brep = write_brep(solid)
(pathlib.Path(os.environ["WORKPIECE_OUT"]) / "block.brep").write_bytes(brep)
bundle["bodies"][0]["geometry_sha256"] = hashlib.sha256(brep).hexdigest()
path.write_text(json.dumps(bundle))
"""
)
FORGE = """
made.save()
path = pathlib.Path(os.environ["WORKPIECE_OUT"]) / "bundle.json"
bundle = json.loads(path.read_bytes())
bundle["bodies"][0] |= {forged!r}
path.write_text(json.dumps(bundle))
"""
FIXTURE = {"role": "fixture", "process": None}
BLOCK = LOOSE.format(name="block", place="0, 0, 200")

BAD_DESIGNS = {
    "open shell": (OPEN + "made.part('open', solid, 'pla', 'fdm_printing', loose=True)", {"PROGRAM_ERROR"}),
    "open shell by hand": (BLOCK + FORGE.format(forged={}) + OPEN_BY_HAND, {"GEOMETRY_INVALID"}),
    "claimed mass": (BLOCK + FORGE.format(forged={"mass_kg": 0.001}), {"BUNDLE_INVALID"}),
    "claimed hash": (BLOCK + FORGE.format(forged={"geometry_sha256": "0" * 64}), {"BUNDLE_INVALID"}),
    "added fixture": (BLOCK + FORGE.format(forged=FIXTURE), {"ENVIRONMENT_TAMPERED"}),
    "outside": (LOOSE.format(name="block", place="0, 0, 3000") + "made.save()", {"OUTSIDE_BUILD_ZONE"}),
    "moved tray": (LOOSE.format(name="tray", place="0, 0, 200") + "made.save()", {"ENVIRONMENT_TAMPERED"}),
}


@pytest.fixture(scope="module")
def scene(context: RunContext) -> dict[str, bytes]:
    built = build_program(context, SCENE, 1, "scene")
    assert built.reasons == ()
    return dict(built.files)


@pytest.mark.parametrize("name", BAD_DESIGNS)
def test_bad_designs_get_their_code_before_anything_is_simulated(
    context: RunContext, scene: dict[str, bytes], name: str
) -> None:
    source, expected = BAD_DESIGNS[name]
    built = build_program(context, START + source, 1, "assembly")
    reasons = built.reasons
    if built.bundle_hash is not None:
        verdict = judge_design(context, scene, built, None, context.draws("ab" * 32, "preview"))
        assert not verdict.passed and verdict.trials == ()
        reasons = verdict.reasons
    assert {reason.code.value for reason in reasons} == expected
    assert all(reason.message for reason in reasons)
