"""A straight sloping trough, cut and bent from sheet: a flange on an upright face, a floor, and a wall in front."""

from math import hypot

from build123d import Cylinder, Plane, Polyline, Pos, Rot, extrude, fillet, make_face

from workbench.authoring import Assembly, screw

# --- constants ---
MOUNT_ID = "panel_face"
MOUNT_BODY = "panel"
FACE_Y_MM = 40.0
OUT = -1
RUN = 1
WAY_MM = ((-115.0, 230.0), (62.0, 92.0))
FRONT_MM = 56.0
WALL_HEIGHT_MM = 22.0
FLANGE_MM = 16.0
SHEET_MM = 1.0
BEND_MM = 1.0
SCREW = "shcs_m4x12"
HOLE_MM = 4.5
PROCESS = "sheet_metal_bending"
MATERIAL = "al_5052_h32"
# --- end of constants ---

# The sliding surface runs between two points (x, z); across it, v is up from it and d away from the face.
(x0, z0), (x1, z1) = WAY_MM
length = hypot(x1 - x0, z1 - z0)
along = ((x1 - x0) / length, 0, (z1 - z0) / length)
up = (RUN * (z0 - z1) / length, RUN * (x1 - x0) / length)

# The sheet seen along the way: down the face, out under the payload, up in front of it; each bend has two radii.
turn, outer_d = OUT * RUN, FRONT_MM + SHEET_MM
bends = {BEND_MM: [(SHEET_MM, -SHEET_MM), (FRONT_MM, 0)], BEND_MM + SHEET_MM: [(outer_d, -SHEET_MM), (0, 0)]}
(inner, foot), (lip, heel) = bends.values()
ends = [(0, -FLANGE_MM), (SHEET_MM, -FLANGE_MM)], [(outer_d, WALL_HEIGHT_MM), (FRONT_MM, WALL_HEIGHT_MM)]
profile = make_face(Polyline(*[(d, turn * v) for d, v in (*ends[0], inner, lip, *ends[1], foot, heel)], close=True))
for radius, corners in bends.items():
    profile = fillet([profile.vertices().sort_by_distance((d, turn * v))[0] for d, v in corners], radius)
across = Plane(origin=(x0, FACE_Y_MM, z0), x_dir=(0, OUT, 0), z_dir=along)
trough = extrude(across * profile, amount=length)

# Two screws through the flange, 15 % of its length from either end, as far from the bend as from its edge.
screws = []
down = (FLANGE_MM + SHEET_MM + BEND_MM) / 2
for share in (0.15, 0.85):
    x, z = x0 + share * (x1 - x0) - down * up[0], z0 + share * (z1 - z0) - down * up[1]
    head = (x, FACE_Y_MM + OUT * SHEET_MM, z)
    trough -= Pos(*head) * Rot(90, 0, 0) * Cylinder(HOLE_MM / 2, 4 * SHEET_MM)
    screws.append(screw(SCREW, head, (0, -OUT, 0)))

assembly = Assembly()
assembly.part("trough", trough, MATERIAL, PROCESS)
assembly.attach("trough_on_face", "trough", MOUNT_BODY, screws, mount=MOUNT_ID)
assembly.save()
