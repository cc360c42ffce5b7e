"""As `drop_chute`, but a step and a zone that nothing may touch leave only a bent way."""

from dataclasses import replace
from typing import Annotated

from agents.families.bent_way import BentScene, BentWayParameters, sample_bent
from agents.families.draw import Draw
from agents.families.family import Family
from agents.families.layout import Layout
from agents.families.parameters import mm
from schemas.catalogue import Catalogue

TUMBLES_MM = 5.0
"""Room at the zone beside what tumbles: it has just fallen onto the way, on whichever edge, and may not touch it."""


class WallRouteParameters(BentWayParameters):
    """The drawn values of this family: the extents of the forbidden zone."""

    zone_length_mm: Annotated[float, mm(20, 80)]
    zone_height_mm: Annotated[float, mm(30, 160)]


def sample(draw: Draw, catalogue: Catalogue) -> WallRouteParameters:
    """Draw the parameters of the bent way first, then those of the zone above its knee."""
    own = {"zone_length_mm": draw.uniform(25, 45), "zone_height_mm": draw.uniform(60, 120)}
    own["knee_mm"] = draw.uniform(46, 54)
    return WallRouteParameters.model_validate(sample_bent(draw, catalogue) | own)


def lay_out(drawn: WallRouteParameters, catalogue: Catalogue) -> Layout:
    """Return the scene: the zone's lower near edge is a tumbling payload and `room_mm` away from both legs."""
    del catalogue
    scene = BentScene(drawn)
    layout = scene.lay_out()
    tumbling = max(1.1 * max(drawn.payload_size_mm), drawn.payload_diagonal_mm) + TUMBLES_MM
    u, z = scene.over_knee(tumbling + drawn.room_mm)
    width = 2 * scene.start_q
    zone = scene.frame.box((u, 0.0, z), (u + drawn.zone_length_mm, width, z + drawn.zone_height_mm))
    cell = (drawn.distance_mm / 15, drawn.zone_length_mm / 8)
    return replace(layout, forbidden={"hot": zone}, cell=cell)


FAMILY = Family(
    name="wall_route",
    kind="static",
    intros=(
        "A {payload} is let go in mid-air. It has to end up in the tray without ever touching the hot zone.",
        "Bring the released {payload} into the tray. Between them is a zone in which nothing may be.",
        "Design something on the panel that takes the {payload} to the tray, around the zone that is out of bounds.",
        "The {payload} belongs in the tray. A space on its way is forbidden to it and to your parts.",
        "Released in the air, the {payload} would stay on the step. Get it to the tray, clear of the zone.",
        "Make the {payload} come to rest in the tray. A part of the space in between may not be entered by anything.",
    ),
    sample=sample,
    lay_out=lay_out,
    mechanisms=("chute",),
)
