"""Reads program templates and replaces the constants between their two marker lines; never imports or runs them."""

import re
from collections.abc import Mapping
from pathlib import Path
from pprint import pformat

PROGRAMS = Path(__file__).parent / "programs"
FIRST_MARK = "# --- constants ---\n"
LAST_MARK = "# --- end of constants ---\n"
_NAME = re.compile(r"^([A-Z][A-Z0-9_]*) = ", re.MULTILINE)


def fill_template(name: str, constants: Mapping[str, object]) -> str:
    """Return a template's source with these constants; raises ValueError unless they are exactly the template's own."""
    source = (PROGRAMS / f"{name}.py").read_text(encoding="utf-8")
    head, rest = source.split(FIRST_MARK)
    old, tail = rest.split(LAST_MARK)
    names = _NAME.findall(old)
    if set(names) != set(constants):
        raise ValueError(f"template '{name}': constants differ: {sorted(set(names) ^ set(constants))}")
    lines = "".join(f"{name} = {write_literal(constants[name])}\n" for name in names)
    return f"{head}{FIRST_MARK}{lines}{LAST_MARK}{tail}"


def write_literal(value: object) -> str:
    """Return a value as a Python literal; a long text becomes a block that reads as it is shown."""
    if isinstance(value, str) and "\n" in value:
        return '"""' + value.replace("\\", "\\\\").replace('"""', '\\"\\"\\"') + '"""'
    return pformat(value, width=110)
