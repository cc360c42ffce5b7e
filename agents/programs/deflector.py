"""One flat plate: screwed onto a rail, its slanted edge steers what comes along to the other side."""

from math import radians, sin, tan

import cadquery as cq

from workbench.authoring import Assembly, screw

# --- constants ---
MOUNT_ID = "rail_top"
MOUNT_BODY = "rail"
FACE_Z_MM = 71.5
RUN = 1
SIDE = 1
RAIL_Y_MM = (-65.0, -35.2)
LANE_Y_MM = -35.0
EDGE_X_MM = -40.0
ANGLE_DEG = 40.0
REACH_MM = 84.0
BAND_MM = 26.0
ROOT_MM = 70.0
THICKNESS_MM = 6.0
SCREW = "shcs_m4x16"
HOLE_MM = 4.5
PROCESS = "laser_cutting"
MATERIAL = "plywood_birch"
# --- end of constants ---

# Seen from above: the root lies on the rail; from (EDGE_X, LANE_Y) the working edge slants over the moving surface.
angle = radians(ANGLE_DEG)
outer_y = RAIL_Y_MM[0] if SIDE > 0 else RAIL_Y_MM[1]
tip_x = EDGE_X_MM + RUN * REACH_MM / tan(angle)
tip_y = LANE_Y_MM + SIDE * REACH_MM
band_x = RUN * BAND_MM / sin(angle)
root_x = EDGE_X_MM + band_x + RUN * ROOT_MM
outline = [
    (EDGE_X_MM, outer_y),
    (EDGE_X_MM, LANE_Y_MM),
    (tip_x, tip_y),
    (tip_x + band_x, tip_y),
    (EDGE_X_MM + band_x, LANE_Y_MM),
    (root_x, LANE_Y_MM),
    (root_x, outer_y),
]

# Three screws through the root, driven straight down.
middle_y = (RAIL_Y_MM[0] + RAIL_Y_MM[1]) / 2
holes = [(EDGE_X_MM + RUN * 10, middle_y), ((EDGE_X_MM + root_x) / 2, middle_y), (root_x - RUN * 10, middle_y)]
plate = (
    cq.Workplane("XY", origin=(0, 0, FACE_Z_MM))
    .polyline(outline)
    .close()
    .extrude(THICKNESS_MM)
    .faces(">Z")
    .workplane(origin=(0, 0, FACE_Z_MM + THICKNESS_MM))
    .pushPoints(holes)
    .hole(HOLE_MM)
)
screws = [screw(SCREW, (x, y, FACE_Z_MM + THICKNESS_MM), (0, 0, -1)) for x, y in holes]

assembly = Assembly()
assembly.part("plate", plate, MATERIAL, PROCESS)
assembly.attach("plate_on_rail", "plate", MOUNT_BODY, screws, mount=MOUNT_ID)
assembly.save()
