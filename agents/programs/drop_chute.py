"""A payload starts in the air beside an upright panel; an open tray with a tall back stands further along."""

from build123d import Align, Box, Cylinder, Part, Pos, Sphere

from workbench.authoring import Goal, Jitter, Scene

# --- constants ---
SEED = 7
STATEMENT = "Bring the cube into the tray."
HORIZON_S = 5.0
QUANTITY = 100
PROCESSES = ("fdm_printing", "laser_cutting")
MATERIALS = ("pla", "petg", "abs", "plywood_birch")
PAYLOAD_ID = "cube"
PAYLOAD_SHAPE = "cube"
PAYLOAD_SIZE_MM = (24.0, 24.0, 24.0)
PAYLOAD_MATERIAL = "pom"
PAYLOAD_COLOUR = "#ebcb8b"
SPAWN_MM = (-90.0, 0.0, 300.0)
JITTER_MM = (4.0, 4.0, 2.0)
JITTER_YAW_DEG = 20.0
FLOOR_MM = ((-300.0, -200.0, -10.0), (300.0, 200.0, 0.0))
FLOOR_MATERIAL = "plywood_birch"
PANEL_MM = ((-180.0, 40.0, 0.0), (180.0, 52.0, 340.0))
PANEL_MATERIAL = "plywood_birch"
MOUNT_ID = "panel_face"
MOUNT_BODY = "panel"
MOUNT_ORIGIN_MM = (0.0, 40.0, 170.0)
MOUNT_NORMAL = (0.0, -1.0, 0.0)
MOUNT_SIZE_MM = (340.0, 320.0)
MOUNT_DEPTH_MM = 12.0
TRAY_OUTER_MM = ((40.0, -55.0, 0.0), (160.0, 39.0, 60.0))
TRAY_HOLLOW_MM = ((48.0, -47.0, 8.0), (152.0, 31.0, 60.0))
TRAY_MATERIAL = "abs"
TRAY_COLOUR = "#a3be8c"
SILL_MM = ((40.0, -55.0, 60.0), (48.0, 34.0, 95.0))
BOARD_MM = ((160.0, -55.0, 0.0), (168.0, 39.0, 170.0))
WORKSPACE_MM = ((-300.0, -200.0, -10.0), (300.0, 200.0, 390.0))
BUILD_ZONE_MM = ((-130.0, -60.0, 65.0), (155.0, 40.0, 300.0))
GOAL_MM = ((44.0, -51.0, 4.0), (156.0, 35.0, 60.0))
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
# A board behind the tray stops what comes in fast, so that no design needs to brake its payload.
scene.fixture("board", box(BOARD_MM), TRAY_MATERIAL, TRAY_COLOUR)

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
