"""Draws what of a component must be there at least, where it may be drawn finer than the judge takes it for.

Gears and pulleys may have teeth, nuts chamfers, screws a socket; all else is drawn as it is.
"""

from functools import singledispatch

from OCP.TopoDS import TopoDS_Shape

from schemas.components import Component, Idler, Nut, Pulley, Screw, SpurGear
from workbench.components.blanks import UP, cut, fuse, make_rod, make_tube, tap_mm
from workbench.components.envelopes import Given, draw
from workbench.kernel.overlaps import make_cylinder

ROOT_MODULES = 2.25
"""How deep a gear's teeth are (ISO 53)."""
HUB_SHARE = 1.4
"""How thick a hub is at least, of its bore."""
BELT_TOOTH_MM = 1.0
"""How far below its pitch line a GT2 pulley is cut: 0.254 mm to the tip, 0.75 mm deep."""
SOCKET_SHARE, RIM_SHARE = 0.8, 0.75
"""How wide a screw's socket may be, of its head, and up to where its rim must be there."""


@singledispatch
def draw_core(row: Component, given: Given) -> TopoDS_Shape:
    """Return what of a component must be drawn: all of it, where its category has no finer drawing."""
    return draw(row, given)


@draw_core.register
def _draw_gear(row: SpurGear, _: Given) -> TopoDS_Shape:
    """Draw the blank of the roots over the face, and a hub as long as the gear on the side of +z."""
    root_mm = row.outer_diameter_mm - 2.0 * ROOT_MODULES * row.module_mm
    hub = make_rod(row.bore_mm * HUB_SHARE, row.length_mm)
    return cut(fuse(make_rod(root_mm, row.face_width_mm), hub), make_rod(row.bore_mm, row.length_mm))


@draw_core.register(Pulley)
@draw_core.register(Idler)
def _draw_pulley(row: Pulley | Idler, _: Given) -> TopoDS_Shape:
    """Draw the blank below the teeth, on either side of which flanges and hubs may be."""
    return make_tube(2.0 * (row.pitch_radius_mm - BELT_TOOTH_MM), row.bore_mm, row.length_mm)


@draw_core.register
def _draw_nut(row: Nut, _: Given) -> TopoDS_Shape:
    return make_tube(row.width_mm, tap_mm(row.thread), row.height_mm)


@draw_core.register
def _draw_screw(row: Screw, given: Given) -> TopoDS_Shape:
    """Draw shank and head up to the rim, round a socket as deep as half the head."""
    rim = row.model_copy(update={"height_mm": RIM_SHARE * row.height_mm})
    foot = UP * (row.length_mm + row.height_mm / 2.0)
    return cut(draw(rim, given), make_cylinder(foot, UP, SOCKET_SHARE * row.outer_diameter_mm / 2.0, row.height_mm))
