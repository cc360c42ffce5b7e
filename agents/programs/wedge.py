"""A wedge in one piece on a level face, up to a step; ears on both sides carry the screws."""

from build123d import Align, Box, Cylinder, Polyline, Pos, extrude, make_face

from workbench.authoring import Assembly, screw

# --- constants ---
MOUNT_ID = "table_top"
MOUNT_BODY = "table"
FACE_Z_MM = 40.0
RUN = 1
EDGE_X_MM = -1.0
MIDDLE_Y_MM = 0.0
LENGTH_MM = 60.0
WIDTH_MM = 50.0
HEIGHT_MM = 8.2
LIP_MM = 0.8
EAR_MM = 12.0
EAR_HEIGHT_MM = 3.0
SCREW = "shcs_m4x12"
HOLE_MM = 4.5
PROCESS = "fdm_printing"
MATERIAL = "pla"
# --- end of constants ---

# From a thin lip the top rises to the height of the step, across the whole width.
foot_x = EDGE_X_MM - RUN * LENGTH_MM
near_y = MIDDLE_Y_MM - WIDTH_MM / 2
profile = [(foot_x, 0), (EDGE_X_MM, 0), (EDGE_X_MM, HEIGHT_MM), (foot_x, LIP_MM)]
outline = [(x, near_y, FACE_Z_MM + z) for x, z in profile]
wedge = extrude(make_face(Polyline(*outline, close=True)), amount=WIDTH_MM, dir=(0, 1, 0))

# Two ears beside it at its high end, each with a screw where a straight tool reaches it.
screws = []
ear_x = EDGE_X_MM - RUN * EAR_MM / 2
for side in (-1, 1):
    ear_y = MIDDLE_Y_MM + side * (WIDTH_MM + EAR_MM) / 2
    wedge += Pos(ear_x, ear_y, FACE_Z_MM) * Box(
        EAR_MM, EAR_MM, EAR_HEIGHT_MM, align=(Align.CENTER, Align.CENTER, Align.MIN)
    )
    wedge -= Pos(ear_x, ear_y, FACE_Z_MM) * Cylinder(HOLE_MM / 2, 4 * EAR_HEIGHT_MM)
    screws.append(screw(SCREW, (ear_x, ear_y, FACE_Z_MM + EAR_HEIGHT_MM), (0, 0, -1)))

assembly = Assembly()
assembly.part("wedge", wedge, MATERIAL, PROCESS)
assembly.attach("wedge_on_face", "wedge", MOUNT_BODY, screws, mount=MOUNT_ID)
assembly.save()
