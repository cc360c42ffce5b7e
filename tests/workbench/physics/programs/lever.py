"""A lever in a ball bearing with a block at 80 mm on one side and one of twice the volume at 40 mm on the other."""

from build123d import Box, Cylinder, Pos, Rot

from workbench.authoring import Assembly

SHARE = 1.0

lever = Assembly()
beam = Box(220, 8, 10) + Rot(90, 0, 0) * Cylinder(16, 8)
light = [Pos(-80, 0, z) * Box(20, 20, 10) for z in (-10, 10)]
heavy = [Pos(40, 0, z) * Box(20 * SHARE, 40, 10) for z in (-10, 10)]
around = Pos(0, -30, 300)
bearing = around * Rot(90, 0, 0) * (Cylinder(11, 7) - Cylinder(4, 7))
lever.component("bearing", bearing, "brg_608")
lever.part("lever", around * (beam + light + heavy - Rot(90, 0, 0) * Cylinder(11, 60)), "steel_1018", "laser_cutting")
lever.interface("press", "bearing", "lever")
place = {"anchor": (0, -30, 300), "axis": (0, -1, 0)}
lever.joint("pivot", "hinge", "lever", parent="post", mount="face", through="bearing", **place)
lever.save()
