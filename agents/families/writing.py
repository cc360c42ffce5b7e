"""Writes the scene program of a layout: named constants, the helpers that it calls, and one call per thing."""

import ast
import re
from collections.abc import Mapping, Sequence
from typing import Literal

from agents.families.layout import Layout, Motion, SceneBody, SceneMount, ScenePayload
from agents.families.shapes import Constants
from agents.program_templates import FIRST_MARK, LAST_MARK, PROGRAMS, write_literal
from schemas.bundle import Role
from schemas.controllers import Controller

Library = Literal["build123d", "cadquery"]
HELPERS = PROGRAMS / "helpers"
CALLS: Mapping[Role, str] = {Role.FIXTURE: "fixture", Role.MOVER: "mover", Role.DRIVE: "driven"}
LONGEST = 116


def write_program(layout: Layout, library: Library, head: Mapping[str, object], rules: Mapping[str, object]) -> str:
    """Return the program: `head` are the constants of seed, statement and task, `rules` the rest of the task's."""
    constants: dict[str, object] = dict(head)
    lines = ["scene = Scene(seed=SEED)"]
    for body in layout.bodies:
        lines += ["", *_write_body(body, constants)]
    for motion in layout.motions:
        lines += ["", *_write_motion(motion, constants)]
    lines += ["", "# Where a design may be screwed on."]
    lines += [_write_mount(mount, constants) for mount in layout.mounts]
    for outlet in layout.outlets:
        name = outlet.id.upper()
        constants |= {f"{name}_AT_MM": outlet.position_mm, f"{name}_V": outlet.voltage_v, f"{name}_W": outlet.power_w}
        lines += [f'scene.outlet("{outlet.id}", {name}_AT_MM, voltage_v={name}_V, power_w={name}_W)']
    lines += ["", "# What has to be moved."]
    lines += [_write_payload(payload, constants) for payload in layout.payloads]
    lines += ["", _write_zones(layout, constants), _write_task(rules, constants), "scene.save()"]
    return _assemble(library, constants, "\n".join(lines))


def _assemble(library: Library, constants: Mapping[str, object], code: str) -> str:
    source = (HELPERS / f"{library}.py").read_text(encoding="utf-8")
    helpers, imports = _pick_helpers(source, code)
    ours = sorted(name for name in _AUTHORED if re.search(rf"\b{name}\(", code))
    written = "".join(f"{name} = {write_literal(value)}\n" for name, value in constants.items())
    blocks = [
        '"""The environment of one problem; the statement tells it in words."""',
        imports,
        f"from workbench.authoring import {', '.join(ours)}",
        f"{FIRST_MARK}{written}{LAST_MARK}\n",
    ]
    return "\n\n".join(blocks) + f"{helpers}\n\n{code}\n"


_AUTHORED = (
    "Constant",
    "Goal",
    "Hold",
    "Jitter",
    "Oscillate",
    "Point",
    "Scene",
    "Schedule",
    "Sinusoidal",
    "Square",
    "Trapezoidal",
)


def _pick_helpers(source: str, code: str) -> tuple[str, str]:
    """Return the helpers that some code calls, in their file's order, and the imports that these need."""
    tree, blocks, used = ast.parse(source), list[str](), set[str]()
    called = set(re.findall(r"(\w+)\(", code))
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name in called:
            blocks.append(f"\n{ast.get_source_segment(source, node)}\n")
            used |= {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
    tables = [node for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in used]
    blocks[:0] = [f"{ast.get_source_segment(source, node)}\n" for node in tables]
    return "\n".join(blocks), "\n".join(
        _import(node, used) for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)
    )


def _import(node: ast.Import | ast.ImportFrom, used: set[str]) -> str:
    if isinstance(node, ast.Import):
        return ast.unparse(node)
    return f"from {node.module} import {', '.join(one.name for one in node.names if one.name in used)}"


def _write_body(body: SceneBody, constants: Constants) -> list[str]:
    name = body.id.upper()
    code = body.shape.code(name, constants)
    constants |= {f"{name}_MATERIAL": body.material, f"{name}_COLOUR": body.colour}
    comment = [f"# {line}" for line in body.why.splitlines()]
    return [*comment, _call(f"scene.{CALLS[body.role]}", [f'"{body.id}"', code, f"{name}_MATERIAL", f"{name}_COLOUR"])]


def _write_motion(motion: Motion, constants: Constants) -> list[str]:
    lines, contract = [], motion.contract
    if motion.joint is not None:
        joint = motion.joint
        named: Constants = {"AT_MM": joint.anchor_mm, "AXIS": joint.axis}
        named |= {"STOPS": (joint.range.min, joint.range.max)} if joint.range else {}
        given = {"anchor": "AT_MM", "axis": "AXIS", "limits": "STOPS"}
        for field in ("stiffness", "damping", "friction_loss"):
            if value := getattr(joint, field):
                named[field.upper()], given[field] = value, field.upper()
        head = [f'"{joint.id}"', f'"{joint.kind}"', f'"{motion.body}"']
        lines.append(_name_all("scene.joint", joint.id, head, named, given, constants))
    if motion.drive is not None:
        drive, name = motion.drive, motion.drive.id.upper()
        constants[f"{name}_LIMIT"] = drive.limit
        controller = _write_controller(drive.controller, name, constants)
        head = [f'"{drive.id}"', f'"{drive.joint}"', f'"{drive.mode}"', controller, f"limit={name}_LIMIT"]
        lines.append(_call("scene.drive", head))
    if motion.surface is not None:
        name, schedule = motion.body.upper(), motion.surface.schedule
        constants[f"{name}_VELOCITY_MM_S"] = motion.surface.velocity_mm_s
        more = [] if schedule is None else [_write_controller(schedule, name, constants)]
        lines.append(_call("scene.conveyor", [f'"{motion.body}"', f"{name}_VELOCITY_MM_S", *more]))
    told: Constants = {"LIMITS": (contract.min, contract.max)} if motion.joint else {}
    told |= {"MAX_SPEED": contract.max_speed}
    told |= {"PERIOD_S": contract.period_s} if contract.period_s else {}
    told |= {"PHASE": contract.phase, "INTERACTION": contract.interaction}
    whose = f'joint="{contract.joint}"' if contract.joint else f'body="{contract.body}"'
    given = {name.lower(): name for name in told}
    return [*lines, _name_all("scene.contract", contract.id, [f'"{contract.id}"', whose], told, given, constants)]


def _write_controller(controller: Controller, prefix: str, constants: Constants) -> str:
    given = []
    for field, value in controller.model_dump(exclude_defaults=True, exclude={"kind"}).items():
        name = f"{prefix}_{field.upper()}"
        if field == "points":
            constants[name] = tuple((one["time_s"], one["level"]) for one in value)
            given.append(f"points=[Point(time_s=time_s, level=level) for time_s, level in {name}]")
        else:
            constants[name] = value
            given.append(f"{field}={name}")
    return f"{type(controller).__name__}({', '.join(given)})"


def _name_all(
    call: str, prefix: str, head: Sequence[str], named: Mapping[str, object], given: Mapping[str, str], to: Constants
) -> str:
    """Return a call whose keywords are constants of a prefix, which are added."""
    to.update({f"{prefix.upper()}_{name}": value for name, value in named.items()})
    return _call(call, [*head, *(f"{key}={prefix.upper()}_{name}" for key, name in given.items() if name in named)])


def _write_mount(mount: SceneMount, constants: Constants) -> str:
    named = {"AT_MM": mount.origin_mm, "NORMAL": mount.normal, "X_AXIS": mount.x_axis, "SIZE_MM": mount.size_mm}
    constants |= {f"{mount.id.upper()}_{name}": value for name, value in named.items()}
    name = mount.id.upper()
    constants[f"{name}_DEPTH_MM"] = mount.depth_mm
    places = [f"origin={name}_AT_MM", f"normal={name}_NORMAL", f"x_axis={name}_X_AXIS"]
    outline = [f"outline=rectangle({name}_SIZE_MM)", f"depth={name}_DEPTH_MM"]
    return _call("scene.mount", [f'"{mount.id}"', f'"{mount.body}"', *places, *outline])


def _write_payload(payload: ScenePayload, constants: Constants) -> str:
    name, goal, jitter = payload.id.upper(), payload.goal, payload.jitter
    code = payload.shape.code(name, constants)
    constants |= {f"{name}_MATERIAL": payload.material, f"{name}_COLOUR": payload.colour}
    constants |= {f"{name}_JITTER_MM": jitter.position_mm, f"{name}_JITTER_YAW_DEG": jitter.yaw_deg}
    drawn = [f"position_mm={name}_JITTER_MM", f"yaw_deg={name}_JITTER_YAW_DEG"]
    more = [f"colour={name}_COLOUR"]
    if any(payload.velocity_mm_s):
        constants |= {f"{name}_VELOCITY_MM_S": payload.velocity_mm_s, f"{name}_JITTER_SPEED": jitter.speed_fraction}
        drawn.append(f"speed_fraction={name}_JITTER_SPEED")
        more.insert(0, f"velocity={name}_VELOCITY_MM_S")
    wanted = goal.model_dump(exclude_defaults=True)
    goals = ", ".join(f"{key}={write_literal(value)}" for key, value in wanted.items())
    place = [f'"{payload.id}"', code, f"{name}_MATERIAL", f"Goal({goals})"]
    return _call("scene.payload", [*place, f"jitter=Jitter({', '.join(drawn)})", *more])


def _write_zones(layout: Layout, constants: Constants) -> str:
    constants |= {"WORKSPACE_MM": layout.workspace, "BUILD_ZONE_MM": layout.build}
    given = ["workspace=WORKSPACE_MM", "build=BUILD_ZONE_MM"]
    for kind, zones in (("goals", layout.goals), ("forbidden", layout.forbidden)):
        constants |= {f"{name.upper()}_MM": box for name, box in zones.items()}
        named = ", ".join(f'"{name}": {name.upper()}_MM' for name in zones)
        given += [f"{kind}={{{named}}}"] if zones else []
    return _call("scene.zones", given)


def _write_task(rules: Mapping[str, object], constants: Constants) -> str:
    constants |= {name.upper(): value for name, value in rules.items()}
    return _call("scene.task", ["STATEMENT", *(f"{name}={name.upper()}" for name in rules)])


def _call(name: str, given: Sequence[str]) -> str:
    line = f"{name}({', '.join(given)})"
    return line if len(line) <= LONGEST else "\n    ".join([f"{name}(", *(f"{one}," for one in given)]) + "\n)"
