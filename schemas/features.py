"""What a scene has that others lack, read off its bundle and its program: what coverage counts."""

import ast
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from schemas.bundle import Mount, Role, SceneBundle

FEATURES: Mapping[str, str] = MappingProxyType(
    {
        "driven_hinge": "a hinge with a drive",
        "driven_slide": "a slide with a drive",
        "conveyor": "a body whose surface runs",
        "passive_hinge": "a hinge without a drive",
        "free_mover": "a mover on no joint, or a free one",
        "ball_joint": "a ball joint",
        "spring": "a joint with stiffness",
        "drawn_phase": "a motion whose phase every trial draws",
        "forbid_zone": "a zone that nothing may touch",
        "pass_through": "a goal to fly or roll through",
        "settle": "a goal to come to rest in",
        "on_environment": "a goal where the payload has to rest on the environment",
        "on_any_support": "a goal where the design may hold the payload",
        "several_payloads": "two to four payloads",
        "outlet": "a power outlet",
        "mount_on_floor": "a mount of a fixture whose normal is within 45° of up",
        "mount_on_wall": "a mount of a fixture whose normal is neither",
        "mount_on_ceiling": "a mount of a fixture whose normal is within 45° of down",
        "mount_on_mover": "a mount of a body that moves or is driven",
        "oblique_fixture": "a fixture that is turned, lofted or of a drawn outline",
        "curved_fixture": "a fixture with a cylinder, cone, ball, ring, arc, spline or sweep in it",
        "build123d": "a program that models with build123d",
        "cadquery": "a program that models with CadQuery",
    }
)
"""Every feature that is stored with a benchmark, with what it means."""

OBLIQUE = re.compile(r"rotat|^rot$|turned|loft|wedge|taper|chamfer|poly(line|gon)", re.IGNORECASE)
CURVED = re.compile(r"cylinder|cone|sphere|torus|revol|sweep|circle|ellips|arc|spline|fillet|helix", re.IGNORECASE)
"""Names of what a CAD library is called for; the helpers of a program are followed into their bodies."""
STEEP = 0.5**0.5


def list_features(scene: SceneBundle, program: str) -> tuple[str, ...]:
    """Return the features of a scene in the order of FEATURES; raises SyntaxError for a text that is no program."""
    tree = ast.parse(program)
    imported = {name.split(".")[0] for node in ast.walk(tree) for name in _list_imports(node)}
    fixtures = set(_list_fixture_calls(tree))
    driven = {drive.joint for drive in scene.drives}
    passive = [joint for joint in scene.joints if joint.id not in driven]
    held = {joint.child for joint in scene.joints if joint.kind != "free"}
    goals = [payload.goal for payload in scene.payloads]
    found = {f"driven_{joint.kind}" for joint in scene.joints if joint.id in driven}
    found |= {goal.mode for goal in goals} | imported
    found |= {"on_any_support" if goal.goal_support == "any" else "on_environment" for goal in goals}
    found |= {_place_mount(scene, mount) for mount in scene.mounts}
    told = {
        "conveyor": bool(scene.surfaces),
        "passive_hinge": any(joint.kind == "hinge" for joint in passive),
        "free_mover": any(body.role is Role.MOVER and body.id not in held for body in scene.bodies),
        "ball_joint": any(joint.kind == "ball" for joint in scene.joints),
        "spring": any(joint.stiffness > 0.0 for joint in scene.joints),
        "drawn_phase": any(contract.phase == "uniform" for contract in scene.motion_contracts),
        "forbid_zone": bool(scene.zones.forbid_zones),
        "several_payloads": len(scene.payloads) > 1,
        "outlet": bool(scene.outlets),
        "oblique_fixture": any(OBLIQUE.search(name) for name in fixtures),
        "curved_fixture": any(CURVED.search(name) for name in fixtures),
    }
    found |= {name for name, there in told.items() if there}
    return tuple(name for name in FEATURES if name in found)


def _place_mount(scene: SceneBundle, mount: Mount) -> str:
    """Return what a mount is on, by its body and its normal."""
    if any(body.id == mount.body and body.role is not Role.FIXTURE for body in scene.bodies):
        return "mount_on_mover"
    _, x, y, _ = mount.frame.quaternion_wxyz
    up = 1.0 - 2.0 * (x * x + y * y)  # z of the turned z axis
    return "mount_on_floor" if up > STEEP else "mount_on_ceiling" if up < -STEEP else "mount_on_wall"


def _list_imports(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (one.name for one in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        yield node.module


def _list_fixture_calls(tree: ast.Module) -> Iterator[str]:
    """Yield the name of everything that is called to model fixtures: variables and functions of it are looked into."""
    known: dict[str, list[ast.AST]] = {}
    for node in ast.walk(tree):
        for name, meant in _list_named(node):
            known.setdefault(name, []).append(meant)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _name(node.func) == "fixture"]
    left: list[ast.AST] = [one for call in calls for one in (*call.args, *call.keywords)]
    while left:
        for node in ast.walk(left.pop()):
            if isinstance(node, ast.Call):
                yield _name(node.func)
            elif isinstance(node, ast.Name):
                left += known.pop(node.id, [])


def _list_named(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Yield what a statement gives names to: a function, or the value of variables."""
    if isinstance(node, ast.FunctionDef):
        yield node.name, node
    elif isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign) and node.value is not None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        yield from ((target.id, node.value) for target in targets if isinstance(target, ast.Name))


def _name(function: ast.expr) -> str:
    """Return the last word of what is called."""
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
