"""The tray on a level face, open towards what comes in with a speed of its own: its far wall stops it."""

from agents.mechanisms.mechanism import AS_USUAL, Knob, Making, Makings, Mechanism, Site, Values, find_level_mount
from agents.program_templates import fill_template

WALL_MM, EAR_MM = 2.4, 12.0


def knobs(site: Site) -> tuple[Knob, ...]:
    """Return where the tray begins and ends within the goal, the room beside the payload, wall height and floor."""
    mount, payload = find_level_mount(site), site.problem.scene.payloads[0]
    if mount is None or payload.goal.goal_support != "any" or not payload.velocity_mm_s[0]:
        return ()
    long, wide = (high - low for low, high in zip(site.goal.min_mm[:2], site.goal.max_mm[:2], strict=True))
    reach = site.reach_mm + max(payload.jitter.position_mm)
    return (
        Knob("near_mm", 1.0, long / 3, 6.0, 1),
        Knob("far_mm", 4.0, long / 3, 8.0, 1),
        Knob("beside_mm", reach + 1, wide / 2 - WALL_MM - EAR_MM, min(reach + 4, wide / 2 - WALL_MM - EAR_MM), -1),
        Knob("wall_mm", 6.0, site.payload.size_mm[2] + 20, site.payload.size_mm[2], -1),
        Knob("floor_mm", 1.6, 4.0, 2.0, -1),
    )


def write(site: Site, values: Values, makings: Makings = AS_USUAL) -> str:
    """Return the solution program of one set of knob values."""
    mount, goal = find_level_mount(site), site.goal
    assert mount is not None
    made = makings.get("tray") or Making("fdm_printing", site.slippery_print())
    run = 1 if site.problem.scene.payloads[0].velocity_mm_s[0] > 0 else -1
    ends = [goal.min_mm[0], goal.max_mm[0]][::run]
    near, far = ends[0] + run * values["near_mm"], ends[1] - run * values["far_mm"]
    return fill_template(
        "catch_tray",
        {
            "MOUNT_ID": mount.id,
            "MOUNT_BODY": mount.body,
            "FACE_Z_MM": mount.frame.position_mm[2],
            "RUN": run,
            "MIDDLE_MM": (round((near + far) / 2, 1), site.payload.centre_mm[1]),
            "INNER_MM": (round(abs(far - near), 1), round(2 * values["beside_mm"], 1)),
            "WALL_HEIGHT_MM": values["wall_mm"],
            "FLOOR_MM": values["floor_mm"],
            "WALL_MM": WALL_MM,
            "EAR_MM": EAR_MM,
            "SCREW": "shcs_m4x12",
            "HOLE_MM": 4.5,
            "PROCESS": made.process,
            "MATERIAL": made.material,
        },
    )


CATCH_TRAY = Mechanism(
    name="catch_tray",
    idea="a tray on the level face, open towards the payload, whose far wall stops it",
    knobs=knobs,
    write=write,
)
