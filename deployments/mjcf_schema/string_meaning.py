"""Says which MJCF strings are names, references and paths, which neither MuJoCo's parser nor its schema tells."""

from deployments.mjcf_schema.lexical import LexicalType
from deployments.mjcf_schema.printed_schema import BODY, Path_, PrintedElement
from workbench.mjcf.grammar import PresenceRule

_REFERENCES = {
    "class": "default", "childclass": "default", "target": "body", "body": "body", "body1": "body", "body2": "body",
    "subtree1": "body", "subtree2": "body", "joint": "joint", "joint1": "joint", "joint2": "joint", "geom": "geom",
    "geom1": "geom", "geom2": "geom", "site": "site", "site1": "site", "site2": "site", "refsite": "site",
    "cranksite": "site", "slidersite": "site", "sidesite": "site", "tendon": "tendon", "tendon1": "tendon",
    "tendon2": "tendon", "actuator": "actuator", "camera": "camera", "mesh": "mesh", "hfield": "hfield",
    "material": "material", "texture": "texture", "flex": "flex", "objname": "by-objtype", "refname": "by-reftype",
}  # fmt: skip
_PATHS = {"file", "fileback", "filedown", "filefront", "fileleft", "fileright", "fileup"}
_DIRECTORIES = {"meshdir", "texturedir", "assetdir"}
_FREE_BODIES = {("deformable", "flex"), (BODY, "attach")}
"""Elements whose `body` is a list of bodies or a body of another model."""

REQUIRED: dict[Path_, tuple[str, ...]] = {("mujoco", "contact", "pair"): ("geom1", "geom2")}
"""References that MuJoCo's parser does not ask for but its compiler does."""

_TRANSMISSIONS = ("joint", "jointinparent", "tendon", "cranksite", "site", "body")

_SHARED_NAMESPACES = {"equality", "tendon", "actuator", "sensor"}
_RENAMED = {BODY: "body", "freejoint": "joint", "flexcomp": "flex"}


def find_namespace(element: PrintedElement) -> str | None:
    """Return the namespace in which `element` defines its name (for `default`: its class), or None."""
    if element.name == "default":
        return "default"
    if "name" not in element.attributes:
        return None
    section = element.path[1]
    return section if section in _SHARED_NAMESPACES else _RENAMED.get(element.name, element.name)


def find_target_rule(element: PrintedElement) -> PresenceRule | None:
    """Return the rule that an actuator needs something to act on, which MuJoCo's parser leaves to its compiler."""
    given = tuple((name,) for name in _TRANSMISSIONS if name in element.attributes)
    return PresenceRule("one-of", given) if element.path[1:2] == ("actuator",) and len(given) > 1 else None


def find_string_type(element: PrintedElement, attribute: str) -> LexicalType:
    """Return the type of a string attribute."""
    if attribute in _DIRECTORIES or attribute in _PATHS:
        return LexicalType("directory" if attribute in _DIRECTORIES else "path")
    if attribute == "name" or (element.name, attribute) == ("default", "class"):
        return LexicalType("name")
    if attribute in _REFERENCES and not (attribute == "body" and element.path[-2:] in _FREE_BODIES):
        return LexicalType("reference", words=(_REFERENCES[attribute],))
    return LexicalType("text")
