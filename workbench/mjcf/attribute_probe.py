"""Finds the type of an MJCF attribute by asking MuJoCo's own parser what it accepts; it compiles no model."""

import ast
import re
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from xml.sax.saxutils import quoteattr

import mujoco

from workbench.mjcf.printed_schema import BODY, Path_, PrintedElement

Kind = str
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
    "numeric": {"name": "n", "size": "3"},
    "text": {"name": "t", "data": "x"},
}  # fmt: skip
"""Attributes an element needs before MuJoCo reads its others, where its message does not name them."""


@dataclass(frozen=True)
class AttributeType:
    """The lexical type of an attribute: its kind, its bounds on length (None: no bound) and its keywords."""

    kind: Kind
    length_min: int = 1
    length_max: int | None = 1
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class PresenceRule:
    """A rule on which attributes may stand together: kind `one-of`, `at-most-one-of` or `together`."""

    kind: str
    groups: tuple[tuple[str, ...], ...]


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


def _read_groups(listing: str) -> tuple[tuple[str, ...], ...]:
    values = ast.literal_eval(f"[{listing}]")
    return tuple((value,) if isinstance(value, str) else tuple(value) for value in values)


def read_presence_rule(refusal: str) -> PresenceRule | None:
    """Return the rule that MuJoCo's refusal words, or None if it words none."""
    if match := re.fullmatch(r"Schema violation: (at most one|one) of (.+) (?:can|must) be specified", refusal):
        return PresenceRule(f"{match[1].replace(' ', '-')}-of", _read_groups(match[2]))
    if match := re.fullmatch(r"Schema violation: attributes (.+) must be specified together", refusal):
        return PresenceRule("together", _read_groups(match[1]))
    return None


class ElementProbe:
    """Asks MuJoCo about the attributes of one element; `needed` holds what its ancestors need to parse."""

    def __init__(self, element: PrintedElement, keywords: dict[str, tuple[str, ...]], object_types: tuple[str, ...],
                 needed: dict[Path_, dict[str, str]]) -> None:  # fmt: skip
        self.element = element
        self._keywords = {**keywords, "objtype": (*keywords["objtype"], *object_types)}
        self._needed = needed
        self.rules: set[PresenceRule] = set()
        self.required: list[str] = []

    @cached_property
    def probed(self) -> bool:
        """Whether MuJoCo can be asked about this element at all."""
        return not _UNPROBED.intersection(self.element.path)

    def settle(self) -> None:
        """Find the required attributes, note them for descendants, and the rules met on the way."""
        base = dict(_NEEDED.get(self.element.name, {}))
        self._needed[self.element.path] = base
        while self.probed and (refusal := self._ask({})):
            missing = re.fullmatch(r"required attribute missing: '(\w+)'", refusal)
            rule = read_presence_rule(refusal)
            if missing:
                base[missing[1]] = _SAMPLE_VALUES.get(missing[1], "1")
            elif rule:
                self.rules.add(rule)
                base.update({name: _SAMPLE_VALUES.get(name, "1") for name in rule.groups[-1]})
            else:
                raise RuntimeError(f"{'/'.join(self.element.path)} cannot be probed: {refusal}")
        self.required = [name for name in self.element.attributes if self._is_required(name)]

    def find_type(self, name: str) -> AttributeType:
        """Return the type MuJoCo reads attribute `name` as.

        Raises RuntimeError if it is a keyword and none of the documented words is accepted.
        """
        refusal = self._ask({name: _NONSENSE}) if self.probed else ""
        if f"in attribute '{name}'" in refusal and "optional suffix" in refusal:
            return AttributeType("byteCount")
        if "must have exactly 3 characters" in refusal:
            return AttributeType("eulerSequence")
        if f"bad format in attribute '{name}'" in refusal or f"problem reading attribute '{name}'" in refusal:
            return self._find_number(name)
        if "invalid keyword: '(null)'" in refusal:
            return AttributeType("keywords", words=self._find_words(name))
        if any(reason in refusal for reason in _KEYWORD_REFUSALS):
            return AttributeType("keyword", words=self._find_words(name))
        return AttributeType("string")

    def find_pair_rules(self, samples: dict[str, str]) -> None:
        """Add the rules MuJoCo words when two attributes with these valid values stand together."""
        base = self._needed[self.element.path]
        for first, second in combinations(samples, 2) if self.probed else ():
            values = {**base, first: samples[first], second: samples[second]}
            rule = read_presence_rule(parse_refusal(write_document(self.element.path, values, self._needed)))
            if rule:
                self.rules.add(rule)

    def _is_required(self, name: str) -> bool:
        base = self._needed[self.element.path]
        rest = {key: value for key, value in base.items() if key != name}
        refusal = parse_refusal(write_document(self.element.path, rest, self._needed)) if name in base else ""
        return refusal == f"required attribute missing: '{name}'"

    def _ask(self, extra: dict[str, str]) -> str:
        """Parse with `extra` attributes, adding and leaving out others until no presence rule is in the way."""
        values = {**self._needed[self.element.path], **extra}
        refusal = ""
        for _ in range(_REPAIRS_MAX):
            refusal = parse_refusal(write_document(self.element.path, values, self._needed))
            rule = read_presence_rule(refusal)
            if rule is None or not extra:
                return refusal
            self.rules.add(rule)
            wanted = next((group for group in rule.groups if extra.keys() & set(group)), ())
            if rule.kind == "together":
                wanted = tuple(name for group in rule.groups for name in group)
            else:
                others = {name for group in rule.groups for name in group} - set(wanted)
                values = {name: value for name, value in values.items() if name not in others}
            values = {name: _SAMPLE_VALUES.get(name, "1") for name in wanted} | values
        return refusal

    def _find_number(self, name: str) -> AttributeType:
        kind = "int" if re.search("bad format|problem reading", self._ask({name: "1.5"})) else "real"
        lengths = range(1, _LONG)
        shortest = next((n for n in lengths if not self._is_wrong_length(name, n)), None)
        if shortest is None:
            raise RuntimeError(f"{'/'.join(self.element.path)}@{name}: MuJoCo accepts no length below {_LONG}")
        if not self._is_wrong_length(name, _LONG):
            return AttributeType(kind, shortest, None)
        longest = next(n for n in lengths if n >= shortest and self._is_wrong_length(name, n + 1))
        return AttributeType(kind, shortest, longest)

    def _is_wrong_length(self, name: str, length: int) -> bool:
        refusal = self._ask({name: " ".join(["1"] * length)})
        return any(
            f"attribute '{name}' {reason}" in refusal for reason in ("has too much data", "does not have enough data")
        ) or (f"problem reading attribute '{name}'" in refusal)

    def _find_words(self, name: str) -> tuple[str, ...]:
        known = sorted({*self._keywords.get(name, ()), *_BOOLEANS})
        words = tuple(word for word in known if not self._is_refused_word(self._ask({name: word}), word))
        if not words:
            raise RuntimeError(f"{'/'.join(self.element.path)}@{name}: MuJoCo accepts no documented keyword of {known}")
        return words

    @staticmethod
    def _is_refused_word(refusal: str, word: str) -> bool:
        return f"invalid keyword: '{word}'" in refusal or any(
            reason in refusal for reason in ("invalid keyword: '(null)'", *_KEYWORD_REFUSALS[1:])
        )
