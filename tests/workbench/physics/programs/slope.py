"""A payload on an inclined plane, whole or of strips; SHAPE: box, chamfered (a hull), sphere, cylinder, tube, torus."""

from build123d import Box, Cylinder, Pos, Rot, Sphere, Torus, chamfer

from workbench.authoring import Goal, Scene

ANGLE_DEG = 20.0
SHAPE = "box"
PAYLOAD_MATERIAL = "steel_1018"
SLOPE_MATERIAL = "pom"
STRIPS = 1
SIZE_MM = 40.0
LENGTH_MM = 1000.0

tilt = Rot(0, ANGLE_DEG, 0)
scene = Scene()
strip = LENGTH_MM / STRIPS
for number in range(STRIPS):
    x = -LENGTH_MM / 2 + strip * (number + 0.5)
    scene.fixture(f"slope_{number}", tilt * Pos(x, 0, -10) * Box(strip, 200, 20), SLOPE_MATERIAL)

block = Box(SIZE_MM, SIZE_MM, SIZE_MM)
shapes = {
    "box": block,
    "chamfered": chamfer(block.edges(), 3) if SHAPE == "chamfered" else None,
    "sphere": Sphere(SIZE_MM / 2),
    "cylinder": Rot(90, 0, 0) * Cylinder(SIZE_MM / 2, SIZE_MM),
    "tube": Rot(90, 0, 0) * (Cylinder(SIZE_MM / 2, SIZE_MM / 2) - Cylinder(0.4 * SIZE_MM, SIZE_MM)),
    "torus": Rot(90, 0, 0) * Torus(0.4 * SIZE_MM, 0.1 * SIZE_MM),
}
scene.payload(
    "load", tilt * Pos(-0.45 * LENGTH_MM, 0, SIZE_MM / 2) * shapes[SHAPE], PAYLOAD_MATERIAL, Goal(zone="goal")
)
scene.zones(workspace=((-900,) * 3, (900,) * 3), build=((-9,) * 3, (9,) * 3), goals={"goal": ((-5,) * 3, (5,) * 3)})
scene.task("slide", horizon_s=5, quantity=1, processes=["fdm_printing"], materials=["pla"])
scene.save()
