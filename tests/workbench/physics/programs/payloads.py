"""Four payloads at once, each above a tray of its own: SHAPES names their kinds."""

from build123d import Box, Cone, Cylinder, Pos, Rot, Sphere, Torus

from workbench.authoring import Goal, Scene

SHAPES = ("sphere", "cube", "rod", "ring")

solids = {
    "sphere": Sphere(12),
    "cube": Box(20, 20, 20),
    "box": Box(30, 20, 12),
    "cylinder": Cylinder(12, 20),
    "rod": Rot(0, 90, 0) * Cylinder(5, 50),
    "capsule": Rot(0, 90, 0) * (Cylinder(6, 30) + Pos(0, 0, 15) * Sphere(6) + Pos(0, 0, -15) * Sphere(6)),
    "ring": Torus(16, 5),
    "tube": Cylinder(16, 12) - Cylinder(9, 12),
    "cone": Cone(15, 5, 20),
}
scene = Scene()
scene.fixture("floor", Pos(0, 0, -5) * Box(800, 300, 10), "plywood_birch")
goals = {}
for number, shape in enumerate(SHAPES):
    x = -300 + 200 * number
    tray = Pos(x, 0, 15) * (Box(110, 110, 30) - Pos(0, 0, 5) * Box(100, 100, 30))
    scene.fixture(f"tray_{number}", tray, "abs")
    passes = {"mode": "pass_through", "face": "+z", "max_exit_speed_m_s": 3.0} if shape == "cube" else {}
    scene.payload(shape, Pos(x, 0, 60) * solids[shape], "pom", Goal(zone=f"goal_{number}", **passes))
    goals[f"goal_{number}"] = ((x - 50, -50, 4), (x + 50, 50, 40))
scene.zones(workspace=((-400, -150, -10), (400, 150, 300)), build=((-9, 100, 0), (9, 140, 90)), goals=goals)
scene.task("fall", horizon_s=8, quantity=1, processes=["fdm_printing"], materials=["pla"])
scene.save()
