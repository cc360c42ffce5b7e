"""A sloping trough in one piece, screwed flat against an upright face; it prints standing on its end."""

from math import cos, radians, sin

from build123d import Cylinder, Plane, Polyline, Pos, Rot, extrude, make_face

from workbench.authoring import Assembly, screw

# --- constants ---
MOUNT_ID = "panel_face"
MOUNT_BODY = "panel"
FACE_Y_MM = 40.0
OUT = -1
RUN = 1
START_X_MM = -115.0
END_X_MM = 62.0
END_Z_MM = 92.0
SLOPE_DEG = 32.0
CHANNEL_MM = 12.0
INNER_WIDTH_MM = 44.0
WALL_HEIGHT_MM = 22.0
FLOOR_MM = 3.0
WALL_MM = 2.4
BACK_MM = 3.6
FLANGE_MM = 13.0
SCREW = "shcs_m4x12"
HOLE_MM = 4.5
MATERIAL = "pla"
# --- end of constants ---

# Along the trough, s = 0 at its lower end; across it, q = 0 on the face; above the sliding surface, h = 0.
slope = radians(SLOPE_DEG)
down = (RUN * cos(slope), 0.0, -sin(slope))
length = abs(END_X_MM - START_X_MM) / cos(slope)


def place(s: float, q: float, h: float) -> tuple[float, float, float]:
    """Return the world coordinates of a point of the trough."""
    x = END_X_MM - RUN * (s * cos(slope) - h * sin(slope))
    return (x, FACE_Y_MM + OUT * q, END_Z_MM + s * sin(slope) + h * cos(slope))


# The flange lies on the face under the floor; the channel stands as far from the face as the payload needs.
under = -FLOOR_MM - FLANGE_MM
front = CHANNEL_MM + INNER_WIDTH_MM
profile = [
    (0.0, under),
    (BACK_MM, under),
    (BACK_MM, -FLOOR_MM),
    (front + WALL_MM, -FLOOR_MM),
    (front + WALL_MM, WALL_HEIGHT_MM),
    (front, WALL_HEIGHT_MM),
    (front, 0.0),
    (CHANNEL_MM, 0.0),
    (CHANNEL_MM, WALL_HEIGHT_MM),
    (CHANNEL_MM - WALL_MM, WALL_HEIGHT_MM),
    (CHANNEL_MM - WALL_MM, 0.0),
    (0.0, 0.0),
]
section = Plane(origin=place(length, 0.0, 0.0), x_dir=(0, RUN, 0), z_dir=down)
outline = Polyline(*[(RUN * OUT * q, h) for q, h in profile], close=True)
trough = extrude(section * make_face(outline), amount=length)

# Two screws under the trough, where a straight tool reaches them.
screws = []
for s in (0.15 * length, 0.85 * length):
    head = place(s, BACK_MM, -FLOOR_MM - FLANGE_MM / 2)
    trough -= Pos(*head) * Rot(90, 0, 0) * Cylinder(HOLE_MM / 2, 4 * BACK_MM)
    screws.append(screw(SCREW, head, (0, -OUT, 0)))

assembly = Assembly()
assembly.part("trough", trough, MATERIAL, "fdm_printing")
assembly.attach("trough_on_face", "trough", MOUNT_BODY, screws, mount=MOUNT_ID)
assembly.save()
