"""The motorised scoop on an upright face: it takes the payload from below and tips it into a goal that is higher."""

import math

from agents.mechanisms.mechanism import AS_USUAL, Knob, Making, Makings, Mechanism, Site, Values, find_upright_mount
from agents.mechanisms.pusher import PIN_OFFSET_MM, PIN_TOP_MM, SERVO, SERVO_MM
from agents.program_templates import fill_template

SHEET_MM, UNDER_MM, BESIDE_MM, TINE_MM = 3.0, 0.8, 2.0, 4.0
PAST_MM, HUB_MM = 14.0, 23.0
"""How far past the tray's outer face the payload leaves the scoop, and how far its pivot stays from that face."""
LEAST_MARGIN_DEG = 6.0


def knobs(site: Site) -> tuple[Knob, ...]:
    """Return tip angle, arm to the back, room over the rim and behind the payload, height of sides, slot, gain."""
    face, scene, payload = find_upright_mount(site), site.problem.scene, site.payload
    bottom = payload.centre_mm[2] - payload.size_mm[2] / 2
    if face is None or not scene.outlets or any(scene.payloads[0].velocity_mm_s) or site.goal.min_mm[2] < bottom:
        return ()
    least = math.degrees(math.atan(1.15 * site.facts.friction[site.slippery_print()])) + LEAST_MARGIN_DEG
    longest = round(_way_mm(site) - PAST_MM - HUB_MM, 1)
    slot = round(min(payload.size_mm[:2]) / 2 - max(scene.payloads[0].jitter.position_mm) - TINE_MM, 1)
    arm = min(_way_mm(site) / (1 + math.sin(math.radians(least + 5))), longest)
    return (
        Knob("tip_deg", least, least + 25, least + 5),
        Knob("arm_mm", 0.75 * arm, longest, arm),
        Knob("over_mm", 4.0, 20.0, 7.0),
        Knob("behind_mm", 0.5, 8.0, 1.5, -1),
        Knob("side_mm", 0.35 * payload.size_mm[2], payload.size_mm[2], 0.6 * payload.size_mm[2], -1),
        Knob("slot_mm", 0.6 * slot, slot, slot, -1),
        Knob("gain_percent", 0.4, 1.6, 0.7),
    )


def write(site: Site, values: Values, makings: Makings = AS_USUAL) -> str:
    """Return the solution program of one set of knob values."""
    face, (x, y, z) = find_upright_mount(site), site.payload.centre_mm
    assert face is not None
    mount, out = face
    made = makings.get("scoop") or Making("fdm_printing", site.slippery_print())
    run, half, tip, arm = _run(site), _half_mm(site), math.radians(values["tip_deg"]), values["arm_mm"]
    floor_z, face_y = z - site.payload.size_mm[2] / 2 - UNDER_MM, mount.frame.position_mm[1]
    # Tipped, the back is the way out: it begins at the arm's end and leads down over the rim.
    beyond = (_way_mm(site) - values["behind_mm"] - arm * (1 + math.sin(tip))) / math.cos(tip)
    out_z = arm * math.cos(tip) - beyond * math.sin(tip)
    deep = max(values["over_mm"] + SHEET_MM / math.cos(tip) + _rim_z(site) - floor_z - out_z, 1.0)
    pivot_x = x + run * (half + values["behind_mm"] + arm)
    lane, slot = abs(y - face_y), values["slot_mm"]
    return fill_template(
        "scoop",
        {
            "MOUNT_ID": mount.id,
            "MOUNT_BODY": mount.body,
            "OUTLET": site.problem.scene.outlets[0].id,
            "FACE_Y_MM": face_y,
            "OUT": out,
            "RUN": run,
            "PIVOT_MM": (round(pivot_x, 1), round(floor_z + deep, 1)),
            "BACK_MM": -arm,
            "FLOOR_MM": -round(deep, 1),
            "LONG_MM": round(2 * half + values["behind_mm"] + 3, 1),
            "WALL_HEIGHT_MM": round(deep + beyond, 1),
            "SIDE_HEIGHT_MM": values["side_mm"],
            "LANE_MM": (round(lane - half - BESIDE_MM, 1), round(lane + half + BESIDE_MM, 1)),
            "SLOT_MM": (round(slot - half - values["behind_mm"] - arm, 1), round(2 * slot, 1)),
            "SHEET_MM": SHEET_MM,
            "SERVO": SERVO,
            "SERVO_MM": SERVO_MM,
            "PIN_MM": SERVO_MM[1] / 2,
            "PIN_OFFSET_MM": PIN_OFFSET_MM,
            "PIN_TOP_MM": PIN_TOP_MM,
            "TARGET_DEG": round(90 + values["tip_deg"], 1),
            "GAIN": round(values["gain_percent"] / 100, 4),
            "PROCESS": made.process,
            "MATERIAL": made.material,
        },
    )


def _run(site: Site) -> int:
    """Return which way along x the goal lies."""
    return 1 if site.goal.min_mm[0] > site.payload.centre_mm[0] else -1


def _half_mm(site: Site) -> float:
    """Return how far the payload reaches from its nominal centre, in any trial."""
    return site.reach_mm + max(site.problem.scene.payloads[0].jitter.position_mm)


def _rim_z(site: Site) -> float:
    """Return the height of what stands around the goal."""
    x, y = ((low + high) / 2 for low, high in zip(site.goal.min_mm[:2], site.goal.max_mm[:2], strict=True))
    boxes = site.facts.boxes.values()
    return max(b.max_mm[2] for b in boxes if b.min_mm[0] < x < b.max_mm[0] and b.min_mm[1] < y < b.max_mm[1])


def _way_mm(site: Site) -> float:
    """Return how far it is from the payload's near side to where it may fall, past the goal's near wall."""
    near = site.goal.min_mm[0] if _run(site) > 0 else site.goal.max_mm[0]
    return abs(near - site.payload.centre_mm[0]) - _half_mm(site) + PAST_MM


SCOOP = Mechanism(
    name="scoop",
    idea="a servo on the panel swings a scoop, which takes the payload from below and tips it into the goal",
    knobs=knobs,
    write=write,
)
