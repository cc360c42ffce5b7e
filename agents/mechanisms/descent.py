"""The curved way down from a high track: what would fall off it reaches the level face with the speed of the fall."""

import math

from agents.mechanisms.mechanism import AS_USUAL, Knob, Making, Makings, Mechanism, Site, Values, find_level_mount
from agents.program_templates import fill_template
from schemas.bundle import Mount
from schemas.units import GRAVITY_M_S2, M_PER_MM

EAR_MM, EAR_HEIGHT_MM, LIP_MM, BACK_MM, UNDER_MM = 14.0, 4.0, 1.0, 0.5, 0.5
LEAST_FALL_MM = 30.0


def find_fall(site: Site) -> tuple[Mount, int, float] | None:
    """Return a level mount, the way along x and the height from which what moves that way falls to it, or None."""
    mount, payload = find_level_mount(site), site.problem.scene.payloads[0]
    if mount is None or not payload.velocity_mm_s[0] or payload.goal.goal_support == "any":
        return None
    fall = site.payload.centre_mm[2] - site.payload.size_mm[2] / 2 - mount.frame.position_mm[2]
    return (mount, 1 if payload.velocity_mm_s[0] > 0 else -1, fall) if fall > LEAST_FALL_MM else None


def knobs(site: Site) -> tuple[Knob, ...]:
    """Return how steeply the way begins, its width, and how thick its deck is."""
    found, zone = find_fall(site), site.build_zone
    if found is None:
        return ()
    long, wide = (high - low for low, high in zip(zone.min_mm[:2], zone.max_mm[:2], strict=True))
    angles = [tenths / 10 for tenths in range(350, 800, 5)]
    least = min((one for one in angles if length_mm(site, found[2], one) < long - 2), default=angles[-1])
    widest = wide - 2 * EAR_MM - 4
    reach = site.reach_mm + site.problem.scene.payloads[0].jitter.position_mm[1]
    return (
        Knob("angle_deg", least, least + 12, least),
        Knob("width_mm", min(widest, 1.6 * reach), widest, min(widest, 2 * reach + 8), -1),
        Knob("deck_mm", *((6.2, 8.0, 6.6) if site.payload.shape == "sphere" else (2.4, 6.0, 4.0)), -1),
    )


def crest_mm(site: Site) -> float:
    """Return v² ÷ g of what comes off the track, and a little more: it stays on a crest that falls off like that."""
    speed = site.problem.scene.payloads[0].velocity_mm_s[0]
    return round(1.1 * speed**2 * M_PER_MM / GRAVITY_M_S2, 1)


def length_mm(site: Site, fall_mm: float, steepest_deg: float) -> float:
    """Return how long the way is that is nowhere steeper."""
    steepest, crest = math.radians(steepest_deg), crest_mm(site) * math.tan(math.radians(steepest_deg))
    return crest + (fall_mm - crest * math.tan(steepest) / 2) / math.tan(steepest / 2)


def write(site: Site, values: Values, makings: Makings = AS_USUAL) -> str:
    """Return the solution program of one set of knob values."""
    found = find_fall(site)
    assert found is not None
    (mount, run, fall), zone = found, site.build_zone
    made = makings.get("descent") or Making("fdm_printing", site.slippery_print())
    height = round(fall - UNDER_MM, 1)
    length = length_mm(site, fall, values["angle_deg"])
    return fill_template(
        "descent",
        {
            "MOUNT_ID": mount.id,
            "MOUNT_BODY": mount.body,
            "FACE_Z_MM": mount.frame.position_mm[2],
            "RUN": run,
            "BACK_X_MM": round((zone.min_mm if run > 0 else zone.max_mm)[0] + run * BACK_MM, 1),
            "MIDDLE_Y_MM": site.payload.centre_mm[1],
            "HEIGHT_MM": height,
            "CREST_MM": crest_mm(site),
            "ANGLE_DEG": values["angle_deg"],
            "WIDTH_MM": values["width_mm"],
            "DECK_MM": values["deck_mm"],
            "LIP_MM": LIP_MM,
            "EAR_MM": EAR_MM,
            "EAR_HEIGHT_MM": EAR_HEIGHT_MM,
            "EARS_MM": (EAR_MM, round(0.6 * length, 1)),
            "LEGS": 24,
            "SCREW": "shcs_m4x12",
            "HOLE_MM": 4.5,
            "PROCESS": made.process,
            "MATERIAL": made.material,
        },
    )


DESCENT = Mechanism(
    name="descent",
    idea="a curved way from the track's end down to the table, which turns the height into speed",
    knobs=knobs,
    write=write,
)
