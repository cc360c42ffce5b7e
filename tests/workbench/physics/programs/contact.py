"""Payloads that touch: KIND is collision, toppling or rod; or a weight on a spring that is spun: governor."""

from build123d import Box, Pos, Rot, Sphere

from workbench.authoring import Constant, Goal, Scene

KIND = "collision"
MASSES = ("steel_1018", "steel_1018")
SPEED_MM_S = 500.0
RADIUS_MM = 100.0
SPIN_RAD_S = 3.0
ANGLE_DEG = 20.0
HEIGHT_MM = 60.0
REACH_MM = 60.0

scene = Scene()
goal = Goal(zone="goal")
if KIND == "collision":
    scene.payload("one", Pos(-100, 0, 300) * Sphere(15), MASSES[0], goal, velocity=(SPEED_MM_S, 0, 0))
    scene.payload("other", Pos(0, 0, 300) * Sphere(15), MASSES[1], goal)
elif KIND == "governor":
    scene.driven("hub", Box(20, 20, 20), "al_6061_t6")
    scene.joint("axle", "hinge", "hub", axis=(0, 0, 1))
    scene.drive("motor", "axle", "velocity", Constant(level=SPIN_RAD_S), limit=5.0)
    scene.mover("weight", Pos(RADIUS_MM, 0, 0) * Box(20, 20, 20), "steel_1018")
    scene.joint("arm", "slide", "weight", parent="hub", axis=(1, 0, 0), limits=(-50, 100), stiffness=20.0, damping=0.5)
    scene.payload("load", Pos(0, 500, 0) * Sphere(15), MASSES[0], goal)
elif KIND == "toppling":
    tilt = Rot(0, ANGLE_DEG, 0)
    scene.fixture("slope", tilt * Pos(0, 0, -10) * Box(400, 200, 20), "silicone_60a")
    load = tilt * Pos(0, 0, HEIGHT_MM / 2) * Box(20, 40, HEIGHT_MM)
    scene.payload("load", load, "silicone_60a", goal)
else:
    for name, x in (("left", -100), ("right", REACH_MM)):
        scene.fixture(name, Pos(x, 0, -20) * Box(4, 60, 40), "pom")
    scene.payload("load", Pos(0, 0, 5) * Box(300, 20, 10), "steel_1018", goal)
scene.zones(workspace=((-900,) * 3, (900,) * 3), build=((-9,) * 3, (9,) * 3), goals={"goal": ((-5,) * 3, (5,) * 3)})
scene.task("touch", horizon_s=5, quantity=1, processes=["fdm_printing"], materials=["pla"])
scene.save()
