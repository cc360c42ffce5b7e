"""A motor on a horizontal shaft holds a steel block at the end of an arm."""

from build123d import Box, Pos

from workbench.authoring import Assembly, Constant, screw

arm = Assembly()
arm.part("beam", Pos(50, -5, 300) * Box(100, 6, 10), "al_6061_t6", "laser_cutting")
arm.part("weight", Pos(90, -18, 300) * Box(20, 20, 20), "steel_1018", "laser_cutting")
arm.attach("held", "weight", "beam", [screw("shcs_m4x12", (90, -2, z), (0, -1, 0)) for z in (298, 302)])
arm.joint("shaft", "hinge", "beam", parent="post", mount="face", anchor=(0, 0, 300), axis=(0, -1, 0))
arm.motor("motor", "gm37d_12v_50", "shaft", "socket", Constant(level=1.0))
arm.save()
