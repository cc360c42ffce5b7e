"""Writes the problem statement of a laid out scene: all that the judge uses, no word that gives a solution away."""

from collections.abc import Mapping
from typing import Any, cast

from agents.families.family import MATERIALS, Family, Layout, TemplateValue, corners, number, point
from agents.families.parameters import Corners, SceneParameters, payload_mass_g
from schemas.bundle import TrialRanges
from schemas.catalogue import Catalogue
from schemas.record import Vec3Mm

FORBIDDEN_WORDS = (
    *("chute", "drop", "pendulum", "hazard", "conveyor", "divert", "deflector", "belt", "trough", "ramp", "funnel"),
    *("fence", "guard", "shield", "slide", "seesaw", "sweeper", "sorter", "turntable", "catapult", "launch", "bridge"),
    *("difficulty", "slack", "seed", "family", "split", "static", "mover", "drive", "template", "certificate"),
)
"""No statement and no body id contains one of these: family names, tags, mechanisms, the generator's own words."""


def write_statement(
    family: Family[Any], parameters: SceneParameters, layout: Layout, catalogue: Catalogue, held_out: bool
) -> str:
    """Return the whole statement but the budgets; `held_out` takes the phrasings that only test splits see."""
    intro = family.intros[parameters.phrasing + (3 if held_out else 0)].format(payload=parameters.payload_name)
    constants = layout.constants
    paragraphs = (
        intro,
        "Lengths are in mm, x and y are horizontal, z points up.",
        "Objects:\n" + "\n".join(_list_objects(parameters, layout, catalogue)),
        *layout.describe_motions(),
        "Zones:\n" + "\n".join(_list_zones(parameters.payload_name, constants)),
        _describe_mount(constants),
        _describe_contacts(parameters, layout, catalogue),
        _describe_rules(parameters, constants),
    )
    return "\n\n".join(paragraphs)


def _list_objects(parameters: SceneParameters, layout: Layout, catalogue: Catalogue) -> list[str]:
    constants = layout.constants
    x, y, z = (number(c) for c in parameters.payload_size_mm)
    jitter = cast(Vec3Mm, constants["JITTER_MM"])
    shifts = ", ".join(f"{number(value)} in {axis}" for axis, value in zip("xyz", jitter, strict=True))
    return [
        f"- {parameters.payload_name} (payload): {parameters.payload_shape} {x} x {y} x {z} mm, solid "
        f"{parameters.payload_material}, {payload_mass_g(parameters, catalogue):.1f} g; at t = 0 at rest with its "
        f"centre at {point(cast(Vec3Mm, constants['SPAWN_MM']))}. Every trial moves this start by up to +- {shifts}, "
        f"and turns it by up to +- {number(parameters.jitter_yaw_deg)} deg about the vertical.",
        *(f"- {line.body} ({line.material}): {line.text}" for line in layout.describe()),
    ]


def _list_zones(payload: str, constants: Mapping[str, TemplateValue]) -> list[str]:
    def read(name: str) -> str:
        return corners(cast(Corners, constants[name]))

    return [
        f"- workspace {read('WORKSPACE_MM')}: nothing may leave it.",
        f"- build zone {read('BUILD_ZONE_MM')}: at t = 0 the whole design lies inside.",
        f"- goal zone {read('GOAL_MM')}: for the {payload}.",
    ]


def _describe_mount(constants: Mapping[str, TemplateValue]) -> str:
    width, height = cast(tuple[float, float], constants["MOUNT_SIZE_MM"])
    return (
        f"Mount {constants['MOUNT_ID']} on {constants['MOUNT_BODY']}: a rectangle {number(width)} x {number(height)} "
        f"mm around {point(cast(Vec3Mm, constants['MOUNT_ORIGIN_MM']))}, outward normal "
        f"{point(cast(Vec3Mm, constants['MOUNT_NORMAL']))}; screws may enter it up to "
        f"{number(cast(float, constants['MOUNT_DEPTH_MM']))} mm deep. There is no power outlet."
    )


def _describe_contacts(parameters: SceneParameters, layout: Layout, catalogue: Catalogue) -> str:
    met = dict.fromkeys((*MATERIALS, *(line.material for line in layout.describe())))
    frictions = ", ".join(f"{other} {catalogue.pair(parameters.payload_material, other).friction:.3f}" for other in met)
    text = f"Sliding friction of {parameters.payload_material} against {frictions}. "
    if parameters.payload_shape not in ("sphere", "cylinder"):
        return text + "Nothing rebounds noticeably."
    rebounds = ", ".join(f"{m} {catalogue.pair(parameters.payload_material, m).restitution:g}" for m in met)
    return text + f"The {parameters.payload_name} rebounds with a coefficient of restitution against {rebounds}."


def _describe_rules(parameters: SceneParameters, constants: Mapping[str, TemplateValue]) -> str:
    ranges = TrialRanges()
    horizon = number(cast(float, constants["HORIZON_S"]))
    return (
        f"A trial succeeds when within {horizon} s the whole {parameters.payload_name} is inside the goal zone, rests "
        "on the environment and not on the design, is slower than 0.01 m/s for 1 s, and is still inside 2 s after it "
        f"first came in. The design is tried 16 times and at least 15 trials must succeed. Every trial multiplies each "
        f"friction by {ranges.friction.min:g} to {ranges.friction.max:g} and the payload's mass by "
        f"{ranges.payload_mass.min:g} to {ranges.payload_mass.max:g}.\n"
        f"Parts may be made by {', '.join(cast(tuple[str, ...], constants['PROCESSES']))} of "
        f"{', '.join(cast(tuple[str, ...], constants['MATERIALS']))}, at most 16 parts, fastened by catalogue screws. "
        f"The price counts at a quantity of {parameters.quantity}."
    )
