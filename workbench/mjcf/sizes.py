"""Checks values that are well formed but that MuJoCo's compiler refuses, or that would fill the memory."""

import math
from collections.abc import Iterator

from lxml import etree

from workbench.mjcf.finding import MjcfFinding, find_fault
from workbench.mjcf.names import NameTable, TypedNode

_MULTIPLES = {
    "mesh": {"vertex": 3, "normal": 3, "face": 3, "texcoord": 2},
    "skin": {"vertex": 3, "face": 3, "texcoord": 2},
    "flex": {"vertex": 3, "texcoord": 2},
}
_SIZES = {"sphere": 1, "capsule": 2, "cylinder": 2, "ellipsoid": 3, "box": 3}
"""How many positive sizes a geom has without `fromto`."""
_AMOUNTS = {
    "replicate": (("count",), 10_000),
    "flexcomp": (("count",), 100_000),
    "hfield": (("nrow", "ncol"), 4_000_000),
    "texture": (("width", "height"), 16_000_000),
    "numeric": (("size",), 100_000),
}
"""What makes things by a number, and the most of them: MuJoCo sets no limit, memory does."""


def check_values(nodes: list[TypedNode], table: NameTable) -> Iterator[MjcfFinding]:
    """Yield lengths, sizes and amounts that no model can have; what is no number is the schema's to tell."""
    for node, kind in nodes:
        if kind.name.startswith("section.default"):
            continue  # a default's values may be incomplete
        tag = str(node.tag)
        for attribute, multiple in _MULTIPLES.get(tag, {}).items():
            if len(node.get(attribute, "").split()) % multiple:
                yield find_fault(node, attribute, f"{attribute} must hold a multiple of {multiple} numbers")
        if tag == "geom":
            yield from _check_size(node, table)
        if tag == "site" and any(size <= 0 for size in _read(node.get("size", ""))[:1]):
            yield find_fault(node, "size", "the first size must be positive")
        if tag in _AMOUNTS:
            yield from _check_amount(node, *_AMOUNTS[tag])


def _read(value: str) -> tuple[float, ...]:
    try:
        return tuple(map(float, value.split()))
    except ValueError:
        return ()


def _check_size(node: etree._Element, table: NameTable) -> Iterator[MjcfFinding]:
    inherited = {name: table.find_inherited(node, name) or "" for name in ("type", "size", "fromto", "mesh")}
    given = inherited | {str(name): str(value) for name, value in node.attrib.items()}
    wanted = 0 if given["fromto"] or given["mesh"] else _SIZES.get(given["type"] or "sphere", 0)
    own = _read(given["size"])
    sizes = own + _read(inherited["size"])[len(own) :]
    if len(sizes) < wanted or any(size <= 0 for size in sizes[:wanted]):
        many = "s" if wanted > 1 else ""
        yield find_fault(node, "size", f"a {given['type'] or 'sphere'} needs {wanted} positive size{many}")


def _check_amount(node: etree._Element, attributes: tuple[str, ...], most: int) -> Iterator[MjcfFinding]:
    steps = (node, *node.iterancestors(str(node.tag)))
    amount = math.prod(abs(number) for step in steps for name in attributes for number in _read(step.get(name, "")))
    if amount > most:
        yield find_fault(node, attributes[0], f"<{node.tag}> makes {amount:.3g} of something: at most {most} are taken")
