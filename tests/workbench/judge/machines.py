"""Designs that move by themselves, as a program would write them: on a bracket at the post, each with one motor."""

import math

from build123d import Box, Cylinder, Pos, Rot

from schemas.controllers import Controller
from tests.workbench.judge.scenes import OVER_GOAL, box, catalogue, scene
from workbench.authoring import Assembly, Oscillate, Sinusoidal, screw

MOTOR, DRIVER = "gm37d_12v_18p75", "driver_vnh5019"
AXIS = (-50, 0)
TOP = 98.0
"""Where the bracket's upper face is; the motor hangs below it, its shaft reaches 8 mm above it."""


def bench(forbidden=None):
    """A payload that drops into its goal by itself, an outlet, and room for a machine."""
    build = ((-90, -140, 0), (55, 140, 240))
    socket = lambda made: made.outlet("socket", (-100, 0, 120), voltage_v=12, power_w=100)  # noqa: E731  one line
    zones = {"no": forbidden} if forbidden else None
    return scene(OVER_GOAL, build=build, forbidden=zones, extra=socket)


def ring(outer: float, bore: float, length: float):
    return Cylinder(outer / 2, length) - Cylinder(bore / 2, length)


def powered(controller: Controller, cut=(), width=110.0, gearmotor=MOTOR) -> Assembly:
    """Return a bracket with a gearmotor whose shaft points up at AXIS, fed through a driver; `cut` leaves holes."""
    made, motor_at = Assembly(), Pos(*AXIS)
    plate = box((-90, -width / 2, TOP - 8), (45, width / 2, TOP)) + box((-90, -35, 40), (-84, 35, TOP))
    plate -= [Pos(-87, y, 60) * Rot(0, 90, 0) * Cylinder(2.25, 12) for y in (-15, 15)]
    plate -= [motor_at * Pos(0, y, 94) * Cylinder(1.7, 8) for y in (-15.5, 15.5)] + [motor_at * Cylinder(6.5, 300)]
    made.part("bracket", plate - list(cut), "pla", "fdm_printing")
    made.attach(
        "to_post", "bracket", "post", [screw("shcs_m4x16", (-84, y, 60), (-1, 0, 0)) for y in (-15, 15)], mount="face"
    )
    threads = [Pos(0, y, 85) * Cylinder(1.25, 10) for y in (-15.5, 15.5)]
    long = catalogue().components[gearmotor].length_mm - 16
    body = Pos(0, 0, TOP - 8 - long / 2) * Cylinder(18.5, long)
    made.component("motor", motor_at * (body + Pos(0, 0, 98) * Cylinder(3, 16) - threads), gearmotor)
    heads = [screw("shcs_m3x16", (AXIS[0], y, TOP), (0, 0, -1)) for y in (-15.5, 15.5)]
    made.attach("motor_to_bracket", "bracket", "motor", heads)
    made.component("driver", box((-70, 100, 0), (-32, 128, 10)), DRIVER)
    made.loose.append("driver")
    made.motor("drive", gearmotor, "spin", "socket", controller)
    return made


def spin(made: Assembly, child: str) -> None:
    made.joint("spin", "hinge", child, parent="bracket", anchor=(*AXIS, TOP), axis=(0, 0, 1), through="motor")
    made.interface("press", "motor", child)


def arm(at, bore: float, low: float):
    """An arm that points to +x from its hub."""
    return Pos(*at, low + 5) * (Cylinder(9, 10) + Pos(20, 0, 0) * Box(36, 6, 6) - Cylinder(bore / 2, 10))


def rotor(controller: Controller) -> Assembly:
    """An arm on the motor's shaft."""
    made = powered(controller)
    made.part("arm", arm(AXIS, 6, 100), "pla", "fdm_printing")
    spin(made, "arm")
    return made


def belt_drive() -> Assembly:
    """A belt from a pulley on the motor to one three times as large, on a shaft in a bearing, with an arm."""
    at = (AXIS[0] + 58.61, 0)
    swing = Sinusoidal(amplitude=0.3, period_s=1)
    made = powered(swing, [Pos(*at) * Cylinder(11, 300)], gearmotor="gm37d_12v_10")
    hub = Pos(0, 0, 103) * Cylinder(9, 8) + Pos(0, 0, 116) * Cylinder(4, 18) - Pos(0, 0, 102.5) * Cylinder(3, 8)
    made.part("hub", Pos(*AXIS) * hub, "pla", "fdm_printing")
    spin(made, "hub")
    made.component("small", Pos(*AXIS, 116) * ring(16, 8, 16), "pulley_gt2_20_8")
    made.interface("press", "small", "hub")
    made.component("bearing", Pos(*at, 94) * ring(22, 8, 7), "brg_608")
    made.interface("press", "bearing", "bracket")
    made.component("shaft", Pos(*at, 112) * Cylinder(4, 54), "shaft_8")
    made.interface("slide", "bearing", "shaft")
    made.joint("turn", "hinge", "shaft", parent="bracket", anchor=(*at, 94), axis=(0, 0, 1), through="bearing")
    made.component("large", Pos(*at, 116) * ring(38, 8, 16), "pulley_gt2_60_8")
    made.part("arm", arm(at, 8, 126), "pla", "fdm_printing")
    made.interface("press", "large", "shaft")
    made.interface("press", "shaft", "arm")
    made.couple("tie", "belt", "spin", "turn", 1 / 3, ["belt_gt2_6", "pulley_gt2_20_8", "pulley_gt2_60_8"])
    return made


def rack_drive(reach=15, spare=False) -> Assembly:
    """A pinion on the motor moves a rack under a cart that runs on a rail, or beside a longer one too."""
    spots, beside = [(0, -45), (0, 45)], [(31, -45), (31, 45)] if spare else []
    made = powered(
        Oscillate(centre=0, amplitude=60, period_s=1, gain=0.05),
        [Pos(x, y) * Cylinder(1.25, 300) for x, y in spots + beside],
        130,
    )
    if spare:
        longer = box((25, -100, TOP), (37, 100, 106)) - [Pos(x, y, 100) * Cylinder(1.7, 60) for x, y in beside]
        made.component("spare", longer, "rail_mgn12")
        made.attach("spare_down", "spare", "bracket", [screw("shcs_m3x16", (x, y, 106), (0, 0, -1)) for x, y in beside])
    made.component("pinion", Pos(*AXIS, 109) * ring(22, 6, 20), "gear_m1_20_st")
    spin(made, "pinion")
    rail = box((-6, -60, TOP), (6, 60, 106))
    made.component("rail", rail - [Pos(x, y, 100) * Cylinder(1.7, 60) for x, y in spots], "rail_mgn12")
    made.attach("rail_down", "rail", "bracket", [screw("shcs_m3x16", (x, y, 106), (0, 0, -1)) for x, y in spots])
    onto, under = [(0, -9), (0, 9)], [(-33, -9), (-33, 9)]
    carriage = box((-13.5, -22.7, 102), (13.5, 22.7, 111)) - rail
    made.component("carriage", carriage - [Pos(x, y, 108) * Cylinder(1.25, 10) for x, y in onto], "carriage_mgn12h")
    rack = box((-41, -50, 101), (-26, 50, 111))
    made.component("rack", rack - [Pos(x, y, 107) * Cylinder(1.25, 10) for x, y in under], "rack_m1_st")
    cart = box((-38, -25, 111), (14, 25, 117)) - [Pos(x, y, 114) * Cylinder(1.7, 10) for x, y in onto + under]
    made.part("cart", cart, "pla", "fdm_printing")
    for below, places in (("carriage", onto), ("rack", under)):
        made.attach(f"on_{below}", "cart", below, [screw("shcs_m3x10", (x, y, 117), (0, 0, -1)) for x, y in places])
    made.joint("way", "slide", "cart", parent="bracket", axis=(0, 1, 0), limits=(-reach, reach), through="carriage")
    made.interface("mesh", "pinion", "rack")
    made.couple("tie", "rack", "spin", "way", 20 * math.pi, ["gear_m1_20_st", "rack_m1_st"])
    return made


def screw_drive() -> Assembly:
    """A lead screw on the motor lifts a cart that two bushings guide on two rods."""
    rods = [(AXIS[0], y) for y in (-40, 40)]
    turns = Sinusoidal(amplitude=-1, period_s=2)
    made = powered(turns, [Pos(*at) * Cylinder(4, 300) for at in rods], gearmotor="gm37d_12v_131")
    coupler = Pos(0, 0, 109) * Cylinder(10, 20) - Pos(0, 0, 103) * Cylinder(3, 8) - Pos(0, 0, 114) * Cylinder(4, 10)
    made.part("coupler", Pos(*AXIS) * coupler, "pla", "fdm_printing")
    spin(made, "coupler")
    made.component("screw", Pos(*AXIS, 149) * Cylinder(4, 80), "screw_t8x8")
    made.interface("press", "screw", "coupler")
    cart = Pos(*AXIS, 147.5) * Box(36, 110, 15) - Pos(*AXIS, 147.5) * Cylinder(11, 15)
    made.part("cart", cart - [Pos(*at, 147.5) * Cylinder(7.5, 15) for at in rods], "pla", "fdm_printing")
    made.component("nut", Pos(*AXIS, 147.5) * ring(22, 8, 15), "nut_t8")
    made.interface("press", "nut", "cart")
    made.interface("thread", "nut", "screw")
    for number, at in enumerate(rods):
        made.component(f"rod_{number}", Pos(*at, 145) * Cylinder(4, 110), "shaft_8")
        made.component(f"bush_{number}", Pos(*at, 147.5) * ring(15, 8, 24), "lm8uu")
        made.interface("press", f"rod_{number}", "bracket")
        made.interface("press", f"bush_{number}", "cart")
        made.interface("slide", f"bush_{number}", f"rod_{number}")
    made.joint("lift", "slide", "cart", parent="bracket", anchor=(*rods[0], 147.5), limits=(-15, 15), through="bush_0")
    made.couple("tie", "lead_screw", "spin", "lift", -8.0, ["screw_t8x8", "nut_t8"])
    return made


def flap(*, hinged: bool = True) -> Assembly:
    """A flap that hangs from a bracket on a butt hinge, and gives way to what comes from the post's side."""
    made, across = Assembly(), Rot(0, 90, 0)
    high, low = [(22, y, 76) for y in (-15, 15)], [(20, y, 56) for y in (-15, 15)]
    plate = box((-90, -25, 90), (20, 25, 98)) + box((-90, -25, 40), (-84, 25, 98)) + box((12, -25, 70), (20, 25, 98))
    plate -= [Pos(-87, y, 60) * across * Cylinder(2.25, 12) for y in (-15, 15)]
    made.part("bracket", plate - [Pos(*at) * across * Cylinder(1.25, 20) for at in high], "pla", "fdm_printing")
    made.attach(
        "to_post", "bracket", "post", [screw("shcs_m4x16", (-84, y, 60), (-1, 0, 0)) for y in (-15, 15)], mount="face"
    )
    blade = box((22, -31, 47), (30, 31, 62)) + box((22, -10, 32), (25, 10, 47))
    blade += [box((0, y, 47), (22, y + 6, 62)) for y in (-31, 25)]  # so that it hangs straight below its hinge
    made.part("flap", blade - [Pos(*at) * across * Cylinder(1.25, 20) for at in low], "pla", "fdm_printing")
    butt = box((20, -25, 48.5), (22, 25, 83.5)) + Pos(21, 0, 66) * Rot(90, 0, 0) * Cylinder(3, 50)
    made.component("butt", butt - [Pos(*at) * across * Cylinder(1.7, 20) for at in high + low], "hinge_50")
    for other, spots, towards in (("bracket", high, -1), ("flap", low, 1)):
        made.attach(f"{other}_leaf", "butt", other, [screw("shcs_m3x8", at, (towards, 0, 0)) for at in spots])
    if hinged:
        turns = {"anchor": (21, 0, 66), "axis": (0, -1, 0), "limits": (0, 95)}
        made.joint("swing", "hinge", "flap", parent="bracket", through="butt", **turns)
    return made
