"""Columns of the data sets: Arrow types and documentation, taken from the tables where a column is a stored one."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa
from sqlalchemy import BigInteger, Boolean, ColumnElement, Double, String
from sqlalchemy.orm import InstrumentedAttribute

from records.texts import CompressedText, Json, MoneyText, UtcTime

MEASURE = pa.struct([("name", pa.string()), ("value", pa.float64()), ("unit", pa.string())])
REASON = pa.struct(
    [("code", pa.string()), ("message", pa.string()), ("where", pa.string()), ("numbers", pa.list_(MEASURE))]
)
PARAMETER = pa.struct([("name", pa.string()), ("number", pa.float64()), ("text", pa.string()), ("unit", pa.string())])
FAULT = pa.struct([("error_type", pa.string()), ("text", pa.string()), ("status", pa.int64())])
MICRO_USD = Decimal("0.000001")

JSON_TYPES: Mapping[str, pa.DataType] = {
    "reasons": pa.list_(REASON),
    "nothing_reasons": pa.list_(REASON),
    "numbers": pa.list_(MEASURE),
    "parameters": pa.list_(PARAMETER),
    "canned_passed": pa.list_(pa.string()),
    "lazy_passed": pa.list_(pa.string()),
    "warnings": pa.list_(pa.string()),
    "faults": pa.list_(FAULT),
    "point_mm": pa.list_(pa.float64()),
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


def _as_is(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Column:
    """One column of a data set: where it comes from, what it holds, and how a stored value becomes an Arrow one."""

    name: str
    type: pa.DataType
    doc: str
    source: ColumnElement[Any] | InstrumentedAttribute[Any]
    convert: Callable[[Any], Any] = _as_is
    nullable: bool = True

    def field(self) -> pa.Field:
        """Return the Arrow field with its documentation."""
        return pa.field(self.name, self.type, self.nullable, metadata={"doc": self.doc})


def stored(attribute: InstrumentedAttribute[Any]) -> Column:
    """Return the data set column of a table's column: its name, its documentation, its type in Arrow."""
    column = attribute.property.columns[0]
    if isinstance(column.type, Json):
        arrow = JSON_TYPES[column.name]
    else:
        arrow = next(arrow for sql, arrow in SQL_TYPES if isinstance(column.type, sql))
    convert: Callable[[Any], Any] = _split_parameters if column.name == "parameters" else _as_is
    if isinstance(column.type, MoneyText):
        convert = _micro
    return Column(column.name, arrow, column.doc or "", attribute, convert, bool(column.nullable))


def _micro(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else amount.quantize(MICRO_USD)


def _split_parameters(parameters: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put numbers and texts into fields of their own, because an Arrow field has one type."""
    return [
        {
            "name": parameter["name"],
            "number": None if isinstance(parameter["value"], str) else parameter["value"],
            "text": parameter["value"] if isinstance(parameter["value"], str) else None,
            "unit": parameter["unit"],
        }
        for parameter in parameters
    ]


ZONE = pa.struct(
    [("kind", pa.string()), ("id", pa.string()), ("min_mm", pa.list_(pa.float64())), ("max_mm", pa.list_(pa.float64()))]
)


def list_zones(scene: str | None) -> list[dict[str, Any]]:
    """Return the zones of a scene bundle's JSON as rows with their kind."""
    if scene is None:
        return []
    zones = json.loads(scene)["zones"]
    kinds = {kind: zones[kind] if isinstance(zones[kind], list) else [zones[kind]] for kind in zones}
    return [{"kind": kind.removesuffix("s"), **zone} for kind, found in kinds.items() for zone in found]
