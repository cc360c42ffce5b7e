"""The lexical types of MJCF attributes: what each may hold, in XSD's terms, in words, and as a sample."""

from dataclasses import dataclass, replace

_REAL = r"[+\-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE](\+?[0-2]?[0-9]{1,2}|-[0-9]{1,3}))?"
_KINDS = {
    "int": ("xs:int", r"[+\-]?[0-9]+", "one integer", "1"),
    "real": ("xs:double", _REAL, "one finite number", "1"),
    "byteCount": ("xs:string", "[0-9]+[KMGTPE]?", "a number of bytes such as 16M", "1M"),
    "eulerSequence": ("xs:string", "[xyzXYZ]{3}", "three of the letters x y z X Y Z", "xyz"),
    "name": ("xs:string", ".+", "a name, not empty", "b"),
    "reference": ("xs:string", ".+", "the name of a {}, not empty", "b"),
    "path": ("xs:string", ".+", "a relative path, not empty", "b"),
    "directory": ("xs:string", ".*", "a relative path", "b"),
    "text": ("xs:string", ".*", "a text", "b"),
}
"""XSD base, pattern, meaning and sample of one value of each kind but `keyword`."""


@dataclass(frozen=True)
class LexicalType:
    """A kind of value (those above, `keyword`), how many of them (None: no bound), with its words or namespace."""

    kind: str
    low: int = 1
    high: int | None = 1
    words: tuple[str, ...] = ()

    @property
    def item(self) -> "LexicalType":
        """The type of one value; itself unless it is a list."""
        return replace(self, low=1, high=1)

    @property
    def _count(self) -> str:
        if (self.low, self.high) == (1, 1):
            return ""
        return str(self.low) if self.low == self.high else f"{self.low} to {self.high}" if self.high else "1 or more"

    @property
    def name(self) -> str:
        """The name of its XSD type."""
        return ".".join(part for part in (self.kind, "-".join(self.words), self._count.replace(" ", "-")) if part)

    @property
    def meaning(self) -> str:
        """What it must be, in words that follow `must be`."""
        if self.kind == "keyword":
            return f"{'some' if self._count else 'one'} of {' '.join(self.words)}"
        if self._count:
            return f"{self._count} {'integers' if self.kind == 'int' else 'finite numbers'}"
        return _KINDS[self.kind][2].format(*self.words)

    @property
    def base(self) -> str:
        """The XSD type that one value restricts."""
        return "xs:string" if self.kind == "keyword" else _KINDS[self.kind][0]

    @property
    def facets(self) -> list[tuple[str, str]]:
        """The XSD facets, by tag and value."""
        if self._count:
            return [("minLength", str(self.low)), *([("maxLength", str(self.high))] if self.high else [])]
        return (
            [("enumeration", w) for w in self.words] if self.kind == "keyword" else [("pattern", _KINDS[self.kind][1])]
        )

    @property
    def sample(self) -> str:
        """A value of this type."""
        return self.words[0] if self.kind == "keyword" else " ".join([_KINDS[self.kind][3]] * self.low)
