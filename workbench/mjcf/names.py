"""Checks what an XSD 1.0 cannot say of MJCF: children and attributes that exclude each other, names and references."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from lxml import etree

from workbench.mjcf.finding import MjcfFinding, find_fault, name_nearest, shorten
from workbench.mjcf.grammar import ElementType, Grammar, PresenceRule

TypedNode = tuple[etree._Element, ElementType]

_BUILT_IN = {"body": ("world",), "default": ("main",)}
_NAMED_BY_FILE = frozenset({"mesh", "hfield", "texture", "skin", "model"})


def walk_typed(root: etree._Element, grammar: Grammar) -> Iterator[TypedNode]:
    """Yield, in document order, the elements the grammar knows with their types; it skips what is inside others."""
    stack = [(root, grammar.elements["mujoco"])] if root.tag == "mujoco" else []
    while stack:
        node, kind = stack.pop()
        yield node, kind
        for child in reversed(node):
            name = kind.children.get(str(child.tag))
            if name is not None:
                stack.append((child, grammar.elements[name]))


def check_presence(node: etree._Element, kind: ElementType) -> Iterator[MjcfFinding]:
    """Yield children that stand more than once and groups of attributes that exclude or need each other."""
    seen: set[str] = set()
    for child in node if kind.once else ():
        name = str(child.tag)
        if name in kind.once and name in seen:
            yield find_fault(child, None, f"<{node.tag}> may hold one <{name}> at most: merge them")
        seen.add(name)
    for rule in kind.rules:
        if not _is_kept(rule, node):
            groups = " or ".join("+".join(group) for group in rule.groups)
            words = {"one-of": f"give {groups}", "at-most-one-of": f"give only one of {groups}"}
            yield find_fault(node, None, words.get(rule.kind, f"give {groups.replace(' or ', ' and ')} together"))


def _is_kept(rule: PresenceRule, node: etree._Element) -> bool:
    given = node.attrib
    if rule.kind == "one-of":
        return any(all(name in given for name in group) for group in rule.groups)
    present = sum(any(name in given for name in group) for group in rule.groups)
    return present <= 1 if rule.kind == "at-most-one-of" else present in (0, len(rule.groups))


class NameTable:
    """The names a file defines, by namespace, and the beginnings of names that MuJoCo makes from them."""

    def __init__(self, nodes: list[TypedNode]) -> None:
        self.names: dict[str, set[str]] = {space: set(names) for space, names in _BUILT_IN.items()}
        self.made_prefixes: tuple[str, ...] = ()
        self._defaults = {node.get("class", "main"): node for node, _ in reversed(nodes) if node.tag == "default"}
        self.repeated = list(self._collect(nodes))

    def find_inherited(self, node: etree._Element, attribute: str) -> str | None:
        """Return what the defaults of an element's class give for an attribute, the nearest first."""
        carriers = (step.get("childclass") for step in node.iterancestors())
        wanted = node.get("class") or next(filter(None, carriers), "main")
        level = self._defaults.get(wanted)
        while level is not None and level.tag == "default":
            given = level.find(str(node.tag))
            if given is not None and (value := given.get(attribute)) is not None:
                return value
            level = level.getparent()
        return None

    def _collect(self, nodes: list[TypedNode]) -> Iterator[MjcfFinding]:
        prefixes: list[str] = []
        replicates = any(node.tag == "replicate" for node, _ in nodes)
        defined: set[tuple[str, str]] = set()
        for node, kind in nodes:
            if node.tag == "attach":
                prefixes.append(node.get("prefix", ""))
            name = _read_name(node, kind)
            if node.tag == "default" and not name and node.xpath("parent::default"):
                yield find_fault(node, "class", "a <default> inside another needs a class: name it")
            if kind.namespace is None or not name:
                continue
            if node.tag == "flexcomp" or (replicates and next(node.iterancestors("replicate"), None) is not None):
                prefixes.append(name)
            if (kind.namespace, name) in defined or (kind.namespace, name) == ("body", "world"):
                yield find_fault(node, "name", f"{kind.namespace} name {name!r} is taken: rename this one")
            defined.add((kind.namespace, name))
            self.names.setdefault(kind.namespace, set()).add(name)
        self.made_prefixes = tuple(prefixes)

    def check_references(self, node: etree._Element, kind: ElementType) -> Iterator[MjcfFinding]:
        """Yield the references that `node` gives or inherits and that name nothing in the file."""
        if kind.name.startswith("section.default"):
            return
        for attribute, named in kind.references.items():
            value = node.get(attribute) or self.find_inherited(node, attribute)
            if not value:
                continue
            by_type = node.get(named.removeprefix("by-"), "").replace("xbody", "body")
            space = by_type if named.startswith("by-") else named
            known = self.names.get(space, set())
            if space and value not in known and not (self.made_prefixes and value.startswith(self.made_prefixes)):
                yield find_fault(
                    node, attribute, f"there is no {space} named {shorten(value)}: {name_nearest(value, known)}"
                )


def _read_name(node: etree._Element, kind: ElementType) -> str | None:
    name = node.get("class" if kind.namespace == "default" else "name")
    if name is None and kind.namespace in _NAMED_BY_FILE and "file" in kind.attributes:
        return PurePosixPath(node.get("file", "")).stem
    return name
