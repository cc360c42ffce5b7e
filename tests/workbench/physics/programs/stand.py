"""A post with a mount and an outlet, for designs; the payload lies far away."""

from build123d import Box, Pos

from workbench.authoring import Goal, Scene

scene = Scene()
scene.fixture("floor", Pos(0, 0, -10) * Box(800, 800, 20), "plywood_birch")
scene.fixture("post", Pos(0, 30, 200) * Box(40, 40, 400), "al_6061_t6")
square = [(-20, -20), (20, -20), (20, 20), (-20, 20)]
scene.mount("face", "post", origin=(0, 10, 300), normal=(0, -1, 0), x_axis=(1, 0, 0), outline=square, depth=20)
scene.outlet("socket", (0, 0, 0), voltage_v=12, power_w=60)
scene.payload("block", Pos(350, 350, 15) * Box(30, 30, 30), "pla", Goal(zone="goal"))
scene.zones(workspace=((-900,) * 3, (900,) * 3), build=((-9,) * 3, (9,) * 3), goals={"goal": ((-5,) * 3, (5,) * 3)})
scene.task("lift", horizon_s=5, quantity=1, processes=["fdm_printing"], materials=["pla"])
scene.save()
