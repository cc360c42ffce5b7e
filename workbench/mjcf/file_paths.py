"""Checks the paths an MJCF file names: relative, inside its folder, and among the files that come with it."""

import posixpath
import re
from collections.abc import Iterator

from workbench.mjcf.finding import MjcfFinding, find_fault, name_nearest, shorten
from workbench.mjcf.names import TypedNode

_ABSOLUTE = re.compile(r"^(/|\\|~|[A-Za-z][A-Za-z0-9+.-]*:)")
_DIRECTORIES = {"texture": "texturedir", "mesh": "meshdir", "hfield": "meshdir", "skin": "meshdir",
                "flexcomp": "meshdir"}  # fmt: skip


def check_paths(nodes: list[TypedNode], known_files: frozenset[str]) -> Iterator[MjcfFinding]:
    """Yield paths that are absolute or leave the folder and, if `known_files` is not empty, those not among them."""
    settings: dict[str, str] = {}
    for node, _ in nodes:
        if node.tag == "compiler":
            settings |= {str(name): str(value) for name, value in node.attrib.items()}
    for node, kind in nodes:
        given = [(name, value) for name in kind.paths if (value := node.get(name)) is not None]
        for attribute, value in given:
            wanted = resolve_path(value, str(node.tag), settings)
            if fault := find_path_fault(value):
                yield find_fault(node, attribute, f"{shorten(value)} {fault}")
            elif kind.attributes[attribute] == "directory" or not known_files or find_path_fault(wanted):
                continue  # a directory that is wrong is told of where it stands
            elif wanted not in known_files:
                message = f"there is no file {shorten(wanted)} beside it: {name_nearest(wanted, known_files)}"
                yield find_fault(node, attribute, message)


def find_path_fault(value: str) -> str | None:
    """Return what is wrong with a path that must stay in its folder, or None."""
    if _ABSOLUTE.match(value):
        return "is absolute: give a path relative to the MJCF file"
    if "\\" in value or "\0" in value:
        return "has a character no path may have here: part folders by '/'"
    if ".." in value.split("/"):
        return "leaves its folder: give a path without '..'"
    return None


def resolve_path(value: str, element: str, settings: dict[str, str]) -> str:
    """Return where MuJoCo looks for `value` from the MJCF file's folder, by the `compiler` attributes in `settings`."""
    if settings.get("strippath") == "true":
        value = posixpath.basename(value)
    directory = settings.get(_DIRECTORIES.get(element, ""), settings.get("assetdir", ""))
    return posixpath.normpath(posixpath.join(directory, value))
