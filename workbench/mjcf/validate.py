"""Judges whether bytes are MJCF that this project may compile: the XSD first, then what it cannot say."""

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, cast

from lxml import etree

from workbench.mjcf.file_paths import check_paths
from workbench.mjcf.finding import MjcfFinding, find_fault, name_nearest, shorten
from workbench.mjcf.grammar import Grammar, load_grammar
from workbench.mjcf.names import NameTable, check_presence, walk_typed
from workbench.mjcf.sizes import check_values

__all__ = ["BYTES_MAX", "FINDINGS_MAX", "MjcfFinding", "validate_mjcf"]

BYTES_MAX = 16 * 1024 * 1024
FINDINGS_MAX = 100

_REFUSED = {
    "include": "<include> is refused: put its content into this file",
    "extension": "plugins are refused: remove <extension>",
    "plugin": "plugins are refused: remove <plugin>",
}
_LONG_DIGITS = re.compile(rb"[0-9]{300}")
_ATTRIBUTE = re.compile(r"attribute '([^']+)'")


def validate_mjcf(xml: bytes, *, known_files: frozenset[str] = frozenset()) -> tuple[MjcfFinding, ...]:
    """Return what must change before `xml` may be compiled, by line, at most FINDINGS_MAX; empty if it is valid.

    `known_files` are the files that come with it, as paths from its folder; if empty, only the form of
    paths is checked.
    """
    if len(xml) > BYTES_MAX:
        return (_find_whole(f"the file has {len(xml)} bytes: at most {BYTES_MAX} are read"),)
    if b"<!DOCTYPE" in xml:
        return (_find_whole("a DOCTYPE is refused: remove it and write entities out"),)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False,
                             huge_tree=False, remove_comments=True, remove_pis=True)  # fmt: skip
    try:
        root = etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        return (_find_whole(f"this is not XML: {error}", getattr(error, "lineno", None) or 1),)
    if root.getroottree().docinfo.internalDTD is not None:
        return (_find_whole("a DOCTYPE is refused: remove it and write entities out"),)
    findings = [*_check_tree(root, load_grammar(), known_files)]
    if _LONG_DIGITS.search(xml):
        findings.append(_find_whole("a number has 300 digits or more: write it with an exponent"))
    return tuple(sorted(dict.fromkeys(findings), key=lambda finding: finding.line)[:FINDINGS_MAX])


def _find_whole(message: str, line: int = 1) -> MjcfFinding:
    return MjcfFinding(line=line, element="mujoco", attribute=None, message=message)


def _check_tree(root: etree._Element, grammar: Grammar, known_files: frozenset[str]) -> Iterator[MjcfFinding]:
    for node in root.iter(*_REFUSED):
        yield find_fault(node, None, _REFUSED[str(node.tag)])
    if not (valid := grammar.schema.validate(root)):
        yield from _explain_errors(root, grammar)
    nodes = list(walk_typed(root, grammar))
    table = NameTable(nodes)
    yield from table.repeated
    for node, kind in nodes:
        if kind.once or kind.rules:
            yield from check_presence(node, kind)
        if kind.references:
            yield from table.check_references(node, kind)
    yield from check_paths(nodes, known_files)
    if valid:
        yield from check_values(nodes, table)


def _explain_errors(root: etree._Element, grammar: Grammar) -> Iterator[MjcfFinding]:
    """Yield the schema's errors in words that say what to change, leaving out what is refused anyhow."""
    tree = root.getroottree()
    explained: set[tuple[str, str | None]] = set()
    entries = cast("Iterable[Any]", grammar.schema.error_log)  # the stubs do not know that it iterates
    for entry in islice(entries, FINDINGS_MAX):
        place = entry.path or "/*"
        match = _ATTRIBUTE.search(entry.message)
        attribute = match[1] if match else None
        found = tree.xpath(place)
        node = found[0] if isinstance(found, list) and found and isinstance(found[0], etree._Element) else root
        if (place, attribute) not in explained and node.tag not in _REFUSED:
            explained.add((place, attribute))
            yield _explain_error(node, attribute, entry.message, grammar)


def _explain_error(node: etree._Element, attribute: str | None, message: str, grammar: Grammar) -> MjcfFinding:
    kind = grammar.find_type(node)
    if kind is None:
        return find_fault(node, None, _explain_element(node, grammar))
    if attribute is None:
        held = "text" if "haracter content" in message else f"another <{node.tag}>"
        return find_fault(node, None, f"<{node.tag}>: {held} is not allowed here: remove it")
    if attribute not in kind.attributes:
        nearest = name_nearest(attribute, kind.attributes)
        return find_fault(node, attribute, f"<{node.tag}> has no attribute {attribute!r}: {nearest}")
    value, meaning = node.get(attribute), grammar.meanings[kind.attributes[attribute]]
    if value is None:
        return find_fault(node, attribute, f"<{node.tag}> needs {attribute!r}: give {meaning}")
    near = name_nearest(value, meaning.split()[2:]) if meaning.startswith("one of ") else ""
    hint = f"; {near}" if near.startswith("did") else ""
    return find_fault(node, attribute, f"{attribute}={shorten(value)} must be {meaning}{hint}")


def _explain_element(node: etree._Element, grammar: Grammar) -> str:
    parent = node.getparent()
    if parent is None:
        return f"the root must be <mujoco>, not <{node.tag}>"
    if holders := grammar.find_holders(str(node.tag)):
        return f"<{parent.tag}> may not hold <{node.tag}>: it belongs in {' or '.join(holders)}"
    kind = grammar.find_type(parent)
    allowed = set(kind.children) - _REFUSED.keys() if kind else set[str]()
    return f"<{parent.tag}> may not hold <{node.tag}>: {name_nearest(str(node.tag), allowed)}"
