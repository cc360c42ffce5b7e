"""A ball rolls off a high track before a hinged flap, which it has too little speed to push open; a pit beyond."""

import math
from typing import Annotated, Literal

from pydantic import Field

from agents.families.draw import Draw
from agents.families.drop_chute import draw_fixture
from agents.families.family import Family
from agents.families.layout import Frame, Layout, Promise, SceneBody, SceneMount, jointed
from agents.families.parameters import PayloadLimits, SceneParameters, degrees, draw_panel, draw_shared, mm
from agents.families.shapes import Block, Prism, Shape, Taper
from schemas.bundle import Goal, Role
from schemas.catalogue import Catalogue
from schemas.units import GRAVITY_M_S2, M_PER_MM

LIMITS = PayloadLimits(("sphere",), least_mm=28, most_mm=38, least_g=8)
"""Only balls: what slides leaves most of its energy on the way down."""
HORIZON_S = 8.0
WALL_MM, FLOOR_MM, PIN_MM, GAP_MM = 8.0, 12.0, 4.0, 1.0
FLAP_MATERIALS = ("hdpe", "abs", "pom", "pa66", "al_6061_t6")
THICKNESS_MM = (4.0, 12.0)
DAMPING_NM_S = 2e-4
WING = {"plate": (0.5, 0.5), "wing": (0.25, 0.75)}
"""Half thickness of the flap above and below ÷ its mean thickness."""
BAR_MM, BAR_SHARE, UNDER_BAR_MM = 3.0, 0.72, 4.5
"""A bar across the way: its radius, where it is ÷ the fall, room for the ball under it on the drawn way."""
MOST_SWING_DEG, MOST_DEG_S = 40.0, 600.0
"""What a ball that nothing helps makes of the flap stays below this."""
BEHIND_MM, BEFORE_MM, BESIDE_MM = 12.0, 8.0, 3.0
"""Track behind the payload, room for a design to the flap, room for the flap to the posts."""


class SwingGateParameters(SceneParameters):
    """The drawn values of this family; the flap hangs `gate_mm` beyond the track's end, `under_mm` over the table.

    Its mass asks `need_share` of the energy of the fall, with what the blow wastes.
    """

    speed_mm_s: Annotated[float, Field(ge=100, le=600, json_schema_extra={"unit": "mm/s"})]
    fall_mm: Annotated[float, mm(60, 140)]
    table_mm: Annotated[float, mm(30, 90)]
    gate_mm: Annotated[float, mm(80, 300)]
    approach_deg: Annotated[float, degrees(45, 75)]
    need_share: Annotated[float, Field(ge=0.1, le=0.8)]
    flap_mm: Annotated[float, mm(25, 120)]
    flap_width_mm: Annotated[float, mm(40, 140)]
    flap_thickness_mm: Annotated[float, mm(4, 16)]
    under_mm: Annotated[float, mm(3, 14)]
    flap_shape: Literal["plate", "wing"]
    flap_material: str
    flap_colour: str
    pit_mm: Annotated[float, mm(60, 200)]
    post_mm: Annotated[float, mm(4, 14)]
    overhang_mm: Annotated[float, mm(0, 40)]


def sample(draw: Draw, catalogue: Catalogue) -> SwingGateParameters:
    """Draw the parameters; what the ball has before it falls is a small part of what the flap asks for."""
    shared = draw_shared(draw, catalogue, LIMITS)
    free = {**shared, "fixture_material": draw_fixture(draw, True), "panel_material": draw_panel(draw)}
    rough = SceneParameters.model_validate(free)
    wide, speed = rough.payload_width_mm, draw.uniform(150, 270, 0)
    fall, approach, share = draw.uniform(2.3 * wide, 2.9 * wide), draw.uniform(56, 62), draw.uniform(0.53, 0.61, 2)
    flap, under, width = draw.uniform(1.4 * wide, 2 * wide), draw.uniform(4, 8), draw.uniform(wide + 16, wide + 36)
    shape, need_j_kg = draw.choose(("plate", "wing")), share * GRAVITY_M_S2 * fall * M_PER_MM
    density = {name: one.density_kg_m3 for name, one in catalogue.materials.items()}
    ball = density[rough.payload_material] * math.pi / 6 * wide**3
    thick = {
        name: flap_thickness(need_j_kg, (flap, under, wide, WING[shape][1]), density[name] * flap * width / ball)
        for name in FLAP_MATERIALS
    }
    material = draw.choose([name for name, value in thick.items() if THICKNESS_MM[0] <= value <= THICKNESS_MM[1]])
    reach = way_mm(fall, approach, speed)[0] + 1.5 * thick[material] + BEFORE_MM
    return SwingGateParameters.model_validate(
        free
        | {
            "speed_mm_s": speed,
            "fall_mm": fall,
            "table_mm": draw.uniform(38, 70),
            "gate_mm": round(reach + draw.uniform(3, 10), 1),
            "approach_deg": approach,
            "need_share": share,
            "flap_mm": flap,
            "flap_width_mm": width,
            "flap_thickness_mm": thick[material],
            "under_mm": under,
            "flap_shape": shape,
            "flap_material": material,
            "flap_colour": draw.choose(("#d08770", "#bf616a", "#5e81ac")),
            "pit_mm": draw.uniform(rough.payload_diagonal_mm + 40, rough.payload_diagonal_mm + 90),
            "post_mm": draw.uniform(5, 11),
            "overhang_mm": draw.uniform(0, 30),
        }
    )


def way_mm(fall_mm: float, steepest_deg: float, speed_mm_s: float) -> tuple[float, float]:
    """Return length and radius of a way down that begins as the payload flies and ends level in part of a circle."""
    steepest = math.radians(steepest_deg)
    crest_mm = 1.1 * speed_mm_s**2 * M_PER_MM / GRAVITY_M_S2 * math.tan(steepest)
    radius_mm = (fall_mm - crest_mm * math.tan(steepest) / 2) / (1 - math.cos(steepest))
    return crest_mm + radius_mm * math.sin(steepest), radius_mm


def flap_thickness(needed_j_kg: float, measures: tuple[float, float, float, float], ratio_per_mm: float) -> float:
    """Return the thickness in mm of a flap that needs so much energy per mass of the payload to let it pass under.

    `measures` are the flap's height, the room under it, the payload's height, and the flap's half thickness at its edge
    ÷ its thickness; `ratio_per_mm` is its mass ÷ that of the payload per thickness. Found by bisection.
    """
    low, high = 0.0, 60.0
    for _ in range(30):
        middle = (low + high) / 2
        enough = flap_energy_j_kg(measures, middle, ratio_per_mm * middle) > needed_j_kg
        low, high = (low, middle) if enough else (middle, high)
    return round(high, 1)


def flap_energy_j_kg(measures: tuple[float, float, float, float], thick_mm: float, ratio: float) -> float:
    """Return what lifts a flap until its near edge is as high as the payload, and what the blow wastes of it.

    After the blow both move together; `ratio` is the flap's mass ÷ that of the payload.
    """
    flap, under, tall, share = measures
    hang, half, rise = PIN_MM + GAP_MM, share * thick_mm, tall - under
    edge, middle = hang + flap, hang + flap * (1 + share) / 3
    turn = math.acos((edge - rise) / math.hypot(edge, half)) + math.atan2(half, edge)
    lift = GRAVITY_M_S2 * M_PER_MM * middle * (1 - math.cos(turn))
    lag = (flap**2 / 12 + middle**2) / (edge - rise / 2) ** 2
    return ratio * lift * (1 + lag * ratio)


class GateScene:
    """Where everything stands: u = 0 is the end of the track, the flap hangs over the table's far end."""

    def __init__(self, drawn: SwingGateParameters) -> None:
        self.drawn, self.top, self.high = drawn, drawn.table_mm, drawn.table_mm + drawn.fall_mm
        self.start_u, thick = -(drawn.jitter_x_mm + 4), drawn.flap_thickness_mm
        self.first_u = self.start_u - drawn.payload_reach_mm - drawn.jitter_x_mm - BEHIND_MM
        self.edge_u = drawn.gate_mm + max(drawn.post_mm + 1, thick + 4)
        self.far_u, self.build_u = self.edge_u + drawn.pit_mm, drawn.gate_mm - 1.5 * thick - BEFORE_MM
        self.post_q = drawn.flap_width_mm / 2 + BESIDE_MM + drawn.post_mm
        self.half = self.post_q + drawn.post_mm + 6
        self.pin_z = self.top + drawn.under_mm + drawn.flap_mm + GAP_MM + PIN_MM
        self.frame = Frame(drawn.run, drawn.side, (self.first_u + self.far_u) / 2, 0.0)

    def outline(self, *corners: tuple[float, float]) -> tuple[tuple[float, float], ...]:
        """Return corners (u, z) as the outline of a prism along y."""
        placed = (self.frame.place(u, 0, z) for u, z in corners)
        return tuple((x, z) for x, _, z in placed)

    def track(self) -> Shape:
        """Return the track, whose foot stands back from its end."""
        back, high, foot = self.first_u, self.high, -self.drawn.overhang_mm
        corners = ((back, 0), (foot, 0), (foot, high - 14 + foot), (0, high - 14), (0, high), (back, high))
        return Prism("y", (-self.half, self.half), self.outline(*corners))

    def flap(self) -> Shape:
        """Return the flap as it hangs; a wing is thrice as thick below as above."""
        drawn, low = self.drawn, self.top + self.drawn.under_mm
        above, below = WING[drawn.flap_shape]
        u, thick, half = drawn.gate_mm, drawn.flap_thickness_mm, drawn.flap_width_mm / 2
        under, over = ((low, below * thick), (low + drawn.flap_mm, above * thick))
        corners = [(u + way * wide, z) for way, ends in ((-1, (under, over)), (1, (over, under))) for z, wide in ends]
        return Prism("y", (-half, half), self.outline(*corners))

    def bar(self) -> Shape:
        """Return the bar with its two feet: the ball passes under it on the drawn way, but not on a straight one."""
        drawn, u, q = self.drawn, round(BAR_SHARE * self.drawn.fall_mm, 1), self.half - 2 * BAR_MM
        length, radius = way_mm(drawn.fall_mm, drawn.approach_deg, drawn.speed_mm_s)
        away = radius - drawn.payload_width_mm - UNDER_BAR_MM
        z = self.top + radius - math.sqrt(away**2 - (length - u) ** 2)
        whole = Block(self.frame.box((u - BAR_MM, -self.half, self.top), (u + BAR_MM, self.half, z + 2 * BAR_MM)))
        return whole.less(under=Block(self.frame.box((u - BAR_MM, -q, self.top), (u + BAR_MM, q, z))))

    def fixtures(self) -> tuple[SceneBody, ...]:
        """Return the bodies that stay."""
        drawn, box, place, half = self.drawn, self.frame.box, self.frame.place, self.half
        made, colour, u, rim = drawn.panel_material, drawn.fixture_colour, drawn.gate_mm, self.top - 4
        pit, soft = Block(box((self.edge_u, -half, 0), (self.far_u, half, rim))), drawn.fixture_material
        hollow = box((self.edge_u + WALL_MM, WALL_MM - half, FLOOR_MM), (self.far_u, half - WALL_MM, rim))
        table = Block(box((-drawn.overhang_mm, -half, 0), (self.edge_u, half, self.top)))
        wall = Block(box((self.far_u, -half, 0), (self.far_u + WALL_MM, half, self.high)))
        post_z, pin_q = self.pin_z + PIN_MM + 4, self.post_q - drawn.post_mm - 1
        posts = {
            name: Taper(place(u, way * self.post_q, self.top), place(u, way * self.post_q, post_z), drawn.post_mm)
            for name, way in (("left", -1), ("right", 1))
        }
        pin = Taper(place(u, -pin_q, self.pin_z), place(u, pin_q, self.pin_z), PIN_MM)
        return (
            SceneBody("track", self.track(), made, colour, "The ball rolls off a high track,"),
            SceneBody("table", table, made, "#d8c3a5", "under whose end a table begins."),
            *(SceneBody(f"post_{name}", post, "steel_1018", "#4c566a") for name, post in posts.items()),
            SceneBody("bar", self.bar(), "steel_1018", "#4c566a", "Over the table a bar leads from side to side."),
            SceneBody("pin", pin, "steel_1018", "#4c566a", "Between two posts at its far end"),
            SceneBody("pit", pit.less(hollow=Block(hollow)), soft, colour, "Behind that is the payload's place,"),
            SceneBody("wall", wall, soft, colour, "before a wall."),
        )


def lay_out(drawn: SwingGateParameters, catalogue: Catalogue) -> Layout:
    """Return the scene of drawn parameters."""
    del catalogue
    scene, half = GateScene(drawn), WALL_MM / 2
    box, place, wide = scene.frame.box, scene.frame.place, scene.half
    flap = SceneBody(
        "body_a", scene.flap(), drawn.flap_material, drawn.flap_colour, "hangs a plate that can swing.", Role.MOVER
    )
    promise = Promise((-MOST_SWING_DEG, MOST_SWING_DEG), MOST_DEG_S, interaction="may_block")
    start = place(scene.start_u, 0, scene.high + drawn.payload_size_mm[2] / 2 + 0.2)
    goal_z = max(scene.top, FLOOR_MM + drawn.payload_diagonal_mm + 6)
    mount = box((4, 4 - wide, scene.top), (scene.build_u - 2, wide - 4, scene.top))
    return Layout(
        bodies=(*scene.fixtures(), flap),
        motions=(
            jointed("body_a", "hinge", (place(drawn.gate_mm, 0, scene.pin_z), "y"), promise, damping=DAMPING_NM_S),
        ),
        payloads=(drawn.payload(start, Goal(zone="goal")).moving((drawn.run * drawn.speed_mm_s, 0.0, 0.0)),),
        mounts=(SceneMount("table_top", "table", "+z", mount, scene.top - 6),),
        build=box((0.5, -wide, scene.top), (scene.build_u, wide, scene.high + 30)),
        goals={
            "goal": box((scene.edge_u + half, half - wide, FLOOR_MM / 2), (scene.far_u + half, wide - half, goal_z))
        },
        horizon_s=HORIZON_S,
        cell=(drawn.fall_mm / 10, drawn.flap_mm / 8),
    )


FAMILY = Family(
    name="swing_gate",
    kind="mover",
    intros=(
        "A {payload} comes off a high track. It has to get past the hanging plate and come to rest in the pit behind.",
        "The {payload} falls off its track and lies before a heavy plate on a hinge. Bring it through, into the pit.",
        "Left alone, the {payload} stays on the table. Its height is enough to push the hanging plate open: use it.",
        "Between the {payload} and the pit a plate hangs in the way. See to it that the {payload} arrives in the pit.",
        "Your device stands on the table under the track's end. The {payload} belongs in the pit beyond the plate.",
        "A plate that turns about a pin closes the way into the pit. Make the {payload} push through and lie there.",
    ),
    sample=sample,
    lay_out=lay_out,
    mechanisms=("descent",),
)
