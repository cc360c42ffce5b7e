"""A sloping trough in one piece, straight or bent, screwed flat against an upright face."""

from math import hypot

from build123d import Cylinder, Part, Polyline, Pos, Rot, extrude, make_face

from workbench.authoring import Assembly, screw

# --- constants ---
MOUNT_ID = "panel_face"
MOUNT_BODY = "panel"
FACE_Y_MM = 40.0
OUT = -1
RUN = 1
WAY_MM = ((-115.0, 230.0), (-40.0, 140.0), (62.0, 92.0))
CHANNEL_MM = 12.0
INNER_WIDTH_MM = 44.0
WALL_HEIGHT_MM = 22.0
FLOOR_MM = 3.0
WALL_MM = 2.4
BACK_MM = 3.6
FLANGE_MM = 13.0
SCREW = "shcs_m4x12"
HOLE_MM = 4.5
PROCESS = "fdm_printing"
MATERIAL = "pla"
# --- end of constants ---

# The sliding surface runs through the points (x, z) of the way, upper end first; each leg has a normal that points up.
legs = [(WAY_MM[i], WAY_MM[i + 1]) for i in range(len(WAY_MM) - 1)]
lengths = [hypot(x1 - x0, z1 - z0) for (x0, z0), (x1, z1) in legs]
normals = [(RUN * (z0 - z1) / s, RUN * (x1 - x0) / s) for ((x0, z0), (x1, z1)), s in zip(legs, lengths, strict=True)]


def lift(height: float) -> list[tuple[float, float]]:
    """Return the points of the way moved off the sliding surface; where two legs meet, both keep the distance."""
    moved = []
    for (x, z), (ax, az), (bx, bz) in zip(WAY_MM, normals[:1] + normals, normals + normals[-1:], strict=True):
        stretch = height / (1 + ax * bx + az * bz)
        moved.append((x + (ax + bx) * stretch, z + (az + bz) * stretch))
    return moved


def strip(low: float, high: float, near: float, far: float) -> Part:
    """Return what lies between two heights over the way, and between two distances from the face."""
    outline = [(x, FACE_Y_MM + OUT * near, z) for x, z in lift(low) + lift(high)[::-1]]
    return extrude(make_face(Polyline(*outline, close=True)), amount=far - near, dir=(0, OUT, 0))


# The flange lies on the face under the floor; the channel stands as far from the face as the payload needs.
front = CHANNEL_MM + INNER_WIDTH_MM
trough = strip(-FLOOR_MM, 0, 0, front + WALL_MM)
trough += strip(-FLOOR_MM - FLANGE_MM, 0, 0, BACK_MM)
trough += strip(-FLOOR_MM, WALL_HEIGHT_MM, CHANNEL_MM - WALL_MM, CHANNEL_MM)
trough += strip(-FLOOR_MM, WALL_HEIGHT_MM, front, front + WALL_MM)

# Two screws under the trough, 15 % of its length from either end, where a straight tool reaches them.
screws = []
middles = lift(-FLOOR_MM - FLANGE_MM / 2)
for (x0, z0), (x1, z1), leg in ((*middles[:2], lengths[0]), (*middles[:-3:-1], lengths[-1])):
    share = 0.15 * sum(lengths) / leg
    head = (x0 + share * (x1 - x0), FACE_Y_MM + OUT * BACK_MM, z0 + share * (z1 - z0))
    trough -= Pos(*head) * Rot(90, 0, 0) * Cylinder(HOLE_MM / 2, 4 * BACK_MM)
    screws.append(screw(SCREW, head, (0, -OUT, 0)))

assembly = Assembly()
assembly.part("trough", trough, MATERIAL, PROCESS)
assembly.attach("trough_on_face", "trough", MOUNT_BODY, screws, mount=MOUNT_ID)
assembly.save()
