"""A balanced rotor on a motor: nothing loads it."""

from build123d import Box, Pos

from workbench.authoring import Assembly, Constant

rotor = Assembly()
rotor.part("rotor", Pos(0, -5, 300) * Box(120, 6, 20), "pla", "fdm_printing")
rotor.joint("shaft", "hinge", "rotor", parent="post", mount="face", anchor=(0, 0, 300), axis=(0, -1, 0))
rotor.motor("motor", "gm37d_12v_50", "shaft", "socket", Constant(level=1.0))
rotor.save()
