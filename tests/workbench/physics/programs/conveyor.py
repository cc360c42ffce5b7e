"""A box on a slab with a moving surface."""

from build123d import Box, Pos, Rot

from workbench.authoring import Goal, Scene

SPEED_MM_S = 300.0
YAW_DEG = 0.0
BELT_MATERIAL = "steel_1018"
LOAD_MATERIAL = "plywood_birch"

turn = Rot(0, 0, YAW_DEG)
scene = Scene()
scene.driven("belt", turn * Pos(0, 0, -5) * Box(1000, 120, 10), BELT_MATERIAL)
scene.conveyor("belt", (SPEED_MM_S, 0, 0))
scene.payload("load", turn * Pos(-400, 0, 15) * Box(30, 30, 30), LOAD_MATERIAL, Goal(zone="goal"))
scene.zones(workspace=((-900,) * 3, (900,) * 3), build=((-9,) * 3, (9,) * 3), goals={"goal": ((-5,) * 3, (5,) * 3)})
scene.task("ride", horizon_s=5, quantity=1, processes=["fdm_printing"], materials=["pla"])
scene.save()
