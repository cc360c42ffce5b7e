"""Changes one thing at a time in an MJCF file: every element and attribute of every kind that the file holds."""

import copy
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import NamedTuple

import mujoco
from lxml import etree

from workbench.mjcf.validate import validate_mjcf

STRICTER = frozenset({"empty", "shorter", "not finite", "hexadecimal", "element in the root"})
"""The mutations of which this project refuses some that MuJoCo takes (ADR 3)."""
PHYSICS = ("positive eigenvalues", "4 vertices required", "valid meshid", "must be positive", "are negative",
           "smaller than range", "control range", "hfield not specified")  # fmt: skip
"""What MuJoCo refuses for its geometry, mass or ranges, not for its form."""


class Mutation(NamedTuple):
    """A changed file: its kind, where it was changed, and its bytes."""

    kind: str
    where: str
    xml: bytes


def mutate(xml: bytes, done: set[tuple[str, str]]) -> Iterator[Mutation]:
    """Yield every mutation of elements and attributes not `done` yet, and note them there."""
    root = etree.fromstring(xml)
    for node in list(root.iter()):
        path = "/".join(str(step.tag) for step in (*reversed(list(node.iterancestors())), node))
        for attribute in ("", *map(str, node.attrib)):
            if (path, attribute) not in done:
                done.add((path, attribute))
                changed = _mutate_attribute(node, attribute) if attribute else _mutate_element(root, node)
                for kind in changed:
                    yield Mutation(kind, f"{path} {attribute}", etree.tostring(root))


def _mutate_element(root: etree._Element, node: etree._Element) -> Iterator[str]:
    parent, tag = node.getparent(), node.tag
    if parent is None:
        return
    node.tag = f"{tag}q"
    yield "renamed element"
    node.tag = tag
    for kind, place in (("repeated element", parent), ("element in the root", root), ("nested element", node)):
        place.append(extra := copy.deepcopy(node))
        yield kind
        place.remove(extra)


def _mutate_attribute(node: etree._Element, name: str) -> Iterator[str]:
    value = node.attrib.pop(name)
    yield "missing"
    node.set(f"{name}q", value)
    yield "renamed"
    del node.attrib[f"{name}q"]
    shorter = value.rpartition(" ")[0]
    kinds = {"garbled": f"{value}q", "longer": f"{value} 1", "much longer": f"{value} 1 1 1 1 1 1", "shorter": shorter,
             "empty": "", "negative": f"-{value}", "fraction": f"{value}.5", "hexadecimal": "0x10"}  # fmt: skip
    for kind, wrong in (*kinds.items(), ("not finite", f"{shorter} nan"), ("not finite", f"{shorter} 1e999")):
        node.set(name, wrong)
        yield kind
    node.set(name, value)


def refuse(xml: bytes, assets: Mapping[str, bytes]) -> str:
    """Return why MuJoCo refuses a file, or an empty string."""
    try:
        mujoco.MjSpec.from_string(xml.decode(), assets=dict(assets)).compile()
    except ValueError as error:
        return str(error)
    return ""


class Comparison(NamedTuple):
    """How many mutations MuJoCo refuses, which of them the validator takes, and which of MuJoCo's it refuses."""

    refused: int
    survivors: list[str]
    false_alarms: list[str]


def compare(files: list[tuple[bytes, Mapping[str, bytes]]], every: int = 1) -> Comparison:
    """Ask MuJoCo and the validator about every so many mutations of files with their assets."""
    done: set[tuple[str, str]] = set()
    refused, survivors, alarms = 0, [], []
    for xml, assets in files:
        for kind, where, mutated in islice(mutate(xml, done), 0, None, every):
            refusal = refuse(mutated, assets)
            findings = validate_mjcf(mutated, known_files=frozenset(assets))
            refused += bool(refusal)
            if refusal and not findings and not any(words in refusal for words in PHYSICS):
                survivors.append(f"{where} {kind}: {refusal}")
            if findings and not refusal and kind not in STRICTER:
                alarms.append(f"{where} {kind}: {findings[0].message}")
    return Comparison(refused, survivors, alarms)
