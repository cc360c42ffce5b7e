"""What moves in build123d and cadquery moves the same way in the bundle."""

import cadquery as cq
import numpy as np
import pytest
from build123d import (
    Axis,
    BallJoint,
    Box,
    Cylinder,
    CylindricalJoint,
    LinearJoint,
    Location,
    Pos,
    RevoluteJoint,
    RigidJoint,
    Rot,
)

from workbench.authoring import Assembly, placed_solids, screw, tube_around
from workbench.authoring.solids import extract_solid
from workbench.kernel.measuring import measure

BASE = Pos(5, 0, 0) * Rot(0, 0, 30) * Box(20, 20, 10)
AT, ALONG = (5, 0, 5), (0, 0, 1)
AXIS = Axis(AT, ALONG)
JOINTS = {
    "revolute": (lambda b: RevoluteJoint("j", b, axis=AXIS, angular_range=(-30, 90)), {"angle": 20}),
    "endless": (lambda b: RevoluteJoint("j", b, axis=AXIS), {"angle": 20}),
    "linear": (lambda b: LinearJoint("j", b, axis=AXIS, linear_range=(0, 50)), {"position": 10}),
    "cylindrical": (lambda b: CylindricalJoint("j", b, axis=AXIS, linear_range=(0, 50)), {"position": 10, "angle": 5}),
    "ball": (lambda b: BallJoint("j", b, Location(AT)), {}),
}
FOUND = {
    "revolute": [("turn", "hinge", (-50.0, 70.0))],
    "endless": [("turn", "hinge", None)],
    "linear": [("turn", "slide", (-10.0, 40.0))],
    "cylindrical": [("turn_slide", "slide", (-10.0, 40.0)), ("turn_hinge", "hinge", None)],
    "ball": [("turn", "ball", None)],
}


def connected(kind: str) -> tuple[Assembly, object]:
    base, arm = Location(BASE.location) * Box(20, 20, 10), Box(4, 4, 40)
    make, options = JOINTS[kind]
    joint = make(base)
    joint.connect_to(RigidJoint("end", arm, Location((0, 0, -20))), **options)
    design = Assembly()
    design.part("base", base, "pla", "fdm_printing")
    design.part("arm", arm, "pla", "fdm_printing")
    return design, joint


@pytest.mark.parametrize("kind", list(JOINTS))
def test_build123d_joint_moves_the_same_way(kind: str) -> None:
    design, joint = connected(kind)
    design.connect("turn", joint)
    found = [(j.id, j.kind, (j.range.min, j.range.max) if j.range else None) for j in design.joints]
    assert found == FOUND[kind]
    for made in design.joints:
        assert (made.parent, made.child) == ("base", "arm")
        assert made.anchor_mm == pytest.approx(AT)
        assert kind == "ball" or made.axis == pytest.approx(ALONG)


def test_child_that_owns_the_hinge_turns_the_other_way() -> None:
    base, lid = Box(20, 20, 10), Box(20, 20, 2)
    rigid = RigidJoint("edge", base, Location((10, 0, 5)))
    rigid.connect_to(RevoluteJoint("hinge", lid, axis=Axis((0, 0, 0), (0, 1, 0)), angular_range=(0, 100)), angle=40)
    design = Assembly()
    for name, solid in (("base", base), ("lid", lid)):
        design.part(name, solid, "pla", "fdm_printing")
    design.connect("turn", rigid)
    made = design.joints[0]
    assert (made.child, made.range.min, made.range.max) == ("lid", -60.0, 40.0)


def test_rigid_joints_become_an_attachment() -> None:
    base, top = Box(20, 20, 10), Box(20, 20, 6)
    joint = RigidJoint("top", base, Location((0, 0, 5)))
    joint.connect_to(RigidJoint("under", top, Location((0, 0, -3))))
    design = Assembly()
    for name, solid in (("base", base), ("top", top)):
        design.part(name, solid, "pla", "fdm_printing")
    design.attach_joint("seam", joint, [screw("shcs_m4x16", (0, 0, 11), (0, 0, -1))])
    assert (design.attachments[0].a, design.attachments[0].b) == ("top", "base")
    assert measure(extract_solid(top, "top")).centre_mm == pytest.approx([0, 0, 8], abs=1e-6)


def test_solved_cadquery_assembly_stands_where_its_constraints_say() -> None:
    base, post = cq.Workplane().box(40, 40, 10), cq.Workplane().box(10, 10, 30)
    model = cq.Assembly().add(base, name="base", loc=cq.Location((7, 8, 9))).add(post, name="post")
    model.constrain("base", "Fixed").constrain("base@faces@>Z", "post@faces@<Z", "Plane").solve()
    found = {name: measure(extract_solid(solid, name)).centre_mm for name, solid in placed_solids(model).items()}
    assert found["base"] == pytest.approx([7, 8, 9], abs=1e-6)
    assert found["post"] == pytest.approx([7, 8, 29], abs=1e-6)


def test_tube_around_fills_a_bearing_of_rings() -> None:
    place = Pos(10, 20, 30) * Rot(90, 0, 0)
    rings = (Cylinder(11, 7) - Cylinder(9, 7)) + (Cylinder(6, 7) - Cylinder(4, 7))
    size = measure(tube_around(place * rings))
    assert size.volume_mm3 == pytest.approx(np.pi * (11**2 - 4**2) * 7)
    assert size.centre_mm == pytest.approx([10, 20, 30], abs=1e-6)


def test_joint_on_the_environment_names_its_body_and_mount() -> None:
    panel, arm = Box(100, 10, 100), Box(40, 6, 10)
    hinge = RevoluteJoint("hinge", panel, axis=Axis((0, -5, 0), (0, -1, 0)), angular_range=(-45, 45))
    hinge.connect_to(RigidJoint("end", arm, Location((-18, 0, 0))), angle=0)
    design = Assembly()
    design.part("arm", arm, "pla", "fdm_printing")
    design.connect("turn", hinge, parent="panel", mount="face", damping=0.1, limits=(-10, 10))
    made = design.joints[0]
    assert (made.parent, made.mount_id, made.damping) == ("panel", "face", 0.1)
    assert (made.range.min, made.range.max) == (-10.0, 10.0)
