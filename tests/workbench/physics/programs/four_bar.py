"""A crank of 30 mm on a motor turns a rocker of 70 mm by a coupler of 90 mm; the ground link has 100 mm."""

import math

from build123d import Box, Pos, Rot

from workbench.authoring import Assembly, Constant

CRANK_MM, COUPLER_MM, ROCKER_MM, GROUND_MM = 30.0, 90.0, 70.0, 100.0
LEVEL = 0.3

far_mm = GROUND_MM - CRANK_MM
lean = math.acos((COUPLER_MM**2 + far_mm**2 - ROCKER_MM**2) / (2 * COUPLER_MM * far_mm))
a, d = (0.0, 300.0), (GROUND_MM, 300.0)
b = (CRANK_MM, 300.0)
c = (b[0] + COUPLER_MM * math.cos(lean), 300 + COUPLER_MM * math.sin(lean))


def bar(start: tuple, end: tuple, y: float) -> Box:
    """Return a link between two points of the plane at a depth."""
    length, angle = math.dist(start, end), math.degrees(math.atan2(end[1] - start[1], end[0] - start[0]))
    return Pos((start[0] + end[0]) / 2, y, (start[1] + end[1]) / 2) * Rot(0, -angle, 0) * Box(length + 8, 4, 8)


linkage = Assembly()
for name, start, end, y in (("crank", a, b, -10), ("coupler", b, c, -20), ("rocker", d, c, -30)):
    linkage.part(name, bar(start, end, y), "al_6061_t6", "laser_cutting")
axis = (0, -1, 0)
linkage.joint("drive", "hinge", "crank", parent="post", mount="face", anchor=(a[0], -10, a[1]), axis=axis)
linkage.joint("knee", "hinge", "coupler", parent="crank", anchor=(b[0], -15, b[1]), axis=axis)
linkage.joint("swing", "hinge", "rocker", parent="post", mount="face", anchor=(d[0], -30, d[1]), axis=axis)
linkage.joint("close", "hinge", "rocker", parent="coupler", anchor=(c[0], -25, c[1]), axis=axis)
linkage.motor("motor", "gm37d_12v_50", "drive", "socket", Constant(level=LEVEL))
linkage.save()
