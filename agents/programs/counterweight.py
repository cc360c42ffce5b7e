"""A weight in one piece under a level face: a block between two ears that carry the screws."""

from build123d import Align, Box, Cylinder, Pos

from workbench.authoring import Assembly, screw

# --- constants ---
MOUNT_ID = "beam_bottom"
MOUNT_BODY = "body_a"
FACE_Z_MM = 100.0
MIDDLE_MM = (70.0, 0.0)
BLOCK_MM = (50.0, 50.0, 40.0)
EAR_MM = (12.0, 6.0)
SCREW = "shcs_m4x16"
HOLE_MM = 4.5
PROCESS = "fdm_printing"
MATERIAL = "pla"
# --- end of constants ---

x, y = MIDDLE_MM
length, width, height = BLOCK_MM
hanging = (Align.CENTER, Align.CENTER, Align.MAX)

# The block hangs from the face; an ear before and one behind it, each with a screw from below.
weight = Pos(x, y, FACE_Z_MM) * Box(length, width, height, align=hanging)
weight += Pos(x, y, FACE_Z_MM) * Box(length + 2 * EAR_MM[0], EAR_MM[0], EAR_MM[1], align=hanging)
screws = []
for side in (-1, 1):
    head = (x + side * (length + EAR_MM[0]) / 2, y, FACE_Z_MM - EAR_MM[1])
    weight -= Pos(*head) * Cylinder(HOLE_MM / 2, 4 * EAR_MM[1])
    screws.append(screw(SCREW, head, (0, 0, 1)))

assembly = Assembly()
assembly.part("weight", weight, MATERIAL, PROCESS)
assembly.attach("weight_on_face", "weight", MOUNT_BODY, screws, mount=MOUNT_ID)
assembly.save()
