"""Bounds JSON that nobody trusts by size, depth and count before anything parses it, in time linear in its size."""

import json
import re
from collections import Counter
from itertools import accumulate

from schemas.errors import InputError

MOST_JSON_BYTES = 4_000_000
MOST_DEPTH = 32
MOST_KEYS = 50_000
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\Z)', re.DOTALL)
_BESIDE_BRACKETS = re.compile(rb"[^][{}]++")
_ITEMS_A_KEY = 4
"""More items than so many for each key that is allowed, in lists or as objects, no record has."""


def bound_json(data: bytes, most_bytes: int = MOST_JSON_BYTES, most_keys: int = MOST_KEYS) -> None:
    """Raise InputError where JSON is larger, deeper or of more keys and items than any record's."""
    if len(data) > most_bytes:
        raise InputError(f"JSON of {len(data)} bytes: at most {most_bytes} are allowed")
    bare = _STRING.sub(b"", data)
    keys, items = bare.count(b":"), bare.count(b",") + bare.count(b"[") + bare.count(b"{")
    if keys > most_keys or items > _ITEMS_A_KEY * most_keys:
        raise InputError(f"JSON of {keys} keys and {items} items: at most {most_keys} keys are allowed")
    if is_deep(bare):
        raise InputError(f"JSON nested more than {MOST_DEPTH} deep")


def is_deep(data: bytes) -> bool:
    """Say whether JSON is nested deeper than any record."""
    brackets = _BESIDE_BRACKETS.sub(b"", _STRING.sub(b"", data))
    return max(accumulate(1 if bracket in b"[{" else -1 for bracket in brackets), default=0) > MOST_DEPTH


def refuse_doubles(data: bytes) -> None:
    """Raise InputError where an object of bounded JSON names a key twice, or where it is no JSON."""
    try:
        json.loads(data.decode(), object_pairs_hook=_name_once)
    except ValueError as error:
        raise InputError(f"no JSON: {error}") from error


def _name_once(pairs: list[tuple[str, object]]) -> None:
    double = next((name for name, count in Counter(name for name, _ in pairs).items() if count > 1), None)
    if double is not None:
        raise InputError(f"JSON that says {double[:80]!r} twice")
