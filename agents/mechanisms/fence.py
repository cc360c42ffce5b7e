"""The flat plate over a turning disc: its edge leads what comes round outwards, off the disc and into the goal."""

import math
from dataclasses import dataclass

from agents.mechanisms.mechanism import AS_USUAL, Knob, Making, Makings, Mechanism, Site, Values, find_level_mount
from agents.program_templates import fill_template
from agents.statement_reading import StatedBox, StatedSwing
from schemas.bundle import Mount
from schemas.controllers import Constant

SCREWS = {3.0: "shcs_m4x12", 6.0: "shcs_m4x16"}
"""Screw by plate thickness: at least 2 d = 8 mm in wood or plastic."""
INSET_MM = 10.0


@dataclass(frozen=True)
class Disc:
    """A disc that turns about an upright line: u runs from it to the goal along x, a point there moves along q."""

    mount: Mount
    post: StatedBox
    swing: StatedSwing
    run: int
    across: int
    track_mm: float

    def place(self, u: float, q: float) -> tuple[float, float]:
        """Return world coordinates."""
        x, y, _ = self.swing.hinge_mm
        return round(x + self.run * u, 1), round(y + self.across * q, 1)

    @property
    def post_mm(self) -> tuple[list[float], list[float]]:
        """Return where the post begins and ends along u, and along q."""
        (x, y, _), ends = self.swing.hinge_mm, (self.post.min_mm, self.post.max_mm)
        return sorted(self.run * (end[0] - x) for end in ends), sorted(self.across * (end[1] - y) for end in ends)


def find_disc(site: Site) -> Disc | None:
    """Return the disc that the payload starts on, with a level mount beside it, or None."""
    scene, mount, (x, y, _) = site.problem.scene, find_level_mount(site), site.payload.centre_mm
    upright = [swing for swing in site.facts.swings if abs(swing.axis[2]) > 0.999]
    if mount is None or not upright or not scene.drives or not isinstance(scene.drives[0].controller, Constant):
        return None
    swing, level = upright[0], scene.drives[0].controller.level
    run = 1 if site.goal.min_mm[0] > swing.hinge_mm[0] else -1
    spin = 1 if level * swing.axis[2] > 0 else -1
    track = math.hypot(x - swing.hinge_mm[0], y - swing.hinge_mm[1])
    return Disc(mount, site.facts.boxes[mount.body], swing, run, run * spin, track)


def knobs(site: Site) -> tuple[Knob, ...]:
    """Return the edge's angle to the payload's way, where it crosses that, how far it reaches inwards, its band."""
    disc = find_disc(site)
    if disc is None:
        return ()
    inside = site.reach_mm + max(site.problem.scene.payloads[0].jitter.position_mm)
    return (
        Knob("angle_deg", 30.0, 65.0, 48.0),
        Knob("at_deg", -45.0, 5.0, -22.0),
        Knob("inside_mm", 0.5 * inside, inside + 10, inside + 2, -1),
        Knob("band_mm", 8.0, 30.0, 14.0, -1),
        Knob("thickness_mm", 3.0, 6.0, 3.0, -1),
    )


def write(site: Site, values: Values, makings: Makings = AS_USUAL) -> str:
    """Return the solution program of one set of knob values."""
    disc = find_disc(site)
    assert disc is not None
    made = makings.get("plate") or Making("laser_cutting", "plywood_birch")
    thickness, band = 6.0 if values["thickness_mm"] > 4.5 else 3.0, values["band_mm"]
    angle, at = (math.radians(values[name]) for name in ("angle_deg", "at_deg"))
    (near, outer), (early, late) = disc.post_mm
    cross_u, cross_q = disc.track_mm * math.cos(at), disc.track_mm * math.sin(at)

    def along(u: float, aside: float) -> tuple[float, float]:
        q = cross_q + (u - cross_u) / math.tan(angle)
        return u - aside * math.cos(angle), q + aside * math.sin(angle)

    tip, end = cross_u - values["inside_mm"], near + 3
    corners = ((outer - 2, early + 2), (outer - 2, late - 2), (near + 2, late - 2))
    outline = (along(tip, 0), along(end, 0), *corners, along(end, band), along(tip, band))
    holes = (
        (near + INSET_MM, late - INSET_MM),
        (outer - INSET_MM, late - INSET_MM),
        (outer - INSET_MM, early + INSET_MM + 4),
    )
    return fill_template(
        "fence",
        {
            "MOUNT_ID": disc.mount.id,
            "MOUNT_BODY": disc.mount.body,
            "FACE_Z_MM": disc.mount.frame.position_mm[2],
            "OUTLINE_MM": tuple(disc.place(*corner) for corner in outline),
            "HOLES_MM": tuple(disc.place(*hole) for hole in holes),
            "THICKNESS_MM": thickness,
            "SCREW": SCREWS[thickness],
            "HOLE_MM": 4.5,
            "PROCESS": made.process,
            "MATERIAL": made.material,
        },
    )


FENCE = Mechanism(
    name="fence",
    idea="a flat plate on the post whose edge leads the payload off the turning disc into the goal",
    knobs=knobs,
    write=write,
)
