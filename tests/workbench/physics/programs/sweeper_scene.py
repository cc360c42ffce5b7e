"""A cube on a floor has to be swept aside; a post carries designs and an outlet feeds them."""

from build123d import Box, Pos

from workbench.authoring import Goal, Jitter, Scene

scene = Scene()
scene.fixture("floor", Pos(0, 0, -5) * Box(360, 300, 10), "plywood_birch")
scene.fixture("post", Pos(-100, 0, 60) * Box(20, 80, 120), "plywood_birch")
outline = [(-38, -58), (38, -58), (38, 58), (-38, 58)]
scene.mount("face", "post", origin=(-90, 0, 60), normal=(1, 0, 0), x_axis=(0, 1, 0), outline=outline, depth=15)
scene.outlet("socket", (-100, 0, 120), voltage_v=12, power_w=100)
start = Jitter(position_mm=(2, 2, 0), yaw_deg=10)
scene.payload("cube", Pos(0, 30, 10) * Box(20, 20, 20), "pom", Goal(zone="goal"), jitter=start)
scene.zones(
    workspace=((-150, -150, -10), (170, 150, 250)),
    build=((-90, -60, 0), (50, 60, 200)),
    goals={"goal": ((55, -75, -2), (165, 75, 60))},
)
scene.task("Sweep the cube.", horizon_s=6, quantity=100, processes=["fdm_printing"], materials=["pla"])
scene.save()
