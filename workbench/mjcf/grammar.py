"""Reads the committed XSD once into a compiled schema and tables of what each element may hold."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from lxml import etree

XSD_NAME = "mujoco-4.0.0.xsd"

_TAGS = {"body.world": "worldbody", "frame.world": "frame", "frame.body": "frame", "replicate.world": "replicate",
         "replicate.body": "replicate"}  # fmt: skip
"""The element of each type that is not named after it."""

_XS = "{http://www.w3.org/2001/XMLSchema}"


@dataclass(frozen=True)
class PresenceRule:
    """A rule on attributes that stand together: `one-of`, `at-most-one-of` or `together`, over groups of names."""

    kind: str
    groups: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class ElementType:
    """What one element may hold; values are names of types."""

    name: str
    children: dict[str, str]
    attributes: dict[str, str]
    once: frozenset[str]
    rules: tuple[PresenceRule, ...]
    namespace: str | None
    references: dict[str, str]
    paths: tuple[str, ...]


@dataclass(frozen=True)
class Grammar:
    """The compiled schema and its tables: element types by name, and what simple types mean in words."""

    schema: etree.XMLSchema
    elements: dict[str, ElementType]
    meanings: dict[str, str]

    def find_holders(self, tag: str) -> tuple[str, ...]:
        """Return the names of the elements that may hold an element `tag`, sorted."""
        holders = {kind.name for kind in self.elements.values() if tag in kind.children}
        return tuple(sorted({_TAGS.get(name, name.split(".")[-1]) for name in holders}))

    def find_type(self, node: etree._Element) -> ElementType | None:
        """Return the type of `node` by its ancestors, or None where the schema knows no such element."""
        names = [str(step.tag) for step in (*reversed(list(node.iterancestors())), node)]
        kind = self.elements["mujoco"] if names[0] == "mujoco" else None
        for name in names[1:]:
            kind = self.elements.get(kind.children.get(name, "")) if kind else None
        return kind


def _read_element_type(declared: etree._Element) -> ElementType:
    notes = [(note.get("source", ""), note.text or "") for note in declared.iter(f"{_XS}appinfo")]
    attributes = _read_types(declared, "attribute")
    references = {name: kind.partition(".")[2] for name, kind in attributes.items() if kind.startswith("reference.")}
    return ElementType(
        name=declared.get("name", ""),
        children=_read_types(declared, "element"),
        attributes=attributes,
        once=frozenset(text for source, text in notes if source == "once"),
        rules=tuple(_read_rule(source, text) for source, text in notes if source not in ("once", "namespace")),
        namespace=next((text for source, text in notes if source == "namespace"), None),
        references=references,
        paths=tuple(name for name, kind in attributes.items() if kind in ("path", "directory")),
    )


def _read_types(declared: etree._Element, tag: str) -> dict[str, str]:
    return {node.get("name", ""): node.get("type", "") for node in declared.iter(f"{_XS}{tag}")}


def _read_rule(kind: str, text: str) -> PresenceRule:
    return PresenceRule(kind, tuple(tuple(group.split()) for group in text.split("|")))


@cache
def load_grammar() -> Grammar:
    """Return the grammar of MJCF, compiled once in a process."""
    document = etree.fromstring(files("schemas").joinpath("mjcf", XSD_NAME).read_bytes())
    types = [_read_element_type(node) for node in document.iter(f"{_XS}complexType")]
    meanings = {
        node.get("name", ""): node.findtext(f"{_XS}annotation/{_XS}documentation") or ""
        for node in document.iter(f"{_XS}simpleType")
    }
    return Grammar(etree.XMLSchema(document), {kind.name: kind for kind in types}, meanings)
