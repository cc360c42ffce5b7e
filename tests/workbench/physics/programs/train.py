"""A motor turns a disc, and a coupling ties it to a lever or a sliding weight that hangs on the post too."""

from build123d import Box, Cylinder, Pos, Rot

from workbench.authoring import Assembly, Constant

KIND = "gears"
RATIO = -1 / 3
COMPONENTS = ("gear_m1_20_st", "gear_m1_60_pom")
LEVEL = 1.0

train = Assembly()
train.part("disc", Pos(0, -5, 300) * Rot(90, 0, 0) * Cylinder(9, 6), "steel_1018", "laser_cutting")
train.joint("turn", "hinge", "disc", parent="post", mount="face", anchor=(0, 0, 300), axis=(0, -1, 0))
if KIND in ("gears", "belt"):
    train.part("load", Pos(90, -5, 300) * Box(100, 6, 10), "al_6061_t6", "laser_cutting")
    train.joint("move", "hinge", "load", parent="post", mount="face", anchor=(40, 0, 300), axis=(0, -1, 0))
else:
    train.part("load", Pos(60, -5, 300) * Box(40, 40, 40), "steel_1018", "laser_cutting")
    train.joint("move", "slide", "load", parent="post", mount="face", axis=(0, 0, 1), limits=(-200, 200))
train.couple("tie", KIND, "turn", "move", RATIO, COMPONENTS)
train.motor("motor", "gm37d_12v_50", "turn", "socket", Constant(level=LEVEL))
train.save()
