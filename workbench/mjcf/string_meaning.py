"""Says which MJCF strings are names, references and paths, which neither MuJoCo's parser nor its schema tells."""

from workbench.mjcf.printed_schema import BODY, PrintedElement

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


def name_string_type(element: PrintedElement, attribute: str) -> str:
    """Return the XSD type of a string attribute: `name`, `reference.NAMESPACE`, `path`, `directory` or `text`."""
    if attribute in _DIRECTORIES:
        return "directory"
    if attribute in _PATHS:
        return "path"
    if attribute == "name" or (element.name, attribute) == ("default", "class"):
        return "name"
    if attribute in _REFERENCES and not (attribute == "body" and element.path[-2:] in _FREE_BODIES):
        return f"reference.{_REFERENCES[attribute]}"
    return "text"
