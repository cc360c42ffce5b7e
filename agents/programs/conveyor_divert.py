"""A slab with a moving surface carries the payload along a rail, past a sunken tray on the other side."""

from build123d import Align, Box, Cylinder, Part, Plane, Polyline, Pos, extrude, make_face

from workbench.authoring import Goal, Jitter, Scene

# --- constants ---
SEED = 7
STATEMENT = "Bring the cube into the tray."
HORIZON_S = 10.0
QUANTITY = 100
PROCESSES = ("fdm_printing", "laser_cutting")
MATERIALS = ("pla", "petg", "abs", "plywood_birch")
PAYLOAD_ID = "cube"
PAYLOAD_SHAPE = "cube"
PAYLOAD_SIZE_MM = (24.0, 24.0, 24.0)
PAYLOAD_MATERIAL = "pom"
PAYLOAD_COLOUR = "#ebcb8b"
SPAWN_MM = (-120.0, 0.0, 82.3)
JITTER_MM = (4.0, 4.0, 0.0)
JITTER_YAW_DEG = 20.0
FLOOR_MM = ((-300.0, -200.0, -10.0), (300.0, 200.0, 0.0))
FLOOR_MATERIAL = "plywood_birch"
RAIL_MM = ((-150.0, -65.0, 0.0), (200.0, -35.2, 71.5))
RAIL_MATERIAL = "plywood_birch"
STAND_MM = ((-150.0, -35.0, 0.0), (200.0, 45.0, 59.5))
STAND_MATERIAL = "plywood_birch"
SURFACE_MM = ((-150.0, -35.0, 60.0), (200.0, 45.0, 70.0))
SURFACE_MATERIAL = "tpu_95a"
SPEED_MM_S = 150.0
VELOCITY_MM_S = (150.0, 0.0, 0.0)
MOUNT_ORIGIN_MM = (25.0, -50.1, 71.5)
MOUNT_ID = "rail_top"
MOUNT_BODY = "rail"
MOUNT_NORMAL = (0.0, 0.0, 1.0)
MOUNT_SIZE_MM = (344.0, 27.8)
MOUNT_DEPTH_MM = 14.0
TRAY_MM = ((32.0, 45.2, 0.0), (168.0, 125.0, 69.5))
TRAY_HOLLOW_X_MM = (40.0, 160.0)
TRAY_HOLLOW_YZ_MM = ((46.2, 69.5), (81.7, 8.0), (117.0, 8.0), (117.0, 69.5))
TRAY_MATERIAL = "abs"
TRAY_COLOUR = "#a3be8c"
WORKSPACE_MM = ((-300.0, -200.0, -10.0), (300.0, 200.0, 390.0))
BUILD_ZONE_MM = ((-90.0, -65.0, 70.5), (200.0, 65.0, 130.0))
GOAL_MM = ((36.0, 45.2, 4.0), (164.0, 121.0, 65.0))
# --- end of constants ---


def box(corners: tuple) -> Part:
    """Return the box between two opposite corners."""
    low, high = corners
    size = [h - l for l, h in zip(low, high, strict=True)]
    return Pos(*low) * Box(*size, align=(Align.MIN, Align.MIN, Align.MIN))


scene = Scene(seed=SEED)

# The ground, the rail that may carry a design, and what the slab lies on.
scene.fixture("floor", box(FLOOR_MM), FLOOR_MATERIAL)
scene.fixture("rail", box(RAIL_MM), RAIL_MATERIAL, "#d8c3a5")
scene.fixture("stand", box(STAND_MM), STAND_MATERIAL, "#9aa5b1")

# The slab stands still, its surface moves; touching it would break its promise.
scene.driven("body_a", box(SURFACE_MM), SURFACE_MATERIAL, "#4c566a")
scene.conveyor("body_a", VELOCITY_MM_S)
scene.contract("motion_a", body="body_a", max_speed=SPEED_MM_S, interaction="must_keep_contract")

# The tray's hollow starts with a steep apron at the slab's edge, so that what comes over the edge slides in.
outline = Polyline(*[(y, z) for y, z in TRAY_HOLLOW_YZ_MM], close=True)
across = Plane(origin=(min(TRAY_HOLLOW_X_MM), 0, 0), x_dir=(0, 1, 0), z_dir=(1, 0, 0))
hollow = extrude(across * make_face(outline), amount=abs(TRAY_HOLLOW_X_MM[1] - TRAY_HOLLOW_X_MM[0]))
scene.fixture("tray", box(TRAY_MM) - hollow, TRAY_MATERIAL, TRAY_COLOUR)

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

# The payload starts at rest on the moving surface; it has to settle inside the tray.
upright = Cylinder(PAYLOAD_SIZE_MM[0] / 2, PAYLOAD_SIZE_MM[2]) if PAYLOAD_SHAPE == "cylinder" else Box(*PAYLOAD_SIZE_MM)
scene.payload(
    PAYLOAD_ID,
    Pos(*SPAWN_MM) * upright,
    PAYLOAD_MATERIAL,
    Goal(zone="goal"),
    jitter=Jitter(position_mm=JITTER_MM, yaw_deg=JITTER_YAW_DEG),
    colour=PAYLOAD_COLOUR,
)

scene.zones(workspace=WORKSPACE_MM, build=BUILD_ZONE_MM, goals={"goal": GOAL_MM})
scene.task(STATEMENT, horizon_s=HORIZON_S, quantity=QUANTITY, processes=PROCESSES, materials=MATERIALS)
scene.save()
