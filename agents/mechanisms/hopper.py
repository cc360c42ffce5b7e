"""The hopper over a goal: its slanted walls lead whatever falls into its mouth to a spout above the goal."""

import math

from agents.mechanisms.mechanism import AS_USUAL, Knob, Making, Makings, Mechanism, Site, Values, find_upright_mount
from agents.program_templates import fill_template
from schemas.bundle import Mount

WALL_MM, BACK_MM, NECK_MM, ABOVE_MM = 2.0, 4.0, 8.0, 1.0
LEAST_JITTER = 0.6
"""Half-width of the starts ÷ half-width of the goal from which a hopper is thought of."""


def find_face(site: Site) -> tuple[Mount, int] | None:
    """Return the upright mount along y and which way it faces, where starts spread wider than the goal, or None."""
    scene, goal = site.problem.scene, site.goal
    spread = min(scene.payloads[0].jitter.position_mm[:2])
    if spread < LEAST_JITTER * (goal.max_mm[0] - goal.min_mm[0]) / 2 or any(scene.payloads[0].velocity_mm_s):
        return None
    return find_upright_mount(site)


def knobs(site: Site) -> tuple[Knob, ...]:
    """Return the width of the spout, the room around the starts, and how steep the walls are at least."""
    if find_face(site) is None:
        return ()
    width = max(site.payload.size_mm)
    inner = site.goal.max_mm[0] - site.goal.min_mm[0] - 8
    return (
        Knob("spout_mm", 1.1 * width, max(1.15 * width, inner), min(1.25 * width, inner)),
        Knob("beside_mm", 1.0, 12.0, 3.0, -1),
        Knob("slope_deg", 30.0, 60.0, 45.0, -1),
    )


def write(site: Site, values: Values, makings: Makings = AS_USUAL) -> str:
    """Return the solution program of one set of knob values."""
    found = find_face(site)
    assert found is not None
    (mount, out), goal, zone = found, site.goal, site.build_zone
    made = makings.get("hopper") or Making("fdm_printing", site.slippery_print())
    jitter, (x, y, _) = site.problem.scene.payloads[0].jitter.position_mm, site.payload.centre_mm
    mouth = [2 * (site.reach_mm + shift + values["beside_mm"]) for shift in jitter[:2]]
    spout = [round((low + high) / 2, 1) for low, high in zip(goal.min_mm[:2], goal.max_mm[:2], strict=True)]
    longest = max(abs(x - spout[0]) + mouth[0] / 2, abs(y - spout[1]) + mouth[1] / 2) - values["spout_mm"] / 2
    low_z = zone.min_mm[2] + ABOVE_MM
    high_z = min(low_z + NECK_MM + longest * math.tan(math.radians(values["slope_deg"])), zone.max_mm[2] - ABOVE_MM)
    return fill_template(
        "hopper",
        {
            "MOUNT_ID": mount.id,
            "MOUNT_BODY": mount.body,
            "FACE_Y_MM": mount.frame.position_mm[1],
            "OUT": out,
            "MOUTH_MIDDLE_MM": (x, y),
            "MOUTH_MM": tuple(round(side, 1) for side in mouth),
            "SPOUT_MIDDLE_MM": tuple(spout),
            "SPOUT_MM": values["spout_mm"],
            "SPOUT_Z_MM": round(low_z, 1),
            "NECK_MM": NECK_MM,
            "MOUTH_Z_MM": round(high_z, 1),
            "WALL_MM": WALL_MM,
            "BACK_MM": BACK_MM,
            "FLANGE_MM": (60.0, 24.0),
            "SCREW": "shcs_m4x12",
            "HOLE_MM": 4.5,
            "PROCESS": made.process,
            "MATERIAL": made.material,
        },
    )


HOPPER = Mechanism(
    name="hopper",
    idea="a hopper under the starts, whose slanted walls lead the payload to a spout above the goal",
    knobs=knobs,
    write=write,
)
