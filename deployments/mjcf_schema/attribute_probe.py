"""Finds the type of an MJCF attribute by asking MuJoCo's own parser what it accepts; it compiles no model."""

import ast
import re
from itertools import combinations
from xml.sax.saxutils import quoteattr

import mujoco

from deployments.mjcf_schema.lexical import LexicalType
from deployments.mjcf_schema.printed_schema import BODY, Path_, PrintedElement
from deployments.mjcf_schema.string_meaning import find_string_type
from workbench.mjcf.grammar import PresenceRule

_NONSENSE = "zzqx"
_LONG = 60
_KEYWORD_REFUSALS = (f"invalid keyword: '{_NONSENSE}'", "unknown layer role", "unknown object type")
_REPAIRS_MAX = 6
_BOOLEANS = ("false", "true", "auto", "enable", "disable")
_UNPROBED = frozenset({"extension", "model", "attach"})
"""Elements whose parsing opens other files or plugins; all their attributes are strings in the reference."""

_SAMPLE_VALUES = {
    "role": "rgb", "size": "1 1 1 1", "bindpos": "1 1 1", "bindquat": "1 0 0 0", "pos": "0 0 0", "data": "1",
    "objtype": "site", "reftype": "site", "anchor": "0 0 0", "prefix": "p",
}  # fmt: skip
_NEEDED = {
    "flexcomp": {"name": "f", "type": "direct", "dim": "2", "mass": "1", "element": "0 1 2",
                 "point": "0 0 0 1 0 0 0 1 0"},
    "dcmotor": {"motorconst": "1 1", "resistance": "1"},
    "numeric": {"name": "n", "data": "1"},
    "text": {"name": "t", "data": "x"},
}  # fmt: skip
"""Attributes an element needs before MuJoCo reads its others, where its message does not name them."""
_CHOICES = {"condim": LexicalType("keyword", words=("1", "3", "4", "6"))}
"""Types that MuJoCo's parser reads wider than its compiler."""


def write_document(path: Path_, attributes: dict[str, str], needed: dict[Path_, dict[str, str]]) -> str:
    """Return the smallest MJCF document that holds the element at `path` with these attributes."""
    opened: list[str] = []
    for depth, name in enumerate(path, start=1):
        values = attributes if depth == len(path) else needed.get(path[:depth], {})
        if name == BODY:
            opened.append("worldbody")
            values = values if depth == len(path) else {"name": "b"}
        opened.append(("body" if name == BODY else name) + "".join(f" {k}={quoteattr(v)}" for k, v in values.items()))
    return "".join(f"<{tag}>" for tag in opened) + "".join(f"</{tag.split()[0]}>" for tag in reversed(opened))


def parse_refusal(document: str) -> str:
    """Return MuJoCo's reason for refusing `document`, or an empty string if it parses."""
    try:
        mujoco.MjSpec.from_string(document)
    except ValueError as error:
        return str(error).split("\nElement")[0].removeprefix("XML Error: ")
    return ""


def _read_rule(refusal: str) -> PresenceRule | None:
    """Return the rule that MuJoCo's refusal words, or None if it words none."""
    words = r"Schema violation: (at most one|one|attributes)(?: of)? (.+) (?:can|must) be specified(?: together)?"
    if (match := re.fullmatch(words, refusal)) is None:
        return None
    kind = "together" if match[1] == "attributes" else f"{match[1].replace(' ', '-')}-of"
    groups = ast.literal_eval(f"[{match[2]}]")
    return PresenceRule(kind, tuple((group,) if isinstance(group, str) else tuple(group) for group in groups))


class ElementProbe:
    """Asks MuJoCo about the attributes of one element; `needed` holds what its ancestors need to parse."""

    def __init__(self, element: PrintedElement, keywords: dict[str, tuple[str, ...]],
                 needed: dict[Path_, dict[str, str]]) -> None:  # fmt: skip
        self.element = element
        self._keywords, self._needed = keywords, needed
        self._base = needed[element.path] = dict(_NEEDED.get(element.name, {}))
        self.rules: set[PresenceRule] = set()
        self.required: list[str] = []

    def find_types(self) -> dict[str, LexicalType]:
        """Return the type of each attribute, noting required ones and rules on the way.

        Raises RuntimeError where MuJoCo answers in words that this module doesn't know.
        """
        if _UNPROBED.intersection(self.element.path):
            return {name: find_string_type(self.element, name) for name in self.element.attributes}
        self._find_needed()
        types = {name: self._find_type(name) for name in self.element.attributes}
        for first, second in combinations(types, 2):
            rule = _read_rule(self._parse(self._base | {name: types[name].sample for name in (first, second)}))
            self.rules |= {rule} if rule else set()
        return types

    def _find_needed(self) -> None:
        """Find what the element needs to parse, and which of it is required."""
        while refusal := self._parse(self._base):
            missing = re.fullmatch(r"required attribute missing: '(\w+)'", refusal)
            rule = _read_rule(refusal)
            if not missing and not rule:
                raise RuntimeError(f"{'/'.join(self.element.path)} cannot be probed: {refusal}")
            self.rules |= {rule} if rule else set()
            names = rule.groups[-1] if rule else (missing[1],) if missing else ()
            self._base.update({name: _SAMPLE_VALUES.get(name, "1") for name in names})
        for name in self._base:
            rest = {key: value for key, value in self._base.items() if key != name}
            if self._parse(rest) == f"required attribute missing: '{name}'":
                self.required.append(name)

    def _find_type(self, name: str) -> LexicalType:
        if name in _CHOICES:
            return _CHOICES[name]
        refusal = self._ask(name, _NONSENSE)
        if f"in attribute '{name}'" in refusal and "optional suffix" in refusal:
            return LexicalType("byteCount")
        if "must have exactly 3 characters" in refusal:
            return LexicalType("eulerSequence")
        if f"bad format in attribute '{name}'" in refusal or f"problem reading attribute '{name}'" in refusal:
            return self._find_number(name)
        if "invalid keyword: '(null)'" in refusal:
            return LexicalType("keyword", high=None, words=self._find_words(name))
        if any(reason in refusal for reason in _KEYWORD_REFUSALS):
            return LexicalType("keyword", words=self._find_words(name))
        return find_string_type(self.element, name)

    def _parse(self, values: dict[str, str]) -> str:
        return parse_refusal(write_document(self.element.path, values, self._needed))

    def _ask(self, name: str, value: str) -> str:
        """Parse with an attribute, adding and leaving out others until no presence rule is in the way."""
        values = self._base | {name: value}
        for _ in range(_REPAIRS_MAX):
            refusal = self._parse(values)
            rule = _read_rule(refusal)
            if rule is None:
                break
            self.rules.add(rule)
            groups = {other for group in rule.groups for other in group}
            wanted = groups if rule.kind == "together" else next((set(g) for g in rule.groups if name in g), set[str]())
            kept = {key: held for key, held in values.items() if key not in groups - wanted}
            values = {other: _SAMPLE_VALUES.get(other, "1") for other in sorted(wanted)} | kept
        return refusal

    def _find_number(self, name: str) -> LexicalType:
        kind = "int" if re.search("bad format|problem reading", self._ask(name, "1.5")) else "real"
        shortest = next((length for length in range(1, _LONG) if not self._is_wrong_length(name, length)), None)
        if shortest is None:
            raise RuntimeError(f"{'/'.join(self.element.path)}@{name}: MuJoCo accepts no length below {_LONG}")
        if not self._is_wrong_length(name, _LONG):
            return LexicalType(kind, shortest, None)
        longest = next(length for length in range(shortest, _LONG) if self._is_wrong_length(name, length + 1))
        return LexicalType(kind, shortest, longest)

    def _is_wrong_length(self, name: str, length: int) -> bool:
        refusal = self._ask(name, " ".join(["1"] * length))
        reasons = (f"attribute '{name}' has too much data", f"attribute '{name}' does not have enough data",
                   f"problem reading attribute '{name}'")  # fmt: skip
        return any(reason in refusal for reason in reasons)

    def _find_words(self, name: str) -> tuple[str, ...]:
        refusals = ("invalid keyword: '(null)'", *_KEYWORD_REFUSALS[1:])
        known = {word: self._ask(name, word) for word in sorted({*self._keywords.get(name, ()), *_BOOLEANS})}
        words = tuple(word for word, refusal in known.items() if f"invalid keyword: '{word}'" not in refusal
                      and not any(reason in refusal for reason in refusals))  # fmt: skip
        if not words:
            path = "/".join(self.element.path)
            raise RuntimeError(f"{path}@{name}: MuJoCo accepts no documented keyword of {list(known)}")
        return words
