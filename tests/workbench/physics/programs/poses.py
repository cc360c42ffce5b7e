"""Wedges and brackets with any rotation and any origin: of their geometry, or of their location."""

from build123d import Box, Pos, Rot, Sphere, Wedge

from workbench.authoring import Goal, Scene

PLACES = [((120.0, -70.0, 40.0), (10.0, 200.0, 77.0)), ((-200.0, 33.0, 250.0), (91.0, -45.0, 5.0))]

bracket = Box(60, 40, 6) + Pos(-27, 0, 20) * Box(6, 40, 40)
scene = Scene()
for number, (place, turn) in enumerate(PLACES):
    located = Pos(*place) * Rot(*turn)
    scene.mover(f"wedge_{number}", located * Wedge(60, 30, 40, 0, 0, 30, 40), "pla")
    baked = (located * bracket).fuse(located * Pos(0, 0, -10) * Box(60, 40, 20))
    scene.mover(f"bracket_{number}", baked, "pla")
scene.payload("ball", Pos(500, 0, 0) * Sphere(10), "pla", Goal(zone="goal"))
scene.zones(workspace=((-900,) * 3, (900,) * 3), build=((-9,) * 3, (9,) * 3), goals={"goal": ((-5,) * 3, (5,) * 3)})
scene.task("stand", horizon_s=5, quantity=1, processes=["fdm_printing"], materials=["pla"])
scene.save()
