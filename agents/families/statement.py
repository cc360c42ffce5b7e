"""Writes the problem statement of a laid out scene: all that the judge uses, no word that gives a solution away."""

from collections.abc import Mapping
from typing import Any, cast

from agents.families.family import Family, Layout, TemplateValue, corners, number, point
from agents.families.parameters import payload_mass_g
from schemas.bundle import TrialRanges
from schemas.record import Vec3Mm

FORBIDDEN_WORDS = (
    *("chute", "drop", "pendulum", "hazard", "conveyor", "divert", "deflector", "belt", "trough", "ramp", "funnel"),
    *("fence", "guard", "shield", "slide", "seesaw", "sweeper", "sorter", "turntable", "catapult", "launch", "bridge"),
    *("difficulty", "slack", "seed", "family", "split", "static", "mover", "drive", "template", "certificate"),
)
"""No statement and no body id contains one of these: family names, tags, mechanisms, the generator's own words."""


def write_statement(family: Family[Any], layout: Layout, held_out: bool) -> str:
    """Return the whole statement but the budgets; `held_out` takes the phrasings that only test splits see."""
    drawn, boxes = layout.drawn, layout.boxes
    intro = family.intros[drawn.phrasing + (3 if held_out else 0)].format(payload=drawn.payload_name)
    zones = (
        f"- workspace {corners(boxes['WORKSPACE_MM'])}: nothing may leave it.",
        f"- build zone {corners(boxes['BUILD_ZONE_MM'])}: at t = 0 the whole design lies inside.",
        f"- goal zone {corners(boxes['GOAL_MM'])}: for the {drawn.payload_name}.",
    )
    paragraphs = (
        intro,
        "Lengths are in mm, x and y are horizontal, z points up.",
        "\n".join(("Objects:", *_list_objects(layout))),
        *layout.describe_motions(),
        "\n".join(("Zones:", *zones)),
        _describe_mount(layout.constants),
        _describe_contacts(layout),
        _describe_rules(layout),
    )
    return "\n\n".join(paragraphs)


def _list_objects(layout: Layout) -> list[str]:
    drawn, start = layout.drawn, layout.place(0, layout.start_q, layout.start_z)
    x, y, z = (number(c) for c in drawn.payload_size_mm)
    jitter = (drawn.jitter_x_mm, drawn.jitter_y_mm, layout.jitter_z_mm)
    shifts = ", ".join(f"{number(value)} in {axis}" for axis, value in zip("xyz", jitter, strict=True))
    return [
        f"- {drawn.payload_name} (payload): {drawn.payload_shape} {x} x {y} x {z} mm, solid {drawn.payload_material}, "
        f"{payload_mass_g(drawn, layout.catalogue):.1f} g; at t = 0 at rest with its centre at {point(start)}. "
        f"Every trial moves this start by up to +- {shifts}, "
        f"and turns it by up to +- {number(drawn.jitter_yaw_deg)} deg about the vertical.",
        *(f"- {line.body} ({line.material}): {line.text}" for line in layout.describe()),
    ]


def _describe_mount(constants: Mapping[str, TemplateValue]) -> str:
    width, height = cast(tuple[float, float], constants["MOUNT_SIZE_MM"])
    return (
        f"Mount {constants['MOUNT_ID']} on {constants['MOUNT_BODY']}: a rectangle {number(width)} x {number(height)} "
        f"mm around {point(cast(Vec3Mm, constants['MOUNT_ORIGIN_MM']))}, outward normal "
        f"{point(cast(Vec3Mm, constants['MOUNT_NORMAL']))}; screws may enter it up to "
        f"{number(cast(float, constants['MOUNT_DEPTH_MM']))} mm deep. There is no power outlet."
    )


def _describe_contacts(layout: Layout) -> str:
    parameters, catalogue = layout.drawn, layout.catalogue
    met = dict.fromkeys((*layout.ways.materials, *(line.material for line in layout.describe())))
    frictions = ", ".join(f"{other} {catalogue.pair(parameters.payload_material, other).friction:.3f}" for other in met)
    text = f"Sliding friction of {parameters.payload_material} against {frictions}. "
    if parameters.payload_shape not in ("sphere", "cylinder"):
        return text + "Nothing rebounds noticeably."
    rebounds = ", ".join(f"{m} {catalogue.pair(parameters.payload_material, m).restitution:g}" for m in met)
    return text + f"The {parameters.payload_name} rebounds with a coefficient of restitution against {rebounds}."


def _describe_rules(layout: Layout) -> str:
    ranges, parameters, horizon = TrialRanges(), layout.drawn, number(layout.horizon_s)
    processes, materials = (", ".join(names) for names in layout.ways)
    return (
        f"A trial succeeds when within {horizon} s the whole {parameters.payload_name} is inside the goal zone, rests "
        "on the environment and not on the design, is slower than 0.01 m/s for 1 s, and is still inside 2 s after it "
        f"first came in. The design is tried 16 times and at least 15 trials must succeed. Every trial multiplies each "
        f"friction by {ranges.friction.min:g} to {ranges.friction.max:g} and the payload's mass by "
        f"{ranges.payload_mass.min:g} to {ranges.payload_mass.max:g}.\n"
        f"Parts may be made by {processes} of {materials}, at most 16 parts, fastened by "
        f"catalogue screws. The price counts at a quantity of {parameters.quantity}."
    )
