"""A payload that moves along x over a level plate that is one solid: SHAPE says what cuts its top into pieces."""

from build123d import Box, Cylinder, Pos, Rot, Sphere

from workbench.authoring import Goal, Scene

SHAPE = "plain"
LOAD = "ball"
SPEED_MM_S = 400.0

scene = Scene()
plate = Box(300, 200, 10)
plates = {
    "plain": plate,
    "cross": Box(300, 100, 10) + Box(80, 200, 10),
    "ribbed": plate + Pos(40, 0, -15) * Box(6, 200, 20) + Pos(0, 30, -15) * Box(300, 6, 20),
    "holes": plate - Pos(-40, 50, 0) * Cylinder(12, 20) - Pos(50, -45, 0) * Cylinder(15, 20),
}
scene.fixture("plate", Pos(0, 0, -5) * plates[SHAPE], "pom")
load = Pos(0, 0, 12) * Sphere(12) if LOAD == "ball" else Pos(0, 0, 8) * Rot(0, 0, 17) * Box(24, 24, 16)
scene.payload("load", Pos(-110, 3, 0) * load, "steel_1018", Goal(zone="goal"), velocity=(SPEED_MM_S, 0.0, 0.0))
scene.zones(workspace=((-900,) * 3, (900,) * 3), build=((-9,) * 3, (9,) * 3), goals={"goal": ((-5,) * 3, (5,) * 3)})
scene.task("seams", horizon_s=5, quantity=1, processes=["fdm_printing"], materials=["pla"])
scene.save()
