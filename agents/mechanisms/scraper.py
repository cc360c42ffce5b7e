"""The blade that hangs from a beam: it holds back what rides on a tray while that draws back from under it."""

from agents.mechanisms.mechanism import AS_USUAL, Knob, Making, Makings, Mechanism, Site, Values
from agents.program_templates import fill_template
from schemas.bundle import Mount

FLANGE_MM, FOOT_MM, INSET_MM, LEAST_WIDTH_MM, OVER_MM = 4.0, 16.0, 6.0, 26.0, 0.2


def find_beam(site: Site) -> Mount | None:
    """Return a fixed mount that faces down, where something is driven to and fro along x, or None."""
    scene = site.problem.scene
    driven = {drive.joint for drive in scene.drives}
    if not any(one.kind == "slide" and one.id in driven and abs(one.axis[0]) > 0.999 for one in scene.joints):
        return None
    for mount in scene.mounts:
        _, x, y, _ = mount.frame.quaternion_wxyz
        if 1 - 2 * (x * x + y * y) < -0.999 and mount.body in site.facts.boxes:
            return mount
    return None


def _find_run(site: Site) -> int:
    """Return which way along x it is from the goal to the payload at its start: there the blade faces."""
    return 1 if site.payload.centre_mm[0] > (site.goal.min_mm[0] + site.goal.max_mm[0]) / 2 else -1


def knobs(site: Site) -> tuple[Knob, ...]:
    """Return how far behind the payload's start the blade stands, its width and its thickness."""
    if find_beam(site) is None:
        return ()
    zone, goal, x = site.build_zone, site.goal, site.payload.centre_mm[0]
    jitter = site.problem.scene.payloads[0].jitter.position_mm
    ends = sorted(abs(x - end) for end in (goal.min_mm[0], goal.max_mm[0]))
    least, widest = site.reach_mm + max(jitter[:2]) + 1, zone.max_mm[1] - zone.min_mm[1] - 1
    half = min(site.payload.size_mm[:2]) / 2
    return (
        Knob("behind_mm", least, max(least + 5, ends[1]), max(least, sum(ends) / 2 + half)),
        Knob("width_mm", LEAST_WIDTH_MM, widest, min(widest, 2 * (site.reach_mm + jitter[1])), -1),
        Knob("blade_mm", 2.0, 5.0, 3.0, -1),
    )


def write(site: Site, values: Values, makings: Makings = AS_USUAL) -> str:
    """Return the solution program of one set of knob values."""
    mount, zone, run = find_beam(site), site.build_zone, _find_run(site)
    assert mount is not None
    made = makings.get("blade") or Making("fdm_printing", site.slippery_print())
    half = max(abs(x) for x, _ in mount.outline_mm)
    beam_x, face_x = mount.frame.position_mm[0], site.payload.centre_mm[0] - run * values["behind_mm"]
    feet = [beam_x + way * (half - FOOT_MM / 2) for way in (-1, 1)]
    foot_x = max(feet, key=lambda x: abs(x - face_x))
    return fill_template(
        "scraper",
        {
            "MOUNT_ID": mount.id,
            "MOUNT_BODY": mount.body,
            "FACE_Z_MM": mount.frame.position_mm[2],
            "RUN": run,
            "BLADE_X_MM": round(face_x, 1),
            "FOOT_X_MM": round(foot_x, 1),
            "MIDDLE_Y_MM": site.payload.centre_mm[1],
            "BOTTOM_Z_MM": round(zone.min_mm[2] + OVER_MM, 1),
            "WIDTH_MM": values["width_mm"],
            "BLADE_MM": values["blade_mm"],
            "FLANGE_MM": FLANGE_MM,
            "FOOT_MM": FOOT_MM,
            "INSET_MM": INSET_MM,
            "SCREW": "shcs_m4x12",
            "HOLE_MM": 4.5,
            "PROCESS": made.process,
            "MATERIAL": made.material,
        },
    )


SCRAPER = Mechanism(
    name="scraper",
    idea="a blade that hangs from the beam and holds the payload while the tray draws back from under it",
    knobs=knobs,
    write=write,
)
