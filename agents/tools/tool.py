"""What a tool is: a typed function on the toolbox, whose signature is the schema that the model sees."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Concatenate, get_type_hints

from pydantic import BaseModel, ConfigDict, create_model

from agents.protocols import LogEntry

if TYPE_CHECKING:
    from agents.tools.toolbox import Toolbox


@dataclass(frozen=True)
class ToolAnswer:
    """What a tool gives: the model's answer, and what enters the log before it."""

    body: Mapping[str, object]
    entry: LogEntry = field(default_factory=lambda: LogEntry(()))
    ok: bool = True


ToolFunction = Callable[Concatenate["Toolbox", ...], ToolAnswer]


@dataclass(frozen=True)
class Tool:
    """A tool by name: what it is for, its arguments as a strict model, what it does, whether it counts."""

    name: str
    purpose: str
    arguments: type[BaseModel]
    run: ToolFunction
    counted: bool = False

    @property
    def schema(self) -> dict[str, Any]:
        """Return the JSON schema of every argument by name, each complete in itself."""
        whole = self.arguments.model_json_schema()
        resolved: dict[str, Any] = _resolve(whole.get("properties", {}), whole.get("$defs", {}))
        return resolved


def make_tool(run: ToolFunction, *, counted: bool = False) -> Tool:
    """Return the tool of a function `name(toolbox, …)`: its docstring is the purpose, its parameters the schema."""
    hints = get_type_hints(run, localns={"Toolbox": object}, include_extras=True)
    parameters = list(inspect.signature(run).parameters.values())[1:]
    fields: dict[str, Any] = {
        p.name: (hints[p.name], ... if p.default is inspect.Parameter.empty else p.default) for p in parameters
    }
    arguments = create_model(
        f"{run.__name__}_arguments", __config__=ConfigDict(extra="forbid", allow_inf_nan=False), **fields
    )
    return Tool(run.__name__, inspect.getdoc(run) or "", arguments, run, counted)


def _resolve(schema: Any, definitions: Mapping[str, Any]) -> Any:
    """Replace references by what they refer to."""
    if isinstance(schema, list):
        return [_resolve(part, definitions) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _resolve(definitions[schema["$ref"].rsplit("/", 1)[1]], definitions)
    return {key: _resolve(value, definitions) for key, value in schema.items()}
