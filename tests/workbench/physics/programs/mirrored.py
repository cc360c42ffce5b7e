"""A payload thrown onto a tilted bracket, or all of it mirrored at x = 0; LOAD: box, chamfered, sphere, bracket."""

from build123d import Box, Plane, Pos, Rot, Shape, Sphere, chamfer, mirror

from workbench.authoring import Goal, Scene

MIRRORED = False
LOAD = "box"
TILT_DEG = 20.0


def reflect(solid: Shape) -> Shape:
    """Return the solid or its mirror image."""
    return mirror(solid, about=Plane.YZ) if MIRRORED else solid


scene = Scene()
bracket = Pos(0, 0, -5) * Box(120, 80, 10) + Pos(55, 0, 20) * Box(10, 80, 60) + Pos(0, 35, 10) * Box(120, 10, 40)
bracket += Pos(-40, -20, 0) * Box(20, 20, 20)
block = Box(24, 18, 12)
loads = {
    "box": block,
    "chamfered": chamfer(block.edges(), 2),
    "sphere": Sphere(12),
    "bracket": Box(24, 18, 6) + Pos(9, 0, 6) * Box(6, 18, 12),
}
scene.fixture("bracket", reflect(Rot(0, TILT_DEG, 0) * Rot(8, 0, 0) * bracket), "pla")
load, speed = Pos(-5, 3, 45) * Rot(10, 15, 20) * loads[LOAD], -120.0 if MIRRORED else 120.0
scene.payload("load", reflect(load), "pom", Goal(zone="goal"), velocity=(speed, 60.0, 0.0))
scene.zones(workspace=((-900,) * 3, (900,) * 3), build=((-9,) * 3, (9,) * 3), goals={"goal": ((-5,) * 3, (5,) * 3)})
scene.task("mirror", horizon_s=5, quantity=1, processes=["fdm_printing"], materials=["pla"])
scene.save()
