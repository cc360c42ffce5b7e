"""Columns of the data sets: Arrow types and documentation, taken from the tables where a column is a stored one."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa
from sqlalchemy import BigInteger, Boolean, ColumnElement, Double, String, Text, type_coerce
from sqlalchemy.orm import InstrumentedAttribute

from records.machine import Machine
from records.texts import CompressedText, Json, MoneyText, UtcTime

MEASURE = pa.struct([("name", pa.string()), ("value", pa.float64()), ("unit", pa.string())])
REASON = pa.struct(
    [("code", pa.string()), ("message", pa.string()), ("where", pa.string()), ("numbers", pa.list_(MEASURE))]
)
PARAMETER = pa.struct([("name", pa.string()), ("number", pa.float64()), ("text", pa.string()), ("unit", pa.string())])
TERMS = pa.struct(
    [
        *((name, pa.int64()) for name in ("trials", "must_pass", "half_step_trials", "half_step_must_pass")),
        ("stop_early", pa.bool_()),
        *((name, pa.float64()) for name in ("max_cost_usd", "max_mass_g")),
    ]
)
FAULT = pa.struct([("error_type", pa.string()), ("text", pa.string()), ("status", pa.int64())])
MICRO_USD = Decimal("0.000001")
HASHES = ("_id", "_hash", "sha256")
"""How the names of columns end that hold hashes alone."""

JSON_TYPES: Mapping[str, pa.DataType] = {
    "reasons": pa.list_(REASON),
    "nothing_reasons": pa.list_(REASON),
    "numbers": pa.list_(MEASURE),
    "parameters": pa.list_(PARAMETER),
    "canned_passed": pa.list_(pa.string()),
    "lazy_passed": pa.list_(pa.string()),
    "features": pa.list_(pa.string()),
    "warnings": pa.list_(pa.string()),
    "faults": pa.list_(FAULT),
    "point_mm": pa.list_(pa.float64()),
    "depends_on": pa.list_(pa.string()),
    "request": pa.string(),
    "terms": TERMS,
}
"""The fixed Arrow type of each stored JSON column, by its name."""

SQL_TYPES: tuple[tuple[type, pa.DataType], ...] = (
    (CompressedText, pa.string()),
    (UtcTime, pa.timestamp("us", tz="UTC")),
    (MoneyText, pa.decimal128(18, 6)),
    (BigInteger, pa.int64()),
    (Double, pa.float64()),
    (Boolean, pa.bool_()),
    (String, pa.string()),
)


@dataclass(frozen=True)
class Column:
    """One column of a data set: where it comes from, what it holds, and how a stored value becomes an Arrow one."""

    name: str
    type: pa.DataType
    doc: str
    source: ColumnElement[Any] | InstrumentedAttribute[Any]
    convert: Callable[[Any], Any] | None = None
    nullable: bool = True

    def field(self) -> pa.Field:
        """Return the Arrow field with its documentation."""
        return pa.field(self.name, self.type, self.nullable, metadata={"doc": self.doc})

    def to_array(self, values: Sequence[Any], machine: Machine) -> pa.Array:
        """Return stored values as an Arrow array that says nothing of the machine."""
        if (pa.types.is_string(self.type) or pa.types.is_list(self.type)) and not self.name.endswith(HASHES):
            values = [machine.hide(self.name, value) if isinstance(value, str) else value for value in values]
        if self.convert is not None:
            values = [None if value is None else self.convert(value) for value in values]
        return pa.array(values, self.type)


def stored(attribute: InstrumentedAttribute[Any]) -> tuple[Column, ...]:
    """Return the data set column of a table's column: its name, documentation and type; money as a double too."""
    column = attribute.property.columns[0]
    name, doc, nullable = column.name, column.doc or "", bool(column.nullable)
    if isinstance(column.type, Json):
        texts = JSON_TYPES[name] == pa.string()
        parse = None if texts else _split_parameters if name == "parameters" else json.loads
        return (Column(name, JSON_TYPES[name], doc, type_coerce(attribute, Text), parse, nullable),)
    arrow = next(arrow for sql, arrow in SQL_TYPES if isinstance(column.type, sql))
    if isinstance(column.type, MoneyText):
        text = type_coerce(attribute, String)
        double = Column(f"{name}_double", pa.float64(), f"{name} as a double", text, float, nullable)
        return Column(name, arrow, doc, attribute, _micro, nullable), double
    return (Column(name, arrow, doc, attribute, nullable=nullable),)


def _micro(amount: Decimal) -> Decimal:
    return amount.quantize(MICRO_USD)


def _split_parameters(parameters: str) -> list[dict[str, Any]]:
    """Put numbers and texts into fields of their own, because an Arrow field has one type."""
    return [
        {
            "name": parameter["name"],
            "number": None if isinstance(parameter["value"], str) else parameter["value"],
            "text": parameter["value"] if isinstance(parameter["value"], str) else None,
            "unit": parameter["unit"],
        }
        for parameter in json.loads(parameters)
    ]


ZONE = pa.struct(
    [("kind", pa.string()), ("id", pa.string()), ("min_mm", pa.list_(pa.float64())), ("max_mm", pa.list_(pa.float64()))]
)


def list_zones(scene: str) -> list[dict[str, Any]]:
    """Return the zones of a scene bundle's JSON as rows with their kind."""
    zones = json.loads(scene)["zones"]
    kinds = {kind: zones[kind] if isinstance(zones[kind], list) else [zones[kind]] for kind in zones}
    return [{"kind": kind.removesuffix("s"), **zone} for kind, found in kinds.items() for zone in found]


def read_field(name: str) -> Callable[[str], Any]:
    """Return what takes a field out of a JSON object."""
    return lambda text: json.loads(text)[name]
