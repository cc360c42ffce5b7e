"""A plate in one piece that spans a gap: a flange on the upright face under it carries the screws."""

from build123d import Cylinder, Polyline, Pos, Rot, extrude, make_face

from workbench.authoring import Assembly, screw

# --- constants ---
MOUNT_ID = "track_end"
MOUNT_BODY = "track"
FACE_X_MM = 0.0
RUN = 1
MIDDLE_Y_MM = 0.0
TOP_Z_MM = 99.7
LENGTH_MM = 79.0
WIDTH_MM = 50.0
PLATE_MM = 3.0
FLANGE_MM = 20.0
BACK_MM = 4.0
SCREW = "shcs_m4x12"
HOLE_MM = 4.5
PROCESS = "fdm_printing"
MATERIAL = "pla"
# --- end of constants ---

# An L from the side: the plate's top continues the track, the flange hangs down its end.
near_y = MIDDLE_Y_MM - WIDTH_MM / 2
bottom_z = TOP_Z_MM - PLATE_MM - FLANGE_MM
back_x, end_x = FACE_X_MM + RUN * BACK_MM, FACE_X_MM + RUN * LENGTH_MM
under_z = TOP_Z_MM - PLATE_MM
profile = [(FACE_X_MM, bottom_z), (back_x, bottom_z), (back_x, under_z), (end_x, under_z), (end_x, TOP_Z_MM)]
outline = [(x, near_y, z) for x, z in (*profile, (FACE_X_MM, TOP_Z_MM))]
span = extrude(make_face(Polyline(*outline, close=True)), amount=WIDTH_MM, dir=(0, 1, 0))

# Two screws through the flange, a quarter of the width from either side.
screws = []
for side in (-1, 1):
    head = (back_x, MIDDLE_Y_MM + side * WIDTH_MM / 4, bottom_z + FLANGE_MM / 2)
    span -= Pos(*head) * Rot(0, 90, 0) * Cylinder(HOLE_MM / 2, 4 * BACK_MM)
    screws.append(screw(SCREW, head, (-RUN, 0, 0)))

assembly = Assembly()
assembly.part("span", span, MATERIAL, PROCESS)
assembly.attach("span_on_face", "span", MOUNT_BODY, screws, mount=MOUNT_ID)
assembly.save()
