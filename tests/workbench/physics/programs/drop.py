"""A ball above a plate: falls, bounces, or is shot at it."""

from build123d import Box, Pos, Sphere

from workbench.authoring import Goal, Scene

HEIGHT_MM = 100.0
RADIUS_MM = 10.0
SPEED_MM_S = 0.0
BALL_MATERIAL = "steel_1018"
PLATE_MATERIAL = "steel_1018"
PLATE_MM = 20.0

scene = Scene()
scene.fixture("plate", Pos(0, 0, -PLATE_MM / 2) * Box(200, 200, PLATE_MM), PLATE_MATERIAL)
ball = Pos(0, 0, HEIGHT_MM + RADIUS_MM) * Sphere(RADIUS_MM)
scene.payload("ball", ball, BALL_MATERIAL, Goal(zone="goal"), velocity=(0, 0, -SPEED_MM_S))
scene.zones(workspace=((-900,) * 3, (900,) * 3), build=((-9,) * 3, (9,) * 3), goals={"goal": ((-5,) * 3, (5,) * 3)})
scene.task("fall", horizon_s=5, quantity=1, processes=["fdm_printing"], materials=["pla"])
scene.save()
