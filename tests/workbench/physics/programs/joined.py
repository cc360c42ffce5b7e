"""Two plates at right angles, screwed together and let fall."""

from build123d import Box, Cylinder, Pos, Rot

from workbench.authoring import Assembly, screw

pose = Pos(-150, 0, 150) * Rot(30, 40, 10)
holes = [Pos(x, 0, 0) * Cylinder(2.2, 40) for x in (-20, 20)]
joined = Assembly()
joined.part("lower", pose * (Box(80, 60, 6) - holes[0] - holes[1]), "pla", "fdm_printing")
joined.part("upper", pose * (Pos(0, 0, 23) * Box(80, 12, 40) - holes[0] - holes[1]), "pla", "fdm_printing")
up = (pose * Pos(0, 0, 1)).position - pose.position
heads = [(pose * Pos(x, 0, -3)).position for x in (-20, 20)]
joined.attach("seam", "upper", "lower", [screw("shcs_m4x16", tuple(head), tuple(up)) for head in heads])
joined.save()
