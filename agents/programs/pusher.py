"""A smart servo on a bracket sweeps an arm with a hooked blade over a level face."""

from build123d import Align, Box, Cylinder, Part, Pos, Rot

from workbench.authoring import Assembly, Trapezoidal, bought_solid, screw

# --- constants ---
MOUNT_ID = "table_top"
MOUNT_BODY = "table"
OUTLET = "socket"
FACE_Z_MM = 60.0
RUN = 1
SIDE = 1
PIVOT_MM = (-30.0, -70.0)
BLADE_MM = (45.0, 95.0)
HOOK_MM = 10.0
BLADE_THICKNESS_MM = 4.0
SERVO = "dxl_xl430_w250"
SERVO_MM = (46.5, 28.5, 26.9)
PIN_MM = 14.25
PIN_OFFSET_MM = 9.0
PIN_TOP_MM = 34.0
LEVEL = 0.3
RAMP_S = 0.2
HOLD_S = 0.8
PROCESS = "fdm_printing"
MATERIAL = "pla"
# --- end of constants ---

WALL_MM, FOOT_MM, FOOT_LENGTH_MM = 4.0, 4.0, 18.0
MIN_Z = (Align.CENTER, Align.CENTER, Align.MIN)
x, y = PIVOT_MM
long, wide, tall = SERVO_MM


def box(u: tuple, q: tuple, z: tuple) -> Part:
    """Return a box from ranges: u ahead of the pivot, q from it towards the payload's side, z above the face."""
    size = [end - start for start, end in (u, q, z)]
    middle = (x + RUN * sum(u) / 2, y + SIDE * sum(q) / 2, FACE_Z_MM + sum(z) / 2)
    return Pos(*middle) * Box(*size)


# The servo stands on the face, its output up; its long side lies along y.
servo_y = y - SIDE * PIN_OFFSET_MM
servo = Pos(x, servo_y, FACE_Z_MM) * Rot(0, 0, SIDE * 90) * bought_solid(SERVO)

# The bracket behind it: two screws into the face, two into the servo's side.
back = -wide / 2
middle = -PIN_OFFSET_MM
bracket = box((back - WALL_MM, back), (middle - long / 2, middle + long / 2), (0, tall - 3))
bracket += box((back - WALL_MM - FOOT_LENGTH_MM, back), (middle - long / 2, middle + long / 2), (0, FOOT_MM))
down, across = [], []
for way in (-1, 1):
    spot = (x + RUN * (back - WALL_MM - FOOT_LENGTH_MM / 2), servo_y + way * long / 4, FACE_Z_MM + FOOT_MM)
    bracket -= Pos(*spot) * Cylinder(2.25, 4 * FOOT_MM)
    down.append(screw("shcs_m4x12", spot, (0, 0, -1)))
    head = (x + RUN * (back - WALL_MM), servo_y + way * long / 3, FACE_Z_MM + tall / 2 + 2)
    bracket -= Pos(*head) * Rot(0, 90, 0) * Cylinder(1.7, 4 * WALL_MM)
    servo -= Pos(*head) * Rot(0, 90, 0) * Cylinder(1.25, 2 * (WALL_MM + 6))
    across.append(screw("shcs_m3x8", head, (RUN, 0, 0)))

# The arm lies over the servo, pressed on its output; the blade hangs from it behind the payload.
near, far = BLADE_MM
half, low = BLADE_THICKNESS_MM / 2, tall + 0.5
arm = Pos(x, y, FACE_Z_MM + low) * Cylinder(PIN_MM / 2 + 4, PIN_TOP_MM - low, align=MIN_Z)
arm += box((-half - 2, half + 2), (PIN_MM / 2, far), (low, PIN_TOP_MM))
arm += box((-half, half), (near, far), (1.0, PIN_TOP_MM))
arm += box((-half, half + HOOK_MM), (far - BLADE_THICKNESS_MM, far), (1.0, PIN_TOP_MM))
arm -= Pos(x, y, FACE_Z_MM) * Cylinder(PIN_MM / 2, 4 * PIN_TOP_MM)

assembly = Assembly()
assembly.part("bracket", bracket, MATERIAL, PROCESS)
assembly.component("servo", servo, SERVO)
assembly.part("arm", arm, MATERIAL, PROCESS)
assembly.attach("bracket_on_face", "bracket", MOUNT_BODY, down, mount=MOUNT_ID)
assembly.attach("servo_on_bracket", "bracket", "servo", across)
turns = (0, 0, -RUN * SIDE)
assembly.joint("turn", "hinge", "arm", parent="bracket", anchor=(x, y, FACE_Z_MM + tall), axis=turns, through="servo")
assembly.interface("press", "servo", "arm")
assembly.motor("drive", SERVO, "turn", OUTLET, Trapezoidal(level=LEVEL, ramp_s=RAMP_S, hold_s=HOLD_S))
assembly.save()
