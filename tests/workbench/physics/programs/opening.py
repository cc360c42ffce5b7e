"""A ball above an opening (tube, funnel, fork, u_channel) that is as wide as OPENING_MM."""

from build123d import Axis, Box, Cylinder, Plane, Polyline, Pos, Sphere, make_face, revolve

from workbench.authoring import Goal, Scene

KIND = "tube"
BALL_MM = 46.0
OPENING_MM = 52.0

half = OPENING_MM / 2
scene = Scene()
if KIND == "tube":
    solid = Cylinder(half + 4, 100) - Cylinder(half, 100)
elif KIND == "funnel":
    outline = [(half, -50), (half + 4, -50), (half + 4, 0), (half + 44, 50), (half + 40, 50), (half, 0)]
    solid = revolve(Plane.XZ * make_face(Polyline(*outline, close=True)), Axis.Z)
elif KIND == "fork":
    tines = [Pos(60, side * (half + 5), 0) * Box(120, 10, 10) for side in (-1, 1)]
    solid = Pos(-60, 0, 0) * (Pos(-5, 0, 0) * Box(10, OPENING_MM + 20, 10) + tines[0] + tines[1])
else:
    solid = Box(200, OPENING_MM + 8, 40) - Pos(0, 0, 4) * Box(200, OPENING_MM, 40)
scene.fixture("opening", solid, "pla")
scene.payload("ball", Pos(1, 0.5, 60 + BALL_MM / 2) * Sphere(BALL_MM / 2), "steel_1018", Goal(zone="goal"))
scene.zones(workspace=((-900,) * 3, (900,) * 3), build=((-9,) * 3, (9,) * 3), goals={"goal": ((-5,) * 3, (5,) * 3)})
scene.task("pass", horizon_s=5, quantity=1, processes=["fdm_printing"], materials=["pla"])
scene.save()
