"""A curved way down on a level face, in one piece: steep as a fall, level where it ends; ears carry the screws."""

from math import acos, asin, cos, radians, sin, tan

from build123d import Align, Box, Cylinder, Polyline, Pos, extrude, make_face

from workbench.authoring import Assembly, screw

# --- constants ---
MOUNT_ID = "table_top"
MOUNT_BODY = "table"
FACE_Z_MM = 50.0
RUN = 1
BACK_X_MM = -80.0
MIDDLE_Y_MM = 0.0
HEIGHT_MM = 99.0
CREST_MM = 20.0
ANGLE_DEG = 56.0
WIDTH_MM = 60.0
DECK_MM = 5.0
LIP_MM = 1.0
EAR_MM = 14.0
EAR_HEIGHT_MM = 4.0
EARS_MM = (12.0, 60.0)
LEGS = 10
SCREW = "shcs_m4x12"
HOLE_MM = 4.5
PROCESS = "fdm_printing"
MATERIAL = "pla"
# --- end of constants ---

# Seen from the side, u runs from its back: a crest falls off like what is thrown at √(g · CREST_MM), until it is as
# steep as it may be; the rest is part of a circle, which ends level, a lip above the face.
steepest = radians(ANGLE_DEG)
crest = CREST_MM * tan(steepest)
low = HEIGHT_MM - crest * tan(steepest) / 2
radius = (low - LIP_MM) / (1 - cos(steepest))
length = crest + radius * sin(steepest)


def bend(away: float, first: float, last: float) -> list[tuple[float, float]]:
    """Return points (u, z) at a distance from the circle's middle, from one angle to another."""
    angles = [first + (last - first) * leg / LEGS for leg in range(LEGS + 1)]
    return [(length - away * sin(angle), LIP_MM + radius - away * cos(angle)) for angle in angles]


thrown = [(crest * leg / LEGS, HEIGHT_MM - (crest * leg / LEGS) ** 2 / (2 * CREST_MM)) for leg in range(LEGS)]
deck = [*thrown, *bend(radius, steepest, 0)]
outer = radius + DECK_MM
inner = bend(outer, min(steepest, asin((length - DECK_MM) / outer)), acos((LIP_MM + radius - DECK_MM) / outer))
hollow = [*inner, (inner[0][0], DECK_MM)]
faces = []
for corners in ([*deck, (length, 0), (0, 0)], hollow):
    outline = [(BACK_X_MM + RUN * u, MIDDLE_Y_MM - WIDTH_MM / 2, FACE_Z_MM + z) for u, z in corners]
    faces.append(extrude(make_face(Polyline(*outline, close=True)), amount=WIDTH_MM, dir=(0, 1, 0)))
descent = faces[0] - faces[1]

# Ears beside it, two on either side, each with a screw where a straight tool reaches it.
screws = []
upright = (Align.CENTER, Align.CENTER, Align.MIN)
for side in (-1, 1):
    for u in EARS_MM:
        x, y = BACK_X_MM + RUN * u, MIDDLE_Y_MM + side * (WIDTH_MM + EAR_MM) / 2
        descent += Pos(x, y, FACE_Z_MM) * Box(EAR_MM, EAR_MM, EAR_HEIGHT_MM, align=upright)
        descent -= Pos(x, y, FACE_Z_MM) * Cylinder(HOLE_MM / 2, 4 * EAR_HEIGHT_MM)
        screws.append(screw(SCREW, (x, y, FACE_Z_MM + EAR_HEIGHT_MM), (0, 0, -1)))

assembly = Assembly()
assembly.part("descent", descent, MATERIAL, PROCESS)
assembly.attach("descent_on_face", "descent", MOUNT_BODY, screws, mount=MOUNT_ID)
assembly.save()
