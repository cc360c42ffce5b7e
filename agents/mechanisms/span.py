"""The plate across a gap: what slides off the face's edge goes on over it."""

from agents.mechanisms.mechanism import AS_USUAL, Knob, Making, Makings, Mechanism, Site, Values
from agents.program_templates import fill_template
from schemas.bundle import Mount

BACK_MM, FLANGE_MM, SHORT_MM, UNDER_MM = 4.0, 20.0, 1.0, 0.3


def find_end(site: Site) -> tuple[Mount, int] | None:
    """Return the mount that faces along x, and which way, where a payload comes over it, or None."""
    payload = site.problem.scene.payloads[0]
    for mount in site.problem.scene.mounts:
        w, x, y, z = mount.frame.quaternion_wxyz
        normal_x = 2 * (x * z + w * y)
        if abs(normal_x) > 0.999 and normal_x * payload.velocity_mm_s[0] > 0:
            return mount, 1 if normal_x > 0 else -1
    return None


def knobs(site: Site) -> tuple[Knob, ...]:
    """Return width and thickness of the plate, and how far it ends before the far side."""
    if find_end(site) is None:
        return ()
    widest = site.build_zone.max_mm[1] - site.build_zone.min_mm[1] - 4
    reach = site.reach_mm + site.problem.scene.payloads[0].jitter.position_mm[1]
    return (
        Knob("width_mm", min(widest, 1.2 * reach), widest, min(widest, 2 * reach + 4), -1),
        Knob("plate_mm", 1.6, 5.0, 3.0, -1),
        Knob("short_mm", SHORT_MM, 12.0, SHORT_MM, 1),
    )


def write(site: Site, values: Values, makings: Makings = AS_USUAL) -> str:
    """Return the solution program of one set of knob values."""
    found = find_end(site)
    assert found is not None
    (mount, run), zone = found, site.build_zone
    made = makings.get("span") or Making("fdm_printing", site.slippery_print())
    track_z = site.payload.centre_mm[2] - site.payload.size_mm[2] / 2
    return fill_template(
        "span",
        {
            "MOUNT_ID": mount.id,
            "MOUNT_BODY": mount.body,
            "FACE_X_MM": mount.frame.position_mm[0],
            "RUN": run,
            "MIDDLE_Y_MM": site.payload.centre_mm[1],
            "TOP_Z_MM": round(track_z - 0.2 - UNDER_MM, 1),
            "LENGTH_MM": round(zone.max_mm[0] - zone.min_mm[0] - values["short_mm"], 1),
            "WIDTH_MM": values["width_mm"],
            "PLATE_MM": values["plate_mm"],
            "FLANGE_MM": FLANGE_MM,
            "BACK_MM": BACK_MM,
            "SCREW": "shcs_m4x12",
            "HOLE_MM": 4.5,
            "PROCESS": made.process,
            "MATERIAL": made.material,
        },
    )


SPAN = Mechanism(
    name="span",
    idea="a plate from the end of the track across the gap, on which the payload slides on",
    knobs=knobs,
    write=write,
)
