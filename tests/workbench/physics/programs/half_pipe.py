"""A ball released on the wall of a half-pipe along y, ANGLE_DEG from its bottom; the pipe is a shell or a block."""

from math import cos, radians, sin

from build123d import Box, Cylinder, Pos, Rot, Sphere

from workbench.authoring import Goal, Scene

RADIUS_MM = 150.0
BALL_MM = 15.0
ANGLE_DEG = 60.0
WALL_MM = 6.0
BLOCK = False
BALL_MATERIAL = "steel_1018"
PIPE_MATERIAL = "silicone_60a"

scene = Scene()
outer = RADIUS_MM + WALL_MM
bore = Rot(90, 0, 0) * Cylinder(RADIUS_MM, 200)
pipe = Pos(0, 0, -outer / 2) * Box(2 * outer, 100, outer) if BLOCK else Rot(90, 0, 0) * Cylinder(outer, 100)
scene.fixture("pipe", pipe - bore - Pos(0, 0, outer) * Box(4 * outer, 200, 2 * outer), PIPE_MATERIAL)
slant, way = radians(ANGLE_DEG), RADIUS_MM - BALL_MM
ball = Pos(-way * sin(slant), 0, -way * cos(slant)) * Sphere(BALL_MM)
scene.payload("ball", ball, BALL_MATERIAL, Goal(zone="goal"))
scene.zones(workspace=((-900,) * 3, (900,) * 3), build=((-9,) * 3, (9,) * 3), goals={"goal": ((-5,) * 3, (5,) * 3)})
scene.task("roll", horizon_s=5, quantity=1, processes=["fdm_printing"], materials=["pla"])
scene.save()
