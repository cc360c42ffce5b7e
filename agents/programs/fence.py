"""One flat plate on a level face that reaches over a turning disc: its edge leads what comes round off the disc."""

from build123d import Align, Cylinder, Polyline, Pos, extrude, make_face

from workbench.authoring import Assembly, screw

# --- constants ---
MOUNT_ID = "post_top"
MOUNT_BODY = "post"
FACE_Z_MM = 81.5
OUTLINE_MM = (
    (43.2, -40.1),
    (119.0, 35.7),
    (161.0, 58.0),
    (161.0, 106.0),
    (119.0, 106.0),
    (107.7, 47.0),
    (31.9, -28.8),
)
HOLES_MM = ((131.0, 70.0), (131.0, 96.0), (150.0, 83.0))
THICKNESS_MM = 6.0
SCREW = "shcs_m4x16"
HOLE_MM = 4.5
PROCESS = "laser_cutting"
MATERIAL = "plywood_birch"
# --- end of constants ---

# The first two points are the edge that works, from above the disc outwards; the holes lie over the mount.
outline = Polyline(*((x, y, FACE_Z_MM) for x, y in OUTLINE_MM), close=True)
plate = extrude(make_face(outline), amount=THICKNESS_MM, dir=(0, 0, 1))
screws = []
for x, y in HOLES_MM:
    plate -= Pos(x, y, FACE_Z_MM) * Cylinder(HOLE_MM / 2, THICKNESS_MM, align=(Align.CENTER, Align.CENTER, Align.MIN))
    screws.append(screw(SCREW, (x, y, FACE_Z_MM + THICKNESS_MM), (0, 0, -1)))

assembly = Assembly()
assembly.part("plate", plate, MATERIAL, PROCESS)
assembly.attach("plate_on_face", "plate", MOUNT_BODY, screws, mount=MOUNT_ID)
assembly.save()
