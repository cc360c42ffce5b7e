"""A payload starts in the air, a tray stands further along, and a heavy arm on a hinge swings above the way."""

from build123d import Align, Box, Cylinder, Part, Pos, Rot, Sphere

from workbench.authoring import Goal, Jitter, Scene

# --- constants ---
SEED = 7
STATEMENT = "Bring the payload into the tray."
HORIZON_S = 5.0
QUANTITY = 1000
PROCESSES = ("fdm_printing", "laser_cutting")
MATERIALS = ("pla", "petg", "abs", "plywood_birch", "mdf", "pmma")
PAYLOAD_ID = "brick"
PAYLOAD_SHAPE = "box"
PAYLOAD_SIZE_MM = (28.7, 26.3, 17.9)
PAYLOAD_MATERIAL = "pom"
PAYLOAD_COLOUR = "#ebcb8b"
SPAWN_MM = (88.3, 0.0, 228.4)
JITTER_MM = (4.0, 3.8, 2.0)
JITTER_YAW_DEG = 62.0
FLOOR_MM = ((-324.0, -202.0, -10.0), (324.0, 202.0, 0.0))
FLOOR_MATERIAL = "plywood_birch"
PANEL_MM = ((-127.8, 53.1, 0.0), (149.8, 71.1, 308.7))
PANEL_MATERIAL = "hardwood_oak"
MOUNT_ID = "panel_face"
MOUNT_BODY = "panel"
MOUNT_ORIGIN_MM = (11.0, 53.1, 154.35)
MOUNT_NORMAL = (0.0, -1.0, 0.0)
MOUNT_SIZE_MM = (267.6, 298.7)
MOUNT_DEPTH_MM = 12.0
TRAY_OUTER_MM = ((-127.8, -52.1, 0.0), (-19.4, 52.1, 69.6))
TRAY_HOLLOW_MM = ((-119.8, -44.1, 8.0), (-27.4, 44.1, 69.6))
TRAY_MATERIAL = "hdpe"
TRAY_COLOUR = "#d8c3a5"
SILL_MM = ((-27.4, -52.1, 69.6), (-19.4, 47.1, 108.0))
STEP_MM = ((84.0, -52.1, 0.0), (149.8, 47.1, 120.0))
BOARD_MM = ((-135.8, -52.1, 0.0), (-127.8, 52.1, 190.8))
WORKSPACE_MM = ((-324.0, -202.0, -10.0), (324.0, 202.0, 328.7))
BUILD_ZONE_MM = ((-117.8, -48.3, 74.6), (139.8, 53.1, 228.4))
GOAL_MM = ((-123.8, -48.1, 4.0), (-23.4, 48.1, 69.6))
PIN_AT_MM = (13.3, 31.6, 288.7)
PIN_LENGTH_MM = 43.0
PIN_RADIUS_MM = 4.0
PIVOT_MM = (13.3, 0.0, 288.7)
START_DEG = 20.1
ARM_MM = (10.0, 18.1, 65.2)
ARM_OVER_PIVOT_MM = 8.0
BOB_MM = (21.5, 18.1, 20.5)
SWING_MATERIAL = "ss_304"
SWING_COLOUR = "#bf616a"
SWING_PHASE = "uniform"
SWING_LIMITS_DEG = (-40.2, 0.0)
SWING_SPEED_DEG_S = 247.4
SWING_PERIOD_S = 0.5118
# --- end of constants ---


def box(corners: tuple) -> Part:
    """Return the box between two opposite corners."""
    low, high = corners
    size = [h - l for l, h in zip(low, high, strict=True)]
    return Pos(*low) * Box(*size, align=(Align.MIN, Align.MIN, Align.MIN))


def payload_solid() -> Part:
    """Return the payload around its own centre."""
    if PAYLOAD_SHAPE == "sphere":
        return Sphere(PAYLOAD_SIZE_MM[0] / 2)
    if PAYLOAD_SHAPE == "cylinder":
        return Cylinder(PAYLOAD_SIZE_MM[0] / 2, PAYLOAD_SIZE_MM[2])
    return Box(*PAYLOAD_SIZE_MM)


scene = Scene(seed=SEED)

# The ground, the upright panel that may carry a design, and the tray that must receive the payload.
scene.fixture("floor", box(FLOOR_MM), FLOOR_MATERIAL)
scene.fixture("panel", box(PANEL_MM), PANEL_MATERIAL, "#d8c3a5")
scene.fixture("tray", box(TRAY_OUTER_MM) - box(TRAY_HOLLOW_MM), TRAY_MATERIAL, TRAY_COLOUR)
# A sill on its near wall has to be passed from above.
scene.fixture("sill", box(SILL_MM), TRAY_MATERIAL, TRAY_COLOUR)
# A step under the start has to be left behind, too.
scene.fixture("step", box(STEP_MM), TRAY_MATERIAL, TRAY_COLOUR)
# A board behind the tray stops what comes in fast, so that no design needs to brake its payload.
scene.fixture("board", box(BOARD_MM), TRAY_MATERIAL, TRAY_COLOUR)

# The arm hangs from its hinge, in front of the pin, and swings from rest at its starting angle; the phase of a trial
# is drawn, or its start is that of the trial.
pin = Pos(*PIN_AT_MM) * Rot(90, 0, 0) * Cylinder(PIN_RADIUS_MM, PIN_LENGTH_MM)
scene.fixture("pin", pin, "steel_1018", "#4c566a")
hanging = (Align.CENTER, Align.CENTER, Align.MAX)
width, depth, length = ARM_MM
arm = Pos(0, 0, ARM_OVER_PIVOT_MM) * Box(width, depth, length + ARM_OVER_PIVOT_MM, align=hanging)
bob = Pos(0, 0, -length) * Box(*BOB_MM, align=hanging)
scene.mover("body_a", Pos(*PIVOT_MM) * Rot(0, START_DEG, 0) * (arm + bob), SWING_MATERIAL, SWING_COLOUR)
scene.joint("hinge_a", "hinge", "body_a", anchor=PIVOT_MM, axis=(0, 1, 0))
scene.contract(
    "motion_a",
    joint="hinge_a",
    limits=SWING_LIMITS_DEG,
    max_speed=SWING_SPEED_DEG_S,
    period_s=SWING_PERIOD_S,
    phase=SWING_PHASE,
    interaction="must_keep_contract",
)

half_x, half_y = MOUNT_SIZE_MM[0] / 2, MOUNT_SIZE_MM[1] / 2
scene.mount(
    MOUNT_ID,
    MOUNT_BODY,
    origin=MOUNT_ORIGIN_MM,
    normal=MOUNT_NORMAL,
    x_axis=(1, 0, 0),
    outline=[(-half_x, -half_y), (half_x, -half_y), (half_x, half_y), (-half_x, half_y)],
    depth=MOUNT_DEPTH_MM,
)

# The payload starts at rest and falls; it has to settle inside the tray.
scene.payload(
    PAYLOAD_ID,
    Pos(*SPAWN_MM) * payload_solid(),
    PAYLOAD_MATERIAL,
    Goal(zone="goal"),
    jitter=Jitter(position_mm=JITTER_MM, yaw_deg=JITTER_YAW_DEG),
    colour=PAYLOAD_COLOUR,
)

scene.zones(workspace=WORKSPACE_MM, build=BUILD_ZONE_MM, goals={"goal": GOAL_MM})
scene.task(STATEMENT, horizon_s=HORIZON_S, quantity=QUANTITY, processes=PROCESSES, materials=MATERIALS)
scene.save()
