"""A tray in one piece on a level face, open at the top and towards what comes in; ears outside carry the screws."""

from build123d import Align, Box, Cylinder, Pos

from workbench.authoring import Assembly, screw

# --- constants ---
MOUNT_ID = "pedestal_top"
MOUNT_BODY = "pedestal"
FACE_Z_MM = 100.0
RUN = 1
MIDDLE_MM = (0.0, 0.0)
INNER_MM = (70.0, 60.0)
WALL_HEIGHT_MM = 25.0
FLOOR_MM = 2.0
WALL_MM = 2.4
EAR_MM = 12.0
SCREW = "shcs_m4x12"
HOLE_MM = 4.5
PROCESS = "fdm_printing"
MATERIAL = "pla"
# --- end of constants ---

x, y = MIDDLE_MM
length, width = INNER_MM
outer = (length + 2 * WALL_MM, width + 2 * WALL_MM)
bottom = (Align.CENTER, Align.CENTER, Align.MIN)

# The floor lies on the face; walls stand beside the inner rectangle and at its far end.
tray = Pos(x, y, FACE_Z_MM) * Box(*outer, FLOOR_MM + WALL_HEIGHT_MM, align=bottom)
near_x = x - RUN * WALL_MM
tray -= Pos(near_x, y, FACE_Z_MM + FLOOR_MM) * Box(length + 2 * WALL_MM, width, WALL_HEIGHT_MM, align=bottom)

# Two ears beside the long walls, each with a screw where a straight tool reaches it.
screws = []
for side in (-1, 1):
    ear_y = y + side * (outer[1] + EAR_MM) / 2
    tray += Pos(x, ear_y, FACE_Z_MM) * Box(EAR_MM, EAR_MM, FLOOR_MM, align=bottom)
    tray -= Pos(x, ear_y, FACE_Z_MM) * Cylinder(HOLE_MM / 2, 4 * FLOOR_MM)
    screws.append(screw(SCREW, (x, ear_y, FACE_Z_MM + FLOOR_MM), (0, 0, -1)))

assembly = Assembly()
assembly.part("tray", tray, MATERIAL, PROCESS)
assembly.attach("tray_on_face", "tray", MOUNT_BODY, screws, mount=MOUNT_ID)
assembly.save()
