"""A compound pendulum cut in CAD: a bar with a window, hinged near its upper end, let go from 2 degrees."""

from build123d import Box, Pos, Rot, Sphere

from workbench.authoring import Goal, Scene

START_DEG = 2.0

bar = Box(30, 10, 240) - Pos(0, 0, -40) * Box(16, 20, 60)
scene = Scene()
scene.mover("bar", Pos(0, 0, 300) * Rot(0, START_DEG, 0) * Pos(0, 0, -100) * bar, "al_6061_t6")
scene.joint("pivot", "hinge", "bar", anchor=(0, 0, 300), axis=(0, 1, 0))
scene.payload("ball", Pos(300, 0, 0) * Sphere(10), "pla", Goal(zone="goal"))
scene.zones(workspace=((-900,) * 3, (900,) * 3), build=((-9,) * 3, (9,) * 3), goals={"goal": ((-5,) * 3, (5,) * 3)})
scene.task("swing", horizon_s=5, quantity=1, processes=["fdm_printing"], materials=["pla"])
scene.save()
