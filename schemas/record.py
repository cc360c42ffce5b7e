"""The base of every record that crosses a boundary, its number types and its canonical hash."""

import hashlib
import json
import re
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from schemas.errors import InputError

_UNFIT = re.compile("[\x00\ud800-\udfff]")
"""NUL and lone surrogates: no UTF-8 and no text column of Postgres holds them."""


def _rounded(digits: int) -> AfterValidator:
    """Round on construction, so that a value and its hash can't disagree; -0.0 becomes 0.0."""
    return AfterValidator(lambda value: round(value, digits) + 0.0)


Mm = Annotated[float, Field(ge=-1e6, le=1e6), _rounded(6)]
"""A length in millimetres, rounded to 1e-6 mm."""
Unitless = Annotated[float, Field(ge=-1e9, le=1e9), _rounded(9)]
"""A direction cosine, quaternion component or ratio, rounded to 1e-9."""
Amount = Annotated[float, Field(ge=-1e9, le=1e9)]
"""A number of either sign in the unit that its field tells, as it was given."""
Period = Annotated[float, Field(ge=1e-3, le=1e9)]
"""Seconds after which a motion repeats; a trial's step is no longer."""
Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
NonNegative = Annotated[float, Field(ge=0.0, le=1e9)]
Positive = Annotated[float, Field(gt=0.0, le=1e9)]
Vec3Mm = tuple[Mm, Mm, Mm]
Vec3 = tuple[Unitless, Unitless, Unitless]

Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,47}$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
ShortText = Annotated[str, StringConstraints(max_length=400)]
MOST_CHARACTERS = 200_000
LongText = Annotated[str, StringConstraints(max_length=MOST_CHARACTERS)]


class Record(BaseModel):
    """A frozen record: unknown fields and non-finite numbers are refused, the JSON round trip is exact."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def canonical_json(self) -> bytes:
        """Return the bytes that hashes are taken of: sorted keys, no spaces, shortest floats."""
        plain = self.model_dump(mode="json")
        text = json.dumps(plain, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
        return text.encode()

    def digest(self) -> str:
        """Return the hex SHA-256 of the canonical JSON."""
        return hash_bytes(self.canonical_json())

    @classmethod
    def from_json(cls, data: bytes | str) -> Self:
        """Parse strictly; raises InputError with the first faults, each with its place."""
        try:
            return cls.model_validate_json(data, strict=True)
        except ValidationError as error:
            raise InputError(f"{cls.__name__}: {describe_validation(error)}") from error


class Measure(Record):
    """A named number with its unit, as evidence behind a reason or a check."""

    name: ShortText
    value: float
    unit: Annotated[str, StringConstraints(max_length=24)] = ""


def clean_text(text: str) -> str:
    """Return a text with U+FFFD for every NUL and lone surrogate, fit for any database."""
    return _UNFIT.sub("\ufffd", text)


def escape_text(text: str) -> str:
    """Return a JSON text with every NUL and lone surrogate as JSON escapes them, which says the same."""
    return _UNFIT.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def hash_bytes(data: bytes) -> str:
    """Return the hex SHA-256 of bytes."""
    return hashlib.sha256(data).hexdigest()


def hash_parts(*parts: str) -> str:
    """Return the hex SHA-256 of several strings, unambiguous about where each ends."""
    return hash_bytes(json.dumps(parts).encode())


def describe_validation(error: ValidationError, most: int = 3) -> str:
    """Return the first faults of a validation error as `place: what is wrong`, joined by semicolons."""
    told = error.errors(include_url=False, include_context=False, include_input=False)
    faults = [f"{'.'.join(map(str, e['loc']))[:200] or 'record'}: {e['msg']}" for e in told]
    rest = f" (+{len(faults) - most} more)" if len(faults) > most else ""
    return "; ".join(faults[:most]) + rest
