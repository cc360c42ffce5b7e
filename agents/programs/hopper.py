"""A hopper in one piece: four slanted walls above a spout, with a flange screwed flat against an upright face."""

from build123d import Align, Box, Cylinder, Part, Pos, Rectangle, Rot, loft

from workbench.authoring import Assembly, screw

# --- constants ---
MOUNT_ID = "panel_face"
MOUNT_BODY = "panel"
FACE_Y_MM = -55.0
OUT = 1
MOUTH_MIDDLE_MM = (0.0, 0.0)
MOUTH_MM = (90.0, 90.0)
SPOUT_MIDDLE_MM = (10.0, 0.0)
SPOUT_MM = 26.0
SPOUT_Z_MM = 80.0
NECK_MM = 8.0
MOUTH_Z_MM = 150.0
WALL_MM = 2.0
BACK_MM = 4.0
FLANGE_MM = (60.0, 30.0)
SCREW = "shcs_m4x12"
HOLE_MM = 4.5
PROCESS = "fdm_printing"
MATERIAL = "pla"
# --- end of constants ---


def frustum(grow: float) -> Part:
    """Return the solid between spout and mouth, wider by an amount on every side, with the neck below it."""
    lower = Pos(*SPOUT_MIDDLE_MM, SPOUT_Z_MM + NECK_MM) * Rectangle(SPOUT_MM + 2 * grow, SPOUT_MM + 2 * grow)
    upper = Pos(*MOUTH_MIDDLE_MM, MOUTH_Z_MM) * Rectangle(MOUTH_MM[0] + 2 * grow, MOUTH_MM[1] + 2 * grow)
    neck = Box(SPOUT_MM + 2 * grow, SPOUT_MM + 2 * grow, NECK_MM, align=(Align.CENTER, Align.CENTER, Align.MIN))
    return loft([lower, upper]) + Pos(*SPOUT_MIDDLE_MM, SPOUT_Z_MM) * neck


# A web joins the mouth's near wall to a flange on the face, below the mouth's edge.
x, z = MOUTH_MIDDLE_MM[0], MOUTH_Z_MM - FLANGE_MM[1]
near_y = MOUTH_MIDDLE_MM[1] - OUT * (MOUTH_MM[1] / 2 + WALL_MM)
flange = Pos(x, FACE_Y_MM + OUT * BACK_MM / 2, z) * Box(
    FLANGE_MM[0], BACK_MM, FLANGE_MM[1], align=(Align.CENTER, Align.CENTER, Align.MIN)
)
reach = abs(near_y - FACE_Y_MM) + MOUTH_MM[1] / 2
web = Pos(x, FACE_Y_MM + OUT * reach / 2, z) * Box(
    BACK_MM, reach, FLANGE_MM[1], align=(Align.CENTER, Align.CENTER, Align.MIN)
)
hopper = flange + web + frustum(WALL_MM) - frustum(0)

# Two screws through the flange, beside the web.
screws = []
for side in (-1, 1):
    head = (x + side * FLANGE_MM[0] / 3, FACE_Y_MM + OUT * BACK_MM, z + FLANGE_MM[1] / 3)
    hopper -= Pos(*head) * Rot(90, 0, 0) * Cylinder(HOLE_MM / 2, 4 * BACK_MM)
    screws.append(screw(SCREW, head, (0, -OUT, 0)))

assembly = Assembly()
assembly.part("hopper", hopper, MATERIAL, PROCESS)
assembly.attach("hopper_on_face", "hopper", MOUNT_BODY, screws, mount=MOUNT_ID)
assembly.save()
