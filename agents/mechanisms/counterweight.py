"""The weight under the far arm of a hinged beam: heavier, by its lever, than the payload on the other arm."""

from agents.mechanisms.mechanism import AS_USUAL, Knob, Making, Makings, Mechanism, Site, Values
from agents.program_templates import fill_template
from agents.statement_reading import StatedSwing
from schemas.bundle import Mount

EAR_MM = (12.0, 6.0)
GRAMS_PER_MM3 = 1.24e-3
"""Of PLA, for the first guess alone."""
WANTED = 1.5
"""Moment of the weight ÷ that of the payload, first guess."""


def find_beam(site: Site) -> tuple[Mount, StatedSwing] | None:
    """Return a mount that faces down on a body that turns on a level hinge, with its hinge, or None."""
    for mount in site.problem.scene.mounts:
        _, x, y, _ = mount.frame.quaternion_wxyz
        swing = next((swing for swing in site.facts.swings if swing.body == mount.body), None)
        if 1 - 2 * (x * x + y * y) < -0.999 and swing is not None:
            return mount, swing
    return None


def knobs(site: Site) -> tuple[Knob, ...]:
    """Return how far from the hinge the weight hangs, and its height; it is as long and wide as there is room."""
    found, zone = find_beam(site), site.build_zone
    if found is None:
        return ()
    _, long, wide, lever = _room(site, found)
    arm = abs(site.payload.centre_mm[0] - found[1].hinge_mm[0])
    needed = WANTED * site.payload.mass_g * arm / (lever * GRAMS_PER_MM3 * long * wide)
    most = zone.max_mm[2] - zone.min_mm[2] - 1
    return (Knob("height_mm", EAR_MM[1] + 1, most, needed, -1), Knob("long_mm", 0.5 * long, long, long, -1))


def write(site: Site, values: Values, makings: Makings = AS_USUAL) -> str:
    """Return the solution program of one set of knob values."""
    found = find_beam(site)
    assert found is not None
    made = makings.get("weight") or Making("fdm_printing", site.slippery_print())
    middle, _, wide, _ = _room(site, found)
    return fill_template(
        "counterweight",
        {
            "MOUNT_ID": found[0].id,
            "MOUNT_BODY": found[0].body,
            "FACE_Z_MM": found[0].frame.position_mm[2],
            "MIDDLE_MM": (round(middle, 1), round(found[1].hinge_mm[1], 1)),
            "BLOCK_MM": (values["long_mm"], round(wide, 1), values["height_mm"]),
            "EAR_MM": EAR_MM,
            "SCREW": "shcs_m4x16",
            "HOLE_MM": 4.5,
            "PROCESS": made.process,
            "MATERIAL": made.material,
        },
    )


def _room(site: Site, found: tuple[Mount, StatedSwing]) -> tuple[float, float, float, float]:
    """Return the middle of the room along x, the length and width of a block between ears there, and its lever."""
    zone, hinge = site.build_zone, found[1].hinge_mm
    middle = (zone.min_mm[0] + zone.max_mm[0]) / 2
    long, wide = zone.max_mm[0] - zone.min_mm[0] - 2 * EAR_MM[0] - 14, zone.max_mm[1] - zone.min_mm[1] - 8
    return middle, long, wide, abs(middle - hinge[0])


COUNTERWEIGHT = Mechanism(
    name="counterweight",
    idea="a weight under the far arm, which lifts the payload's end until the payload slides down the beam",
    knobs=knobs,
    write=write,
)
