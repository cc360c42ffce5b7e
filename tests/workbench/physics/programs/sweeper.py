"""An arm on a shaft in a ball bearing, turned by a gearmotor through two gears, sweeps the cube and goes back."""

from build123d import Box, Cylinder, Pos, Rot

from workbench.authoring import Assembly, Point, Schedule, screw

MOTOR = "gm37d_12v_18p75"
PIVOT, MOTOR_AT = (15, -28), (-25, -28)
START_DEG = 140.0
PUSH = 0.1

at_pivot, at_motor = Pos(*PIVOT), Pos(*MOTOR_AT)
design = Assembly()

plate = Pos(-21, -3, 94) * Box(138, 110, 8)
flange = Pos(-87, 0, 69) * Box(6, 70, 58)
seat = at_pivot * Pos(0, 0, 94) * Cylinder(11, 8)
collar = at_motor * Pos(0, 0, 94) * Cylinder(6.5, 8)
wall_holes = [Pos(-87, y, 60) * Rot(0, 90, 0) * Cylinder(2.25, 12) for y in (-15, 15)]
motor_holes = [at_motor * Pos(0, y, 94) * Cylinder(1.7, 8) for y in (-15.5, 15.5)]
design.part("bracket", plate + flange - seat - collar - wall_holes - motor_holes, "pla", "fdm_printing")
wall_screws = [screw("shcs_m4x16", (-84, y, 60), (-1, 0, 0)) for y in (-15, 15)]
design.attach("to_post", "bracket", "post", wall_screws, mount="face")

threads = [at_motor * Pos(0, y, 85) * Cylinder(1.25, 10) for y in (-15.5, 15.5)]
motor = at_motor * (Pos(0, 0, 64) * Cylinder(18.5, 52) + Pos(0, 0, 98) * Cylinder(3, 16)) - threads
design.component("motor", motor, MOTOR)
motor_screws = [screw("shcs_m3x16", (MOTOR_AT[0], MOTOR_AT[1] + y, 98), (0, 0, -1)) for y in (-15.5, 15.5)]
design.attach("motor_to_bracket", "bracket", "motor", motor_screws)
design.component("pinion", at_motor * Pos(0, 0, 109) * (Cylinder(11, 20) - Cylinder(3, 20)), "gear_m1_20_st")
design.joint("spin", "hinge", "pinion", parent="bracket", anchor=(*MOTOR_AT, 94), axis=(0, 0, 1), through="motor")
design.interface("press", "motor", "pinion")

design.component("bearing", at_pivot * Pos(0, 0, 94) * (Cylinder(11, 7) - Cylinder(4, 7)), "brg_608")
design.interface("press", "bearing", "bracket")
design.component("shaft", at_pivot * Pos(0, 0, 60) * Cylinder(4, 110), "shaft_8")
design.interface("slide", "bearing", "shaft")
design.joint(
    "turn",
    "hinge",
    "shaft",
    parent="bracket",
    anchor=(*PIVOT, 94),
    axis=(0, 0, 1),
    limits=(-125, 5),
    through="bearing",
)
design.component("gear", at_pivot * Pos(0, 0, 107) * (Cylinder(31, 15) - Cylinder(4, 15)), "gear_m1_60_pom")
design.interface("press", "gear", "shaft")
design.interface("mesh", "pinion", "gear")
design.couple("gears", "gears", "spin", "turn", -20 / 60, ["gear_m1_20_st", "gear_m1_60_pom"])

bar = Rot(0, 0, START_DEG) * Pos(48, 0, 14) * Box(94, 8, 12)
arm = at_pivot * (Pos(0, 0, 14) * Cylinder(12, 12) + bar - Pos(0, 0, 14) * Cylinder(4, 12))
design.part("arm", arm, "pla", "fdm_printing")
design.interface("press", "shaft", "arm")

design.component("driver", Pos(-60, 25, 103) * Box(38, 28, 10), "driver_vnh5019")
design.loose.append("driver")
levels = [(0.0, PUSH), (1.15, PUSH), (1.25, -PUSH), (2.0, -PUSH), (2.1, 0.0)]
design.motor("drive", MOTOR, "spin", "socket", Schedule(points=[Point(time_s=t, level=u) for t, u in levels]))
design.save()
