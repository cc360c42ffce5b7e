"""The wedge before a step: what slides along goes up on it instead of being stopped."""

from agents.mechanisms.mechanism import AS_USUAL, Knob, Making, Makings, Mechanism, Site, Values, find_level_mount
from agents.program_templates import fill_template
from agents.statement_reading import StatedBox

EAR_MM, EAR_HEIGHT_MM, MOST_FALL_MM = 12.0, 3.0, 5.0


def find_step(site: Site) -> tuple[int, StatedBox] | None:
    """Return the direction along x and the box that stops what slides on a level mount's body, or None."""
    mount, payload = find_level_mount(site), site.problem.scene.payloads[0]
    if mount is None or not payload.velocity_mm_s[0] or payload.goal.goal_support == "any":
        return None
    if site.payload.centre_mm[2] - site.payload.size_mm[2] / 2 > mount.frame.position_mm[2] + MOST_FALL_MM:
        return None
    run, z = (1 if payload.velocity_mm_s[0] > 0 else -1), mount.frame.position_mm[2]
    ahead = [
        box
        for box in site.facts.boxes.values()
        if box.max_mm[2] > z + 1 and run * ((box.min_mm, box.max_mm)[run < 0][0] - site.payload.centre_mm[0]) > 0
    ]
    return (run, min(ahead, key=lambda box: abs(box.min_mm[0] - site.payload.centre_mm[0]))) if ahead else None


def knobs(site: Site) -> tuple[Knob, ...]:
    """Return length and width of the wedge, how high it ends over the step, and its lip."""
    found, mount = find_step(site), find_level_mount(site)
    if found is None or mount is None:
        return ()
    longest = site.build_zone.max_mm[0] - site.build_zone.min_mm[0] - 3.0
    widest = site.build_zone.max_mm[1] - site.build_zone.min_mm[1] - 2 * EAR_MM - 10
    reach = site.reach_mm + site.problem.scene.payloads[0].jitter.position_mm[1]
    return (
        Knob("length_mm", max(longest - 15, 0.5 * longest), longest, longest),
        Knob("width_mm", min(widest, 2 * reach - 4), widest, min(widest, 2 * reach + 6), -1),
        Knob("over_mm", 0.0, 2.0, 0.3, -1),
        Knob("lip_mm", 0.6, 1.2, 0.8),
    )


def write(site: Site, values: Values, makings: Makings = AS_USUAL) -> str:
    """Return the solution program of one set of knob values."""
    found, mount = find_step(site), find_level_mount(site)
    assert found is not None and mount is not None
    run, step = found
    zone, face_z = site.build_zone, mount.frame.position_mm[2]
    made = makings.get("wedge") or Making("fdm_printing", site.slippery_print())
    return fill_template(
        "wedge",
        {
            "MOUNT_ID": mount.id,
            "MOUNT_BODY": mount.body,
            "FACE_Z_MM": face_z,
            "RUN": run,
            "EDGE_X_MM": round((zone.max_mm if run > 0 else zone.min_mm)[0] - run * 2.5, 1),
            "MIDDLE_Y_MM": site.payload.centre_mm[1],
            "LENGTH_MM": values["length_mm"],
            "WIDTH_MM": values["width_mm"],
            "HEIGHT_MM": round(step.max_mm[2] - face_z + values["over_mm"], 1),
            "LIP_MM": values["lip_mm"],
            "EAR_MM": EAR_MM,
            "EAR_HEIGHT_MM": EAR_HEIGHT_MM,
            "SCREW": "shcs_m4x12",
            "HOLE_MM": 4.5,
            "PROCESS": made.process,
            "MATERIAL": made.material,
        },
    )


WEDGE = Mechanism(
    name="wedge",
    idea="a wedge before the step, on which the payload slides up",
    knobs=knobs,
    write=write,
)
