"""What programs get wrong is refused with what to change."""

from collections.abc import Callable

import cadquery as cq
import pytest
from build123d import (
    Axis,
    Box,
    Compound,
    Face,
    LinearJoint,
    Location,
    Plane,
    Pos,
    RevoluteJoint,
    RigidJoint,
    Shell,
    Solid,
    Sphere,
)

from schemas.errors import InputError
from workbench.authoring import (
    Assembly,
    Constant,
    Goal,
    Hold,
    Jitter,
    Point,
    Scene,
    Schedule,
    find_component,
    list_components,
    placed_solids,
    screw,
    tube_around,
)
from workbench.kernel.measuring import measure

SQUARE = [(-10, -10), (10, -10), (10, 10), (-10, 10)]


def with_floor() -> Scene:
    scene = Scene()
    scene.fixture("floor", Pos(0, 0, -5) * Box(100, 100, 10), "pla")
    return scene


def mount(origin=(0, 0, 0), normal=(0, 0, 1), body="floor", x_axis=(1, 0, 0)) -> None:
    with_floor().mount("top", body, origin=origin, normal=normal, x_axis=x_axis, outline=SQUARE, depth=5)


def connect_late() -> None:
    design, base, arm = Assembly(), Box(10, 10, 10), Box(4, 4, 40)
    design.part("base", base, "pla", "fdm_printing")
    design.part("arm", arm, "pla", "fdm_printing")
    pivot = RevoluteJoint("pivot", base, axis=Axis((0, 0, 5), (0, 0, 1)))
    pivot.connect_to(RigidJoint("end", arm, Location((0, 0, -20))))
    design.connect("turn", pivot)


def connect_stranger() -> None:
    base, arm = Box(10, 10, 10), Box(4, 4, 40)
    pivot = LinearJoint("rail", base, axis=Axis.X, linear_range=(-5, 5))
    pivot.connect_to(RigidJoint("end", arm))
    design = Assembly()
    design.part("arm", arm - Box(1, 1, 50), "pla", "fdm_printing")
    design.connect("rail", pivot)


def rack() -> Compound:
    return Compound(children=[Pos(0, 0, 10) * Box(20, 20, 20), Pos(40, 0, 10) * Box(20, 20, 20)])


def connect_in_moved_compound() -> None:
    base, arm = Box(10, 10, 10), Box(4, 4, 40)
    pivot = RevoluteJoint("pivot", base, axis=Axis((0, 0, 5), (0, 0, 1)))
    pivot.connect_to(RigidJoint("end", arm, Location((0, 0, -20))))
    design, moved = Assembly(), Compound(children=[base, arm])
    moved.locate(Location((0, 0, 100)))
    design.part("base", base, "pla", "fdm_printing")
    design.part("arm", arm, "pla", "fdm_printing")
    design.connect("turn", pivot)


def save_without_zones() -> None:
    with_floor().save()


def part(solid: object, body_id="plate", material="pla", process="fdm_printing") -> Callable[[], object]:
    return lambda: Assembly().part(body_id, solid, material, process)


MISUSES: list[tuple[Callable[[], object], str]] = [
    (part(Box(1, 1, 1), material="plaa"), "material 'plaa' does not exist; choose one of: pla"),
    (part(Box(1, 1, 1), process="3d printing"), "process '3d printing' does not exist"),
    (part(Box(1, 1, 1), body_id="Base Plate"), "write 'base_plate'"),
    (part(Box(1, 1, 1).faces()[0]), "must be a solid, it is a face"),
    (part(Shell(list[Face](Box(9, 9, 9).faces())[:5])), "it is a shell"),
    (part(Box(1, 1, 1) + Pos(5, 0, 0) * Sphere(1)), "it has 2"),
    (part(rack().mirror(Plane.XY).children[0]), "has it elsewhere; take it from the compound's solids"),
    (part(Compound([Solid.make_box(1, 1, 1), Face.make_rect(3, 3)])), "has faces or lines beside its solid"),
    (part(cq.Workplane().pushPoints([(0, 0), (30, 0)]).box(9, 9, 9, combine=False)), "it has 2"),
    (part(cq.Workplane().box(9, 9, 9).add(cq.Workplane().rect(2, 2))), "has faces or lines beside its solid"),
    (connect_in_moved_compound, "is in a compound that was moved"),
    (part("a box"), "expected a solid of build123d or cadquery, got str"),
    (part(cq.Workplane().rect(3, 3)), "must be a solid, it is a wire"),
    (lambda: Assembly().component("motor", Box(1, 1, 1), "nema17_41"), "component 'nema17_41' does not exist"),
    (lambda: screw("shcs_m4x12", (0, 0, 0), (0, 0, 0)), "must not be the zero vector"),
    (lambda: screw("shcs_m4x12", (0, 0), (0, 0, 1)), "expected three numbers"),
    (lambda: Assembly().attach("link", "a", "b", []), "needs fasteners"),
    (lambda: Assembly().save(), "before save"),
    (save_without_zones, r"call zones\(\) and task\(\) and payload\(\)"),
    (lambda: mount(origin=(0, 0, 3)), "is not on the surface of 'floor'"),
    (lambda: mount(normal=(0, 0, -1)), "normal outwards"),
    (lambda: mount(origin=(45, 0, 0)), "its corner 2 at"),
    (lambda: mount(body="wall"), "add its body 'wall' before"),
    (lambda: mount(x_axis=(0, 0, 1)), "runs along the normal"),
    (lambda: Scene().joint("j", "hinge", "x", axis=(0, 0, 0)), "zero vector"),
    (lambda: Scene().joint("j", "hinge", "x", limits=(10, 20)), "must hold 0"),
    (lambda: Scene().joint("j", "ball", "x", limits=(-10, 20)), "largest tilt"),
    (lambda: Scene().joint("j", "free", "x", damping=1.0), "a free joint has no"),
    (lambda: Scene().drive("d", "j", "velocity", Hold(target=3, gain=1), 5), "use mode 'position'"),
    (lambda: Scene().conveyor("b", (1, 0, 0), Hold(target=3, gain=1)), "scales speed"),
    (lambda: Scene().outlet("o", (0, 0, 0), -12, 60), "greater than 0"),
    (connect_late, "connect joints first, then add bodies"),
    (connect_stranger, "is not a body here"),
    (lambda: Assembly().connect("j", "hinge"), "expected a joint of build123d"),
    (lambda: Assembly().connect("j", RigidJoint("lone", Box(1, 1, 1))), "is not connected"),
    (lambda: placed_solids(Box(1, 1, 1)), "expected an assembly of cadquery"),  # type: ignore[arg-type] - misused
    (lambda: tube_around(Box(5, 5, 5)), "round hole about its own z axis"),
    (lambda: list_components("bearings"), "category 'bearings' does not exist"),
    (lambda: find_component("bolt"), "component 'bolt' does not exist"),
]


@pytest.mark.parametrize("number", range(len(MISUSES)))
def test_misuse_says_what_to_change(number: int) -> None:
    misuse, message = MISUSES[number]
    with pytest.raises(InputError, match=message):
        misuse()


@pytest.mark.parametrize(
    "compound",
    [
        rack().moved(Location((0, 0, 100))),
        Pos(0, 0, 100) * rack(),
        Compound(children=[rack().moved(Location((0, 0, 50)))]).moved(Location((0, 0, 50), (90, 0, 0))),
    ],
)
def test_child_stands_where_its_moved_compound_has_it(compound: Compound) -> None:
    children = compound.children if len(compound.children) == 2 else compound.children[0].children
    design = Assembly()
    for number, child in enumerate(children):
        design.part(f"shelf_{number}", child, "pla", "fdm_printing")
    for solid, shape in zip(compound.solids(), design._shapes.values(), strict=True):
        assert measure(shape).box_mm == pytest.approx(measure(solid.wrapped).box_mm, abs=1e-6)


def test_records_refuse_what_can_not_be() -> None:
    for wrong in (
        lambda: Schedule(points=(Point(time_s=1, level=0), Point(time_s=1, level=1))),
        lambda: Goal(zone="goal", mode="pass_through"),
        lambda: Jitter(yaw_deg=400),
        lambda: Constant(level=float("nan")),
    ):
        with pytest.raises(ValueError, match="validation error"):
            wrong()
