"""A moving surface carries the payload past a tray that stands beside it."""

import math
from typing import Annotated

from pydantic import Field

from agents.families.draw import Draw
from agents.families.family import FLOOR_MATERIAL, Family, FixtureLine, Layout, TemplateValue, corners, number, point
from agents.families.parameters import Corners, PayloadLimits, SceneParameters, degrees, draw_panel, draw_shared, mm
from schemas.catalogue import Catalogue

LIMITS = PayloadLimits(shapes=("cube", "box", "cylinder"), least_mm=16, most_mm=34)
SLAB_MM = 10.0
"""Thickness of the moving slab; mechanics §2 asks for at least 5 mm."""
FLUSH_MM = 0.5
"""How far the frame lies below the moving surface, at most (mechanics §2)."""
RAIL_RISE_MM = 1.5
"""How far the rail with the mount rises above the moving surface: the gap under whatever lies on it."""
RAIL_WIDTH_MM = 30.0
GAP_MM = 0.2
WALL_MM = 8.0
LEDGE_MM = 1.0
TRAY_MATERIALS = ("abs", "hdpe", "pom", "pa66", "steel_1018")


class ConveyorDivertParameters(SceneParameters):
    """The drawn values of this family; `lane_share` is where the payload starts between rail (0) and tray (1)."""

    speed_mm_s: Annotated[float, Field(ge=80, le=300, json_schema_extra={"unit": "mm/s"})]
    lane_mm: Annotated[float, mm(35, 140)]
    lane_share: Annotated[float, Field(ge=0.2, le=0.6)]
    height_mm: Annotated[float, mm(45, 140)]
    tray_at_mm: Annotated[float, mm(120, 260)]
    tray_length_mm: Annotated[float, mm(80, 200)]
    tray_width_mm: Annotated[float, mm(50, 200)]
    apron_deg: Annotated[float, degrees(50, 70)]
    surface_material: str


def sample(draw: Draw, catalogue: Catalogue) -> ConveyorDivertParameters:
    """Draw the parameters; the lane takes the payload with its jitter, the tray takes it however it lies."""
    shared = draw_shared(draw, catalogue, LIMITS)
    free = {**shared, "fixture_material": draw.choose(TRAY_MATERIALS), "panel_material": draw_panel(draw)}
    rough = SceneParameters.model_validate(free)
    diagonal = rough.payload_diagonal_mm
    height, apron = draw.uniform(diagonal + 30, diagonal + 55), draw.uniform(56, 66)
    foot = apron_foot_mm(height, apron) + WALL_MM
    need = 2 * (rough.payload_reach_mm + rough.jitter_y_mm)
    return ConveyorDivertParameters.model_validate(
        free
        | {
            "speed_mm_s": draw.uniform(120, 240, 0),
            "lane_mm": draw.uniform(need + 10, need + 45),
            "lane_share": draw.uniform(0.25, 0.55, 2),
            "height_mm": height,
            "tray_at_mm": draw.uniform(120, 180),
            "tray_length_mm": draw.uniform(diagonal + 60, diagonal + 110),
            "tray_width_mm": draw.uniform(foot + diagonal + 8, foot + diagonal + 40),
            "apron_deg": apron,
            "surface_material": draw.choose(("tpu_95a", "silicone_60a", "pa66")),
        }
    )


def apron_foot_mm(height_mm: float, apron_deg: float) -> float:
    """Return how far from the lane's edge the apron meets the tray's floor."""
    return LEDGE_MM + (height_mm - FLUSH_MM - WALL_MM) / math.tan(math.radians(apron_deg))


class LaneLayout(Layout):
    """Where everything around the moving surface stands: u runs with it from the start, q from the rail to the tray."""

    drawn: ConveyorDivertParameters
    horizon_s = 10.0

    def __init__(self, drawn: ConveyorDivertParameters, catalogue: Catalogue) -> None:
        super().__init__(drawn, catalogue)
        self.across, self.top, self.reach = drawn.side, drawn.height_mm, drawn.payload_reach_mm
        self.first_u = -(self.reach + drawn.jitter_x_mm + 20)
        self.last_u = drawn.tray_at_mm + drawn.tray_length_mm + 40
        self.middle_u = (self.first_u + self.last_u) / 2
        inside = self.reach + drawn.jitter_y_mm + 2
        self.start_q = inside + (drawn.lane_mm - 2 * inside) * drawn.lane_share
        self.start_z = self.top + drawn.payload_size_mm[2] / 2 + 0.3

    def measure(self) -> tuple[float, ...]:
        """Return speed and width of the lane."""
        return self.drawn.speed_mm_s / 30, self.drawn.lane_mm / 15

    def place_boxes(self) -> dict[str, Corners]:
        """Return the fixtures and zones by their constant's name."""
        drawn, top, lane = self.drawn, self.top, self.drawn.lane_mm
        first, last, near = self.first_u, self.last_u, self.drawn.tray_at_mm
        far, edge = near + drawn.tray_length_mm, lane + GAP_MM
        outer = edge + drawn.tray_width_mm
        build_first = self.reach + drawn.jitter_x_mm + 12
        half, rim = WALL_MM / 2, top - FLUSH_MM
        return {
            "SURFACE_MM": self.box((first, 0, top - SLAB_MM), (last, lane, top)),
            "STAND_MM": self.box((first, 0, 0), (last, lane, top - SLAB_MM - FLUSH_MM)),
            "RAIL_MM": self.box((first, -RAIL_WIDTH_MM, 0), (last, -GAP_MM, top + RAIL_RISE_MM)),
            "TRAY_MM": self.box((near - WALL_MM, edge, 0), (far + WALL_MM, outer, rim)),
            "BUILD_ZONE_MM": self.box(
                (build_first, -RAIL_WIDTH_MM, top + 0.5), (build_first + 290, lane + 20, top + 60)
            ),
            "GOAL_MM": self.box((near - half, edge, half), (far + half, outer - half, top - 5)),
        }

    def hollow(self) -> tuple[tuple[float, float], ...]:
        """Return the tray's hollow across the lane as world (y, z) corners: it starts with a steep apron."""
        drawn, edge, rim = self.drawn, self.drawn.lane_mm + GAP_MM, self.top - FLUSH_MM
        foot = edge + apron_foot_mm(self.top, drawn.apron_deg)
        end = edge + drawn.tray_width_mm - WALL_MM
        corners_qz = ((edge + LEDGE_MM, rim), (foot, WALL_MM), (end, WALL_MM), (end, rim))
        return tuple(self.place(0, q, z)[1:] for q, z in corners_qz)

    def own_constants(self) -> dict[str, TemplateValue]:
        """Return the constants of rail, stand and moving surface, and the tray's hollow."""
        drawn, rail = self.drawn, self.boxes["RAIL_MM"]
        near, far = drawn.tray_at_mm, drawn.tray_at_mm + drawn.tray_length_mm
        middle = (round((rail[0][0] + rail[1][0]) / 2, 2), round((rail[0][1] + rail[1][1]) / 2, 2), rail[1][2])
        return {
            "RAIL_MATERIAL": drawn.panel_material,
            "STAND_MATERIAL": drawn.panel_material,
            "SURFACE_MATERIAL": drawn.surface_material,
            "SPEED_MM_S": drawn.speed_mm_s,
            "VELOCITY_MM_S": (drawn.run * drawn.speed_mm_s, 0.0, 0.0),
            "MOUNT_ID": "rail_top",
            "MOUNT_BODY": "rail",
            "MOUNT_ORIGIN_MM": middle,
            "MOUNT_NORMAL": (0.0, 0.0, 1.0),
            "MOUNT_SIZE_MM": (round(rail[1][0] - rail[0][0] - 6, 1), round(rail[1][1] - rail[0][1] - 2, 1)),
            "MOUNT_DEPTH_MM": 14.0,
            "TRAY_HOLLOW_X_MM": (self.place(near, 0, 0)[0], self.place(far, 0, 0)[0]),
            "TRAY_HOLLOW_YZ_MM": self.hollow(),
        }

    def describe(self) -> tuple[FixtureLine, ...]:
        """Return the statement's lines about the fixtures and the moving slab."""
        drawn, boxes = self.drawn, self.boxes
        ends = sorted(self.place(u, 0, 0)[0] for u in (drawn.tray_at_mm, drawn.tray_at_mm + drawn.tray_length_mm))
        outline = ", ".join(f"({number(y)}, {number(z)})" for y, z in self.hollow())
        slab = f"slab that stays in place, box {corners(boxes['SURFACE_MM'])}."
        tray = (
            f"fixed, box {corners(boxes['TRAY_MM'])}, open at the top, hollow from x = {number(ends[0])} to "
            f"{number(ends[1])} with the outline (y, z) {outline}."
        )
        return (
            self.fixed("floor", FLOOR_MATERIAL),
            self.fixed("rail", drawn.panel_material),
            self.fixed("stand", drawn.panel_material),
            FixtureLine("body_a", drawn.surface_material, slab),
            FixtureLine("tray", drawn.fixture_material, tray),
        )

    def describe_motions(self) -> tuple[str, ...]:
        """Return the statement's paragraph about the moving surface."""
        speed, direction = number(self.drawn.speed_mm_s), point((float(self.drawn.run), 0.0, 0.0))
        return (
            f"Motion: the surface of body_a runs at {speed} mm/s in direction {direction} all the time and carries "
            " what lies on it. It must keep that speed: the design must not touch it.",
        )


FAMILY = Family(
    name="conveyor_divert",
    kind="drive",
    intros=(
        "A {payload} rides on a moving surface past a tray. Design something that makes it come to rest in the tray.",
        "The surface of body_a carries the {payload} along. It must end up in the tray beside it. Make it so.",
        "Left alone, the {payload} is carried past the tray. Build a device on the rail that gets it in.",
        "Get the {payload} off the moving surface and into the tray next to it, where it has to lie still.",
        "A tray stands beside a surface that moves all the time. The {payload} on that surface belongs in the tray.",
        "Your task is a fixed device on the rail: the {payload} that comes along must leave the surface into the tray.",
    ),
    sample=sample,
    lay_out=LaneLayout,
)
