"""A lever on a pin in a ball bearing, heavier at its right end, over a stop that belongs to its own bracket."""

from build123d import Box, Cylinder, Pos, Rot

from workbench.authoring import Assembly, screw

LIMITS = None
STOP_MM = 286.0

design = Assembly()
across = Rot(90, 0, 0)
holes = [Pos(0, 5, z) * across * Cylinder(2.25, 10) for z in (286, 314)]
plate = Pos(0, 5, 300) * Box(200, 10, 60) + Pos(0, -20, 300) * across * Cylinder(4, 40) - holes
stop = Pos(80, -20, STOP_MM - 10) * Box(20, 40, 20)
design.part("bracket", plate + stop, "al_6061_t6", "cnc_milling")
design.attach("held", "bracket", "post", [screw("shcs_m4x16", (0, 0, z), (0, 1, 0)) for z in (286, 314)], mount="face")
around = Pos(0, -30, 300)
bearing = around * across * (Cylinder(11, 7) - Cylinder(4, 7))
design.component("bearing", bearing, "brg_608")
beam = Box(220, 8, 10) + across * Cylinder(16, 8) + Pos(50, 0, 15) * Box(20, 8, 20)
design.part("lever", around * (beam - across * Cylinder(11, 60)), "steel_1018", "cnc_milling")
design.interface("press", "bearing", "lever")
design.interface("slide", "bearing", "bracket")
pivot = {"anchor": (0, -30, 300), "axis": (0, 1, 0), "limits": LIMITS}
design.joint("pivot", "hinge", "lever", parent="bracket", through="bearing", **pivot)
design.save()
