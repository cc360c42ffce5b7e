"""Writes the problem statement of a layout: all that the judge uses, no word that gives a solution away."""

from collections.abc import Iterable, Mapping

from agents.families.layout import Layout, Motion, SceneBody, SceneMount, SceneOutlet, ScenePayload
from agents.families.parameters import WaysToMake
from agents.families.shapes import corners, number, point
from schemas.bundle import Joint, Role, TrialRanges
from schemas.catalogue import Catalogue
from schemas.controllers import Controller

FORBIDDEN_WORDS = (
    *("chute", "drop", "pendulum", "hazard", "conveyor", "divert", "deflector", "belt", "trough", "ramp", "funnel"),
    *("fence", "guard", "shield", "slide", "seesaw", "sweeper", "sorter", "turntable", "catapult", "launch", "bridge"),
    *("lift", "scoop", "gate", "descent", "oscillat", "scraper"),
    *("difficulty", "slack", "seed", "family", "split", "static", "mover", "drive", "template", "certificate"),
)
"""No statement and no body id contains one of these: family names, tags, mechanisms, the generator's own words."""
MOST_PARTS = 16
PHASES: Mapping[str, str] = {
    "fixed": "It starts like this at t = 0, in every trial.",
    "uniform": "Every trial draws how far into this motion it is at t = 0: any share of the period is as likely.",
}
INTERACTIONS: Mapping[str, str] = {
    "must_keep_contract": "Its motion must stay as it is: the design must not disturb it.",
    "may_block": "The design may push, hold or stop it.",
}
MODES: Mapping[str, tuple[str, str]] = {
    "velocity": ("rad/s", "m/s"),
    "position": ("deg from its place at t = 0", "mm from its place at t = 0"),
    "torque": ("N m", "N"),
}


def write_statement(intro: str, layout: Layout, ways: WaysToMake, quantity: int, catalogue: Catalogue) -> str:
    """Return the whole statement but the budgets."""
    zones = [f"- workspace {corners(layout.workspace)}: nothing may leave it."]
    zones.append(f"- build zone {corners(layout.build)}: at t = 0 the whole design lies inside.")
    zones += [f"- goal zone {name} {corners(box)}." for name, box in layout.goals.items()]
    zones += [
        f"- forbidden zone {name} {corners(box)}: no payload and no part may touch it."
        for name, box in layout.forbidden.items()
    ]
    bodies = {body.id: body for body in layout.bodies}
    paragraphs = [
        intro,
        "Lengths are in mm, x and y are horizontal, z points up.",
        "\n".join(
            (
                "Objects:",
                *(_tell_payload(one, catalogue) for one in layout.payloads),
                *(_tell_body(one, layout) for one in layout.bodies),
            )
        ),
        *(_tell_motion(one, bodies[one.body], catalogue) for one in layout.motions),
        "\n".join(("Zones:", *zones)),
        "\n".join((*map(_tell_mount, layout.mounts), _tell_power(layout.outlets))),
        "\n".join(_tell_contacts(one, layout, ways, catalogue) for one in layout.payloads),
        _tell_rules(layout, ways, quantity),
    ]
    return "\n\n".join(paragraphs)


def mass_g(material: str, volume_mm3: float, catalogue: Catalogue) -> float:
    """Return the mass of a solid: volume times the catalogue's density."""
    return volume_mm3 * catalogue.materials[material].density_kg_m3 * 1e-6


def _tell_payload(payload: ScenePayload, catalogue: Catalogue) -> str:
    x, y, z = map(number, payload.size_mm)
    grams, jitter = mass_g(payload.material, payload.shape.volume_mm3, catalogue), payload.jitter
    shifts = ", ".join(f"{number(value)} in {axis}" for axis, value in zip("xyz", jitter.position_mm, strict=True))
    speed = f"moving at {point(payload.velocity_mm_s)} mm/s" if any(payload.velocity_mm_s) else "at rest"
    drawn = f", and its speed by up to +- {number(100 * jitter.speed_fraction)} %" if jitter.speed_fraction else ""
    return (
        f"- {payload.id} (payload): {payload.kind} {x} x {y} x {z} mm, solid {payload.material}, {grams:.1f} g; "
        f"at t = 0 {speed} with its centre at {point(payload.centre_mm)}. Every trial moves this start by up to +- "
        f"{shifts}, turns it by up to +- {number(jitter.yaw_deg)} deg about the vertical{drawn}."
    )


def _tell_body(body: SceneBody, layout: Layout) -> str:
    moving = {motion.body for motion in layout.motions if motion.joint}
    still = body.role is Role.FIXTURE or any(motion.body == body.id and motion.surface for motion in layout.motions)
    place = "fixed" if still else "moves as told below" if body.id in moving else "free to move"
    return f"- {body.id} ({body.material}): {place}, {body.shape.words}."


def _tell_motion(motion: Motion, body: SceneBody, catalogue: Catalogue) -> str:
    said = [_tell_joint(motion.joint, body, catalogue)] if motion.joint else []
    if motion.surface is not None:
        velocity, schedule = motion.surface.velocity_mm_s, motion.surface.schedule
        said.append(f"the surface of {body.id} runs at {point(velocity)} mm/s and carries what lies on it")
        said[-1] += "." if schedule is None else f", times {_tell_controller(schedule)}."
    if motion.drive is not None and motion.joint is not None:
        sliding, drive = motion.joint.kind == "slide", motion.drive
        unit, force = MODES[drive.mode][sliding], "N" if sliding else "N m"
        said.append(
            f"A motor of at most {number(drive.limit)} {force} gives it {_tell_controller(drive.controller)} {unit}."
        )
    contract = motion.contract
    if motion.joint is not None:
        unit = "mm" if motion.joint.kind == "slide" else "deg"
        way = f"{number(contract.min)} to {number(contract.max)} {unit}"
        whole = unit == "deg" and contract.max - contract.min >= 360
        held = f"turns through {way} and on" if whole else f"stays within {way} of its place at t = 0"
        said.append(
            f"Undisturbed it {held}, at most {number(contract.max_speed)} {unit}/s fast"
            + (f", and repeats every {number(contract.period_s)} s." if contract.period_s else ".")
        )
    said.append(PHASES[contract.phase] if contract.period_s else "")
    said.append(INTERACTIONS[contract.interaction])
    return "Motion: " + " ".join(filter(None, said))


def _tell_joint(joint: Joint, body: SceneBody, catalogue: Catalogue) -> str:
    grams = f"{number(round(mass_g(body.material, body.shape.volume_mm3, catalogue), 1))} g"
    at, axis = point(joint.anchor_mm), point(joint.axis)
    sliding = joint.kind == "slide"
    places = {
        "hinge": f"on a hinge through {at} along {axis}",
        "slide": f"on a rail along {axis}",
        "ball": f"on a ball joint at {at}",
    }
    text, unit = f"{body.id} ({body.material}, {grams}) moves {places[joint.kind]}", "mm" if sliding else "deg"
    if joint.range is not None:
        stops = f"{number(joint.range.min)} and {number(joint.range.max)} {unit}"
        text += f", between stops at {stops} from its place at t = 0"
    units = {"stiffness": ("N m/rad", "N/m"), "damping": ("N m s/rad", "N s/m"), "friction_loss": ("N m", "N")}
    words = {
        "stiffness": "with a spring of {}, slack at t = 0",
        "damping": "damped by {}",
        "friction_loss": "with a friction of {}",
    }
    for field, (turning, along) in units.items():
        if value := getattr(joint, field):
            text += f", {words[field].format(f'{number(value)} {along if sliding else turning}')}"
    if sliding:
        return f"{text}."
    away, beside = body.shape.reach(joint.anchor_mm, joint.axis)
    far = f"{number(_up(away))} mm of that line and {number(_up(beside))} mm of that point along it"
    return f"{text}. It keeps within {far}."


def _up(value: float) -> float:
    return -(-value * 10 // 1) / 10


def _tell_controller(controller: Controller) -> str:
    """Return the level over time in words, t in s."""
    said = controller.model_dump()
    texts = {key: number(value) for key, value in said.items() if isinstance(value, float)}
    match controller.kind:
        case "constant":
            text = texts["level"]
        case "sinusoidal":
            text = f"{texts['offset']} + {texts['amplitude']} sin(2 pi (t / {texts['period_s']} + {texts['phase']}))"
        case "oscillate":
            text = f"{texts['centre']} + {texts['amplitude']} sin(2 pi t / {texts['period_s']})"
        case "square":
            text = (
                f"{texts['high']} for the first {number(100 * controller.duty)} % of every {texts['period_s']} s and "
                f"{texts['low']} for the rest (it begins {texts['phase']} of a period in)"
            )
        case "trapezoidal":
            ramp = f"in {texts['ramp_s']} s"
            text = f"0 to {texts['level']} {ramp}, that for {texts['hold_s']} s, and back to 0 {ramp}"
        case "hold":
            text = texts["target"]
        case "schedule":
            steps = (f"{number(one.level)} at {number(one.time_s)} s" for one in controller.points)
            text = f"{', '.join(steps)}, straight between"
    return text + (f" from t = {texts['start_s']} s on" if controller.start_s else "")


def _tell_mount(mount: SceneMount) -> str:
    sides = " x ".join(map(number, mount.size_mm))
    return (
        f"Mount {mount.id} on {mount.body}: a rectangle {sides} mm around {point(mount.origin_mm)}, outward normal "
        f"{point(mount.normal)}; screws may enter it up to {number(mount.depth_mm)} mm deep."
    )


def _tell_power(outlets: Iterable[SceneOutlet]) -> str:
    said = [
        f"Power outlet {one.id} at {point(one.position_mm)}: {number(one.voltage_v)} V, up to {number(one.power_w)} W."
        for one in outlets
    ]
    return "\n".join(said) or "There is no power outlet."


def _tell_contacts(payload: ScenePayload, layout: Layout, ways: WaysToMake, catalogue: Catalogue) -> str:
    others = [one.material for one in layout.bodies] + [one.material for one in layout.payloads if one is not payload]
    met = dict.fromkeys((*ways.materials, *others))
    pairs = {name: catalogue.pair(payload.material, name) for name in met}
    frictions = ", ".join(f"{name} {pair.friction:.3f}" for name, pair in pairs.items())
    text = f"Sliding friction of {payload.material} against {frictions}. "
    if payload.kind != "sphere":
        return text + "Nothing rebounds noticeably."
    rebounds = ", ".join(f"{name} {pair.restitution:g}" for name, pair in pairs.items())
    return text + f"The {payload.id} rebounds with a coefficient of restitution against {rebounds}."


def _tell_rules(layout: Layout, ways: WaysToMake, quantity: int) -> str:
    ranges, horizon = TrialRanges(), number(layout.horizon_s)
    processes, materials = (", ".join(names) for names in ways)
    factors = f"{ranges.motor_torque.min:g} to {ranges.motor_torque.max:g}"
    motors = f", and the torque of every motor by {factors}" if layout.outlets or layout.motions else ""
    return (
        f"A trial succeeds when within {horizon} s {'; and '.join(map(_tell_goal, layout.payloads))}. "
        "The design is tried 16 times and at least 15 trials must succeed. Every trial multiplies each friction by "
        f"{ranges.friction.min:g} to {ranges.friction.max:g}, the mass of every payload by {ranges.payload_mass.min:g} "
        f"to {ranges.payload_mass.max:g}{motors}.\n"
        f"Parts may be made by {processes} of {materials}, at most {MOST_PARTS} parts, fastened by catalogue screws. "
        f"The price counts at a quantity of {quantity}."
    )


def _tell_goal(payload: ScenePayload) -> str:
    goal = payload.goal
    if goal.mode == "pass_through":
        way = "into" if goal.direction == "in" else "out of"
        speed = f"no faster than {number(goal.max_exit_speed_m_s or 0.0)} m/s"
        face = f"through its {goal.face} face, {speed}"
        return f"the centre of the {payload.id} passes {way} the goal zone {goal.zone} {face}"
    holds = "rests" if goal.goal_support == "any" else "rests on the environment and not on the design"
    return (
        f"the whole {payload.id} is inside the goal zone {goal.zone}, {holds}, is slower than 0.01 m/s for 1 s, and is "
        "still inside 2 s after it first came in"
    )
