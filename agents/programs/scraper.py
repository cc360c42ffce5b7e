"""A blade in one piece that hangs from a level face: a flange under the face carries the screws."""

from build123d import Box, Cylinder, Pos

from workbench.authoring import Assembly, screw

# --- constants ---
MOUNT_ID = "beam_bottom"
MOUNT_BODY = "gantry"
FACE_Z_MM = 140.0
RUN = 1
BLADE_X_MM = -40.0
FOOT_X_MM = -60.0
MIDDLE_Y_MM = 0.0
BOTTOM_Z_MM = 91.0
WIDTH_MM = 44.0
BLADE_MM = 3.0
FLANGE_MM = 4.0
FOOT_MM = 16.0
INSET_MM = 6.0
SCREW = "shcs_m4x12"
HOLE_MM = 4.5
PROCESS = "fdm_printing"
MATERIAL = "pla"
# --- end of constants ---


def plate(x: tuple, z: tuple) -> Box:
    """Return a box of the blade's width from its ends along x and z."""
    middle = (sum(x) / 2, MIDDLE_Y_MM, sum(z) / 2)
    return Pos(*middle) * Box(abs(x[1] - x[0]), WIDTH_MM, abs(z[1] - z[0]))


# The blade's front is at BLADE_X; the flange reaches from it to the far side of the screws.
back_x = BLADE_X_MM - RUN * BLADE_MM
ends = sorted((BLADE_X_MM, back_x, FOOT_X_MM - FOOT_MM / 2, FOOT_X_MM + FOOT_MM / 2))
blade = plate((BLADE_X_MM, back_x), (BOTTOM_Z_MM, FACE_Z_MM))
blade += plate((ends[0], ends[-1]), (FACE_Z_MM - FLANGE_MM, FACE_Z_MM))

# Two screws from below, near the flange's sides.
screws = []
for side in (-1, 1):
    head = (FOOT_X_MM, MIDDLE_Y_MM + side * (WIDTH_MM / 2 - INSET_MM), FACE_Z_MM - FLANGE_MM)
    blade -= Pos(*head) * Cylinder(HOLE_MM / 2, 4 * FLANGE_MM)
    screws.append(screw(SCREW, head, (0, 0, 1)))

assembly = Assembly()
assembly.part("blade", blade, MATERIAL, PROCESS)
assembly.attach("blade_on_beam", "blade", MOUNT_BODY, screws, mount=MOUNT_ID)
assembly.save()
