"""A smart servo on an upright face swings a scoop: it takes the payload from below, over the top, and tips it out."""

from build123d import Align, Box, Cylinder, Part, Plane, Polyline, Pos, Rot, extrude, make_face

from workbench.authoring import Assembly, Hold, bought_solid, screw

# --- constants ---
MOUNT_ID = "panel_face"
MOUNT_BODY = "panel"
OUTLET = "socket"
FACE_Y_MM = 60.0
OUT = -1
RUN = 1
PIVOT_MM = (30.0, 90.0)
BACK_MM = -66.0
FLOOR_MM = -26.0
LONG_MM = 56.0
WALL_HEIGHT_MM = 40.0
SIDE_HEIGHT_MM = 24.0
LANE_MM = (40.0, 100.0)
SLOT_MM = (-100.0, 18.0)
SHEET_MM = 3.0
SERVO = "dxl_xl430_w250"
SERVO_MM = (46.5, 28.5, 26.9)
PIN_MM = 14.25
PIN_OFFSET_MM = 9.0
PIN_TOP_MM = 34.0
TARGET_DEG = 120.0
GAIN = 0.006
PROCESS = "fdm_printing"
MATERIAL = "pla"
# --- end of constants ---

BRACKET_MM, FOOT_LENGTH_MM, LEDGE_MM = 4.0, 18.0, 8.0
x, z = PIVOT_MM
long, wide, tall = SERVO_MM


def box(u: tuple, v: tuple, w: tuple) -> Part:
    """Return a box from ranges: u towards the goal and v up, both from the pivot; w out of the face."""
    size = [end - start for start, end in (u, w, v)]
    middle = (x + RUN * sum(u) / 2, FACE_Y_MM + OUT * sum(w) / 2, z + sum(v) / 2)
    return Pos(*middle) * Box(*size)


def spindle(radius: float, near: float, far: float) -> Part:
    """Return a cylinder around the pivot's line, between two distances from the face."""
    rod = Cylinder(radius, far - near, align=(Align.CENTER, Align.CENTER, Align.MIN))
    return Plane((x, FACE_Y_MM + OUT * near, z), x_dir=(1, 0, 0), z_dir=(0, OUT, 0)).location * rod


# The servo stands on the face, its output away from it; its long side is upright.
place = Plane((x, FACE_Y_MM, z - PIN_OFFSET_MM), x_dir=(0, 0, 1), z_dir=(0, OUT, 0)).location
servo = place * bought_solid(SERVO)

# The bracket behind it: two screws into the face, two into the servo's side; the scoop rests on its ledge.
back = -wide / 2
ends = (-PIN_OFFSET_MM - long / 2, -PIN_OFFSET_MM + long / 2)
bracket = box((back - BRACKET_MM, back), ends, (0, tall - 3))
bracket += box((back - BRACKET_MM - FOOT_LENGTH_MM, back), ends, (0, BRACKET_MM))
ledge = (FLOOR_MM - SHEET_MM - LEDGE_MM, FLOOR_MM - SHEET_MM - 0.05)
bracket += box((BACK_MM - LEDGE_MM, back), (min(ledge[0], ends[0]), max(ledge[1], ends[0] + LEDGE_MM)), (0, BRACKET_MM))
bracket += box((BACK_MM - LEDGE_MM, BACK_MM), ledge, (0, LANE_MM[0] + 2))
inwards, across = [], []
for way in (-1, 1):
    foot = (x + RUN * (back - BRACKET_MM - FOOT_LENGTH_MM / 2), z - PIN_OFFSET_MM + way * long / 4)
    spot = (foot[0], FACE_Y_MM + OUT * BRACKET_MM, foot[1])
    bracket -= Pos(*spot) * Rot(90, 0, 0) * Cylinder(2.25, 4 * BRACKET_MM)
    inwards.append(screw("shcs_m4x12", spot, (0, -OUT, 0)))
    head = (x + RUN * (back - BRACKET_MM), FACE_Y_MM + OUT * (tall / 2 + 2), z - PIN_OFFSET_MM + way * long / 3)
    bracket -= Pos(*head) * Rot(0, 90, 0) * Cylinder(1.7, 4 * BRACKET_MM)
    servo -= Pos(*head) * Rot(0, 90, 0) * Cylinder(1.25, 2 * (BRACKET_MM + 6))
    across.append(screw("shcs_m3x8", head, (RUN, 0, 0)))

# The scoop: a floor with a slot around the stand, a back that becomes the way out, two sides, an arm to the output.
inner, outer = LANE_MM
tip, top = BACK_MM - LONG_MM, FLOOR_MM + WALL_HEIGHT_MM
scoop = box((tip, BACK_MM + SHEET_MM), (FLOOR_MM - SHEET_MM, FLOOR_MM), (inner - SHEET_MM, outer + SHEET_MM))
scoop += box((BACK_MM, BACK_MM + SHEET_MM), (FLOOR_MM - SHEET_MM, top), (inner - SHEET_MM, outer + SHEET_MM))
for near in (inner - SHEET_MM, outer):
    side = (near, near + SHEET_MM)
    scoop += box((tip, BACK_MM + SHEET_MM), (FLOOR_MM - SHEET_MM, FLOOR_MM + SIDE_HEIGHT_MM), side)
    scoop += box((BACK_MM - SIDE_HEIGHT_MM, BACK_MM + SHEET_MM), (FLOOR_MM, top), side)
slot_end, slot_wide = SLOT_MM
middle = (inner + outer) / 2
scoop -= box(
    (tip - 1, slot_end), (FLOOR_MM - 2 * SHEET_MM, FLOOR_MM + 1), (middle - slot_wide / 2, middle + slot_wide / 2)
)
radius = PIN_MM / 2 + 4
corners = ((0, -radius), (0, radius), (BACK_MM, FLOOR_MM + SIDE_HEIGHT_MM), (BACK_MM, FLOOR_MM - SHEET_MM))
outline = Polyline(*((x + RUN * u, FACE_Y_MM + OUT * (inner - SHEET_MM), z + v) for u, v in corners), close=True)
scoop += extrude(make_face(outline), amount=SHEET_MM, dir=(0, OUT, 0))
scoop += spindle(radius, tall + 0.5, inner)
scoop -= spindle(PIN_MM / 2, 0, outer)

assembly = Assembly()
assembly.part("bracket", bracket, MATERIAL, PROCESS)
assembly.component("servo", servo, SERVO)
assembly.part("scoop", scoop, MATERIAL, PROCESS)
assembly.attach("bracket_on_face", "bracket", MOUNT_BODY, inwards, mount=MOUNT_ID)
assembly.attach("servo_on_bracket", "bracket", "servo", across)
centre = (x, FACE_Y_MM + OUT * tall, z)
assembly.joint("turn", "hinge", "scoop", parent="bracket", anchor=centre, axis=(0, RUN, 0), through="servo")
assembly.interface("press", "servo", "scoop")
assembly.motor("drive", SERVO, "turn", OUTLET, Hold(target=TARGET_DEG, gain=GAIN))
assembly.save()
