"""Units that are converted and constants of physics, the same on host and in sandboxes."""

import math

GRAVITY_M_S2 = 9.81
M_PER_MM = 1e-3
RAD_PER_DEG = math.pi / 180
KG_PER_G, G_PER_KG = 1e-3, 1e3
RAD_S_PER_RPM = math.pi / 30
PA_PER_MPA, PA_PER_GPA = 1e6, 1e9


def joint_unit(kind: str) -> float:
    """Return SI per unit of a bundle's joint of a kind: m per mm of slides, rad per degree of all others."""
    return M_PER_MM if kind == "slide" else RAD_PER_DEG
