"""The motorised arm on a level face: a servo sweeps it behind the payload and takes that along, over the edge."""

import math

from agents.mechanisms.mechanism import AS_USUAL, Knob, Making, Makings, Mechanism, Site, Values, find_level_mount
from agents.program_templates import fill_template

SERVO, SERVO_MM, PIN_OFFSET_MM, PIN_TOP_MM = "dxl_xl430_w250", (46.5, 28.5, 26.9), 9.0, 34.0
"""The catalogue's servo, of its kind the cheapest for 12 V: its case, and where its output is."""
NO_LOAD_RAD_S = 61 * math.pi / 30
THICKNESS_MM, RAMP_S = 4.0, 0.2


def knobs(site: Site) -> tuple[Knob, ...]:
    """Return the arm's length to the payload, the gap behind that, how far and how fast it turns, and its hook."""
    mount, scene, payload = find_level_mount(site), site.problem.scene, site.payload
    if mount is None or not scene.outlets or any(scene.payloads[0].velocity_mm_s):
        return ()
    bottom = payload.centre_mm[2] - payload.size_mm[2] / 2
    if abs(bottom - mount.frame.position_mm[2]) > 2 or site.goal.max_mm[2] > bottom:
        return ()
    least = _half_mm(site) + SERVO_MM[0] / 2 + PIN_OFFSET_MM + 3
    return (
        Knob("arm_mm", least, least + 25, least + 6, -1),
        Knob("gap_mm", 1.5, 8.0, 3.0),
        Knob("sweep_deg", 60.0, 130.0, 95.0),
        Knob("level_percent", 12.0, 60.0, 30.0),
        Knob("hook_mm", 4.0, 25.0, 12.0, -1),
    )


def write(site: Site, values: Values, makings: Makings = AS_USUAL) -> str:
    """Return the solution program of one set of knob values."""
    mount, scene, (x, y, _) = find_level_mount(site), site.problem.scene, site.payload.centre_mm
    assert mount is not None
    made = makings.get("arm") or Making("fdm_printing", site.slippery_print())
    run, half, level = (
        1 if site.goal.max_mm[0] > x + 2 * _half_mm(site) else -1,
        _half_mm(site),
        values["level_percent"],
    )
    back, arm = half + values["gap_mm"] + THICKNESS_MM / 2, values["arm_mm"]
    return fill_template(
        "pusher",
        {
            "MOUNT_ID": mount.id,
            "MOUNT_BODY": mount.body,
            "OUTLET": scene.outlets[0].id,
            "FACE_Z_MM": mount.frame.position_mm[2],
            "RUN": run,
            "SIDE": 1,
            "PIVOT_MM": (round(x - run * back, 1), round(y - arm, 1)),
            "BLADE_MM": (round(arm - half, 1), round(arm + half + 3 + THICKNESS_MM, 1)),
            "HOOK_MM": values["hook_mm"],
            "BLADE_THICKNESS_MM": THICKNESS_MM,
            "SERVO": SERVO,
            "SERVO_MM": SERVO_MM,
            "PIN_MM": SERVO_MM[1] / 2,
            "PIN_OFFSET_MM": PIN_OFFSET_MM,
            "PIN_TOP_MM": PIN_TOP_MM,
            "LEVEL": round(level / 100, 3),
            "RAMP_S": RAMP_S,
            "HOLD_S": round(math.radians(values["sweep_deg"]) / (NO_LOAD_RAD_S * level / 100) - RAMP_S, 3),
            "PROCESS": made.process,
            "MATERIAL": made.material,
        },
    )


def _half_mm(site: Site) -> float:
    """Return how far the payload reaches from its nominal centre, in any trial."""
    return site.reach_mm + max(site.problem.scene.payloads[0].jitter.position_mm)


PUSHER = Mechanism(
    name="pusher",
    idea="a servo on the table turns an arm that takes the payload along, over the edge",
    knobs=knobs,
    write=write,
)
